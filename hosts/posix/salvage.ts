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
import { failure, HoldfastError } from "../../engine/mod.ts";
import {
  type Salvaged,
  type SalvagedFile,
  salvageFiles,
  type SalvageMeans,
} from "../sqlite/salvage_files.ts";
import { quarantine } from "./quarantine.ts";
import { syncPath } from "./sync_path.ts";

/** What to save, and where to. */
export interface SalvageOptions extends SalvageMeans {
  /** The first sealed file; further accounts get `-2`, `-3` … @default `<store>.salvage.hfx` */
  out?: string;
}

/** One sealed file on disk. */
export interface SalvageFile extends Omit<SalvagedFile, "bytes"> {
  path: string;
}

/** What came of it. */
export interface SalvageReport extends Omit<Salvaged, "files"> {
  /** Folder with the copies. */
  quarantine: string;
  files: SalvageFile[];
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
    const saved = salvageFiles(read(""), read("-wal"), options);
    const files = write(saved.files, options.out ?? `${path}.salvage.hfx`);
    return { ...saved, quarantine: folder, files };
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    const { code = null } = error as { code?: string | null };
    throw failure("STORE_NOT_ACCESSIBLE", `the salvage failed (${code})`, {
      cause: error,
      details: { code },
    });
  }
}

/** Writes the sealed files; an old one is not replaced. */
function write(saved: readonly SalvagedFile[], out: string): SalvageFile[] {
  const files = saved.map(({ bytes, ...file }, i) => {
    const path = i === 0 ? out : `${out}-${i + 1}`;
    writeFileSync(path, bytes, { mode: 0o600, flag: "wx", flush: true });
    return { ...file, path };
  });
  syncPath(dirname(out));
  return files;
}
