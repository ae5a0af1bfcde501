/** What the next attempt does with what the last one left: keys, times and saved answers. @module */
import assert from "node:assert/strict";
import test from "node:test";
import type { Gateway, GatewayResult } from "../../../engine/gateway.ts";
import { Bench } from "./attempt_bench.ts";
import { SAVED_500, SILENCE } from "./silence.ts";

const HOUR_MS = 3600_000;

/** Sends a creation into silence, lets time pass and returns since when the payment is looked up. */
async function lookedUpSince(passMs: number): Promise<number | null> {
  const bench = new Bench();
  const startMs = bench.nowMs;
  await bench.forward(bench.creating(SILENCE));
  bench.nowMs += passMs;
  let sinceMs: number | null = null;
  await bench.forward({
    ...bench.creating(SILENCE),
    findIntent: (_localId, createdFromMs) => {
      sinceMs = createdFromMs;
      return Promise.resolve(SILENCE);
    },
  });
  assert.equal(bench.keys.length, sinceMs === null ? 2 : 1);
  return sinceMs === null || sinceMs === 0 ? sinceMs : sinceMs - startMs;
}

test("a creation without an answer is repeated for 23 h and looked up from an hour before it afterwards", async () => {
  assert.equal(await lookedUpSince(23 * HOUR_MS - 1), null);
  assert.equal(await lookedUpSince(23 * HOUR_MS), -HOUR_MS);
});

test("a creation whose time is still to come, the clock having been set back, is looked up among all", async () => {
  assert.equal(await lookedUpSince(-1), 0);
});

const USELESS: readonly [string, GatewayResult][] = [
  ["a saved 500", SAVED_500],
  ["a conflict of keys", { kind: "idempotency_conflict" }],
  ["an unexpected state", { kind: "unexpected_state" }],
];

for (const [name, answer] of USELESS) {
  test(`a confirmation answered by ${name} is read, and asked for with another key`, async () => {
    const bench = new Bench();
    const asked: string[] = [];
    const answers: GatewayResult[] = [
      answer,
      { kind: "intent", intent: bench.intent("succeeded") },
    ];
    const open: GatewayResult = {
      kind: "intent",
      intent: bench.intent("requires_payment_method"),
    };
    const verbs = {
      ...bench.creating(open),
      retrieveIntent: () => {
        asked.push("read");
        return Promise.resolve(open);
      },
      confirmIntent: (
        _id: string,
        _request: unknown,
        { idempotencyKey }: { idempotencyKey: string | null },
      ) => {
        asked.push(idempotencyKey!);
        return Promise.resolve(answers.shift()!);
      },
    };
    await bench.forward(verbs);
    await bench.forward(verbs);
    assert.equal(bench.outcome.state, "forwarded");
    const [first, read, ...rest] = asked;
    assert.match(first, /:0$/);
    assert.equal(read, "read");
    assert.match(rest.at(-1)!, /:1$/);
  });
}

test("a creation without an answer is repeated with the parameters that were written down", async () => {
  const bench = new Bench();
  const devices: string[] = [];
  const verbs: Partial<Gateway> = {
    createIntent: ({ metadata }) => {
      devices.push(metadata.holdfast_device);
      return Promise.resolve(SILENCE);
    },
  };
  await bench.forward(verbs);
  // What would be asked for today is something else.
  bench.store.vault.deviceId.fill(0xe);
  await bench.forward(verbs);
  assert.equal(devices.length, 2);
  assert.equal(devices[0], devices[1]);
});

for (const status of ["succeeded", "requires_payment_method"] as const) {
  test(`a confirmation that is refused as a request is read before it is given up: ${status}`, async () => {
    const bench = new Bench();
    const open = bench.intent("requires_payment_method");
    await bench.forward({
      ...bench.creating({ kind: "intent", intent: open }),
      confirmIntent: () =>
        Promise.resolve({ kind: "rejected", code: "parameter_invalid" }),
      // An earlier confirmation of this very intent may have got through.
      retrieveIntent: () =>
        Promise.resolve({ kind: "intent", intent: bench.intent(status) }),
    });
    assert.deepEqual(
      bench.outcome,
      status === "succeeded"
        ? { state: "forwarded", code: null }
        : { state: "failed", code: "parameter_invalid" },
    );
  });
}
