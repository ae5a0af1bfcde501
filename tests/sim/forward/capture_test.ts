/** What a capture does with each answer, and with which key it is asked for again. @module */
import assert from "node:assert/strict";
import test from "node:test";
import { capturePayment } from "../../../engine/forward/capture.ts";
import type {
  Gateway,
  GatewayResult,
  Intent,
} from "../../../engine/gateway.ts";
import { Bench } from "./attempt_bench.ts";
import { SAVED_500, SILENCE } from "./silence.ts";

const { signal } = new AbortController();
/** A forwarded manual payment whose captures are answered so, and whose intent reads so. */
class Capture {
  readonly bench = new Bench("manual");
  /** Keys of the captures that were sent. */
  readonly keys: (string | null)[] = [];
  reads: Intent["status"] = "requires_capture";
  readonly #answers: GatewayResult[];

  constructor(...answers: GatewayResult[]) {
    this.#answers = answers;
  }

  async prepare(): Promise<this> {
    const { bench } = this;
    await bench.forward({
      createIntent: () =>
        Promise.resolve({
          kind: "intent",
          intent: bench.intent("requires_capture"),
        }),
      confirmIntent: () =>
        Promise.resolve({
          kind: "intent",
          intent: bench.intent("requires_capture"),
        }),
    });
    assert.equal(bench.outcome.state, "forwarded");
    return this;
  }

  async ask(): Promise<string> {
    const { bench } = this;
    const verbs: Partial<Gateway> = {
      captureIntent: (_id, { idempotencyKey }) => {
        const step = bench.store.steps.latest(1, "capture")!;
        assert.equal(step.idempotencyKey, idempotencyKey);
        this.keys.push(idempotencyKey);
        return Promise.resolve(
          this.#answers.shift() ??
            { kind: "intent", intent: bench.intent("succeeded") },
        );
      },
      retrieveIntent: () =>
        Promise.resolve({ kind: "intent", intent: bench.intent(this.reads) }),
    };
    const row = bench.store.payments.byRowId(1)!;
    await capturePayment(bench.context(verbs), row, signal);
    return bench.outcome.state;
  }
}

test("capturePayment() without an answer is asked for again with the same key", async () => {
  const capture = await new Capture(SILENCE).prepare();
  await assert.rejects(capture.ask(), { code: "STRIPE_API_CONNECTION_ERROR" });
  assert.equal(capture.bench.outcome.state, "forwarded");
  assert.equal(await capture.ask(), "captured");
  assert.equal(new Set(capture.keys).size, 1);
  // Captured is captured: nothing more is sent.
  assert.equal(await capture.ask(), "captured");
  assert.equal(capture.keys.length, 2);
});

test("capturePayment() after an answer that is saved under its key has another one", async () => {
  const capture = await new Capture(SAVED_500).prepare();
  await assert.rejects(capture.ask(), { code: "STRIPE_API_CONNECTION_ERROR" });
  assert.equal(await capture.ask(), "captured");
  assert.equal(new Set(capture.keys).size, 2);
});

for (const kind of ["unexpected_state", "idempotency_conflict"] as const) {
  test(`capturePayment() answered by ${kind} believes the intent, and has another key the next time`, async () => {
    const capture = await new Capture({ kind }).prepare();
    await assert.rejects(capture.ask(), {
      code: "CAPTURE_NOT_POSSIBLE",
      details: { status: "requires_capture" },
    });
    assert.equal(await capture.ask(), "captured");
    assert.equal(new Set(capture.keys).size, 2);
  });

  test(`capturePayment() answered by ${kind} of an intent that was captured is captured`, async () => {
    const capture = await new Capture({ kind }).prepare();
    capture.reads = "succeeded";
    assert.equal(await capture.ask(), "captured");
    assert.equal(capture.keys.length, 1);
  });
}

test("capturePayment() after the authorisation lapsed says so and keeps the state", async () => {
  const capture = await new Capture({ kind: "unexpected_state" }).prepare();
  capture.reads = "canceled";
  await assert.rejects(capture.ask(), {
    code: "CAPTURE_NOT_POSSIBLE",
    details: { status: "canceled" },
  });
  assert.equal(capture.bench.outcome.state, "forwarded");
});

test("capturePayment() of an automatic or an unsent payment sends nothing", async () => {
  const manual = new Capture();
  await assert.rejects(manual.ask(), { code: "CAPTURE_NOT_POSSIBLE" });
  assert.deepEqual(manual.keys, []);
});
