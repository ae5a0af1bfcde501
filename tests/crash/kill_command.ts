/**
 * `deno task crash [--runtime deno|node|browser] [--kills N] [--seed S]`: kills and tells.
 *
 * The last line is JSON; the exit status is 0 only when nothing was lost or damaged.
 * @module
 */
import {
  readArguments,
  readChoice,
  readInteger,
  runCommand,
} from "../../hosts/posix/command.ts";
import { dim, green, red, table } from "../../scripts/_terminal.ts";
import { runBrowserKills } from "./browser_kills.ts";
import { runKills } from "./kills.ts";

const HELP = `Usage: deno task crash [--runtime RUNTIME] [--kills N] [--seed S]

  --runtime RUNTIME  deno, node or browser; deno when left out
  --kills N          how many real SIGKILLs; 50 when left out
  --seed S           the same moments again, as far as a clock allows; 1 when left out`;
const RUNTIMES = ["deno", "node", "browser"] as const;

type Runtime = typeof RUNTIMES[number];

const onKill = (done: number, acknowledged: number): void => {
  if (done % 10 !== 0) return;
  console.log(dim(`${done} kills, ${acknowledged} acknowledged`));
};

/** The same names on every runtime. */
async function kill(
  runtime: Runtime,
  kills: number,
  seed: number,
): Promise<{ failures: string[]; acknowledged: number }> {
  if (runtime === "browser") {
    return await runBrowserKills({
      kills,
      seed,
      onKill: (report) => onKill(report.kills, report.acknowledged),
    });
  }
  const { acked, ...rest } = await runKills({
    runtime,
    kills,
    seed,
    onKill: (report) => onKill(report.kills, report.acked),
  });
  return { ...rest, acknowledged: acked };
}

await runCommand(async (args) => {
  const values = readArguments(args, HELP, {
    runtime: { type: "string", default: "deno" },
    kills: { type: "string", default: "50" },
    seed: { type: "string", default: "1" },
  });
  if (values === null) return 0;
  const runtime = readChoice("runtime", values.runtime, RUNTIMES);
  const kills = readInteger("kills", values.kills, 1);
  const seed = readInteger("seed", values.seed);
  console.log(`${kills} SIGKILLs of a ${runtime} process, seed ${seed}`);
  const { failures, ...figures } = await kill(runtime, kills, seed);
  console.log(
    table(Object.entries(figures).map(([name, n]) => [name, String(n)])),
  );
  for (const failure of failures) console.log(red(failure));
  const isKept = failures.length === 0;
  console.log(isKept ? green("nothing acknowledged was lost") : red("FAILED"));
  console.log(JSON.stringify({ runtime, seed, ...figures }));
  return isKept ? 0 : 1;
});
