/** A file of the private file system in memory, as a Worker has it open. @module */
import type { SyncAccessHandle } from "../../../hosts/browser/access_handle.ts";

/** A handle, and what can be seen of its file. */
export interface MemoryHandle extends SyncAccessHandle {
  bytes(): Uint8Array;
  /** The file as it was at each flush. */
  readonly flushed: Uint8Array[];
}

/** Opens a file that holds `bytes`. */
export function memoryHandle(
  bytes: Uint8Array = new Uint8Array(0),
): MemoryHandle {
  let file = bytes.slice();
  const flushed: Uint8Array[] = [];
  const resize = (length: number): void => {
    const next = new Uint8Array(length);
    next.set(file.subarray(0, length));
    file = next;
  };
  return {
    flushed,
    bytes: () => file,
    read(target, { at }): number {
      const part = file.subarray(at, at + target.length);
      target.set(part);
      return part.length;
    },
    write(source, { at }): number {
      resize(Math.max(file.length, at + source.length));
      file.set(source, at);
      return source.length;
    },
    truncate: resize,
    flush: () => void flushed.push(file.slice()),
    getSize: () => file.length,
    close: () => {},
  };
}
