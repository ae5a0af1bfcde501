/**
 * `deno task crash [--runtime deno|node] [--kills N] [--seed S]`: kills and tells.
 *
 * The last line is JSON; the exit status is 0 only when nothing was lost or damaged.
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { dim, green, red, table } from "../../scripts/_terminal.ts";
import { runKills } from "./kills.ts";

const { values } = parseArgs({
  args: process.argv.slice(2),
  options: {
    runtime: { type: "string", default: "deno" },
    kills: { type: "string", default: "50" },
    seed: { type: "string", default: "1" },
  },
});
const { runtime } = values;
const kills = Number(values.kills);
const seed = Number(values.seed);
if (runtime !== "deno" && runtime !== "node") {
  throw new RangeError(`--runtime expects deno or node, got ${runtime}`);
}
if (!(kills > 0) || !Number.isSafeInteger(seed)) {
  throw new RangeError("--kills and --seed expect integers");
}

console.log(`${kills} SIGKILLs of a ${runtime} process, seed ${seed}`);
const report = await runKills({
  runtime,
  kills,
  seed,
  onKill: ({ kills: done, acked }): void => {
    if (done % 10 === 0) {
      console.log(dim(`${done} kills, ${acked} acknowledged`));
    }
  },
});
const { failures, ...figures } = report;
console.log(
  table(Object.entries(figures).map(([name, n]) => [name, String(n)])),
);
for (const failure of failures) console.log(red(failure));
const isKept = failures.length === 0;
console.log(isKept ? green("nothing acknowledged was lost") : red("FAILED"));
console.log(JSON.stringify({ runtime, seed, ...figures }));
process.exit(isKept ? 0 : 1);
