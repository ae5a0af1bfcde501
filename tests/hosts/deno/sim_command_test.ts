/** `deno task sim` as a program: its workers, its exit status, its streams. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bundleForNode } from "../../../scripts/bundle.ts";
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

test("deno task sim and the same command on Node come to the same in every world", async () => {
  const args = ["--worlds", "1500", "--seed", "17", "--jobs", "1"];
  const factsOf = async (command: string, before: string[]) => {
    const { code, output } = await run(command, [...before, ...args], {
      timeoutMs: 120_000,
    });
    assert.equal(code, 0, output);
    const facts = JSON.parse(output.trim().split("\n").at(-1)!);
    for (const name of Object.keys(facts)) {
      if (name === "seconds" || name.includes("_per_s")) delete facts[name];
    }
    return facts;
  };
  const onDeno = await factsOf(denoPath(), ["run", "-A", "scripts/sim.ts"]);
  assert.equal(onDeno.worlds, 1500);
  const bundle = await bundleForNode("scripts/sim.ts");
  assert.deepEqual(await factsOf("node", [bundle]), onDeno);
});

test("deno task sim with an unknown bug ends with 2 and names the known ones", async () => {
  const { code, output } = await run(denoPath(), [
    ...["run", "-A", "scripts/sim.ts", "--bug", "none"],
  ], { timeoutMs: 60_000 });
  assert.equal(code, 2);
  assert.match(
    output,
    /^--bug expects fresh_key or .*, got none; try --help$/m,
  );
  assert.equal(output.trim().split("\n").length, 1);
  assert.doesNotMatch(output, /worlds_per_s|at file:/);
});
