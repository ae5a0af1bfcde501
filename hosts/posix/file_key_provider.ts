/**
 * The device key in a file of its own.
 *
 * Owns: that the key is durable before anything depends on it, and readable by its owner only.
 * Put it on another medium than the database where there is one, or implement `KeyProvider` over
 * the system's key store.
 * @module
 */
import * as fs from "node:fs";
import { failure, type KeyProvider } from "../../engine/mod.ts";
import { syncDirectory } from "./fs_disk.ts";

const KEY_BYTES = 32;

/** A {@link KeyProvider} over the file at `path`. */
export class FileKeyProvider implements KeyProvider {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  deviceKey(): Promise<Uint8Array> {
    try {
      return Promise.resolve(this.#read() ?? this.#create());
    } catch (cause) {
      return Promise.reject(
        failure("DEVICE_KEY_UNAVAILABLE", "the device key cannot be read", {
          cause,
        }),
      );
    }
  }

  #read(): Uint8Array | null {
    if (!fs.existsSync(this.#path)) return null;
    const key = new Uint8Array(fs.readFileSync(this.#path));
    if (key.length === KEY_BYTES) return key;
    throw new Error(
      `the key file has ${key.length} bytes, expected ${KEY_BYTES}`,
    );
  }

  /** Written aside and renamed, so that a crash leaves no key or a whole one. */
  #create(): Uint8Array {
    const key = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
    const draft = `${this.#path}.draft`;
    const descriptor = fs.openSync(draft, "w", 0o600);
    try {
      fs.writeSync(descriptor, key);
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    fs.renameSync(draft, this.#path);
    syncDirectory(this.#path);
    return key;
  }
}
