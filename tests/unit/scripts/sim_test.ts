/** The command that plays worlds. @module */
import assert from "node:assert/strict";
import test from "node:test";
import { HAPPENINGS, missing } from "../../sim/forward/coverage.ts";
import { main } from "../../../scripts/sim.ts";

/** Runs the command and returns its status and the lines it printed. */
async function run(
  ...args: string[]
): Promise<{ code: number; lines: string[] }> {
  const lines: string[] = [];
  const { log } = console;
  console.log = (text: string) => void lines.push(...text.split("\n"));
  try {
    return { code: await main(args), lines };
  } finally {
    console.log = log;
  }
}

test("main() without a bug ends with 0 and a last line of JSON", async () => {
  const { code, lines } = await run(
    ...["--worlds", "200", "--seed", "7", "--jobs", "1"],
  );
  assert.equal(code, 0);
  const { seconds, worlds_per_s: speed, ...facts } = JSON.parse(lines.at(-1)!);
  assert.ok(seconds >= 0 && speed > 0 && facts.requests_per_s > speed);
  assert.equal(facts.worlds, 200);
  assert.equal(facts.lost, 0);
  assert.equal(facts.duplicated, 0);
  assert.deepEqual(facts.findings, {});
});

test("main() with a bug ends with 0 when it found it, and its replay tells the same story", async () => {
  const { code, lines } = await run("--bug", "confirm_without_persist");
  assert.equal(code, 0);
  const facts = JSON.parse(lines.at(-1)!);
  assert.equal(facts.caught, true);
  assert.ok(facts.duplicated > 0);
  assert.ok(facts.shrunk_events > 0);
  const at = lines.findIndex((line) => line.startsWith("replay:"));
  const replay = lines[at].match(
    /deno task sim (--worlds 1 --seed \d+ --bug confirm_without_persist)/,
  );
  assert.ok(replay);
  const again = await run(...replay[1].split(" "));
  assert.equal(again.code, 0);
  assert.deepEqual(again.lines.slice(0, at), lines.slice(0, at));
});

test("main() with a bug that does not show in its worlds ends with 1", async () => {
  const { code, lines } = await run(
    ...["--bug", "declined_left_open", "--worlds", "1", "--seed", "1"],
  );
  assert.equal(code, 1);
  assert.equal(JSON.parse(lines.at(-1)!).caught, false);
});

test("main() with arguments that make no sense is a usage error before it plays anything", async () => {
  const cases: readonly [string[], RegExp][] = [
    [["--bug", "none"], /--bug expects .*no_lease.*, got none/],
    [["--bug", "no_lease", "--worlds", "10001"], /--worlds .*1\.\.10000/],
    [["--worlds", "0"], /--worlds/],
    [["--worlds", "many"], /--worlds/],
    [["--seed", "-1"], /--seed/],
    [["--jobs", "0"], /--jobs/],
    [["--world", "5"], /--world/],
  ];
  for (const [args, message] of cases) {
    await assert.rejects(run(...args), { name: "UsageError", message });
  }
});

test("main() reports every kind of trouble and in how many worlds it occurred", async () => {
  const { code, lines } = await run("--worlds", "10000", "--jobs", "1");
  assert.equal(code, 0);
  const { coverage } = JSON.parse(lines.at(-1)!);
  assert.deepEqual(Object.keys(coverage), [...HAPPENINGS]);
  assert.deepEqual(missing(coverage, 1), []);
});
