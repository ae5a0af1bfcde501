/**
 * Everything the engine needs from the world, as interfaces only.
 *
 * Owns: the contracts between the engine and its hosts. No port has an optional method or a
 * default; what a backend cannot do is said in a `capabilities` value that the contract suites
 * under `tests/contract/` check in both directions.
 * @module
 */

/** Time. Wall time may jump by years; monotonic time may not, and restarts with the process. */
export interface Clock {
  /** Wall time in epoch milliseconds, an integer; an annotation, never an order. */
  nowMs(): number;
  /** Milliseconds since some fixed point of this process, never going back. */
  monotonicMs(): number;
  /** Resolves after `delayMs` milliseconds, or rejects with the signal's reason when aborted. */
  sleep(delayMs: number, signal: AbortSignal): Promise<void>;
}

/** A cryptographically secure source of random bytes. */
export interface Random {
  /**
   * Fills `target` (1..65,536 bytes) with random bytes.
   *
   * @throws {HoldfastError} `RANDOM_UNAVAILABLE` when the source fails: no randomness, no sale.
   */
  fill(target: Uint8Array): void;
}

/** Where this device keeps its own secret, outside the database. */
export interface KeyProvider {
  /**
   * Returns the 32-byte device key, the same for the life of the store; makes it durable before
   * returning it for the first time. The caller may wipe the array.
   *
   * @throws {HoldfastError} `DEVICE_KEY_UNAVAILABLE` when it exists but cannot be read now.
   */
  deviceKey(): Promise<Uint8Array>;
}

/** Whether Stripe can be reached, measured now; the engine trusts no cached flag. */
export interface Network {
  /** Resolves to true when a request reached the far side and was answered; never rejects. */
  probe(signal: AbortSignal): Promise<boolean>;
}

/** A value of a SQLite cell. Integers come back as numbers and are refused beyond 2^53. */
export type SqlValue = null | number | string | Uint8Array;

/** What a database backend can promise. */
export interface DatabaseCapabilities {
  /** True when a returned `transaction` survives power loss, by fsync or its equivalent. */
  readonly isDurable: boolean;
  /** True when the platform has promised not to evict the file by itself. */
  readonly isPersistent: boolean;
  /** True once nothing but time is needed for the files themselves to survive power loss. */
  readonly isSettled: boolean;
  /** False once the files were deleted under the open store, which is gone when it is closed. */
  readonly isThere: boolean;
}

/**
 * One SQLite database, owned by one writer, entirely synchronous. Every connection it opens has
 * `secure_delete` and `foreign_keys` on.
 *
 * After any failed write the outcome is unknown: the connection is poisoned, every call throws
 * `STORE_POISONED`, and the owner must `reopen()` and look up by id before it decides.
 */
export interface Database {
  /** What this backend promises now; a browser may give and take its promises meanwhile. */
  readonly capabilities: DatabaseCapabilities;
  /**
   * Runs one statement with positional parameters and returns the number of changed rows.
   *
   * @throws {HoldfastError} `STORE_FULL` (nothing written, connection usable),
   *   `STORE_CONSTRAINT` (a UNIQUE or CHECK refused the row; `details.constraint` names it),
   *   `STORE_IO` (connection poisoned), `STORE_CORRUPT`, `STORE_POISONED`.
   */
  execute(sql: string, parameters?: readonly SqlValue[]): number;
  /** Runs one query and returns owned rows, each an array in column order; throws as `execute`. */
  query(sql: string, parameters?: readonly SqlValue[]): SqlValue[][];
  /**
   * Runs `body` inside BEGIN IMMEDIATE … COMMIT and returns its value once the commit is on disk.
   * A throw in `body` rolls back and is rethrown. Not reentrant.
   *
   * @throws {HoldfastError} `STORE_COMMIT_UNKNOWN` (retry `same_key`) when COMMIT itself failed:
   *   the connection is poisoned and the rows may or may not be there.
   */
  transaction<T>(body: () => T): T;
  /** Closes and opens the same file again, replaying what is durable; clears the poison. */
  reopen(): void;
  /**
   * Ends what deleted rows left outside the database file, by folding the log into the file and
   * emptying it; returns false while there is no room for that, with nothing lost. Not inside a
   * transaction.
   *
   * @throws {HoldfastError} `STORE_IO` (connection poisoned), `STORE_POISONED`.
   */
  purge(): boolean;
  /**
   * The file as it is now, to be copied while writing goes on. Closes nothing and locks nobody
   * out; only one at a time, and not inside a transaction.
   *
   * @throws {HoldfastError} `STORE_FULL`, `STORE_IO`, `STORE_POISONED`.
   */
  snapshot(): DatabaseSnapshot;
  /**
   * Bytes still free for the file to grow, or null when the platform does not tell. Negative while
   * the room that outcomes need could not be set aside: then no sale may be stored.
   *
   * @throws {HoldfastError} `STORE_IO`, `STORE_CLOSED`.
   */
  freeBytes(): number | null;
  /**
   * Reads every page once and compares what they say about each other; takes some 4 ms a
   * megabyte. Not inside a transaction.
   *
   * @throws {HoldfastError} `STORE_CORRUPT`, `STORE_IO`, `STORE_POISONED`.
   */
  check(): void;
  /** Checkpoints, closes and releases the lock. Calling it twice is safe. */
  close(): void;
}

/** The file of a database as it was at one moment; close it soon, for the log grows meanwhile. */
export interface DatabaseSnapshot {
  readonly byteLength: number;
  /**
   * Fills `target` from `offset` on; returns the bytes read, fewer only at the file's end.
   *
   * @throws {HoldfastError} `BACKUP_INTERRUPTED` when the file may have changed.
   */
  read(target: Uint8Array, offset: number): number;
  /** Lets the log be folded in again. Calling it twice is safe. */
  close(): void;
}

/** A two-way stream of bytes to a reader; chunk boundaries mean nothing. */
export interface ByteTransport {
  /** Queues `bytes` (not kept after the promise resolves); rejects with `READER_DISCONNECTED`. */
  send(bytes: Uint8Array): Promise<void>;
  /** Sets the one receiver of incoming chunks (owned by the receiver) and of the end. */
  receive(
    onBytes: (bytes: Uint8Array) => void,
    onClose: (reason?: Error) => void,
  ): void;
  /** Closes the stream; `onClose` follows. Calling it twice is safe. */
  close(): void;
}
