/** A store found damaged is copied aside, once, and left as it is. @module */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { HoldfastError, loadCore } from "../../engine/mod.ts";
import { quarantineIfRoom } from "../../hosts/posix/quarantine.ts";
import { salvageStore } from "../../hosts/posix/salvage.ts";
import { SystemRandom } from "../../hosts/web/system_random.ts";
import { openTerminalHere, type Shop, withShop } from "../support/shop.ts";
import { makePlace, openHere } from "./_posix_place.ts";
import { runOnSmallDisk } from "./_small_disk.ts";

const FRAME = 24 + 4096;
const SUFFIXES = ["", "-wal"];

interface Files {
  main: Uint8Array;
  log: Uint8Array;
}

function readFiles(path: string): Files {
  const [main, log] = SUFFIXES.map((suffix) => readFileSync(path + suffix));
  return { main, log };
}

function writeFiles(path: string, { main, log }: Files): void {
  writeFileSync(path, main);
  writeFileSync(`${path}-wal`, log);
}

const quarantinesIn = (folder: string): string[] =>
  readdirSync(folder).filter((name) => name.includes("quarantine")).sort();

/** The files of a till that was killed with `count` payments in its log. */
async function killedTill(shop: Shop, count: number): Promise<Files> {
  await shop.sandbox.control.setOffline(true);
  const terminal = await shop.openTerminal();
  for (let i = 0; i < count; i++) await shop.sell("visa", 1000 + i);
  const files = readFiles(shop.path);
  await terminal.close();
  return files;
}

/** Opens the damaged store and returns the refusal. */
async function refusal(shop: Shop): Promise<HoldfastError> {
  try {
    await (await openTerminalHere(shop.options())).close();
  } catch (error) {
    assert.ok(error instanceof HoldfastError, `${error}`);
    assert.equal(error.code, "STORE_CORRUPT");
    return error;
  }
  throw new Error("the damaged store was opened");
}

test("openTerminal() on a log with a spoiled frame refuses, keeps the files, and names one copy", () =>
  withShop(async (shop) => {
    const files = await killedTill(shop, 6);
    writeFiles(shop.path, files);
    // As it was left by the kill, every payment is there.
    const intact = await openTerminalHere(shop.options());
    assert.equal(intact.listPayments().length, 6);
    await intact.close();
    // One bit of the first payments' frames, long after they were synced.
    files.log[32 + 3 * FRAME + 24 + 2000] ^= 1;
    writeFiles(shop.path, files);
    const { details, message } = await refusal(shop);
    const folder = details.quarantine as string;
    assert.match(message, /the log is damaged at frame 4 of \d+, before/);
    assert.ok(message.endsWith(`a copy of its files is in ${folder}`));
    assert.deepEqual(readFiles(join(folder, "till.db")), files);
    for (let i = 0; i < 3; i++) {
      assert.equal((await refusal(shop)).details.quarantine, folder);
    }
    assert.deepEqual(readFiles(shop.path), files);
    assert.equal(quarantinesIn(shop.folder).length, 1);
    // The remedy of the error: nothing that was accepted is lost.
    const report = salvageStore(shop.path, {
      core: await loadCore(),
      random: new SystemRandom(),
      nowMs: Date.now(),
      account: shop.account,
    });
    assert.equal(report.quarantine, folder);
    const [chain] = report.chains;
    assert.deepEqual(
      [chain.found.length, chain.lost, chain.missing],
      [6, [], []],
    );
  }));

test("openTerminal() on a damaged page copies the store before the log is folded in", () =>
  withShop(async (shop) => {
    await (await shop.openTerminal()).close();
    const files = await killedTill(shop, 3);
    // A page that the log does not hold: the root of a table that no sale touches.
    const pages = new Set<number>();
    const log = new DataView(files.log.buffer, files.log.byteOffset);
    for (let at = 32; at + FRAME <= files.log.length; at += FRAME) {
      pages.add(log.getUint32(at));
    }
    const count = files.main.length / 4096;
    const page = Array.from({ length: count }, (_, i) => i + 1)
      .find((number) => number > 1 && !pages.has(number))!;
    files.main.fill(0xa5, (page - 1) * 4096, page * 4096);
    writeFiles(shop.path, files);
    const folder = (await refusal(shop)).details.quarantine as string;
    assert.deepEqual(readFiles(join(folder, "till.db")), files);
    assert.deepEqual(readFiles(shop.path), files);
  }));

test("closeDay() on a damaged store closes nothing and names a copy", () =>
  withShop(async (shop) => {
    await (await shop.openTerminal()).close();
    // An index that neither opening nor the sums of a close have a reason to read.
    const database = await openHere(shop.path);
    const [[page]] = database.query(
      "SELECT rootpage FROM sqlite_schema WHERE name = 'payment_handover'",
    ) as [[number]];
    database.close();
    const bytes = readFileSync(shop.path);
    bytes.fill(0xa5, (page - 1) * 4096, page * 4096);
    writeFileSync(shop.path, bytes);
    const terminal = await shop.openTerminal();
    assert.throws(() => terminal.closeDay(), (error: HoldfastError) => {
      assert.equal(error.code, "STORE_CORRUPT");
      const folder = error.details.quarantine as string;
      assert.deepEqual(readFileSync(join(folder, "till.db")), bytes);
      return true;
    });
    assert.deepEqual(terminal.dailyCloses(), []);
    await terminal.close();
  }));

test("query() that finds a damaged page of an open store names a copy", async () => {
  const place = makePlace();
  try {
    const first = await place.open();
    first.execute("CREATE TABLE t(a)");
    for (let i = 0; i < 10; i++) {
      first.execute("INSERT INTO t VALUES(zeroblob(3000))");
    }
    first.close();
    const bytes = readFileSync(place.path);
    bytes.fill(0xa5, 2 * 4096);
    writeFileSync(place.path, bytes);
    const database = await place.open();
    const read = (): unknown => database.query("SELECT sum(length(a)) FROM t");
    const folders = [1, 2].map(() => {
      try {
        return read();
      } catch (error) {
        const { code, details } = error as HoldfastError;
        assert.equal(code, "STORE_CORRUPT");
        return details.quarantine;
      }
    });
    database.close();
    assert.equal(folders[0], folders[1]);
    assert.deepEqual(
      readFileSync(join(folders[0] as string, "till.db")),
      bytes,
    );
  } finally {
    place.remove();
  }
});

test("quarantineIfRoom() makes three copies of a store that changes, and no fourth", () => {
  const place = makePlace();
  try {
    const folders = [1, 2, 3, 4, 1].map((content, i) => {
      writeFileSync(place.path, `content ${content}`);
      return quarantineIfRoom(place.path, 1_795_000_000_000 + i * 1000);
    });
    assert.equal(new Set(folders.slice(0, 3)).size, 3);
    assert.equal(folders[3], null);
    assert.equal(folders[4], folders[0], "the copy of the same bytes");
    assert.equal(quarantinesIn(place.folder).length, 3);
  } finally {
    place.remove();
  }
});

for (const [size, isCopied] of [["12m", false], ["64m", true]] as const) {
  test(`a damaged store on a disk of ${size} is ${isCopied ? "" : "not "}copied`, async () => {
    const { code, details, folders } = await runOnSmallDisk<{
      code: string;
      details: { quarantine: string | null };
      folders: string[];
    }>("tests/hosts/_small_disk_damage.ts", size);
    assert.equal(code, "STORE_CORRUPT");
    assert.equal(details.quarantine !== null, isCopied);
    assert.equal(folders.length, isCopied ? 1 : 0);
  });
}
