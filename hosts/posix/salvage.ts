/**
 * Salvage of a damaged store on this machine.
 *
 * Owns: that the original is never touched. The files are copied first, durably, unless opening
 * the store did so, and only the copies are read; what is saved goes into sealed files that
 * another store imports.
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Core, failure, HoldfastError } from "../../engine/mod.ts";
import { sealExport } from "../../engine/handover/export_file.ts";
import {
  salvage,
  type SalvagedAccount,
  type SalvagedChain,
} from "../../engine/handover/salvage.ts";
import { formatTransferCode } from "../../engine/handover/transfer_code.ts";
import type { Random } from "../../engine/ports.ts";
import { RawPages } from "../sqlite/raw_pages.ts";
import { recordsOf, rowsOf } from "../sqlite/raw_rows.ts";
import { quarantine } from "./quarantine.ts";
import { syncPath } from "./sync_path.ts";

/** What to save, and where to. */
export interface SalvageOptions {
  core: Core;
  random: Random;
  nowMs: number;
  /** The first sealed file; further accounts get `-2`, `-3` … @default `<store>.salvage.hfx` */
  out?: string;
  /** Id of the account, where no row of the store tells it any more. */
  account?: string;
}

/** One sealed file. */
export interface SalvageFile {
  path: string;
  /** Opens it in `importStored`. */
  code: string;
  account: string;
  isLivemode: boolean;
  /** Payments that are forwarded as they are. */
  whole: number;
  /** Payments that come back as `failed`, with the code `salvaged`: their rows were gone. */
  bare: number;
  /** Totals in minor units by currency. */
  amounts: Readonly<Record<string, number>>;
}

/** What came of it. */
export interface SalvageReport {
  /** Folder with the copies. */
  quarantine: string;
  files: SalvageFile[];
  chains: SalvagedChain[];
  /** Payments without an account id; name it and salvage again. */
  unnamed: number;
}

/**
 * Copies the store's files aside and saves every sealed record in the copies. Only for a store
 * that no process has open.
 *
 * @throws {HoldfastError} `STORE_NOT_ACCESSIBLE` with `details.code` when the files cannot be
 *   copied or a sealed file cannot be written; an old sealed file is not replaced.
 */
export function salvageStore(
  path: string,
  options: SalvageOptions,
): SalvageReport {
  try {
    const folder = quarantine(path, options.nowMs);
    const read = (suffix: string): Uint8Array => {
      const copy = join(folder, basename(path) + suffix);
      return existsSync(copy) ? readFileSync(copy) : new Uint8Array(0);
    };
    const pages = new RawPages(read(""), read("-wal"));
    const saved = salvage(options.core, {
      records: recordsOf(pages),
      rows: rowsOf(pages),
    });
    const out = options.out ?? `${path}.salvage.hfx`;
    return { quarantine: folder, ...write(saved, out, options) };
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    const { code = null } = error as { code?: string | null };
    throw failure("STORE_NOT_ACCESSIBLE", `the salvage failed (${code})`, {
      cause: error,
      details: { code },
    });
  }
}

function write(
  saved: readonly SalvagedAccount[],
  out: string,
  { core, random, nowMs, account: given }: SalvageOptions,
): Omit<SalvageReport, "quarantine"> {
  const files: SalvageFile[] = [];
  let unnamed = 0;
  for (const part of saved) {
    const count = part.wholeCount + part.bareCount;
    if (count === 0) continue;
    const account = part.account ?? named(core, part, given);
    if (account === null) {
      unnamed += count;
      continue;
    }
    const [id, code, salt] = [0, 1, 2].map(() => {
      const bytes = new Uint8Array(16);
      random.fill(bytes);
      return bytes;
    });
    const header = { ...part, kind: "salvage" as const, id };
    const lines = part.lines(account, nowMs);
    const path = files.length === 0 ? out : `${out}-${files.length + 1}`;
    const bytes = sealExport(core, header, code, salt, lines);
    writeFileSync(path, bytes, { mode: 0o600, flag: "wx", flush: true });
    files.push({
      path,
      code: formatTransferCode(code),
      account,
      isLivemode: part.isLivemode,
      whole: part.wholeCount,
      bare: part.bareCount,
      amounts: part.amounts,
    });
  }
  syncPath(dirname(out));
  return { files, chains: saved.flatMap(({ chains }) => chains), unnamed };
}

/** The given account when it is the one whose hash the records hold. */
function named(
  core: Core,
  { accountHash }: SalvagedAccount,
  account: string | undefined,
): string | null {
  if (account === undefined) return null;
  const hash = core.crypto.sha256(new TextEncoder().encode(account));
  return accountHash.every((byte, i) => byte === hash[i]) ? account : null;
}
