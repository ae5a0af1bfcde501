/**
 * Synchronous access handles of the Origin Private File System, and what they lack.
 *
 * Owns: all-or-nothing writes, copies, and asking for room before it is needed.
 * @see https://fs.spec.whatwg.org/#api-filesystemsyncaccesshandle
 * @module
 */

/** How much is copied at a time when the log is renewed. */
const COPY_BYTES = 1 << 20;

/** The part of `FileSystemSyncAccessHandle` that is used; the type library lacks it. */
export interface SyncAccessHandle {
  read(target: Uint8Array, options: { at: number }): number;
  write(bytes: Uint8Array, options: { at: number }): number;
  truncate(length: number): void;
  flush(): void;
  getSize(): number;
  close(): void;
}

/** Makes sure that the file may become so long; it stays as it is. */
export function claim(handle: SyncAccessHandle, length: number): void {
  const before = handle.getSize();
  if (before >= length) return;
  try {
    handle.truncate(length);
  } finally {
    handle.truncate(before);
  }
}

/** Writes all or throws; a short write is how some browsers say that the quota is used up. */
export function write(
  handle: SyncAccessHandle,
  bytes: Uint8Array,
  offset: number,
): void {
  if (handle.write(bytes, { at: offset }) === bytes.length) return;
  throw new DOMException("the browser wrote a part only", "QuotaExceededError");
}

/** Makes `to` a synced copy of `from`. */
export function copy(from: SyncAccessHandle, to: SyncAccessHandle): void {
  const length = from.getSize();
  const buffer = new Uint8Array(Math.min(COPY_BYTES, Math.max(1, length)));
  to.truncate(0);
  for (let offset = 0; offset < length;) {
    const count = from.read(buffer, { at: offset });
    if (count === 0) throw new Error("the log ended before its length");
    write(to, buffer.subarray(0, count), offset);
    offset += count;
  }
  to.flush();
}
