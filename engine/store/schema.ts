/**
 * The database: its identity, its tables, and how one version becomes the next.
 *
 * Owns: every CREATE statement and the migration list. Migrations only go forward, each in one
 * transaction, and none may change what is stored; a newer file is refused.
 * @see docs/adr/0011
 * @module
 */
import { failure } from "../errors.ts";
import type { Database } from "../ports.ts";

/** "HOLD" in ASCII; tells `file(1)` and us whose database this is. */
export const APPLICATION_ID = 0x484f4c44;

const VERSION_1: readonly string[] = [
  `CREATE TABLE meta(
    key TEXT PRIMARY KEY,
    value BLOB NOT NULL
  ) STRICT, WITHOUT ROWID`,
  // One chain per account, mode and recipient key (of a P-256 key: its SHA-256). secret_wrapped is
  // A_i of the next record under the device key.
  `CREATE TABLE epoch(
    epoch INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    livemode INTEGER NOT NULL CHECK(livemode IN (0, 1)),
    device_id BLOB NOT NULL CHECK(length(device_id) = 16),
    key_id BLOB NOT NULL CHECK(length(key_id) = 8),
    recipient_key BLOB NOT NULL CHECK(length(recipient_key) = 32),
    genesis BLOB NOT NULL,
    next_seq INTEGER NOT NULL,
    previous_hash BLOB NOT NULL CHECK(length(previous_hash) = 32),
    secret_wrapped BLOB NOT NULL
  ) STRICT`,
  // A payment row outlives its ciphertext: after a final outcome it is the tombstone.
  `CREATE TABLE payment(
    id INTEGER PRIMARY KEY,
    local_id BLOB NOT NULL UNIQUE CHECK(length(local_id) = 16),
    epoch INTEGER NOT NULL REFERENCES epoch(epoch),
    seq INTEGER NOT NULL,
    state TEXT NOT NULL CHECK(state IN ('stored', 'unknown', 'forwarded', 'captured',
                                        'declined', 'failed', 'canceled')),
    account TEXT NOT NULL,
    livemode INTEGER NOT NULL CHECK(livemode IN (0, 1)),
    amount INTEGER NOT NULL CHECK(amount > 0),
    currency TEXT NOT NULL CHECK(length(currency) = 3),
    capture_method TEXT NOT NULL CHECK(capture_method IN ('automatic', 'manual')),
    metadata TEXT NOT NULL,
    card_present TEXT NOT NULL,
    card_hmac BLOB NOT NULL CHECK(length(card_hmac) = 16),
    card_transaction_hmac BLOB NOT NULL CHECK(length(card_transaction_hmac) = 16),
    record_hash BLOB NOT NULL CHECK(length(record_hash) = 32),
    offline INTEGER NOT NULL CHECK(offline IN (0, 1)),
    created_at_ms INTEGER NOT NULL,
    stored_at_ms INTEGER NOT NULL,
    intent_id TEXT UNIQUE,
    error_code TEXT,
    decline_code TEXT,
    advice_code TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at_ms INTEGER,
    is_notified INTEGER NOT NULL DEFAULT 0 CHECK(is_notified IN (0, 1)),
    UNIQUE(epoch, seq),
    CONSTRAINT card_transaction_stored_once UNIQUE(card_transaction_hmac)
  ) STRICT`,
  `CREATE INDEX payment_open ON payment(account, livemode, currency, stored_at_ms)
    WHERE state IN ('stored', 'unknown')`,
  `CREATE INDEX payment_open_card ON payment(card_hmac)
    WHERE state IN ('stored', 'unknown')`,
  `CREATE INDEX payment_unnotified ON payment(id)
    WHERE is_notified = 0 AND state NOT IN ('stored', 'unknown')`,
  // Apart from payment so that destroying a ciphertext touches nothing else.
  `CREATE TABLE sealed(
    payment INTEGER PRIMARY KEY REFERENCES payment(id),
    record BLOB NOT NULL
  ) STRICT`,
  // Keys and parameters are written before the first send and never change afterwards.
  `CREATE TABLE step(
    payment INTEGER NOT NULL REFERENCES payment(id),
    kind TEXT NOT NULL CHECK(kind IN ('create', 'confirm', 'capture', 'cancel')),
    generation INTEGER NOT NULL,
    idempotency_key TEXT NOT NULL UNIQUE,
    parameters TEXT NOT NULL,
    first_attempt_at_ms INTEGER NOT NULL,
    last_attempt_at_ms INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    is_spent INTEGER NOT NULL DEFAULT 0 CHECK(is_spent IN (0, 1)),
    PRIMARY KEY(payment, kind, generation)
  ) STRICT, WITHOUT ROWID`,
  // Running totals of open payments, so that limits cost one row whatever the queue's length.
  `CREATE TABLE total(
    account TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    currency TEXT NOT NULL,
    count INTEGER NOT NULL CHECK(count >= 0),
    amount INTEGER NOT NULL CHECK(amount >= 0),
    PRIMARY KEY(account, livemode, currency)
  ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE activity(
    id INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    payment INTEGER REFERENCES payment(id),
    body TEXT NOT NULL
  ) STRICT`,
  `CREATE INDEX activity_payment ON activity(payment) WHERE payment IS NOT NULL`,
  `CREATE TABLE lease(
    name TEXT PRIMARY KEY,
    token INTEGER NOT NULL,
    holder TEXT NOT NULL,
    expires_at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`,
];

// Every addition has a default, so that no row of version 1 is written again.
const VERSION_2: readonly string[] = [
  // What was agreed besides the amount, as JSON: tip, connected account, extended authorisation.
  `ALTER TABLE payment ADD COLUMN terms TEXT NOT NULL DEFAULT '{}'`,
  // Serial number of the reader that read the card.
  `ALTER TABLE payment ADD COLUMN reader TEXT`,
  `ALTER TABLE payment ADD COLUMN brand TEXT
    GENERATED ALWAYS AS (json_extract(card_present, '$.brand')) VIRTUAL`,
  `CREATE INDEX payment_open_brand ON payment(brand, currency)
    WHERE state IN ('stored', 'unknown')`,
  `CREATE INDEX payment_open_reader ON payment(reader, currency)
    WHERE state IN ('stored', 'unknown')`,
  // HMAC over this line and the one before it; null on lines older than this version.
  `ALTER TABLE activity ADD COLUMN mac BLOB`,
  // What Stripe says about a Location, as fetched last.
  `CREATE TABLE location(
    account TEXT NOT NULL,
    livemode INTEGER NOT NULL CHECK(livemode IN (0, 1)),
    id TEXT NOT NULL,
    display_name TEXT NOT NULL,
    country TEXT NOT NULL,
    configuration_id TEXT,
    is_offline_enabled INTEGER NOT NULL CHECK(is_offline_enabled IN (0, 1)),
    tipping TEXT NOT NULL,
    fetched_at_ms INTEGER NOT NULL,
    PRIMARY KEY(account, livemode, id)
  ) STRICT, WITHOUT ROWID`,
  // When each reader was last connected with a connection to Stripe, and where.
  `CREATE TABLE reader_connection(
    account TEXT NOT NULL,
    livemode INTEGER NOT NULL CHECK(livemode IN (0, 1)),
    location TEXT NOT NULL,
    serial_number TEXT NOT NULL,
    device_type TEXT NOT NULL,
    software_version TEXT NOT NULL,
    address TEXT,
    online_at_ms INTEGER NOT NULL,
    PRIMARY KEY(account, livemode, location, serial_number)
  ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE daily_close(
    number INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    last_payment INTEGER NOT NULL,
    body TEXT NOT NULL
  ) STRICT`,
];

const VERSION_3: readonly string[] = [
  // A soft decline after which the same PaymentIntent is presented again, not before a time.
  `CREATE TABLE presentation(
    payment INTEGER NOT NULL REFERENCES payment(id),
    number INTEGER NOT NULL,
    confirm_generation INTEGER NOT NULL,
    code TEXT NOT NULL,
    decline_code TEXT,
    advice_code TEXT,
    declined_at_ms INTEGER NOT NULL,
    not_before_ms INTEGER NOT NULL,
    PRIMARY KEY(payment, number),
    UNIQUE(payment, confirm_generation)
  ) STRICT, WITHOUT ROWID`,
  // A refund may be asked for several times; each wish has its row and its one key (generation 0).
  `CREATE TABLE refund(
    id INTEGER PRIMARY KEY,
    payment INTEGER NOT NULL REFERENCES payment(id),
    wish TEXT NOT NULL,
    amount INTEGER CHECK(amount > 0),
    generation INTEGER NOT NULL DEFAULT 0,
    idempotency_key TEXT NOT NULL UNIQUE,
    first_attempt_at_ms INTEGER NOT NULL,
    refund_id TEXT UNIQUE,
    status TEXT NOT NULL,
    refunded_amount INTEGER,
    UNIQUE(payment, wish)
  ) STRICT`,
  // Unconfirmed intents that nobody needs, with the key they are canceled by.
  `CREATE TABLE orphan(
    intent_id TEXT PRIMARY KEY,
    generation INTEGER NOT NULL,
    idempotency_key TEXT NOT NULL UNIQUE,
    first_attempt_at_ms INTEGER NOT NULL,
    is_canceled INTEGER NOT NULL CHECK(is_canceled IN (0, 1))
  ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE reconciliation(
    number INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    to_ms INTEGER NOT NULL,
    is_complete INTEGER NOT NULL CHECK(is_complete IN (0, 1)),
    body TEXT NOT NULL
  ) STRICT`,
];

const VERSION_4: readonly string[] = [
  // Sums of open payments by reader and by brand, one row each however long the queue is.
  `CREATE TABLE part_total(
    part TEXT NOT NULL CHECK(part IN ('reader', 'brand')),
    name TEXT NOT NULL,
    currency TEXT NOT NULL,
    account TEXT NOT NULL,
    livemode INTEGER NOT NULL CHECK(livemode IN (0, 1)),
    count INTEGER NOT NULL CHECK(count >= 0),
    amount INTEGER NOT NULL CHECK(amount >= 0),
    PRIMARY KEY(part, name, currency, account, livemode)
  ) STRICT, WITHOUT ROWID`,
  `INSERT INTO part_total SELECT 'reader', reader, currency, account, livemode, count(*), sum(amount)
     FROM payment WHERE state IN ('stored', 'unknown') AND reader IS NOT NULL
     GROUP BY reader, currency, account, livemode`,
  `INSERT INTO part_total SELECT 'brand', brand, currency, account, livemode, count(*), sum(amount)
     FROM payment WHERE state IN ('stored', 'unknown') AND brand IS NOT NULL
     GROUP BY brand, currency, account, livemode`,
  `DROP INDEX payment_open_brand`,
  `DROP INDEX payment_open_reader`,
  `DROP INDEX payment_open`,
  `CREATE INDEX payment_open_age ON payment(account, livemode, stored_at_ms)
    WHERE state IN ('stored', 'unknown')`,
  // A list of one state in the order of ids, whatever else is stored.
  `CREATE INDEX payment_state ON payment(state, id)`,
  // Only what has an intent can have been confirmed when the process died.
  `CREATE INDEX payment_interrupted ON payment(id)
    WHERE state = 'stored' AND intent_id IS NOT NULL`,
  `CREATE INDEX payment_created ON payment(created_at_ms)`,
  `CREATE INDEX payment_owner ON payment(account, livemode, id)`,
  // The alarm before an authorisation lapses looks at these only.
  `CREATE INDEX payment_uncaptured ON payment(id)
    WHERE state = 'forwarded' AND capture_method = 'manual'`,
];

const VERSION_5: readonly string[] = [
  // One more state, `handed_over`. A CHECK is no part of what is stored, so its text may be
  // changed in place; building the table anew would copy a queue of any length.
  // https://www.sqlite.org/lang_altertable.html#otheralter (read 2026-11-25)
  `PRAGMA writable_schema = ON`,
  `UPDATE sqlite_schema SET sql = replace(sql, '''failed'', ''canceled'')',
     '''failed'', ''canceled'', ''handed_over'')') WHERE type = 'table' AND name = 'payment'`,
  `PRAGMA writable_schema = RESET`,
  // 1 when somebody else may have sent the payment: another device, or this one before its file
  // was put back. Stripe is asked for its PaymentIntent before one is created.
  `ALTER TABLE payment ADD COLUMN must_look INTEGER NOT NULL DEFAULT 0 CHECK(must_look IN (0, 1))`,
  // Of a payment that came from another device, as JSON: that device and its epoch.
  `ALTER TABLE payment ADD COLUMN origin TEXT`,
  // The sealed file that a payment left with, or came with, and the state in which it left.
  `ALTER TABLE payment ADD COLUMN handover BLOB`,
  `ALTER TABLE payment ADD COLUMN left_as TEXT CHECK(left_as IN ('stored', 'unknown', 'failed'))`,
  `CREATE INDEX payment_handover ON payment(handover) WHERE handover IS NOT NULL`,
  `CREATE TABLE handover(
    id BLOB PRIMARY KEY CHECK(length(id) = 16),
    direction TEXT NOT NULL CHECK(direction IN ('out', 'in', 'taken_back')),
    device_id BLOB NOT NULL CHECK(length(device_id) = 16),
    account TEXT NOT NULL,
    livemode INTEGER NOT NULL CHECK(livemode IN (0, 1)),
    count INTEGER NOT NULL,
    at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`,
];

/** Statement lists by the version they lead to; index 0 leads from an empty file to version 1. */
export const MIGRATIONS: readonly (readonly string[])[] = [
  VERSION_1,
  VERSION_2,
  VERSION_3,
  VERSION_4,
  VERSION_5,
];

/** The version this release reads and writes. */
export const SCHEMA_VERSION = 5;

/** Whether no terminal was ever opened over the file: it holds no store of ours. */
export function isStoreEmpty(database: Database): boolean {
  return pragma(database, "application_id") !== APPLICATION_ID;
}

/**
 * Refuses the file of another program; nothing is written.
 *
 * @throws {HoldfastError} `STORE_NOT_HOLDFAST`.
 */
export function refuseForeign(database: Database): void {
  const applicationId = pragma(database, "application_id");
  if (applicationId === APPLICATION_ID) return;
  const tables = database.query("SELECT count(*) FROM sqlite_schema")[0][0];
  if (applicationId === 0 && tables === 0) return;
  throw failure("STORE_NOT_HOLDFAST", "the file is not a Holdfast store", {
    details: { applicationId },
  });
}

/**
 * Brings the file to {@link SCHEMA_VERSION}; each step is one transaction, so a crash leaves the
 * version before or the version after.
 *
 * @throws {HoldfastError} `STORE_NOT_HOLDFAST` when the file belongs to another program;
 *   `STORE_TOO_NEW` when a newer release wrote it; `STORE_MIGRATION_LOSSY` when a step would
 *   change which payments, records or keys there are: it is rolled back.
 */
export function migrate(
  database: Database,
  migrations: readonly (readonly string[])[] = MIGRATIONS,
): void {
  refuseForeign(database);
  const version = pragma(database, "user_version");
  if (version > migrations.length) {
    throw failure(
      "STORE_TOO_NEW",
      `the store has schema ${version}, this release knows ${migrations.length}`,
      { details: { stored: version, known: migrations.length } },
    );
  }
  for (let from = version; from < migrations.length; from++) {
    database.transaction(() => {
      const tables = keptTables(database);
      const before = fingerprint(database, tables);
      for (const statement of migrations[from]) database.execute(statement);
      refuseLoss(database, tables, before, from);
      database.execute(`PRAGMA application_id = ${APPLICATION_ID}`);
      database.execute(`PRAGMA user_version = ${from + 1}`);
    });
  }
}

/** Throws inside the transaction of a step that would lose something, which rolls it back. */
function refuseLoss(
  database: Database,
  tables: readonly string[],
  before: string,
  from: number,
): void {
  const isKept = tables.every((table) => keptTables(database).includes(table));
  if (isKept && fingerprint(database, tables) === before) return;
  throw failure(
    "STORE_MIGRATION_LOSSY",
    `the step to schema ${from + 1} would have lost what is stored`,
    { details: { from, to: from + 1 } },
  );
}

/**
 * What no step of a migration may change, table by table: which payments in which state, their
 * ciphertexts, the keys that were sent, the chains and the signed lines.
 */
const KEPT: Readonly<Record<string, string>> = {
  payment:
    `SELECT state, count(*), sum(id), sum(amount), count(DISTINCT record_hash)
    FROM payment GROUP BY state ORDER BY state`,
  sealed: "SELECT count(*), sum(payment), sum(length(record)) FROM sealed",
  step:
    "SELECT count(*), count(DISTINCT idempotency_key), sum(is_spent) FROM step",
  epoch: "SELECT count(*), sum(next_seq) FROM epoch",
  activity: "SELECT count(*), max(id) FROM activity",
  refund: "SELECT count(*), count(DISTINCT idempotency_key) FROM refund",
  presentation: "SELECT count(*) FROM presentation",
};

/** What is in the tables of {@link KEPT} that the file has. */
function fingerprint(database: Database, tables: readonly string[]): string {
  return JSON.stringify(tables.map((table) => database.query(KEPT[table])));
}

function keptTables(database: Database): string[] {
  return database.query("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .map(([name]) => name as string).filter((name) => name in KEPT);
}

function pragma(database: Database, name: string): number {
  return Number(database.query(`PRAGMA ${name}`)[0][0]);
}
