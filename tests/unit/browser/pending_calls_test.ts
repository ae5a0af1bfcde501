import assert from "node:assert/strict";
import { test } from "node:test";
import { PendingCalls } from "../../../hosts/browser/pending_calls.ts";
import type {
  Answer,
  Call,
  ToTerminal,
} from "../../../hosts/browser/protocol.ts";

class World {
  readonly sent: ToTerminal[] = [];
  readonly answers: Answer[] = [];
  readonly calls = new PendingCalls({
    send: (message) => this.sent.push(message) > 0,
    answer: (answer) => this.answers.push(answer),
  });

  /** What each answered call was answered with. */
  get codes(): string[] {
    return this.answers.map((answer) =>
      `${answer.id} ${"error" in answer ? answer.error.code : "value"}`
    );
  }
}

function call(id: number, method: string): Call {
  return { kind: "call", id, method, args: [] };
}

test("PendingCalls.lose() ends a call that may have acted and keeps one that may be asked again", () => {
  const world = new World();
  world.calls.add(call(1, "confirmPaymentIntent"), "a");
  world.calls.add(call(2, "listPayments"), "a");
  world.calls.lose();
  assert.deepEqual(world.codes, ["1 STORE_LEADER_CHANGED"]);
  world.calls.follow("b");
  assert.deepEqual(
    world.sent.map((message) => (message as Call).id),
    [1, 2, 2],
  );
  world.calls.answer({ kind: "answer", id: 2, value: [] });
  assert.deepEqual(world.codes.at(-1), "2 value");
});

test("PendingCalls.follow() sends a call that was never sent, whatever it does", () => {
  const world = new World();
  world.calls.add(call(1, "confirmPaymentIntent"), null);
  assert.equal(world.sent.length, 0);
  world.calls.lose();
  world.calls.follow("a");
  assert.equal(world.sent.length, 1);
  assert.deepEqual(world.codes, []);
});

test("PendingCalls.cancel() while nobody leads ends the call, which nobody gets any more", () => {
  const world = new World();
  world.calls.add(call(1, "collectPaymentMethod"), null);
  world.calls.cancel({ kind: "cancel", id: 1 });
  assert.deepEqual(world.codes, ["1 CANCELED"]);
  world.calls.follow("a");
  assert.deepEqual(world.sent, []);
});

test("PendingCalls.cancel() of a call whose leader dies is not lost: it is not asked again", () => {
  const world = new World();
  world.calls.add(call(1, "createPaymentIntent"), "a");
  world.calls.add(call(2, "refundPayment"), "a");
  world.calls.cancel({ kind: "cancel", id: 1 });
  world.calls.cancel({ kind: "cancel", id: 2 });
  assert.equal(world.sent.length, 4);
  world.calls.follow("b");
  // The refund may have been made: that it was given up too changes nothing about it.
  assert.deepEqual(world.codes, ["1 CANCELED", "2 STORE_LEADER_CHANGED"]);
  assert.equal(world.sent.length, 4);
});

test("PendingCalls.answer() passes an answer on once", () => {
  const world = new World();
  world.calls.add(call(1, "closeDay"), "a");
  world.calls.lose();
  world.calls.answer({ kind: "answer", id: 1, value: "late" });
  assert.deepEqual(world.codes, ["1 STORE_LEADER_CHANGED"]);
});
