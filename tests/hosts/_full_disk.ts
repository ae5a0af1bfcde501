/**
 * Fills the disk of `_full_disk.ts PATH` with rows, frees some, and prints what happened.
 * @module
 */
import { rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import { openHere } from "./_posix_place.ts";

const path = process.argv[2];
const ballast = `${path}.ballast`;
writeFileSync(ballast, new Uint8Array(1_100_000));
const database = await openHere(path);
database.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, body BLOB NOT NULL)");
const count = (): unknown => database.query("SELECT count(*) FROM t")[0][0];
const insert = (): unknown =>
  database.transaction(() =>
    database.execute("INSERT INTO t(body) VALUES(?)", [new Uint8Array(10_000)])
  );

/** The code of the error that inserting ends with, or null. */
const tryInsert = (): unknown => {
  try {
    insert();
    return null;
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

let storedCount = 0;
let refusal = tryInsert();
for (; refusal === null; refusal = tryInsert()) storedCount++;
const freeBytes = database.freeBytes();
// The disk is still full, and what was stored can be read all the same.
database.reopen();
const countAfterReopen = count();
const refusalAfterReopen = tryInsert();
// Room for the checkpoint that is due, which may be as long as the log.
rmSync(ballast);
insert();
const [[integrity]] = database.query("PRAGMA integrity_check");
const countAtTheEnd = count();
database.close();
console.log(JSON.stringify({
  storedCount,
  refusal,
  freeBytes,
  countAfterReopen,
  refusalAfterReopen,
  countAtTheEnd,
  integrity,
}));
