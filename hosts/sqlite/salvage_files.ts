/**
 * A damaged store's files in, sealed files and a report out; for every host.
 *
 * Owns: one sealed file for every account and mode, and what is not saved for want of a name.
 * Reads bytes only; where they come from and where the files go is the host's business.
 * @module
 */
import type { Core } from "../../bindings/mod.ts";
import { accountHash, isSameBytes } from "../../engine/bytes.ts";
import { sealExport } from "../../engine/handover/export_file.ts";
import {
  salvage,
  type SalvagedAccount,
  type SalvagedChain,
} from "../../engine/handover/salvage.ts";
import { formatTransferCode } from "../../engine/handover/transfer_code.ts";
import type { Random } from "../../engine/ports.ts";
import { RawPages } from "./raw_pages.ts";
import { recordsOf, rowsOf } from "./raw_rows.ts";

/** What salvaging needs besides the bytes. */
export interface SalvageMeans {
  /** Reads and seals. */
  core: Core;
  /** Makes transfer codes. */
  random: Random;
  /** Epoch milliseconds, written into the files. */
  nowMs: number;
  /** Id of the account, where no row of the store tells it any more. */
  account?: string | undefined;
}

/** One sealed file. */
export interface SalvagedFile {
  /** HFX1; owned by the caller. */
  bytes: Uint8Array;
  /** Opens it in `importStored`; it is kept nowhere. */
  code: string;
  /** Whose payments these are. */
  account: string;
  /** Their mode. */
  isLivemode: boolean;
  /** Payments that are forwarded as they are. */
  whole: number;
  /** Payments that come back as `failed`, with the code `salvaged`: their rows were gone. */
  bare: number;
  /** Totals in minor units by currency. */
  amounts: Readonly<Record<string, number>>;
}

/** What came of it. */
export interface Salvaged {
  /** One for every account and mode. */
  files: SalvagedFile[];
  /** Every chain: what was found, settled, lost, and is missing. */
  chains: SalvagedChain[];
  /** Payments without an account id; name it and salvage again. */
  unnamed: number;
}

/** Saves every sealed record in a database and its log; either may be empty or cut off. */
export function salvageFiles(
  main: Uint8Array,
  log: Uint8Array,
  means: SalvageMeans,
): Salvaged {
  const pages = new RawPages(main, log);
  const saved = salvage(means.core, {
    records: recordsOf(pages),
    rows: rowsOf(pages),
  });
  const files: SalvagedFile[] = [];
  let unnamed = 0;
  for (const part of saved) {
    const count = part.wholeCount + part.bareCount;
    if (count === 0) continue;
    const account = part.account ?? named(means, part);
    if (account === null) unnamed += count;
    else files.push(sealed(means, part, account));
  }
  return { files, chains: saved.flatMap(({ chains }) => chains), unnamed };
}

function sealed(
  { core, random, nowMs }: SalvageMeans,
  part: SalvagedAccount,
  account: string,
): SalvagedFile {
  const [id, code, salt] = [0, 1, 2].map(() => {
    const bytes = new Uint8Array(16);
    random.fill(bytes);
    return bytes;
  });
  const header = { ...part, kind: "salvage" as const, id };
  const lines = part.lines(account, nowMs);
  return {
    bytes: sealExport(core, header, code, salt, lines),
    code: formatTransferCode(code),
    account,
    isLivemode: part.isLivemode,
    whole: part.wholeCount,
    bare: part.bareCount,
    amounts: part.amounts,
  };
}

/** The given account when it is the one whose hash the records hold. */
function named(
  { core, account }: SalvageMeans,
  part: SalvagedAccount,
): string | null {
  if (account === undefined) return null;
  const hash = accountHash(core.crypto, account);
  return isSameBytes(part.accountHash, hash) ? account : null;
}
