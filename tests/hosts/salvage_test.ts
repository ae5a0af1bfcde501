/** A damaged store, from the error to the charge: the command, the files, another store. @module */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Terminal } from "../../engine/mod.ts";
import { placesText } from "../../hosts/salvage/program.ts";
import { type SalvageReport, salvageStore } from "../../hosts/posix/salvage.ts";
import { SystemRandom } from "../../hosts/web/system_random.ts";
import { denoPath } from "../../scripts/_process.ts";
import { bundleForNode } from "../../scripts/bundle.ts";
import { RUNTIME } from "./_posix_place.ts";
import { openTerminalHere, type Shop, withShop } from "../support/shop.ts";

const PAGE = 4096;

interface Said {
  ok: boolean;
  code?: string;
  found: number;
  settled: number;
  lost: number;
  missing: number;
  unnamed: number;
  quarantine: string;
  files: { path: string; code: string; whole: number; bare: number }[];
  chains: { device: string; lost: number[]; missing: number[] }[];
}

/** Runs the command on the running runtime. */
async function run(...args: string[]): Promise<{ status: number; said: Said }> {
  const [command, ...first] = RUNTIME === "deno"
    ? [denoPath(), "run", "-A", "--no-check", "hosts/salvage/main.ts"]
    : ["node", await bundleForNode("hosts/salvage/main_node.ts")];
  const { status, stdout, stderr } = spawnSync(command, [...first, ...args], {
    encoding: "utf8",
  });
  assert.equal(stderr, "");
  return {
    status: status!,
    said: JSON.parse(stdout.trim().split("\n").at(-1)!),
  };
}

/** A store of `count` payments, the first two of them forwarded, the third voided; closed. */
async function filled(shop: Shop, count = 12): Promise<string[]> {
  const terminal = await shop.openTerminal();
  await shop.sell("visa", 1001);
  await shop.sell("visa", 1002);
  await shop.drained();
  await shop.sandbox.control.setOffline(true);
  const voided = await shop.sell("visa", 1003);
  await terminal.cancelPaymentIntent(voided.localId);
  const open: string[] = [];
  for (let i = 3; i < count; i++) {
    open.push((await shop.sell("visa", 1001 + i)).localId);
  }
  await terminal.close();
  return open;
}

/** Overwrites the pages that `isHit` names, by their bytes. */
function damage(
  path: string,
  isHit: (page: Uint8Array, n: number) => boolean,
): number {
  const file = readFileSync(path);
  let count = 0;
  for (let at = 0; at < file.length; at += PAGE) {
    const page = file.subarray(at, at + PAGE);
    if (!isHit(page, at / PAGE + 1)) continue;
    page.fill(0xa5);
    count++;
  }
  writeFileSync(path, file);
  return count;
}

/** A new store beside the damaged one. */
function openSecond(shop: Shop, name = "second"): Promise<Terminal> {
  return openTerminalHere(
    shop.options({ path: join(shop.folder, `${name}.db`) }),
  );
}

async function assertPaid(shop: Shop, count: number): Promise<void> {
  const paid = [...(await shop.charges()).values()].filter((times) =>
    times > 0
  );
  assert.deepEqual(paid, new Array(count).fill(1));
}

test("the salvage command saves a store whose root is gone, and another store forwards it once", () =>
  withShop(async (shop) => {
    const open = await filled(shop);
    // The schema, and every interior page: SQLite finds no table any more.
    damage(shop.path, (page, n) => n === 1 || page[0] === 5 || page[0] === 2);
    await assert.rejects(openTerminalHere(shop.options()), (error: Error) => {
      const { code, remedy } = error as unknown as Record<string, string>;
      assert.equal(code, "STORE_CORRUPT");
      assert.match(remedy, /holdfast salvage --store/);
      return true;
    });
    const before = readFileSync(shop.path);
    const { status, said } = await run("--store", shop.path);
    assert.deepEqual(
      [status, said.ok, said.found, said.settled, said.lost, said.missing],
      [0, true, open.length, 3, 0, 0],
    );
    assert.deepEqual(
      readFileSync(shop.path),
      before,
      "the original is as it was",
    );
    assert.deepEqual(
      readFileSync(join(said.quarantine, "till.db")),
      before,
      "the copy is whole",
    );
    const [file] = said.files;
    assert.deepEqual([file.whole, file.bare], [open.length, 0]);
    const second = await openSecond(shop);
    const bytes = readFileSync(file.path);
    const { imported } = await second.importStored(bytes, file.code);
    assert.deepEqual(imported, open);
    await shop.sandbox.control.setOffline(false);
    second.forwardNow();
    await shop.until(() => second.offlineStatus.sdk.offlinePaymentsCount === 0);
    assert.ok(
      second.listPayments().every(({ state }) => state === "forwarded"),
    );
    await second.close();
    await assertPaid(shop, open.length + 2);
  }));

test("a salvage of what was forwarded meanwhile charges nothing again", () =>
  withShop(async (shop) => {
    const open = await filled(shop);
    const old = join(shop.folder, "old.db");
    copyFileSync(shop.path, old);
    await shop.sandbox.control.setOffline(false);
    const terminal = await shop.openTerminal();
    terminal.forwardNow();
    await shop.drained();
    await shop.sandbox.control.advance(30 * 3600 * 1000);
    // An old copy of the file, bare: every key in it is forgotten at Stripe.
    const { said } = await run("--store", old);
    assert.equal(said.found, open.length);
    const second = await openSecond(shop);
    const [file] = said.files;
    await second.importStored(readFileSync(file.path), file.code);
    await shop.until(() => second.offlineStatus.sdk.offlinePaymentsCount === 0);
    assert.ok(
      second.listPayments().every(({ state }) => state === "forwarded"),
    );
    await second.close();
    await assertPaid(shop, open.length + 2);
  }));

test("payments whose rows are gone are saved by their records, and wait for a person", () =>
  withShop(async (shop) => {
    const open = await filled(shop);
    const isRows = (page: Uint8Array): boolean =>
      new TextDecoder("latin1").decode(page).includes("applicationCryptogram");
    assert.ok(damage(shop.path, isRows) > 0);
    const { status, said } = await run("--store", shop.path);
    const [file] = said.files;
    // The outcomes were in the rows: of those three nothing can be said any more.
    assert.deepEqual(
      [status, said.found, said.missing, file.bare],
      [1, open.length, 3, open.length],
    );
    assert.deepEqual(said.chains[0].missing, [1, 2, 3]);
    const second = await openSecond(shop);
    await second.importStored(readFileSync(file.path), file.code);
    const payments = second.listPayments();
    assert.ok(
      payments.every(({ state, error }) =>
        state === "failed" && error!.code === "salvaged"
      ),
    );
    assert.deepEqual(payments.map(({ localId }) => localId), open);
    assert.equal(second.offlineStatus.sdk.offlinePaymentsCount, 0);
    await shop.sandbox.control.setOffline(false);
    for (const localId of open) second.retryPayment(localId);
    await shop.until(() =>
      second.listPayments().every(({ state }) => state === "forwarded")
    );
    await second.close();
    await assertPaid(shop, open.length + 2);
  }));

test("records that were destroyed are named by their places, and the others are saved", () =>
  withShop(async (shop) => {
    const open = await filled(shop, 20);
    let isFirst = true;
    const isRecords = (page: Uint8Array): boolean => {
      const text = new TextDecoder("latin1").decode(page);
      const isHit = isFirst && text.split("SAF1").length > 3;
      if (isHit) isFirst = false;
      return isHit;
    };
    assert.equal(damage(shop.path, isRecords), 1);
    const { status, said } = await run("--store", shop.path);
    assert.equal(status, 1);
    assert.ok(said.lost > 0 && said.found > 0);
    assert.equal(said.found + said.lost, open.length);
    assert.equal(said.chains[0].lost.length, said.lost);
    const second = await openSecond(shop);
    const [file] = said.files;
    await second.importStored(readFileSync(file.path), file.code);
    const saved = second.listPayments().map(({ seq }) => seq);
    const places = [...saved, ...said.chains[0].lost].sort((a, b) => a - b);
    assert.deepEqual(places, open.map((_, i) => i + 4));
    await second.close();
  }));

test("records that only the log holds are saved, and a log cut off loses its end alone", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const terminal = await shop.openTerminal();
    for (let i = 0; i < 8; i++) await shop.sell("visa", 1000 + i);
    // As a kill leaves the files: the log has not been folded in.
    const copy = join(shop.folder, "dead.db");
    copyFileSync(shop.path, copy);
    copyFileSync(`${shop.path}-wal`, `${copy}-wal`);
    await terminal.close();
    const whole = await run("--store", copy, "--out", `${copy}.1`);
    assert.deepEqual([whole.said.found, whole.said.lost], [8, 0]);
    const wal = readFileSync(`${copy}-wal`);
    writeFileSync(`${copy}-wal`, wal.subarray(0, Math.floor(wal.length * 0.6)));
    const cut = await run("--store", copy, "--out", `${copy}.2`);
    assert.ok(cut.said.found > 0 && cut.said.found < 8, `${cut.said.found}`);
    // Without the database file, the log alone.
    writeFileSync(`${copy}-wal`, wal);
    writeFileSync(copy, new Uint8Array(0));
    const alone = await run("--store", copy, "--out", `${copy}.3`);
    assert.equal(alone.said.found, 8);
  }));

test("the salvage command of a store in use, of nothing, and over an old file throws and keeps all", () =>
  withShop(async (shop) => {
    await filled(shop, 4);
    const terminal = await shop.openTerminal();
    const inUse = await run("--store", shop.path);
    assert.deepEqual([inUse.status, inUse.said.code], [1, "STORE_IN_USE"]);
    await terminal.close();
    const nothing = await run("--store", join(shop.folder, "none.db"));
    assert.equal(nothing.said.code, "STORE_NOT_ACCESSIBLE");
    const out = join(shop.folder, "kept");
    writeFileSync(out, "precious");
    const kept = await run("--store", shop.path, "--out", out);
    assert.equal(kept.said.code, "STORE_NOT_ACCESSIBLE");
    assert.equal(readFileSync(out, "utf8"), "precious");
    assert.ok(
      readdirSync(shop.folder).some((name) => name.includes("quarantine")),
    );
  }));

test("the salvage command of a store whose rows alone are left names every open payment as lost", () =>
  withShop(async (shop) => {
    const open = await filled(shop);
    // Every page with a record on it, the chain's first one included.
    damage(shop.path, (page) => Buffer.from(page).includes("SAF1"));
    const { status, said } = await run("--store", shop.path);
    assert.deepEqual(
      [status, said.ok, said.found, said.settled, said.lost, said.missing],
      [1, false, 0, 3, open.length, 0],
    );
    assert.deepEqual(said.files, []);
    assert.deepEqual(said.chains.map(({ device }) => device), ["unknown"]);
  }));

test("the salvage command of a file that holds no record is not content, of a new store it is", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    await terminal.close();
    const fresh = await run("--store", shop.path);
    assert.deepEqual([fresh.status, fresh.said.ok], [0, true]);
    const overwritten = readFileSync(shop.path).fill(0xa5);
    writeFileSync(shop.path, overwritten);
    const gone = await run("--store", shop.path, "--out", `${shop.path}.2`);
    assert.deepEqual([gone.status, gone.said.ok], [1, false]);
  }));

test("salvageStore() of records without any row needs the account's id", () =>
  withShop(async (shop) => {
    const open = await filled(shop, 6);
    // The chain's own row tells the account too; only records are left, and the genesis.
    const file = readFileSync(shop.path);
    const text = Uint8Array.from(new TextEncoder().encode(shop.account));
    for (let at = file.indexOf(text); at >= 0; at = file.indexOf(text, at)) {
      file.fill(0xff, at, at + text.length);
    }
    writeFileSync(shop.path, file);
    let nowMs = 1_795_000_000_000;
    const save = (account?: string): SalvageReport =>
      salvageStore(shop.path, {
        core: shop.core,
        random: new SystemRandom(),
        nowMs: nowMs++,
        ...(account === undefined ? {} : { account }),
      });
    assert.deepEqual([save().unnamed > 0, save("acct_other").files], [
      true,
      [],
    ]);
    const report = save(shop.account);
    assert.equal(report.files[0].bare, open.length);
    assert.ok(existsSync(report.files[0].path));
    rmSync(report.files[0].path);
  }));

test("placesText() writes runs of places as people read them", () => {
  assert.equal(placesText([]), "none");
  assert.equal(placesText([1]), "1");
  assert.equal(placesText([1, 2, 3, 7, 9, 10]), "1-3, 7, 9-10");
});
