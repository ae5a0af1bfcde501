/** Copies of a store that is in use, and what becomes of them. @module */
import assert from "node:assert/strict";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  statSync,
  writeFileSync,
} from "node:fs";
import process from "node:process";
import { join } from "node:path";
import { test } from "node:test";
import type { Terminal } from "../../engine/mod.ts";
import { backupToFile } from "../../hosts/posix/backup.ts";
import { openHere } from "./_posix_place.ts";
import { startTestRelay } from "../support/relay.ts";
import { openTerminalHere, type Shop, withShop } from "../support/shop.ts";

async function offlineTill(shop: Shop, count: number): Promise<Terminal> {
  await shop.sandbox.control.setOffline(true);
  const terminal = await shop.openTerminal();
  for (let i = 0; i < count; i++) await shop.sell("visa", 1000 + i);
  return terminal;
}

async function assertChargedOnce(shop: Shop, count: number): Promise<void> {
  const charges = await shop.charges();
  const paid = [...charges.values()].filter((times) => times > 0);
  assert.deepEqual(paid, new Array(count).fill(1));
}

/** Puts the copy where the store was, as somebody would after a broken disk. */
async function restore(shop: Shop, copy: string): Promise<void> {
  await shop.terminal.close();
  copyFileSync(copy, shop.path);
}

test("backup() while sales go on is a whole store of one moment", () =>
  withShop(async (shop) => {
    const terminal = await offlineTill(shop, 5);
    const before = terminal.listPayments().map(({ localId }) => localId);
    const slices: [Uint8Array, number][] = [];
    const sold: string[] = [];
    await terminal.backup(async (bytes, offset) => {
      slices.push([bytes, offset]);
      const { localId } = await shop.sell("visa", 7000);
      sold.push(localId);
      // What sales leave in the log must not reach the file that is being copied.
      for (let i = 0; i < 20; i++) {
        const voided = await shop.sell("visa", 8000);
        await terminal.cancelPaymentIntent(voided.localId);
      }
    });
    assert.ok(slices.length > 0);
    const copy = join(shop.folder, "copy.db");
    const all = new Uint8Array(
      slices.reduce((sum, [bytes]) => sum + bytes.length, 0),
    );
    for (const [bytes, offset] of slices) all.set(bytes, offset);
    writeFileSync(copy, all);
    const database = await openHere(copy);
    assert.equal(database.query("PRAGMA integrity_check")[0][0], "ok");
    database.close();
    copyFileSync(`${shop.path}.key`, `${copy}.key`);
    const restored = await openTerminalHere(shop.options({ path: copy }));
    assert.deepEqual(
      restored.listPayments().map(({ localId }) => localId),
      before,
    );
    assert.equal(restored.verifyActivityLog().isIntact, true);
    await restored.close();
    // The store itself has everything, and folds its log in again.
    const now = terminal.listPayments({ states: ["stored"] });
    assert.deepEqual(
      now.map(({ localId }) => localId),
      [...before, ...sold],
    );
    await terminal.close();
    assert.ok(!existsSync(`${shop.path}-wal`));
  }));

test("a backup restored after its payments were forwarded charges none again, days later too", () =>
  withShop(async (shop) => {
    const terminal = await offlineTill(shop, 4);
    const copy = join(shop.folder, "copy.db");
    assert.ok(await backupToFile(terminal, copy) > 0);
    await shop.sandbox.control.setOffline(false);
    terminal.forwardNow();
    await shop.drained();
    await assertChargedOnce(shop, 4);
    await shop.sandbox.control.advance(25 * 3600 * 1000);
    await restore(shop, copy);
    const again = await shop.openTerminal();
    await shop.drained();
    assert.ok(again.listPayments().every(({ state }) => state === "forwarded"));
    await assertChargedOnce(shop, 4);
    assert.equal(again.verifyActivityLog().isIntact, true);
  }));

test("cancelPaymentIntent() of a payment that came from a backup is refused, it may be charged", () =>
  withShop(async (shop) => {
    const terminal = await offlineTill(shop, 1);
    const copy = join(shop.folder, "copy.db");
    await backupToFile(terminal, copy);
    await shop.sandbox.control.setOffline(false);
    terminal.forwardNow();
    await shop.drained();
    await shop.sandbox.control.setOffline(true);
    await restore(shop, copy);
    const again = await shop.openTerminal();
    const [{ localId, state }] = again.listPayments();
    assert.equal(state, "stored");
    await assert.rejects(
      again.cancelPaymentIntent(localId),
      { code: "PAYMENT_ALREADY_SENT" },
    );
    await shop.sandbox.control.setOffline(false);
    again.forwardNow();
    await shop.drained();
    await assertChargedOnce(shop, 1);
  }));

test("sales after a restored backup get a new epoch, so that a relay sees no fork", () =>
  withShop(async (shop) => {
    const relay = await startTestRelay(shop);
    try {
      const changes = { gateway: relay.gateway(), probeUrl: relay.running.url };
      await shop.sandbox.control.setOffline(true);
      const terminal = await shop.openTerminal(changes);
      await shop.sell("visa", 100, { offlineBehavior: "force_offline" });
      const copy = join(shop.folder, "copy.db");
      await backupToFile(terminal, copy);
      await shop.sell("visa", 200, { offlineBehavior: "force_offline" });
      await shop.sandbox.control.setOffline(false);
      terminal.forwardNow();
      await shop.drained();
      await restore(shop, copy);
      const again = await shop.openTerminal(changes);
      const sale = await shop.sell("visa", 300);
      await shop.drained();
      const { receiptCode } = again.getPayment(sale.localId)!;
      assert.match(receiptCode, /^2-1-/);
      assert.deepEqual(relay.alarms, []);
      await assertChargedOnce(shop, 3);
    } finally {
      await relay.running.close();
    }
  }));

test("backup() of a store that had to be opened again throws BACKUP_INTERRUPTED and harms nothing", () =>
  withShop(async (shop) => {
    const database = await openHere(shop.path);
    database.execute("CREATE TABLE thing(body BLOB)");
    for (let i = 0; i < 3; i++) {
      database.execute("INSERT INTO thing VALUES(zeroblob(300000))");
    }
    const snapshot = database.snapshot();
    const slice = new Uint8Array(4096);
    assert.equal(snapshot.read(slice, 0), 4096);
    assert.throws(() => database.snapshot(), /already/);
    assert.equal(database.purge(), false, "the file is kept as it is");
    database.reopen();
    assert.throws(() => snapshot.read(slice, 0), {
      code: "BACKUP_INTERRUPTED",
    });
    snapshot.close();
    snapshot.close();
    assert.equal(database.purge(), true);
    assert.equal(database.query("SELECT count(*) FROM thing")[0][0], 3);
    database.close();
  }));

test("backupToFile() into a place that cannot be written throws and leaves the old copy", () =>
  withShop(async (shop) => {
    const terminal = await offlineTill(shop, 1);
    const copy = join(shop.folder, "copy.db");
    const length = await backupToFile(terminal, copy);
    mkdirSync(`${copy}.new`);
    await assert.rejects(backupToFile(terminal, copy), (error: Error) => {
      const { code, details } = error as unknown as {
        code: string;
        details: { code: string };
      };
      assert.equal(code, "STORE_NOT_ACCESSIBLE");
      assert.equal(details.code, "EISDIR");
      return true;
    });
    assert.equal(statSync(copy).size, length);
    if (process.platform !== "win32") {
      assert.equal(statSync(copy).mode & 0o777, 0o600);
    }
    await shop.sell("visa", 500);
    assert.equal(terminal.listPayments().length, 2);
  }));
