/**
 * Every statement of the engine finds what it needs by an index.
 *
 * Owns: that none is left out. Statements that are whole in the source are planned from there;
 * those that are put together must have run in the working day below.
 * @module
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import type { Database } from "../../engine/ports.ts";
import { openTerminal } from "../../engine/terminal.ts";
import { isStoreEmpty } from "../../engine/store/schema.ts";
import { FileKeyProvider } from "../../hosts/posix/file_key_provider.ts";
import { stripePorts } from "../../hosts/posix/stripe_gateway.ts";
import { HttpNetwork } from "../../hosts/web/http_network.ts";
import { SystemClock } from "../../hosts/web/system_clock.ts";
import { SystemRandom } from "../../hosts/web/system_random.ts";
import { listFiles } from "../../scripts/_files.ts";
import { openHere } from "./_posix_place.ts";
import { type Shop, withShop } from "../support/shop.ts";

/** Passes everything on and remembers each statement. */
function recording(database: Database, seen: Set<string>): Database {
  return {
    capabilities: database.capabilities,
    execute: (sql, parameters) => {
      seen.add(sql);
      return database.execute(sql, parameters);
    },
    query: (sql, parameters) => {
      seen.add(sql);
      return database.query(sql, parameters);
    },
    transaction: (body) => database.transaction(body),
    reopen: () => database.reopen(),
    snapshot: () => database.snapshot(),
    purge: () => database.purge(),
    freeBytes: () => database.freeBytes(),
    check: () => database.check(),
    close: () => database.close(),
  };
}

/** A sale, its forwarding, a void, lists, a close and a reconciliation. */
async function workADay(shop: Shop, database: Database): Promise<void> {
  const limits = {
    paymentAmountMax: { usd: 10_000 },
    storedAmountMax: { usd: 100_000 },
    cardCountMax: 10,
  };
  const options = shop.options({ offline: { isEnabled: true, limits } });
  const terminal = await openTerminal({
    core: shop.core,
    database,
    clock: new SystemClock(),
    random: new SystemRandom(),
    keys: new FileKeyProvider(`${options.path}.key`, isStoreEmpty(database)),
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
    terminal.listPayments({ limit: 20, isNewestFirst: true });
    terminal.listPayments({ states: ["stored"], isNewestFirst: true });
    terminal.closeDay();
    terminal.pauseForwarding();
    await sell();
    const { id } = (await terminal.exportStored())!;
    terminal.takeBack(id, { isFileDestroyed: true });
    terminal.listHandovers();
    await terminal.reconcile();
  } finally {
    await terminal.close();
  }
}

/** Tables that grow with payments; of reconciliations and closes a few hundred are kept. */
const GROWING = "payment|sealed|step|activity|refund|presentation|orphan";
/** Indexes that hold only what waits for something, so that walking them costs what is due. */
const SHORT = "payment_unnotified|payment_interrupted|payment_uncaptured";
/** Plans that read all of something on purpose, and why that is short. */
const ALLOWED: Readonly<Record<string, RegExp>> = {
  "one step to the end of an index": /^SELECT coalesce\(max\(id\), 0\) FROM/,
  "a migration, of the schema's own text": /^UPDATE sqlite_schema/,
  "a queue that leaves as a whole, and a copy that was put back":
    /^SELECT id FROM payment INDEXED BY payment_state|^UPDATE payment SET must_look = 1 WHERE state/,
  "the check of a migration, once":
    /count\(DISTINCT |sum\(length\(record\)\)|count\(\*\), max\(id\)|\(\*\) FROM presentation$/,
  "what reconciling asks about and a close leaves open":
    /state IN \('unknown', 'failed'\)|id <= \? AND state IN \('stored', 'unknown'\)/,
};

/** Steps of the plan that read a growing table, or all of one state or owner, to the end. */
function longSteps(database: Database, sql: string): string[] {
  const count = sql.split("?").length - 1;
  const nulls = new Array<null>(count).fill(null);
  return database.query(`EXPLAIN QUERY PLAN ${sql}`, nulls)
    .map(([, , , step]) => String(step))
    .filter((step) =>
      new RegExp(`^SCAN (${GROWING})\\b`).test(step) ||
      /INDEX payment_(state|owner) \((state=\?|account=\? AND livemode=\?)\)/
        .test(step)
    )
    .filter((step) => !new RegExp(`INDEX (${SHORT})\\b`).test(step));
}

/** Every statement in the engine's source, as written between its quotes. */
function statementsOfSource(): string[] {
  const found = new Set<string>();
  for (const file of listFiles(["engine"], ".ts")) {
    if (file.endsWith("schema.ts")) continue;
    const literal =
      /(["`])(\s*(?:SELECT|INSERT|UPDATE|DELETE|WITH)\b(?:(?!\1)[^])*)\1/g;
    for (const [, , sql] of readFileSync(file, "utf8").matchAll(literal)) {
      found.add(sql);
    }
  }
  return [...found];
}

/** What a statement with holes in it looks like when they are filled. */
function patternOf(template: string): RegExp {
  const parts = template.split(/\$\{[^}]*\}/);
  const escaped = parts.map((part) =>
    part.trim().replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
  );
  return new RegExp(escaped.join("[^]*"));
}

test("no statement of the engine reads a growing table from end to end", async () => {
  await withShop(async (shop) => {
    const seen = new Set<string>();
    await workADay(shop, recording(await openHere(shop.path), seen));
    const source = statementsOfSource();
    const templates = source.filter((sql) => sql.includes("${"));
    const whole = source.filter((sql) => !sql.includes("${"));
    const unseen = templates.filter((template) => {
      const pattern = patternOf(template);
      return ![...seen].some((sql) => pattern.test(sql));
    });
    assert.deepEqual(unseen, [], "let the working day run these");
    const database = await openHere(shop.path);
    const faults: string[] = [];
    let planned = 0;
    try {
      for (const sql of new Set([...seen, ...whole])) {
        if (!/^\s*(SELECT|UPDATE|DELETE)\b/i.test(sql)) continue;
        if (Object.values(ALLOWED).some((one) => one.test(sql))) continue;
        planned++;
        for (const step of longSteps(database, sql)) {
          faults.push(`${step}: ${sql}`);
        }
      }
      // The test must be able to fail.
      const scan = "SELECT id FROM payment WHERE capture_method = 'manual'";
      assert.equal(longSteps(database, scan).length, 1);
    } finally {
      database.close();
    }
    assert.deepEqual(faults, []);
    assert.ok(planned >= 60, `${planned} statements`);
  });
});
