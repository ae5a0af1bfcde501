/**
 * The device key in a file of its own, readable by its owner only.
 *
 * Owns: that a key which was ever returned is on disk, that an existing key is never replaced, and
 * that one is made for an empty store only. Losing it loses the ability to go on with the store's
 * chain, not the records: those are sealed to the recipient.
 * @module
 */
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import { failure, HoldfastError } from "../../engine/errors.ts";
import type { KeyProvider } from "../../engine/ports.ts";
import { SystemRandom } from "../web/system_random.ts";
import { syncPath } from "./sync_path.ts";

const KEY_BYTES = 32;
const FILE_MODE = 0o600;

/** A key provider over one file of 32 bytes, mode 0600. */
export class FileKeyProvider implements KeyProvider {
  readonly #path: string;
  readonly #isStoreEmpty: boolean;

  /**
   * Makes a provider; nothing is read or written before the first call.
   *
   * @param isStoreEmpty Whether the store is new, so that a key may be made for it.
   */
  constructor(path: string, isStoreEmpty: boolean) {
    this.#path = path;
    this.#isStoreEmpty = isStoreEmpty;
  }

  /**
   * @inheritdoc
   * @throws {HoldfastError} `DEVICE_KEY_LOST` when the store is there and its key is not;
   *   `DEVICE_KEY_UNAVAILABLE`.
   */
  // deno-lint-ignore require-await -- the port is asynchronous for keychains.
  async deviceKey(): Promise<Uint8Array> {
    try {
      const key = this.#read();
      if (key !== null) return key;
      if (this.#isStoreEmpty) return this.#create();
      throw failure(
        "DEVICE_KEY_LOST",
        "the store is there, the file of its device key is gone",
      );
    } catch (cause) {
      if (cause instanceof HoldfastError) throw cause;
      throw failure(
        "DEVICE_KEY_UNAVAILABLE",
        "the device key cannot be read or made",
        {
          cause,
        },
      );
    }
  }

  #read(): Uint8Array | null {
    let bytes: Uint8Array;
    try {
      bytes = readFileSync(this.#path);
    } catch (error) {
      if ((error as { code?: string }).code === "ENOENT") return null;
      throw error;
    }
    if (bytes.length !== KEY_BYTES) {
      throw new RangeError(
        `the key file has ${bytes.length} bytes, expected ${KEY_BYTES}`,
      );
    }
    chmodSync(this.#path, FILE_MODE); // A copy or a backup may have been more generous.
    // Synced here too: the process that made the file may have died before its own sync.
    syncPath(this.#path);
    syncPath(dirname(this.#path));
    return new Uint8Array(bytes);
  }

  #create(): Uint8Array {
    const key = new Uint8Array(KEY_BYTES);
    new SystemRandom().fill(key);
    const draft = `${this.#path}.${process.pid}`;
    const descriptor = openSync(draft, "w", FILE_MODE);
    try {
      writeSync(descriptor, key);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    try {
      // A link fails where a rename would replace the key another process has just made.
      linkSync(draft, this.#path);
    } catch (error) {
      if ((error as { code?: string }).code !== "EEXIST") throw error;
    } finally {
      unlinkSync(draft);
    }
    key.fill(0);
    return this.#read()!;
  }
}
