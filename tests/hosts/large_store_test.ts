/**
 * A long queue costs no more than a short one: pages read from the disk, counted.
 *
 * Not timed, so that a busy machine changes nothing; `deno task bench:store` has the times of
 * 100,000. `HOLDFAST_SOAK=1` makes the long queue that long here too.
 * @module
 */
import assert from "node:assert/strict";
import process from "node:process";
import test from "node:test";
import type { Terminal } from "../../engine/mod.ts";
import type { Database } from "../../engine/ports.ts";
import { SystemClock } from "../../hosts/web/system_clock.ts";
import { loadSqlite } from "../../hosts/sqlite/load_sqlite.ts";
import { SqliteDatabase } from "../../hosts/sqlite/sqlite_database.ts";
import { SimDisk } from "../sim/sim_disk.ts";
import { fillStore } from "../support/large_store.ts";
import { type Shop, withShop } from "../support/shop.ts";

const SHORT = 3_000;
const LONG = process.env.HOLDFAST_SOAK ? 100_000 : 20_000;
/** A tree over the long queue is at most two levels deeper; some ten trees are walked. */
const DEEPER_MAX = 20;

const sqlite = await loadSqlite();

/** Pages read for each thing a terminal does, the page cache being empty at its opening. */
interface Reads {
  open: number;
  status: number;
  sale: number;
  void: number;
  list: number;
}

const LIMITS = {
  storedCountMax: 1_000_000,
  cardCountMax: 1000,
  storedAmountMax: { usd: 1_000_000_000 },
  readerStoredAmountMax: { usd: 1_000_000_000 },
  brands: { visa: { storedAmountMax: { usd: 1_000_000_000 } } },
};

async function openOn(
  shop: Shop,
  database: Database,
): Promise<Terminal> {
  return await shop.openTerminalAt(new SystemClock(), {
    offline: { isEnabled: true, limits: LIMITS },
  }, { database });
}

/** Takes the turns of a terminal over `count` open payments and counts what each reads. */
async function readsOf(shop: Shop, count: number): Promise<Reads> {
  const disk = new SimDisk();
  const makeDatabase = (): Database => new SqliteDatabase(sqlite, disk);
  await (await openOn(shop, makeDatabase())).close();
  const filling = makeDatabase();
  fillStore(filling, shop.account, count, Date.now());
  filling.close();

  let before = disk.counts.get("read") ?? 0;
  const sinceLast = (): number => {
    const now = disk.counts.get("read") ?? 0;
    const reads = now - before;
    before = now;
    return reads;
  };
  const terminal = await openOn(shop, makeDatabase());
  const open = sinceLast();
  terminal.pauseForwarding();
  const stored = terminal.offlineStatus.sdk.allAccounts;
  assert.equal(stored.reduce((sum, total) => sum + total.count, 0), count);
  const status = sinceLast();
  await terminal.connectReader(shop.wire());
  sinceLast();
  const { localId } = await shop.sell("visa", 1000, {
    offlineBehavior: "force_offline",
  });
  const sale = sinceLast();
  await terminal.cancelPaymentIntent(localId);
  const voiding = sinceLast();
  assert.equal(terminal.listPayments({ states: ["canceled"] }).length, 1);
  const list = sinceLast();
  await terminal.close();
  return { open, status, sale, void: voiding, list };
}

test(`opening, totals, a sale, a void and a list read as much with ${LONG} stored payments`, async () => {
  await withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const short = await readsOf(shop, SHORT);
    const long = await readsOf(shop, LONG);
    for (const step of Object.keys(short) as (keyof Reads)[]) {
      const report = `${step}: ${short[step]} pages, then ${long[step]}`;
      assert.ok(long[step] <= short[step] + DEEPER_MAX, report);
    }
    // The first page of the queue, read through an index, and little else.
    assert.ok(long.open > 10, `${long.open} pages were read at opening`);
  });
});
