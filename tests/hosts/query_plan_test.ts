/** Every statement of a day's work finds its payments by an index. @module */
import assert from "node:assert/strict";
import test from "node:test";
import type { Database, SqlValue } from "../../engine/ports.ts";
import { openTerminal } from "../../engine/terminal.ts";
import { FileKeyProvider } from "../../hosts/posix/file_key_provider.ts";
import { stripePorts } from "../../hosts/posix/stripe_gateway.ts";
import { HttpNetwork } from "../../hosts/web/http_network.ts";
import { SystemClock } from "../../hosts/web/system_clock.ts";
import { SystemRandom } from "../../hosts/web/system_random.ts";
import { openHere } from "./_posix_place.ts";
import { type Shop, withShop } from "../support/shop.ts";

/** Passes everything on and remembers each statement. */
function recording(database: Database, seen: Map<string, number>): Database {
  const note = (sql: string, parameters: readonly SqlValue[] = []): void => {
    seen.set(sql, parameters.length);
  };
  return {
    capabilities: database.capabilities,
    execute: (sql, parameters) => {
      note(sql, parameters);
      return database.execute(sql, parameters);
    },
    query: (sql, parameters) => {
      note(sql, parameters);
      return database.query(sql, parameters);
    },
    transaction: (body) => database.transaction(body),
    reopen: () => database.reopen(),
    purge: () => database.purge(),
    freeBytes: () => database.freeBytes(),
    close: () => database.close(),
  };
}

/** A sale, its forwarding, a void, lists, a close and a reconciliation. */
async function workADay(shop: Shop, database: Database): Promise<void> {
  const limits = {
    amountMax: { usd: 10_000 },
    storedAmountMax: { usd: 100_000 },
    cardCountMax: 10,
  };
  const options = shop.options({ offline: { isEnabled: true, limits } });
  const terminal = await openTerminal({
    core: shop.core,
    database,
    clock: new SystemClock(),
    random: new SystemRandom(),
    keys: new FileKeyProvider(`${options.path}.key`),
    network: new HttpNetwork(options.probeUrl),
    ...stripePorts(shop.core, options),
  }, options);
  try {
    terminal.addEventListener("paymentForwarded", () => {});
    await terminal.connectReader(shop.wire());
    terminal.pauseForwarding();
    const sell = async (): Promise<string> => {
      shop.reader.enqueue("visa");
      const created = await terminal.createPaymentIntent(
        { amount: 1500, currency: "usd" },
        { offlineBehavior: "force_offline" },
      );
      const collected = await terminal.collectPaymentMethod(created);
      return (await terminal.confirmPaymentIntent(collected)).localId;
    };
    await sell();
    await terminal.cancelPaymentIntent(await sell());
    terminal.resumeForwarding();
    await shop.until(() =>
      terminal.offlineStatus.sdk.offlinePaymentsCount === 0
    );
    terminal.listPayments();
    terminal.listPayments({ states: ["declined", "failed"], afterRowId: 1 });
    terminal.closeDay();
    await terminal.reconcile();
  } finally {
    await terminal.close();
  }
}

/** Tables that grow with payments; of reconciliations and closes a few hundred are kept. */
const GROWING = "payment|sealed|step|activity|refund|presentation|orphan";
/** Indexes that hold only what waits for something, so that walking them costs what is due. */
const SHORT = "payment_unnotified|payment_interrupted|payment_uncaptured";
/** The check of a migration reads everything, once. */
const IS_CHECK =
  /count\(DISTINCT |sum\(length\(record\)\)|count\(\*\), max\(id\)|\(\*\) FROM presentation$/;

/** Steps of the plan that read a growing table from end to end. */
function scansOf(database: Database, sql: string, count: number): string[] {
  const nulls = new Array<null>(count).fill(null);
  return database.query(`EXPLAIN QUERY PLAN ${sql}`, nulls)
    .map(([, , , step]) => String(step))
    .filter((step) => new RegExp(`^SCAN (${GROWING})\\b`).test(step))
    .filter((step) => !new RegExp(`INDEX (${SHORT})\\b`).test(step));
}

test("no statement of a working day reads a growing table from end to end", async () => {
  await withShop(async (shop) => {
    const seen = new Map<string, number>();
    await workADay(shop, recording(await openHere(shop.path), seen));
    const database = await openHere(shop.path);
    const scans: string[] = [];
    let planned = 0;
    try {
      for (const [sql, count] of seen) {
        if (!/^\s*(SELECT|UPDATE|DELETE)\b/i.test(sql)) continue;
        if (IS_CHECK.test(sql)) continue;
        planned++;
        for (const step of scansOf(database, sql, count)) {
          scans.push(`${step}: ${sql}`);
        }
      }
    } finally {
      database.close();
    }
    assert.deepEqual(scans, []);
    assert.ok(planned >= 40, `${planned} statements`);
  });
});
