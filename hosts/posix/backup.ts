/**
 * A copy of a running store in a file.
 *
 * Owns: that the file is there whole and durable, or not at all.
 * @module
 */
import {
  closeSync,
  constants,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import type { CallOptions, Terminal } from "../../engine/mod.ts";
import { failure, HoldfastError } from "../../engine/mod.ts";
import { syncPath } from "./sync_path.ts";

/**
 * Copies the terminal's store to `path`, replacing an older copy; sales go on meanwhile. The
 * device key is not in it: keep its file too, or the copy opens nowhere.
 *
 * @returns Bytes written.
 * @throws {HoldfastError} `BACKUP_INTERRUPTED`, `STORE_NOT_ACCESSIBLE` with `details.code` when
 *   the file cannot be written; what was at `path` is untouched.
 */
export async function backupToFile(
  terminal: Terminal,
  path: string,
  options: CallOptions = {},
): Promise<number> {
  const draft = `${path}.new`;
  let isBegun = false;
  try {
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC;
    const file = openSync(draft, flags, 0o600);
    isBegun = true;
    let byteLength: number;
    try {
      byteLength = await terminal.backup(async (bytes, offset) => {
        writeAll(file, bytes, offset);
        // Lets sales in between two slices.
        await new Promise((resolve) => setTimeout(resolve, 0));
      }, options);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, path);
    syncPath(dirname(path));
    return byteLength;
  } catch (error) {
    if (isBegun) rmSync(draft, { force: true });
    if (error instanceof HoldfastError) throw error;
    const { code = null } = error as { code?: string | null };
    throw failure(
      "STORE_NOT_ACCESSIBLE",
      `the copy cannot be written (${code})`,
      { cause: error, details: { code } },
    );
  }
}

function writeAll(file: number, bytes: Uint8Array, offset: number): void {
  for (let done = 0; done < bytes.length;) {
    const rest = bytes.length - done;
    done += writeSync(file, bytes, done, rest, offset + done);
  }
}
