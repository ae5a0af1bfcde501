/**
 * `deno task powercut [--cuts N] [--seed S] [--medium M] [--faults F]`: cuts the power in simulation and tells.
 *
 * The last line is JSON; the exit status is 0 only when nothing was lost or damaged. A world
 * that fails is named by its seed: `deno task powercut --cuts 1 --seed <that seed>` replays it.
 * @module
 */
import {
  readArguments,
  readChoice,
  readInteger,
  runCommand,
} from "../../hosts/posix/command.ts";
import { loadSqlite } from "../../hosts/sqlite/load_sqlite.ts";
import { dim, green, red, table } from "../../scripts/_terminal.ts";
import { type PowerCutReport, runPowerCuts } from "../sim/power_cut.ts";

const HELP =
  `Usage: deno task powercut [--cuts N] [--seed S] [--medium MEDIUM] [--faults FAULTS]

  --cuts N         how many power cuts, those during recovery included; 2000 when left out
  --seed S         the first world's seed; 1 when left out
  --medium MEDIUM  posix, or opfs for the files of a browser; posix when left out
  --faults FAULTS  sync, or any for every kind of operation that fails; sync when left out`;

await runCommand(async (args) => {
  const values = readArguments(args, HELP, {
    cuts: { type: "string", default: "2000" },
    seed: { type: "string", default: "1" },
    medium: { type: "string", default: "posix" },
    faults: { type: "string", default: "sync" },
  });
  if (values === null) return 0;
  const cuts = readInteger("cuts", values.cuts, 1);
  const seed = readInteger("seed", values.seed);
  const medium = readChoice("medium", values.medium, ["posix", "opfs"]);
  const faults = readChoice("faults", values.faults, ["sync", "any"]);
  console.log(`${cuts} power cuts in simulation, from seed ${seed}`);
  const startedAt = performance.now();
  let shownAt = startedAt;
  const onWorld = ({ cuts: done, commits }: PowerCutReport): void => {
    if (performance.now() - shownAt < 2000) return;
    shownAt = performance.now();
    console.log(dim(`${done} cuts, ${commits} commits`));
  };
  const options = { cuts, seed, medium, faults, onWorld };
  const { failures, ...counts } = runPowerCuts(await loadSqlite(), options);
  const cutsPerSecond = Math.round(
    counts.cuts / ((performance.now() - startedAt) / 1000),
  );
  const figures = { ...counts, cutsPerSecond };
  console.log(
    table(Object.entries(figures).map(([name, n]) => [name, String(n)])),
  );
  for (const failure of failures) console.log(red(failure));
  const isKept = failures.length === 0;
  console.log(isKept ? green("nothing acknowledged was lost") : red("FAILED"));
  console.log(JSON.stringify({ seed, medium, faults, ...figures }));
  return isKept ? 0 : 1;
});
