/**
 * Durable commits on this machine's disk, beside raw append + fsync.
 *
 * `commit` is a row as small as it can be in one transaction; `sale` is what the engine commits
 * for one payment: chain, sealed record, totals, signed line. `node:sqlite` and `better-sqlite3`
 * run with the same settings where they are there.
 * @module
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeSync,
} from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import process from "node:process";
import { loadCore } from "../../bindings/mod.ts";
import { FsDisk } from "../../hosts/posix/fs_disk.ts";
import { loadSqlite } from "../../hosts/sqlite/load_sqlite.ts";
import { openHere } from "../../tests/hosts/_posix_place.ts";
import { Prng } from "../../tests/sim/prng.ts";
import { SqliteStore } from "../../tests/sim/forward/sqlite_store.ts";
import { type Figure, type Operation, race } from "./race.ts";
import { INDEX, INSERT, makeRows, PAGE_BYTES, PRAGMAS, TABLE } from "./rows.ts";

/** Where `--with better-sqlite3` has npm put it. */
export const OPTIONAL_MODULES = ".build/bench-modules";
const TURNS = 40;
const BATCH_COUNT = 100;

type Close = () => void;

/** SQLite as the runtime brings it, where it brings one. */
async function openNative(path: string): Promise<[Operation, Close] | null> {
  let sqlite: typeof import("node:sqlite");
  try {
    sqlite = await import("node:sqlite");
  } catch (error) {
    // Node 20 has none.
    if ((error as { code?: string }).code === "ERR_UNKNOWN_BUILTIN_MODULE") {
      return null;
    }
    throw error;
  }
  const native = new sqlite.DatabaseSync(path);
  for (const pragma of PRAGMAS) native.exec(`PRAGMA ${pragma}`);
  native.exec(`${TABLE}; ${INDEX}`);
  const insert = native.prepare(INSERT);
  const next = makeRows();
  return [() => void insert.run(...next()), () => native.close()];
}

interface BetterSqlite {
  exec(sql: string): void;
  prepare(sql: string): { run(...values: unknown[]): void };
  close(): void;
}

/** better-sqlite3, where it was installed for this. */
function openBetter(path: string): [Operation, Close] | null {
  const folder = resolve(OPTIONAL_MODULES);
  const isThere = existsSync(join(folder, "node_modules/better-sqlite3"));
  if (!isThere || "deno" in process.versions) return null;
  const Better = createRequire(join(folder, "x.js"))("better-sqlite3") as new (
    path: string,
  ) => BetterSqlite;
  const native = new Better(path);
  for (const pragma of PRAGMAS) native.exec(`PRAGMA ${pragma}`);
  native.exec(`${TABLE}; ${INDEX}`);
  const insert = native.prepare(INSERT);
  const next = makeRows();
  return [() => void insert.run(...next()), () => native.close()];
}

/** The engine's own commit of one payment, and of several. */
async function openTill(
  path: string,
): Promise<{ sale: Operation; batch: Operation; close: Close }> {
  const random = new Prng(1);
  const store = new SqliteStore({
    core: await loadCore(),
    sqlite: await loadSqlite(),
    disk: new FsDisk(path, () => {}),
    random,
    nowMs: () => Date.now(),
  });
  const record = new Uint8Array(280).fill(7);
  const draw = (length: number): string =>
    Array.from({ length }, () => random.below(16).toString(16)).join("");
  const sale = () => ({
    record,
    localIdBytes: new Uint8Array(16),
    cardHmac: Uint8Array.from({ length: 16 }, () => random.below(256)),
    recordHash: new Uint8Array(32),
    storedAtMs: Date.now(),
    payment: {
      localId: [8, 4, 4, 4, 12].map(draw).join("-"),
      seq: 0,
      account: "",
      amount: 1000,
      currency: "usd",
      captureMethod: "automatic" as const,
      offlineDetails: null,
    },
  });
  return {
    sale: () => void store.insert(sale()),
    batch: () =>
      void store.insertAll(Array.from({ length: BATCH_COUNT }, sale)),
    close: () => store.database.close(),
  };
}

/** Figures of the runtime that runs this. */
export async function measurePosix(
  rounds: number,
): Promise<Record<string, Figure>> {
  mkdirSync(".build", { recursive: true }); // The project's disk; /tmp may be memory.
  const folder = mkdtempSync(join(".build", "bench-"));
  const raw = openSync(join(folder, "raw"), "a");
  const page = new Uint8Array(PAGE_BYTES).fill(7);
  const database = await openHere(join(folder, "commit.db"));
  const till = await openTill(join(folder, "till.db"));
  const native = await openNative(join(folder, "native.db"));
  const better = openBetter(join(folder, "better.db"));
  try {
    database.execute(TABLE);
    database.execute(INDEX);
    const next = makeRows();
    const insert = (): unknown => database.execute(INSERT, next());
    return await race({
      "append 4 KiB + fsync": () => {
        writeSync(raw, page);
        fsyncSync(raw);
      },
      "commit": () => void database.transaction(insert),
      "commit of 100": () =>
        database.transaction(() => {
          for (let i = 0; i < BATCH_COUNT; i++) insert();
        }),
      "sale": till.sale,
      "sales of 100": till.batch,
      ...(native === null ? {} : { "node:sqlite commit": native[0] }),
      ...(better === null ? {} : { "better-sqlite3 commit": better[0] }),
    }, { rounds, turns: TURNS });
  } finally {
    native?.[1]();
    better?.[1]();
    till.close();
    database.close();
    closeSync(raw);
    rmSync(folder, { recursive: true, force: true });
  }
}
