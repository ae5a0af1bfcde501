/**
 * Salvage of a damaged store in a browser.
 *
 * Owns: that the store is only read. Runs in a page or a Worker, needs no device key and no
 * SQLite, and lets no till open the store meanwhile.
 * @module
 */
import { failure, HoldfastError, loadCore } from "../../engine/mod.ts";
import { type Salvaged, salvageFiles } from "../sqlite/salvage_files.ts";
import { SystemRandom } from "../web/system_random.ts";
import { LOGS, OPFS_FILES, type OpfsFileName } from "./opfs_files.ts";
import { readPlace } from "./place.ts";
import { storeLock } from "./store.ts";
export type { Salvaged, SalvagedFile } from "../sqlite/salvage_files.ts";

/** What came of a salvage in a browser. */
export interface BrowserSalvage extends Salvaged {
  /**
   * The damaged files as they are, and the copy that was made of them when the damage was found
   * (`aside-*`), for a person to download before anything else is tried. They can be read as long
   * as nobody changes the store.
   */
  originals: File[];
}

/**
 * Saves every sealed record of the store `name` into sealed files that `importStored` of another
 * store takes, and tells which places of its chains are lost. Changes nothing.
 *
 * @param options.account Id of the account, where no row of the store tells it any more.
 * @throws {HoldfastError} `STORE_IN_USE` while a tab has the store open; `STORE_NOT_ACCESSIBLE`
 *   when there is no such store, or the browser does not give its files.
 */
export async function salvageStore(
  name: string,
  options: { account?: string } = {},
): Promise<BrowserSalvage> {
  return await navigator.locks.request(
    storeLock(name),
    { ifAvailable: true },
    async (lock) => {
      if (lock === null) {
        throw failure("STORE_IN_USE", "a tab has the store open");
      }
      return await salvage(name, options.account);
    },
  );
}

async function salvage(
  name: string,
  account: string | undefined,
): Promise<BrowserSalvage> {
  const files = await filesOf(name);
  const bytesOf = async (file: OpfsFileName): Promise<Uint8Array> =>
    new Uint8Array(await (files.get(file) ?? new Blob()).arrayBuffer());
  const [zero, one] = LOGS.map((log) => files.get(log)?.size ?? 0);
  const { logIndex } = readPlace(await bytesOf("place"), [zero, one]);
  // Whatever was named, the log is the one that is not empty.
  const isLogThere = (files.get(LOGS[logIndex])?.size ?? 0) > 0;
  const log = isLogThere ? LOGS[logIndex] : LOGS[1 - logIndex];
  const saved = salvageFiles(
    await bytesOf("main"),
    await bytesOf(log),
    {
      core: await loadCore(),
      random: new SystemRandom(),
      nowMs: Date.now(),
      account,
    },
  );
  const originals = [...files.values()].filter(({ size }) => size > 0);
  return { ...saved, originals };
}

/** The files that are there. */
async function filesOf(name: string): Promise<Map<OpfsFileName, File>> {
  try {
    const root = await navigator.storage.getDirectory();
    const parent = await root.getDirectoryHandle("holdfast");
    const folder = await parent.getDirectoryHandle(name);
    const files = new Map<OpfsFileName, File>();
    for (const file of OPFS_FILES) {
      try {
        files.set(file, await (await folder.getFileHandle(file)).getFile());
      } catch (error) {
        if ((error as Error).name !== "NotFoundError") throw error;
      }
    }
    return files;
  } catch (cause) {
    if (cause instanceof HoldfastError) throw cause;
    throw failure(
      "STORE_NOT_ACCESSIBLE",
      "the browser does not give the files of this store",
      { cause },
    );
  }
}
