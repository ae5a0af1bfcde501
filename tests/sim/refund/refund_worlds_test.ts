/**
 * Refunds in many worlds: never more than was asked for, and what the cashier is told is true.
 * @module
 */
import assert from "node:assert/strict";
import process from "node:process";
import test from "node:test";
import { loadCore } from "../../../bindings/mod.ts";
import { loadSqlite } from "../../../hosts/sqlite/load_sqlite.ts";
import { failure } from "../../../engine/errors.ts";
import { HOUR } from "../durations.ts";
import { REFUND_BUGS } from "./bugs.ts";
import type { RefundViolation } from "./checker.ts";
import { planRefunds, type RefundEvent } from "./plan.ts";
import { Stage } from "./stage.ts";
import { playRefunds, type RefundMutation } from "./world.ts";

const core = await loadCore();
const sqlite = await loadSqlite();
const IS_DENO = "deno" in process.versions;
const ALL_WORLDS = process.env.HOLDFAST_SOAK ? 100_000 : 900;
/** Deno plays the first two thirds, Node the rest. */
const WORLDS = ALL_WORLDS / 3 * (IS_DENO ? 2 : 1);
const FIRST_SEED = 1 + (IS_DENO ? 0 : ALL_WORLDS / 3 * 2);
/** Worlds within which every bug must show. */
const CATCH_WITHIN = 10_000;

async function violationsOf(
  stage: Stage,
  events: readonly RefundEvent[],
  mutation?: RefundMutation,
): Promise<readonly RefundViolation[]> {
  return (await playRefunds(stage, events, mutation)).violations;
}

/** Takes events away as long as the world still breaks the same promise. */
async function shrink(
  stage: Stage,
  seed: number,
  kind: string,
  mutation?: RefundMutation,
): Promise<RefundEvent[]> {
  let events = planRefunds(seed);
  for (let length = events.length >> 1; length >= 1;) {
    let isShorter = false;
    for (let at = 0; at < events.length;) {
      const fewer = events.toSpliced(at, length);
      const found = await violationsOf(stage, fewer, mutation);
      if (!found.some((violation) => violation.kind === kind)) at += length;
      else {
        events = fewer;
        isShorter = true;
      }
    }
    if (length > 1) length >>= 1;
    else if (!isShorter) break;
  }
  return events;
}

test(`refundPayment() in ${WORLDS} worlds gives back what was asked for, once`, async () => {
  let stage = new Stage(core, sqlite);
  let requests = 0;
  let made = 0;
  let unclear = 0;
  for (let seed = FIRST_SEED; seed < FIRST_SEED + WORLDS; seed++) {
    // A file of a thousand payments is enough.
    if (seed % 1000 === 0) stage = new Stage(core, sqlite);
    const report = await playRefunds(stage, planRefunds(seed));
    requests += report.requests;
    made += report.made;
    unclear += report.unclear;
    const [violation] = report.violations;
    if (violation === undefined) continue;
    const events = await shrink(stage, seed, violation.kind);
    const story = events.map((event) => JSON.stringify(event)).join("\n");
    assert.fail(
      `seed ${seed}: ${violation.kind} ${violation.detail}\n${story}`,
    );
  }
  // The worlds are worth something only if much happens in them.
  assert.ok(requests > 5 * WORLDS, `${requests} requests`);
  assert.ok(made > WORLDS, `${made} refunds`);
  assert.ok(unclear > 0, "nobody ever refunded at the Dashboard");
});

/** Worlds in which a soak found a fault once, as they were shrunk. */
const FOUND: Readonly<Record<string, readonly RefundEvent[]>> = {
  "a till dies before anybody heard that a refund is unclear": [
    { kind: "ask", amount: 100 },
    { kind: "answer", pick: 2, fate: "key_in_use", delayMs: 23 * HOUR },
    { kind: "stranger", amount: 100 },
    { kind: "doom", halfWrites: 3 },
    { kind: "ask", amount: 250 },
  ],
  "two ask at once for another part while the first waits": [
    { kind: "stranger", amount: 100 },
    { kind: "ask", amount: 100 },
    { kind: "ask", amount: 400 },
    { kind: "answer", pick: 1, fate: "answered", delayMs: 0 },
    { kind: "die", fate: "answered", delayMs: 0 },
    { kind: "ask", amount: 250 },
    { kind: "ask", amount: 100 },
  ],
  "a refund is made while another caller is told that it is unclear": [
    { kind: "ask", amount: 400 },
    { kind: "ask", amount: 250 },
    { kind: "stranger", amount: 250 },
    { kind: "ask", amount: 100 },
    { kind: "answer", pick: 0, fate: "answered", delayMs: 0 },
    { kind: "answer", pick: 0, fate: "answered", delayMs: 0 },
    { kind: "ask", amount: 400 },
    { kind: "ask", amount: 250 },
    { kind: "ask", amount: 250 },
    { kind: "answer", pick: 1, fate: "answered", delayMs: 0 },
    { kind: "ask", amount: 250 },
  ],
};

for (const [name, events] of Object.entries(FOUND)) {
  test(`refundPayment() where ${name} breaks no promise`, async () => {
    assert.deepEqual(await violationsOf(new Stage(core, sqlite), events), []);
  });
}

test("refundPayment() whose question could not be written down asks it again", async () => {
  const events: RefundEvent[] = [
    { kind: "ask", amount: 100 },
    { kind: "answer", pick: 0, fate: "key_in_use", delayMs: 23 * HOUR },
    { kind: "stranger", amount: 100 },
    { kind: "ask", amount: 100 },
    { kind: "answer", pick: 0, fate: "answered", delayMs: 0 },
    { kind: "ask", amount: 100 },
  ];
  let refusals = 0;
  const stage = new Stage(core, sqlite);
  const { violations, unclear } = await playRefunds(
    stage,
    events,
    (context) => {
      const { activity } = context;
      const add = activity.add.bind(activity);
      activity.add = (kind, ...rest) => {
        if (kind === "refund_unclear" && refusals++ === 0) {
          throw failure("STORE_FULL", "the disk is full");
        }
        add(kind, ...rest);
      };
      return context;
    },
  );
  assert.deepEqual(violations, []);
  assert.deepEqual({ refusals, unclear }, { refusals: 2, unclear: 1 });
});

for (const [name, { shows, mutate }] of Object.entries(REFUND_BUGS)) {
  test(`the bug ${name} is found in refunds, and shrunk: ${shows}`, async () => {
    let stage = new Stage(core, sqlite);
    for (let seed = 1; seed <= CATCH_WITHIN; seed++) {
      if (seed % 1000 === 0) stage = new Stage(core, sqlite);
      const report = await playRefunds(stage, planRefunds(seed), mutate);
      if (!report.violations.some(({ kind }) => kind === shows)) continue;
      const events = await shrink(stage, seed, shows, mutate);
      assert.ok(events.length > 0);
      // The same events without the bug are harmless: it is the bug that was found.
      assert.deepEqual(await violationsOf(stage, events), []);
      return;
    }
    assert.fail(`not found in ${CATCH_WITHIN} worlds`);
  });
}
