/**
 * Worlds in which the soak of ten million found a fault once, kept as they were shrunk: each broke
 * a promise before its mend.
 * @module
 */
import assert from "node:assert/strict";
import test from "node:test";
import { DAY, HOUR } from "../durations.ts";
import type { Fate, WorldEvent } from "./plan.ts";
import type { CardTemper } from "./stripe_model.ts";
import { playWorld } from "./world.ts";

const FOUND: Readonly<Record<string, readonly WorldEvent[]>> = {
  "a copy's sale is confirmed between the look-up and the list of its siblings":
    [
      sale("approves", true),
      { kind: "backup" },
      begin(0, 2),
      answer(1, "key_in_use", 1 * HOUR),
      begin(0, 4),
      wait(25 * HOUR),
      answer(1),
      answer(1, "key_in_use", 6 * HOUR),
      { kind: "restore", fate: "answered", delayMs: 0 },
      begin(0, 6),
      answer(5),
      wait(23 * HOUR),
    ],
  "whoever was fenced off adopts the PaymentIntent that its successor closes": [
    sale("approves", false),
    sale("approves", false),
    { kind: "backup" },
    { kind: "restore", fate: "answered", delayMs: 0 },
    begin(1, 5),
    answer(5),
    answer(7),
    answer(3),
    begin(3, 4),
    answer(6),
    begin(2, 5),
    answer(2),
    { kind: "takeover", drainer: 3 },
    wait(24 * HOUR),
    begin(3, 6),
  ],
  "a confirmation a day late goes through while a decline is being canceled": [
    sale("relents", true),
    begin(1, 3),
    answer(5),
    begin(0, 7),
    begin(3, 5),
    answer(4),
    answer(3),
    wait(25 * HOUR),
  ],
  "two drainers read the end of a canceled PaymentIntent": [
    sale("relents", true),
    begin(3, 6),
    answer(0),
    begin(1, 5),
    answer(4),
    begin(0, 0),
    wait(24 * HOUR),
  ],
  "a decline is canceled after a late confirmation was written down": [
    sale("relents", true),
    begin(0, 1),
    answer(1),
    begin(1, 5),
    answer(5),
    wait(25 * HOUR),
  ],
  "a drainer sleeps until the authorisation that another one got has lapsed": [
    sale("approves", true),
    begin(1, 0),
    answer(0),
    begin(2, 0),
    answer(1),
    wait(31 * DAY),
  ],
  "a fenced drainer learns of the authorisation that a cancellation takes back":
    [
      sale("relents", true),
      begin(1, 2),
      answer(6),
      begin(0, 2),
      answer(0),
      wait(25 * HOUR),
      answer(3),
    ],
  "a copy finds a payment that was declined once and authorised since": [
    { kind: "policy" },
    sale("relents", true),
    { kind: "backup" },
    begin(0, 6),
    answer(0),
    answer(5),
    { kind: "jump", ms: -3650 * DAY },
    begin(0, 0),
    answer(3),
    { kind: "restore", fate: "answered", delayMs: 0 },
    begin(0, 1),
    answer(7),
    answer(3),
    answer(1),
    wait(31 * DAY),
    { kind: "restore", fate: "answered", delayMs: 0 },
  ],
  "a copy finds a payment that was authorised and canceled": [
    sale("relents", true),
    { kind: "backup" },
    begin(2, 5),
    answer(7, "delivered_twice"),
    begin(3, 5),
    answer(1),
    wait(25 * HOUR),
    { kind: "restore", fate: "answered", delayMs: 0 },
  ],
  "a copy's other PaymentIntent is authorised while it cannot be closed": [
    sale("approves", true),
    { kind: "backup" },
    begin(1, 3),
    { kind: "takeover", drainer: 1 },
    begin(1, 1),
    wait(24 * HOUR),
    answer(1),
    { kind: "restore", fate: "zombie", delayMs: 23 * HOUR },
    begin(0, 1),
    answer(5),
    answer(3),
    answer(0, "rate_limited"),
    wait(25 * HOUR),
  ],
};

for (const [name, events] of Object.entries(FOUND)) {
  test(`forwardPayment() where ${name} breaks no promise`, async () => {
    const { violations } = await playWorld(events);
    assert.deepEqual(violations, []);
  });
}

function sale(temper: CardTemper, isManual: boolean): WorldEvent {
  const amount = 4200;
  const isUnreadable = false;
  return {
    kind: "sale",
    temper,
    amount,
    currency: "usd",
    isManual,
    isUnreadable,
  };
}

function begin(drainer: number, pick: number): WorldEvent {
  return { kind: "begin", drainer, pick };
}

function answer(
  pick: number,
  fate: Fate = "answered",
  delayMs = 0,
): WorldEvent {
  return { kind: "answer", pick, fate, delayMs };
}

function wait(ms: number): WorldEvent {
  return { kind: "wait", ms };
}
