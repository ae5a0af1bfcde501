/**
 * Payments whose card is in memory only: with it, without it, and when it goes in between.
 * @module
 */
import assert from "node:assert/strict";
import test from "node:test";
import {
  type CardAtHand,
  CardsAtHand,
} from "../../../engine/forward/cards_at_hand.ts";
import type {
  ForwardContext,
  ForwardResult,
} from "../../../engine/forward/forward_context.ts";
import { forwardPayment } from "../../../engine/forward/forward_payment.ts";
import type {
  ConfirmIntentRequest,
  Gateway,
  GatewayResult,
  IntentStatus,
} from "../../../engine/gateway.ts";
import type { PaymentError } from "../../../engine/payment.ts";
import { MemoryStore } from "./memory_store.ts";
import { SILENCE } from "./silence.ts";
import { ACCOUNT, localIdOf } from "./sales.ts";

const ID = "pi_1";
const PIN_WANTED: PaymentError = {
  code: "card_declined",
  declineCode: "online_or_offline_pin_required",
  adviceCode: null,
};
const pin = () => ({
  block: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
  keySerial: Uint8Array.of(9),
});

/** An online payment in row 1 and everything that was asked for it. */
class Bench {
  readonly store: MemoryStore;
  readonly atHand = new CardsAtHand();
  readonly calls: string[] = [];
  readonly keys: (string | null)[] = [];
  readonly pins: (string | null)[] = [];
  /** Answers by verb, taken from the front; a verb without one is a failed test. */
  readonly answers: Record<string, GatewayResult[]> = {};

  constructor(card: CardAtHand | null, record: Uint8Array | null = null) {
    this.store = new MemoryStore(() => 1_800_000_000_000);
    this.store.insert({
      localIdBytes: new Uint8Array(16).fill(1),
      cardHmac: new Uint8Array(16),
      recordHash: new Uint8Array(32),
      record,
      storedAtMs: 1_800_000_000_000,
      payment: {
        localId: localIdOf(1),
        seq: 1,
        account: ACCOUNT,
        amount: 100,
        currency: "usd",
        captureMethod: "automatic",
        offlineDetails: null,
      },
    });
    if (card !== null) this.atHand.put(1, card);
  }

  intent(status: IntentStatus, error: PaymentError | null = null) {
    return {
      kind: "intent",
      intent: {
        id: ID,
        status,
        amount: 100,
        currency: "usd",
        isLivemode: false,
        metadata: { holdfast_local_id: localIdOf(1) },
        error,
      },
    } as const;
  }

  async forward(): Promise<ForwardResult> {
    const lease = this.store.leases.acquire("forwarder", "t", 0, 1000, true)!;
    const context: ForwardContext = {
      ...this.store.view(),
      atHand: this.atHand,
      clock: {
        nowMs: () => 1_800_000_000_000,
        monotonicMs: () => 0,
        sleep: () => new Promise(() => {}),
      },
      gateway: this.#gateway(),
      callDeadlineMs: 1000,
    };
    return await forwardPayment(
      context,
      1,
      lease,
      new AbortController().signal,
    );
  }

  get state(): string {
    return this.store.payments.byRowId(1)!.payment.state;
  }

  #gateway(): Gateway {
    const answer = (verb: string): Promise<GatewayResult> => {
      this.calls.push(verb);
      const result = this.answers[verb]?.shift();
      assert.ok(result, `${verb} was not to be called`);
      return Promise.resolve(result);
    };
    return {
      createIntent: () => answer("create"),
      findIntent: () => answer("find"),
      listIntents: () =>
        Promise.resolve({ kind: "page", intents: [], nextCursor: null }),
      retrieveIntent: () => answer("retrieve"),
      cancelIntent: () => answer("cancel"),
      confirmIntent: (
        _id: string,
        { onlinePin }: ConfirmIntentRequest,
        { idempotencyKey }: { idempotencyKey: string | null },
      ) => {
        this.keys.push(idempotencyKey);
        this.pins.push(onlinePin ? onlinePin.block.join() : null);
        return answer("confirm");
      },
    } as Partial<Gateway> as Gateway;
  }
}

const RECORD = Uint8Array.of(1);
const card = (changes: Partial<CardAtHand> = {}): CardAtHand => ({
  record: RECORD,
  pin: null,
  mayAskPin: false,
  ...changes,
});

test("forwardPayment() confirms with the record at hand and the PIN", async () => {
  const bench = new Bench(card({ pin: pin() }));
  bench.answers.create = [bench.intent("requires_payment_method")];
  bench.answers.confirm = [bench.intent("succeeded")];
  assert.deepEqual(await bench.forward(), { kind: "settled" });
  assert.equal(bench.state, "forwarded");
  assert.deepEqual(bench.pins, ["1,2,3,4,5,6,7,8"]);
});

test("forwardPayment() without its card and without an intent asks nobody and cancels", async () => {
  const bench = new Bench(null);
  assert.deepEqual(await bench.forward(), { kind: "settled" });
  assert.equal(bench.state, "canceled");
  assert.deepEqual(bench.calls, []);
});

/** A payment in a restored copy, without its card and without an intent. */
function copied(): Bench {
  const bench = new Bench(null);
  bench.store.restore(bench.store.copy());
  return bench;
}

test("forwardPayment() of a copied payment without its card follows what was charged elsewhere", async () => {
  const bench = copied();
  bench.answers.find = [SILENCE, bench.intent("succeeded")];
  assert.equal((await bench.forward()).kind, "retry");
  assert.equal(bench.state, "stored");
  assert.deepEqual(await bench.forward(), { kind: "settled" });
  assert.equal(bench.state, "forwarded");
});

test("forwardPayment() of a copied payment without its card cancels what it finds, or finds nothing", async () => {
  const bench = copied();
  const open = bench.intent("requires_payment_method");
  bench.answers.find = [open];
  bench.answers.retrieve = [open];
  bench.answers.cancel = [bench.intent("canceled")];
  assert.deepEqual(await bench.forward(), { kind: "settled" });
  assert.equal(bench.state, "canceled");
  assert.deepEqual(bench.calls, ["find", "retrieve", "cancel"]);
  const nowhere = copied();
  nowhere.answers.find = [{ kind: "not_found" }];
  assert.deepEqual(await nowhere.forward(), { kind: "settled" });
  assert.equal(nowhere.state, "canceled");
});

test("forwardPayment() whose card goes while the intent is created never confirms it", async () => {
  const bench = new Bench(card());
  const created = bench.intent("requires_payment_method");
  bench.answers.create = [{
    kind: "intent",
    // Whoever waited leaves before the answer is read.
    get intent() {
      bench.atHand.drop(1);
      return created.intent;
    },
  }];
  bench.answers.retrieve = [created];
  bench.answers.cancel = [bench.intent("canceled")];
  await bench.forward();
  assert.deepEqual(bench.calls, ["create", "retrieve", "cancel"]);
  assert.equal(bench.state, "canceled");
});

/** A payment that was confirmed, without an answer, and whose card is gone. */
async function withoutAnswer(): Promise<Bench> {
  const bench = new Bench(card({ pin: pin() }));
  bench.answers.create = [bench.intent("requires_payment_method")];
  bench.answers.confirm = [SILENCE];
  assert.equal((await bench.forward()).kind, "retry");
  assert.equal(bench.state, "unknown");
  bench.atHand.drop(1);
  bench.calls.length = 0;
  return bench;
}

test("forwardPayment() repeats a confirmation without an answer under its key, with the PIN", async () => {
  const bench = new Bench(card({ pin: pin() }));
  bench.answers.create = [bench.intent("requires_payment_method")];
  bench.answers.confirm = [SILENCE, bench.intent("succeeded")];
  await bench.forward();
  await bench.forward();
  assert.equal(bench.state, "forwarded");
  assert.equal(new Set(bench.keys).size, 1);
  assert.deepEqual(bench.pins, ["1,2,3,4,5,6,7,8", "1,2,3,4,5,6,7,8"]);
});

test("forwardPayment() without its card follows what Stripe has charged", async () => {
  const bench = await withoutAnswer();
  bench.answers.retrieve = [bench.intent("succeeded")];
  assert.deepEqual(await bench.forward(), { kind: "settled" });
  assert.equal(bench.state, "forwarded");
});

test("forwardPayment() without its card follows the issuer's decline, closed first", async () => {
  const bench = await withoutAnswer();
  const declined = { ...PIN_WANTED, declineCode: "incorrect_pin" };
  bench.answers.retrieve = [
    bench.intent("requires_payment_method", declined),
  ];
  // One confirmation, answered by now: nothing of ours can still be on its way.
  await bench.forward();
  assert.equal(bench.state, "declined");
  assert.deepEqual(bench.calls, ["retrieve"]);
});

test("forwardPayment() without its card cancels at Stripe what was not charged", async () => {
  const bench = await withoutAnswer();
  bench.answers.retrieve = [bench.intent("requires_payment_method")];
  bench.answers.cancel = [bench.intent("canceled")];
  assert.deepEqual(await bench.forward(), { kind: "settled" });
  assert.equal(bench.state, "canceled");
});

test("forwardPayment() whose cancellation gets no answer stays unknown until it is read", async () => {
  const bench = await withoutAnswer();
  bench.answers.retrieve = [
    bench.intent("requires_payment_method"),
    bench.intent("canceled"),
  ];
  bench.answers.cancel = [SILENCE];
  assert.equal((await bench.forward()).kind, "retry");
  assert.equal(bench.state, "unknown");
  await bench.forward();
  assert.equal(bench.state, "canceled");
});

test("forwardPayment() whose late confirmation comes before the cancellation is charged, once", async () => {
  const bench = await withoutAnswer();
  bench.answers.retrieve = [
    bench.intent("requires_payment_method"),
    bench.intent("succeeded"),
  ];
  bench.answers.cancel = [{ kind: "unexpected_state" }];
  assert.equal((await bench.forward()).kind, "retry");
  await bench.forward();
  assert.equal(bench.state, "forwarded");
  assert.deepEqual(bench.calls, ["retrieve", "cancel", "retrieve"]);
});

test("forwardPayment() asks for a PIN the issuer wants, and confirms with it under another key", async () => {
  const bench = new Bench(card({ mayAskPin: true }));
  bench.answers.create = [bench.intent("requires_payment_method")];
  bench.answers.confirm = [
    { kind: "declined", error: PIN_WANTED },
    bench.intent("succeeded"),
  ];
  // Between the two it is read, and its old refusal is no outcome.
  bench.answers.retrieve = [
    bench.intent("requires_payment_method", PIN_WANTED),
  ];
  assert.deepEqual(await bench.forward(), { kind: "pin_wanted" });
  assert.equal(bench.state, "stored");
  assert.ok(bench.atHand.isPinWanted(1));
  bench.atHand.answerPin(1, pin());
  await bench.forward();
  assert.equal(bench.state, "forwarded");
  assert.equal(new Set(bench.keys).size, 2);
  assert.deepEqual(bench.pins, [null, "1,2,3,4,5,6,7,8"]);
});

test("forwardPayment() lets the refusal stand when there is no PIN, or nobody who could give one", async () => {
  for (const mayAskPin of [true, false]) {
    const bench = new Bench(card({ mayAskPin }));
    bench.answers.create = [bench.intent("requires_payment_method")];
    bench.answers.confirm = [{ kind: "declined", error: PIN_WANTED }];
    bench.answers.retrieve = [
      bench.intent("requires_payment_method", PIN_WANTED),
    ];
    const first = await bench.forward();
    assert.equal(first.kind, mayAskPin ? "pin_wanted" : "settled");
    if (mayAskPin) {
      bench.atHand.answerPin(1, null);
      await bench.forward();
    }
    assert.equal(bench.state, "declined");
  }
});

test("forwardPayment() of a record on disk needs nothing at hand", async () => {
  const bench = new Bench(null, RECORD);
  bench.answers.create = [bench.intent("requires_payment_method")];
  bench.answers.confirm = [bench.intent("succeeded")];
  await bench.forward();
  assert.equal(bench.state, "forwarded");
});
