/**
 * The browser's disk over the simulated medium: `OpfsDisk` itself, with simulated handles.
 *
 * Owns: what differs from POSIX. The files are there from the start and their names are durable,
 * as the browser's store has it after provisioning; everything else is bytes, flushes and lengths.
 * @module
 */
import {
  OPFS_FILES,
  OpfsDisk,
  type OpfsFileName,
  type SyncAccessHandle,
} from "../../hosts/browser/opfs_disk.ts";
import type { SimDisk } from "./sim_disk.ts";

/** A browser's disk on the files of `disk`. */
export function makeSimOpfs(disk: SimDisk): OpfsDisk {
  const handles = new Map<OpfsFileName, SyncAccessHandle>();
  for (const name of OPFS_FILES) {
    const file = disk.provide(name);
    handles.set(name, {
      read: (target, { at }): number => file.read(target, at),
      write(bytes, { at }): number {
        file.write(bytes, at);
        return bytes.length;
      },
      truncate: (length): void => file.truncate(length),
      flush: (): void => file.sync(),
      getSize: (): number => file.byteLength(),
      close: (): void => file.close(),
    });
  }
  return new OpfsDisk(handles, true, null);
}
