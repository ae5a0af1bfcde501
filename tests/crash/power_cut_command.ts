/**
 * `deno task powercut [--cuts N] [--seed S]`: cuts the power in simulation and tells.
 *
 * The last line is JSON; the exit status is 0 only when nothing was lost or damaged. A world
 * that fails is named by its seed: `deno task powercut --cuts 1 --seed <that seed>` replays it.
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { loadSqlite } from "../../hosts/sqlite/load_sqlite.ts";
import { dim, green, red, table } from "../../scripts/_terminal.ts";
import { runPowerCuts } from "../sim/power_cut.ts";

const { values } = parseArgs({
  args: process.argv.slice(2),
  options: {
    cuts: { type: "string", default: "2000" },
    seed: { type: "string", default: "1" },
  },
});
const cuts = Number(values.cuts);
const seed = Number(values.seed);
if (!(cuts > 0) || !Number.isSafeInteger(seed)) {
  throw new RangeError("--cuts and --seed expect integers");
}

console.log(`${cuts} power cuts in simulation, from seed ${seed}`);
const startedAt = performance.now();
let shownAt = startedAt;
const report = runPowerCuts(await loadSqlite(), {
  cuts,
  seed,
  onWorld: ({ cuts: done, commits }): void => {
    if (performance.now() - shownAt < 2000) return;
    shownAt = performance.now();
    console.log(dim(`${done} cuts, ${commits} commits`));
  },
});
const perSecond = Math.round(
  report.cuts / ((performance.now() - startedAt) / 1000),
);
const { failures, ...counts } = report;
const figures = { ...counts, cutsPerSecond: perSecond };
console.log(
  table(Object.entries(figures).map(([name, n]) => [name, String(n)])),
);
for (const failure of failures) console.log(red(failure));
const isKept = failures.length === 0;
console.log(isKept ? green("nothing acknowledged was lost") : red("FAILED"));
console.log(JSON.stringify({ seed, ...figures }));
process.exit(isKept ? 0 : 1);
