/**
 * The device key of a browser, wrapped under a key that cannot be exported.
 *
 * Owns: the IndexedDB record, and that a key is made for an empty store only: a store whose key is
 * gone stays as it is, and a key whose store is gone says that there was one. The wrapping key is a non-extractable `CryptoKey`: script on this
 * origin can use it but not carry it away; whoever reads the profile's files can. The device key
 * itself must be raw for the core, so it is unwrapped into memory while the terminal is open.
 * @see https://w3c.github.io/webcrypto/#cryptokey-interface
 * @module
 */
import { failure, HoldfastError, type KeyProvider } from "../../engine/mod.ts";

const STORE = "key";
const KEY_BYTES = 32;
const NONCE_BYTES = 12;

interface WrappedKey {
  wrappingKey: CryptoKey;
  nonce: Uint8Array<ArrayBuffer>;
  wrapped: Uint8Array<ArrayBuffer>;
  /** Whether a store was seen that a power cut does not take; records of before lack it. */
  hasStore?: boolean;
}

/** A {@link KeyProvider} over IndexedDB; one key per store name. */
export class IdbKeyProvider implements KeyProvider {
  readonly #name: string;
  readonly #isStoreEmpty: boolean;

  /** Makes a provider for the store `name`, which is open; nothing is read yet. */
  constructor(name: string, isStoreEmpty: boolean) {
    this.#name = name;
    this.#isStoreEmpty = isStoreEmpty;
  }

  /**
   * @inheritdoc
   * @throws {HoldfastError} `DEVICE_KEY_LOST` when the store is there and its key is not;
   *   `STORE_GONE` when it is the other way round; `DEVICE_KEY_UNAVAILABLE`.
   */
  deviceKey(): Promise<Uint8Array> {
    return withKeys(async (database) => {
      const stored = await read(database, this.#name);
      if (stored === undefined) return await this.#make(database);
      if (this.#isStoreEmpty && stored.hasStore) {
        throw failure(
          "STORE_GONE",
          "the store of this key was there and is gone",
        );
      }
      if (!this.#isStoreEmpty) await note(database, this.#name, stored);
      return await unwrap(stored);
    });
  }

  /** Notes that the store is there to stay. */
  noteStore(): Promise<void> {
    return withKeys(async (database) => {
      const stored = await read(database, this.#name);
      if (stored !== undefined) await note(database, this.#name, stored);
    });
  }

  async #make(database: IDBDatabase): Promise<Uint8Array> {
    if (!this.#isStoreEmpty) {
      throw failure(
        "DEVICE_KEY_LOST",
        "the store is there, its device key is gone",
      );
    }
    const key = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
    const wrapped = await wrap(key);
    await change(database, (keys) => keys.add(wrapped, this.#name));
    return key;
  }
}

/**
 * Forgets the key of the store `name`, so that the next terminal makes a new store: after
 * `STORE_GONE`, when a person knows what was lost. A store that is still there is lost with it.
 *
 * @throws {HoldfastError} `DEVICE_KEY_UNAVAILABLE`.
 */
export function forgetStore(name: string): Promise<void> {
  return withKeys((database) => change(database, (keys) => keys.delete(name)));
}

async function withKeys<T>(
  body: (database: IDBDatabase) => Promise<T>,
): Promise<T> {
  try {
    const database = await open();
    try {
      return await body(database);
    } finally {
      database.close();
    }
  } catch (cause) {
    if (cause instanceof HoldfastError) throw cause;
    throw failure(
      "DEVICE_KEY_UNAVAILABLE",
      "the browser does not give the device key",
      { cause },
    );
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

async function note(
  database: IDBDatabase,
  name: string,
  stored: WrappedKey,
): Promise<void> {
  if (stored.hasStore) return;
  const noted = { ...stored, hasStore: true };
  await change(database, (keys) => keys.put(noted, name));
}

/** Strict durability: a store whose key is not on disk could never be opened again. */
function change(
  database: IDBDatabase,
  body: (keys: IDBObjectStore) => void,
): Promise<void> {
  const transaction = database.transaction(STORE, "readwrite", {
    durability: "strict",
  });
  body(transaction.objectStore(STORE));
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
