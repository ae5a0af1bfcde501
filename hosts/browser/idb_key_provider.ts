/**
 * The device key of a browser, wrapped under a key that cannot be exported.
 *
 * Owns: the IndexedDB record. The wrapping key is a non-extractable `CryptoKey`: script on this
 * origin can use it but not carry it away; whoever reads the profile's files can. The device key
 * itself must be raw for the core, so it is unwrapped into memory while the terminal is open.
 * @see https://w3c.github.io/webcrypto/#cryptokey-interface
 * @module
 */
import { failure, type KeyProvider } from "../../engine/mod.ts";

const STORE = "key";
const KEY_BYTES = 32;
const NONCE_BYTES = 12;

interface WrappedKey {
  wrappingKey: CryptoKey;
  nonce: Uint8Array<ArrayBuffer>;
  wrapped: Uint8Array<ArrayBuffer>;
}

/** A {@link KeyProvider} over IndexedDB; one key per store name. */
export class IdbKeyProvider implements KeyProvider {
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  async deviceKey(): Promise<Uint8Array> {
    try {
      const database = await open();
      try {
        const stored = await read(database, this.#name);
        if (stored !== undefined) return await unwrap(stored);
        const key = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
        await write(database, this.#name, await wrap(key));
        return key;
      } finally {
        database.close();
      }
    } catch (cause) {
      throw failure(
        "DEVICE_KEY_UNAVAILABLE",
        "the browser does not give the device key",
        { cause },
      );
    }
  }
}

async function wrap(key: Uint8Array<ArrayBuffer>): Promise<WrappedKey> {
  const wrappingKey = await crypto.subtle.generateKey(
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt", "decrypt"],
  );
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const wrapped = new Uint8Array(
    await crypto.subtle.encrypt(
      { name: "AES-GCM", iv: nonce },
      wrappingKey,
      key,
    ),
  );
  return { wrappingKey, nonce, wrapped };
}

async function unwrap(stored: WrappedKey): Promise<Uint8Array> {
  const key = await crypto.subtle.decrypt(
    { name: "AES-GCM", iv: stored.nonce },
    stored.wrappingKey,
    stored.wrapped,
  );
  return new Uint8Array(key);
}

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open("holdfast-keys", 1);
  request.onupgradeneeded = (): void => {
    request.result.createObjectStore(STORE);
  };
  return settled(request);
}

function read(
  database: IDBDatabase,
  name: string,
): Promise<WrappedKey | undefined> {
  const store = database.transaction(STORE, "readonly").objectStore(STORE);
  return settled(store.get(name));
}

/** Strict durability: a store whose key is not on disk could never be opened again. */
function write(
  database: IDBDatabase,
  name: string,
  key: WrappedKey,
): Promise<void> {
  const transaction = database.transaction(STORE, "readwrite", {
    durability: "strict",
  });
  transaction.objectStore(STORE).add(key, name);
  return new Promise((resolve, reject) => {
    transaction.oncomplete = (): void => resolve();
    transaction.onabort = (): void => reject(transaction.error);
  });
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = (): void => resolve(request.result);
    request.onerror = (): void => reject(request.error);
  });
}
