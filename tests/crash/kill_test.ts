/** Fifty real SIGKILLs of a process of this runtime; `HOLDFAST_SOAK=1` makes them 1,000. @module */
import assert from "node:assert/strict";
import process from "node:process";
import test from "node:test";
import { RUNTIME } from "../hosts/_posix_place.ts";
import { runKills } from "./kills.ts";

const KILL_COUNT = process.env.HOLDFAST_SOAK ? 1_000 : 50;

test(`the store keeps every acknowledged row through ${KILL_COUNT} kills`, async () => {
  const report = await runKills({
    runtime: RUNTIME,
    kills: KILL_COUNT,
    seed: RUNTIME === "deno" ? 1 : 2,
  });
  assert.deepEqual(report.failures, []);
  assert.equal(report.kills, KILL_COUNT);
  // Kills must have landed where it hurts; a loaded machine acknowledges little between two.
  assert.ok(report.acked > KILL_COUNT, `${report.acked} acknowledged`);
  assert.ok(report.hot > KILL_COUNT / 2, `${report.hot} left a log`);
});

test("runKills() catches a process that acknowledges before it writes", async () => {
  const report = await runKills({
    runtime: RUNTIME,
    kills: 12, // Of three, all once fell between two sales, and nothing was lost.
    seed: 3,
    isEarly: true,
  });
  assert.ok(report.lost > 0, `${report.kills} kills, nothing lost`);
});
