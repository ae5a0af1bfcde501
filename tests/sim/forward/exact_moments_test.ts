/**
 * The moments at which forwarders have doubled charges, each alone and each pair of them.
 *
 * Drawn worlds come near these moments often; here every one is met exactly.
 * @module
 */
import assert from "node:assert/strict";
import test from "node:test";
import { plainSale } from "./drain_world.ts";
import type { Fate, WorldEvent } from "./plan.ts";
import { tell } from "./simulate.ts";
import { playWorld } from "./world.ts";

const HOUR_MS = 3600_000;
const DAY_MS = 24 * HOUR_MS;
const BEGIN: WorldEvent = { kind: "begin", drainer: 0, pick: 0 };

const answer = (fate: Fate, delayMs = 0): WorldEvent => ({
  kind: "answer",
  pick: 0,
  fate,
  delayMs,
});
const wait = (ms: number): WorldEvent => ({ kind: "wait", ms });

/** Plays a world and asserts that every promise was kept. */
async function assertKept(events: readonly WorldEvent[]): Promise<void> {
  const { violations } = await playWorld(events);
  assert.deepEqual(violations, [], tell(events).join("\n"));
}

const UNANSWERED: readonly Fate[] = [
  "request_lost",
  "response_lost",
  "silence",
  "executed_in_silence",
  "saved_500_before",
  "saved_500_after",
  "unsaved_503",
  "bad_gateway_page",
];
/** Around our 23 h of trust, Stripe's 24 h of memory, and long after. */
const GAPS_MS = [
  23 * HOUR_MS - 1,
  23 * HOUR_MS,
  DAY_MS - 1,
  DAY_MS,
  DAY_MS + 1,
  25 * HOUR_MS,
  31 * DAY_MS,
];
const STEPS = { creation: [], confirmation: [answer("answered")] };

for (const [step, before] of Object.entries(STEPS)) {
  test(`a ${step} without an answer, repeated after 23 h to 31 days, is charged once`, async () => {
    for (const first of UNANSWERED) {
      for (const second of UNANSWERED) {
        for (const gapMs of GAPS_MS) {
          await assertKept([
            plainSale(),
            BEGIN,
            ...before,
            answer(first),
            wait(gapMs),
            BEGIN,
            answer(second),
            wait(gapMs),
            BEGIN,
          ]);
        }
      }
    }
  });

  test(`a ${step} that is executed hours after it was given up is charged once`, async () => {
    for (const fate of ["zombie", "silent_zombie"] as const) {
      for (const gapMs of GAPS_MS) {
        // Just before, at, and after the repetition; and when all is long over.
        for (const delayMs of [gapMs - 1, gapMs, gapMs + 1, 3 * gapMs]) {
          for (const temper of ["approves", "declines", "relents"] as const) {
            for (const answers of [0, 1, 2, 3]) {
              await assertKept([
                { kind: "policy" },
                plainSale({ temper }),
                BEGIN,
                ...before,
                answer(fate, delayMs),
                wait(gapMs),
                BEGIN,
                ...new Array<WorldEvent>(answers).fill(answer("answered")),
                wait(1),
              ]);
            }
          }
        }
      }
    }
  });
}

test("a process that dies before or after any commit, and its successor too, charges once", async () => {
  const deaths = 24; // Halves of commits: more than one attempt has.
  for (
    const fate of ["answered", "response_lost", "delivered_twice"] as const
  ) {
    const attempt = [BEGIN, ...new Array<WorldEvent>(4).fill(answer(fate))];
    for (let first = 0; first < deaths; first++) {
      for (let second = 0; second < deaths; second++) {
        await assertKept([
          plainSale(),
          { kind: "takeover", drainer: 0 },
          { kind: "doom", drainer: 0, halfCommits: first },
          ...attempt,
          { kind: "takeover", drainer: 0 },
          { kind: "doom", drainer: 0, halfCommits: second },
          ...attempt,
        ]);
      }
    }
  }
});

test("a new sale, a second drainer or a void between any two events of a drain disturbs nothing", async () => {
  const drain: WorldEvent[] = [];
  for (let i = 0; i < 3; i++) {
    drain.push({ kind: "begin", drainer: 0, pick: i });
    drain.push({ kind: "begin", drainer: 0, pick: i + 1 });
    for (let j = 0; j < 4; j++) {
      drain.push({ ...answer("answered"), pick: j } as WorldEvent);
    }
  }
  const intruders: WorldEvent[][] = [
    [plainSale({ amount: 777, currency: "eur" })],
    [{ kind: "takeover", drainer: 1 }, {
      kind: "begin",
      drainer: 1,
      pick: 0,
    }],
    [{ kind: "void", pick: 0 }],
    [{ kind: "jump", ms: -3650 * DAY_MS }],
    [{ kind: "jump", ms: 3650 * DAY_MS }],
    [wait(2 * 60_000)],
  ];
  for (const intruder of intruders) {
    for (let at = 0; at <= drain.length; at++) {
      const sales = [plainSale(), plainSale(), plainSale()];
      await assertKept([...sales, ...drain.toSpliced(at, 0, ...intruder)]);
    }
  }
});
