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

test("a copy that takes the device's place between any two events of a drain charges once", async () => {
  const drain = [BEGIN, ...new Array<WorldEvent>(4).fill(answer("answered"))];
  const twice = [...drain, wait(DAY_MS), ...drain];
  const fates: readonly Fate[] = [
    "request_lost",
    "response_lost",
    "zombie",
    "key_in_use",
  ];
  for (const temper of ["approves", "declines", "relents"] as const) {
    for (const fate of fates) {
      // Before the restored device is done, and after Stripe has forgotten every key.
      for (const delayMs of [1000, HOUR_MS, 25 * HOUR_MS]) {
        for (let from = 0; from < drain.length; from++) {
          for (let to = from; to <= twice.length; to++) {
            await assertKept([
              plainSale({ temper }),
              ...twice.slice(0, from),
              { kind: "backup" },
              ...twice.slice(from, to),
              { kind: "restore", fate, delayMs },
              { kind: "void", pick: 0 },
              ...drain,
            ]);
          }
        }
      }
    }
  }
});

test("a copy whose payment has two PaymentIntents closes one before it confirms the other", async () => {
  // Two creations with one key, a month apart; the second one's confirmation is under way.
  await assertKept([
    plainSale(),
    { kind: "backup" },
    BEGIN,
    { kind: "takeover", drainer: 0 },
    BEGIN,
    wait(31 * DAY_MS),
    answer("answered"),
    answer("key_in_use", 1000),
    { kind: "restore", fate: "answered", delayMs: 0 },
  ]);
});

test("a commit that fails at any step of a drain charges once", async () => {
  for (const fate of ["answered", "response_lost"] as const) {
    for (let commits = 0; commits < 8; commits++) {
      await assertKept([
        plainSale(),
        { kind: "takeover", drainer: 0 },
        { kind: "spoil", drainer: 0, commits },
        BEGIN,
        ...new Array<WorldEvent>(4).fill(answer(fate)),
        wait(HOUR_MS),
      ]);
    }
  }
});
