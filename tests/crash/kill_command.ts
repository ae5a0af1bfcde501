/**
 * `deno task crash [--runtime deno|node|browser] [--kills N] [--seed S]`: kills and tells.
 *
 * The last line is JSON; the exit status is 0 only when nothing was lost or damaged.
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { dim, green, red, table } from "../../scripts/_terminal.ts";
import { runBrowserKills } from "./browser_kills.ts";
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
if (runtime !== "deno" && runtime !== "node" && runtime !== "browser") {
  throw new RangeError(
    `--runtime expects deno, node or browser, got ${runtime}`,
  );
}
if (!(kills > 0) || !Number.isSafeInteger(seed)) {
  throw new RangeError("--kills and --seed expect integers");
}

const onKill = (done: number, acknowledged: number): void => {
  if (done % 10 !== 0) return;
  console.log(dim(`${done} kills, ${acknowledged} acknowledged`));
};

/** The same names on every runtime. */
async function run(): Promise<{ failures: string[]; acknowledged: number }> {
  if (runtime === "browser") {
    return await runBrowserKills({
      kills,
      seed,
      onKill: (report) => onKill(report.kills, report.acknowledged),
    });
  }
  const { acked, ...rest } = await runKills({
    runtime: runtime as "deno" | "node",
    kills,
    seed,
    onKill: (report) => onKill(report.kills, report.acked),
  });
  return { ...rest, acknowledged: acked };
}

console.log(`${kills} SIGKILLs of a ${runtime} process, seed ${seed}`);
const report = await run();
const { failures, ...figures } = report;
console.log(
  table(Object.entries(figures).map(([name, n]) => [name, String(n)])),
);
for (const failure of failures) console.log(red(failure));
const isKept = failures.length === 0;
console.log(isKept ? green("nothing acknowledged was lost") : red("FAILED"));
console.log(JSON.stringify({ runtime, seed, ...figures }));
process.exit(isKept ? 0 : 1);
