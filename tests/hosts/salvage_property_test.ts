/**
 * Stores damaged at random, and what the salvage finds in them.
 *
 * Real files by the real SQLite: records of every length, some of which run on over pages, rows of
 * every state, a log that was folded in or not. The damage is flipped bits, zeroed pages and files
 * cut off. What must be found is worked out from the bytes alone: every open payment whose record
 * is still whole somewhere. `HOLDFAST_SOAK=1` runs forty times as many.
 * @module
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { loadCore } from "../../bindings/mod.ts";
import { salvage } from "../../engine/handover/salvage.ts";
import { paymentOf } from "../../engine/handover/salvaged_rows.ts";
import { formatUuid } from "../../engine/uuid.ts";
import { FsDisk } from "../../hosts/posix/fs_disk.ts";
import { loadSqlite } from "../../hosts/sqlite/load_sqlite.ts";
import { RawPages } from "../../hosts/sqlite/raw_pages.ts";
import { recordsOf, rowsOf } from "../../hosts/sqlite/raw_rows.ts";
import { ACCOUNT } from "../sim/forward/sales.ts";
import { SqliteStore } from "../sim/forward/sqlite_store.ts";
import { Prng } from "../sim/prng.ts";

const WORLDS = process.env.HOLDFAST_SOAK ? 2_000 : 40;
/** Worlds in which something whole was once not found. */
const FOUND_BEFORE = [122, 381, 1604, 1957];
/** Stores that the worlds damage in turn. */
const STORES = 4;
const PAYMENTS = 40;
const PAGE = 4096;
const core = await loadCore();
const sqlite = await loadSqlite();

/** The files of a store and what is true of it. */
interface Truth {
  main: Buffer;
  wal: Buffer;
  /** Sealed records of open payments, and places that are settled, by place in the chain. */
  open: Map<number, Buffer>;
  settled: Set<number>;
  longCount: number;
}

/** A store that died with a log, or was closed. */
function makeStore(random: Prng): Truth {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-salvage-"));
  const path = join(folder, "till.db");
  try {
    const disk = new FsDisk(path, () => {});
    const store = new SqliteStore({
      ...{ core, sqlite, disk, random },
      nowMs: () => 1_795_000_000_000,
    });
    const { database, payments } = store;
    database.query(`PRAGMA wal_autocheckpoint = ${5 + random.below(200)}`);
    const truth = { open: new Map(), settled: new Set<number>(), longCount: 0 };
    for (let seq = 1; seq <= PAYMENTS; seq++) {
      const isLong = random.chance(0.2);
      const length = isLong ? 3900 + random.below(190) : 50 + random.below(900);
      const plaintext = new Uint8Array(length)
        .map(() => random.below(256));
      const localId = new Uint8Array(16).map(() => random.below(256));
      const rowId = store.insert({
        localIdBytes: localId,
        cardHmac: localId,
        recordHash: new Uint8Array(32),
        storedAtMs: 1_795_000_000_000 + seq,
        record: plaintext,
        payment: {
          localId: formatUuid(localId),
          seq,
          account: ACCOUNT,
          amount: 1000 + seq,
          currency: "usd",
          captureMethod: "automatic",
          offlineDetails: null,
        },
      });
      if (isLong) truth.longCount++;
      truth.open.set(seq, Buffer.from(payments.sealedRecord(rowId)!));
      if (random.chance(0.25)) {
        database.transaction(() => payments.move(rowId, "forwarded"));
        truth.open.delete(seq);
        truth.settled.add(seq);
      }
    }
    if (random.chance(0.3)) database.purge();
    // As a kill leaves it: nothing is closed.
    const wal = `${path}-wal`;
    return {
      ...truth,
      main: readFileSync(path),
      wal: existsSync(wal) ? readFileSync(wal) : Buffer.alloc(0),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Damages one of the files. */
function damage(truth: Truth, random: Prng): void {
  const name = truth.wal.length > 0 && random.chance(0.5) ? "wal" : "main";
  const file = truth[name];
  if (file.length === 0) return;
  const at = random.below(file.length);
  switch (random.below(4)) {
    case 0:
      file[at] ^= 1 << random.below(8);
      return;
    case 1:
      file.subarray(at - at % PAGE, at - at % PAGE + PAGE).fill(0);
      return;
    case 2: // The very beginning, where the header is.
      file[random.below(Math.min(100, file.length))] ^= 0xff;
      return;
    case 3:
      truth[name] = Buffer.from(file.subarray(0, at));
  }
}

/** Whether a record is whole: in one piece, or as a page and the page it runs on. */
function isWhole({ main, wal }: Truth, record: Buffer): boolean {
  const files = [main, wal];
  if (files.some((file) => file.includes(record))) return true;
  // Payload: four bytes of row header and the record (file format §1.6).
  const usable = PAGE;
  const least = Math.floor((usable - 12) * 32 / 255) - 23;
  const most = least + (record.length + 4 - least) % (usable - 4);
  const local = (most <= usable - 35 ? most : least) - 4;
  if (record.length + 4 <= usable - 35) return false;
  const [first, rest] = [record.subarray(0, local), record.subarray(local)];
  for (const file of files) {
    for (
      let at = file.indexOf(first);
      at >= 0;
      at = file.indexOf(first, at + 1)
    ) {
      if (at + local + 4 > file.length) continue;
      const page = file.readUInt32BE(at + local);
      const inMain = main.subarray((page - 1) * PAGE + 4, page * PAGE);
      if (page > 0 && inMain.subarray(0, rest.length).equals(rest)) return true;
      for (let frame = 32; frame + 28 < wal.length; frame += 24 + PAGE) {
        if (wal.readUInt32BE(frame) !== page) continue;
        const bytes = wal.subarray(frame + 28, frame + 28 + rest.length);
        if (bytes.equals(rest)) return true;
      }
    }
  }
  return false;
}

/** Records by the place they claim: a page that another one followed may give a place a second. */
function claimsOf(pages: RawPages): Map<number, Set<string>> {
  const claims = new Map<number, Set<string>>();
  for (const record of recordsOf(pages)) {
    try {
      const { seq } = core.seal.readHeader(record);
      const hashes = claims.get(seq) ?? new Set();
      claims.set(seq, hashes.add(core.seal.recordHash(record).join()));
    } catch {
      // A damaged header claims nothing.
    }
  }
  return claims;
}

/** What the salvage says of one damaged store must be true; returns how much it found. */
function judge(truth: Truth, seed: number): { found: number; gone: number } {
  const pages = new RawPages(truth.main, truth.wal);
  const saved = salvage(core, {
    records: recordsOf(pages),
    rows: rowsOf(pages),
  });
  const chains = saved.flatMap(({ chains }) => chains);
  const chain = chains[0];
  const found = new Set(chain?.found ?? []);
  const named = new Set(
    chains.flatMap((it) => [...it.found, ...it.lost, ...it.missing]),
  );
  const claims = claimsOf(pages);
  const outcomes = new Set<number>();
  for (const { rowId, columns, age } of rowsOf(pages)) {
    const row = paymentOf(rowId, columns, age);
    const isRight = row !== null && truth.settled.has(row.seq);
    if (isRight && row.isSettled) outcomes.add(row.seq);
    // Whatever became of the records: who reads the row of an open payment must say its name.
    const isOpen = row !== null && truth.open.has(row.seq) && !row.isSettled;
    if (isOpen) {
      assert.ok(named.has(row.seq), `seed ${seed}: ${row.seq} is open`);
    }
  }
  let gone = 0;
  for (const [seq, record] of truth.open) {
    const wasWhole = isWhole(truth, record);
    if (!wasWhole) gone++;
    // Without a genesis record nothing can be opened, whatever else is there.
    if (chain === undefined || chain.found.length === 0) continue;
    // Where nothing is left that could tell which of two it was, it is lost, and named so.
    const isUnclear = (claims.get(seq)?.size ?? 0) > 1 && named.has(seq);
    if (wasWhole && !isUnclear) {
      assert.ok(found.has(seq), `seed ${seed}: ${seq} was whole`);
    }
  }
  for (const seq of found) {
    // Where every row with the outcome is gone, the store is what it was before it.
    assert.ok(!outcomes.has(seq), `seed ${seed}: ${seq} is settled`);
  }
  if (chain !== undefined) {
    const all = [
      ...chain.found,
      ...chain.settled,
      ...chain.lost,
      ...chain.missing,
    ].sort((a, b) => a - b);
    const expected = Array.from({ length: chain.highWater }, (_, i) => i + 1);
    assert.deepEqual(all, expected, `seed ${seed}: every place once`);
  }
  return { found: found.size, gone };
}

const stores = Array.from(
  { length: STORES },
  (_, i) => makeStore(new Prng(i + 1)),
);

test("salvage() of an undamaged store finds every open record and nothing that is settled", () => {
  let longCount = 0;
  for (const [seed, truth] of stores.entries()) {
    longCount += truth.longCount;
    const { found, gone } = judge(truth, seed);
    assert.deepEqual([found, gone], [truth.open.size, 0], `seed ${seed}`);
  }
  assert.ok(longCount > 5 * STORES, `${longCount} records ran over pages`);
});

test(`salvage() of ${WORLDS} damaged stores finds every record that is still whole`, () => {
  let gone = 0;
  let found = 0;
  const seeds = Array.from({ length: WORLDS }, (_, i) => i + 1);
  for (const seed of new Set([...seeds, ...FOUND_BEFORE])) {
    const random = new Prng(1000 + seed);
    const { main, wal, ...rest } = stores[seed % STORES];
    const truth = { ...rest, main: Buffer.from(main), wal: Buffer.from(wal) };
    const times = 1 + random.below(8);
    for (let i = 0; i < times; i++) damage(truth, random);
    const result = judge(truth, seed);
    found += result.found;
    gone += result.gone;
  }
  assert.ok(gone > WORLDS, `the damage took ${gone} records`);
  assert.ok(found > 10 * WORLDS, `${found} were found`);
});
