/**
 * Saves what can be saved of a damaged store: `--store FILE [--out FILE] [--account ID]`.
 *
 * Owns: what a person is told. The last line is JSON; the exit status is 0 only when nothing is
 * lost and nothing is missing.
 * @module
 */
import process from "node:process";
import { failure, HoldfastError, loadCore } from "../../engine/mod.ts";
import { readArguments, runCommand, UsageError } from "../posix/command.ts";
import type { LockProvider } from "../posix/store.ts";
import { type SalvageReport, salvageStore } from "../posix/salvage.ts";
import { SystemRandom } from "../web/system_random.ts";

const HELP = `Usage: salvage --store FILE [--out FILE] [--account ID]

  --store FILE   the damaged store; it is copied aside and never changed
  --out FILE     the sealed file with what was saved; FILE.salvage.hfx when left out
  --account ID   acct_…, where the store itself does not tell it any more`;

/** Runs the program; `lock` is the runtime's own way to keep other processes out. */
export function runSalvage(lock: LockProvider): Promise<void> {
  return runCommand(async (args) => {
    const values = readArguments(args, HELP, {
      store: { type: "string" },
      out: { type: "string" },
      account: { type: "string" },
    });
    if (values === null) return 0;
    const { store: path, out, account } = values;
    if (path === undefined) throw new UsageError("salvage needs --store FILE");
    const core = await loadCore();
    try {
      const release = lock(`${path}.lock`);
      if (release === null) {
        throw failure("STORE_IN_USE", "a process has the store open");
      }
      const report = salvageStore(path, {
        core,
        random: new SystemRandom(),
        nowMs: Date.now(),
        ...(out === undefined ? {} : { out }),
        ...(account === undefined ? {} : { account }),
      });
      release();
      return conclude(report);
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      say(`${error.code}: ${error.message}; ${error.remedy}`);
      say(JSON.stringify({ ok: false, code: error.code }));
      return 1;
    }
  });
}

/** Prints the report; returns the exit status. */
function conclude(
  { quarantine, files, chains, unnamed }: SalvageReport,
): number {
  say(`copies of the damaged files: ${quarantine}`);
  for (const chain of chains) {
    say(
      `chain ${chain.device} ${chain.epoch}, up to record ${chain.highWater}:`,
    );
    const { found, settled, lost, missing } = chain;
    say(`  found   ${found.length}`);
    say(`  settled ${settled.length}`);
    say(`  lost    ${placesText(lost)}`);
    say(`  missing ${placesText(missing)}`);
  }
  for (const file of files) {
    say(
      `saved ${
        file.whole + file.bare
      } payments of ${file.account}: ${file.path}`,
    );
    if (file.bare > 0) say(`  ${file.bare} of them only by their records`);
    say(`  code ${file.code} (write it down: it is kept nowhere)`);
  }
  if (unnamed > 0) say(`${unnamed} payments need --account ID to be saved`);
  // Nothing is named as lost then, because nothing says what there was.
  const isStore = chains.length > 0;
  if (!isStore) say("no record of any store is in this file, or left in it");
  const count = (name: "found" | "settled" | "lost" | "missing"): number =>
    chains.reduce((sum, chain) => sum + chain[name].length, 0);
  const ok = isStore && count("lost") + count("missing") + unnamed === 0;
  say(JSON.stringify({
    ok,
    found: count("found"),
    settled: count("settled"),
    lost: count("lost"),
    missing: count("missing"),
    unnamed,
    quarantine,
    files,
    chains: chains.map(({ device, epoch, highWater, lost, missing }) => ({
      ...{ device, epoch, highWater },
      lost,
      missing,
    })),
  }));
  return ok ? 0 : 1;
}

/** `1, 4-7, 9`, or `none`. */
export function placesText(places: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const place of places) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === place - 1) last[1] = place;
    else runs.push([place, place]);
  }
  return runs.length === 0
    ? "none"
    : runs.map(([from, to]) => from === to ? `${from}` : `${from}-${to}`)
      .join(", ");
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
