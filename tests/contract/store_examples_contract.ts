/**
 * What a release must make of the stores that older ones wrote.
 *
 * `testStoreExamples` registers the tests; a host's own test file calls it with its way to put
 * a file where a database is opened.
 * @module
 */
import assert from "node:assert/strict";
import test from "node:test";
import { openTotalsOf } from "../support/open_totals.ts";
import { formatUuid } from "../../engine/uuid.ts";
import type { Database, SqlValue } from "../../engine/ports.ts";
import { Payments } from "../../engine/store/payments.ts";
import { migrate, SCHEMA_VERSION } from "../../engine/store/schema.ts";
import {
  fileOf,
  STORE_EXAMPLES,
  type StoreExample,
} from "../stores/examples.ts";
import type { DatabasePlace } from "./database_contract.ts";

/** A place that may begin with a file. */
export type FilledPlace = (
  file: Uint8Array | null,
) => Promise<DatabasePlace> | DatabasePlace;

/** What every version of a row has, as it must stay. */
export function contentOf(database: Database): SqlValue[][] {
  return database.query(
    `SELECT hex(local_id), epoch, seq, state, amount, currency, capture_method, metadata,
       hex(card_hmac), hex(record_hash), stored_at_ms, intent_id, hex(record)
     FROM payment LEFT JOIN sealed ON sealed.payment = payment.id ORDER BY payment.id`,
  );
}

/** Tables, indexes and their statements. */
function schemaOf(database: Database): SqlValue[][] {
  return database.query(
    "SELECT type, name, sql FROM sqlite_schema ORDER BY type, name",
  );
}

function checkContent(database: Database, example: StoreExample): void {
  const payments = new Payments(database);
  const told = payments.list().map(({ localIdBytes, payment }) => ({
    localId: formatUuid(localIdBytes),
    state: payment.state,
    amount: payment.amount,
    currency: payment.currency,
    receiptCode: payment.receiptCode,
    isOffline: payment.offlineDetails !== null,
  }));
  assert.deepEqual(told, example.payments);
  const open = example.payments.filter(({ state }) =>
    state === "stored" || state === "unknown"
  );
  assert.ok(open.length >= 6, "an example has a queue");
  assert.equal(payments.waiting(0, 100).length, open.length);
  const [total] = payments.totals();
  assert.equal(total.count, open.length);
  assert.equal(total.amount, open.reduce((sum, { amount }) => sum + amount, 0));
  assert.deepEqual(
    openTotalsOf(database, "kept"),
    openTotalsOf(database, "counted"),
  );
}

/** Registers the tests under `label`. */
export function testStoreExamples(label: string, makePlace: FilledPlace): void {
  for (const example of STORE_EXAMPLES) {
    test(`${label}: migrate() keeps every payment of a store of schema ${example.schema}`, async () => {
      const empty = await makePlace(null);
      const fresh = await empty.open();
      migrate(fresh);
      const place = await makePlace(await fileOf(example));
      let database = await place.open();
      try {
        const version = (): unknown => database.query("PRAGMA user_version");
        assert.deepEqual(version(), [[example.schema]]);
        const before = contentOf(database);
        migrate(database);
        assert.deepEqual(version(), [[SCHEMA_VERSION]]);
        assert.deepEqual(contentOf(database), before);
        assert.deepEqual(schemaOf(database), schemaOf(fresh));
        checkContent(database, example);
        assert.deepEqual(database.query("PRAGMA integrity_check"), [["ok"]]);
        assert.deepEqual(database.query("PRAGMA foreign_key_check"), []);
        database.close();
        database = await place.open();
        migrate(database);
        checkContent(database, example);
      } finally {
        database.close();
        fresh.close();
        await place.remove();
        await empty.remove();
      }
    });
  }
}
