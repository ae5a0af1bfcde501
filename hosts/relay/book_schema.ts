/**
 * The tables of the relay's book.
 *
 * Owns: every CREATE statement. The book holds intents, hashes and seqs; no card data, no key.
 * @module
 */
import { failure } from "../../engine/errors.ts";
import type { Database } from "../../engine/ports.ts";

/** "HREL" in ASCII: never to be opened as a till's store. */
const APPLICATION_ID = 0x4852454c;

const VERSION_1: readonly string[] = [
  `CREATE TABLE payment(
    local_id TEXT PRIMARY KEY,
    device TEXT NOT NULL,
    intent_id TEXT NOT NULL UNIQUE,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    bound_at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE chain(
    device_id BLOB NOT NULL CHECK(length(device_id) = 16),
    epoch INTEGER NOT NULL,
    device TEXT NOT NULL,
    PRIMARY KEY(device_id, epoch)
  ) STRICT, WITHOUT ROWID`,
  `CREATE INDEX chain_device ON chain(device)`,
  `CREATE TABLE record(
    device_id BLOB NOT NULL,
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL CHECK(length(hash) = 32),
    previous_hash BLOB NOT NULL CHECK(length(previous_hash) = 32),
    local_id TEXT NOT NULL,
    status TEXT NOT NULL CHECK(status IN ('accepted', 'quarantined')),
    reason TEXT,
    seen_at_ms INTEGER NOT NULL,
    PRIMARY KEY(device_id, epoch, seq, hash),
    FOREIGN KEY(device_id, epoch) REFERENCES chain(device_id, epoch)
  ) STRICT, WITHOUT ROWID`,
  `CREATE INDEX record_payment ON record(local_id)`,
  // Bounded: the oldest rows go when new ones come.
  `CREATE TABLE event(
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    seen_at_ms INTEGER NOT NULL
  ) STRICT`,
];

// Whose money: a book is of one account and mode, whatever key the relay is started with.
const VERSION_2: readonly string[] = [
  `CREATE TABLE owner(
    id INTEGER PRIMARY KEY CHECK(id = 1),
    account TEXT NOT NULL,
    livemode INTEGER NOT NULL CHECK(livemode IN (0, 1))
  ) STRICT`,
];

const VERSIONS = [VERSION_1, VERSION_2];

/**
 * Makes the tables in an empty file, or those that an older book lacks.
 *
 * @throws {HoldfastError} `STORE_NOT_HOLDFAST` when the file is something else; `STORE_TOO_NEW`.
 */
export function migrateBook(database: Database): void {
  const [[applicationId]] = database.query("PRAGMA application_id");
  const [[version]] = database.query("PRAGMA user_version");
  const [[tables]] = database.query("SELECT count(*) FROM sqlite_schema");
  if (applicationId !== APPLICATION_ID && tables !== 0) {
    throw failure("STORE_NOT_HOLDFAST", "the file is not a relay's book", {
      details: { applicationId: applicationId as number },
    });
  }
  const known = version as number;
  if (known > VERSIONS.length) {
    throw failure("STORE_TOO_NEW", `the book has version ${version}`);
  }
  if (known === VERSIONS.length) return;
  database.transaction(() => {
    for (const statements of VERSIONS.slice(known)) {
      for (const statement of statements) database.execute(statement);
    }
    database.execute(`PRAGMA application_id = ${APPLICATION_ID}`);
    database.execute(`PRAGMA user_version = ${VERSIONS.length}`);
  });
}
