/** `deno task sim` as a program: its workers, its exit status, its streams. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { simulateWithCrew } from "../../../scripts/_sim_crew.ts";
import { denoPath, run } from "../../../scripts/_process.ts";

const WORLDS = 6000;

test("simulateWithCrew() plays the same worlds whatever the number of workers", async () => {
  const play = async (jobs: number) => {
    let last = 0;
    const report = await simulateWithCrew({
      worlds: WORLDS,
      seed: 11,
      jobs,
      onProgress: (worlds) => last = worlds,
    });
    return { report, last };
  };
  const alone = await play(1);
  assert.equal(alone.report.worlds, WORLDS);
  assert.deepEqual(await play(3), alone);
});

test("deno task sim with an unknown bug ends with 2 and names the known ones", async () => {
  const { code, output } = await run(denoPath(), [
    ...["run", "-A", "scripts/sim.ts", "--bug", "none"],
  ], { timeoutMs: 60_000 });
  assert.equal(code, 2);
  assert.match(output, /--bug must be one of fresh_key, .*; got none/);
  assert.doesNotMatch(output, /worlds_per_s|at file:/);
});
