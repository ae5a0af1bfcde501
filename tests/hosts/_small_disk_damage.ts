/**
 * Opens a damaged store of `_small_disk_damage.ts PATH` and prints where its copy is.
 * @module
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import process from "node:process";
import { openHere } from "./_posix_place.ts";

const path = process.argv[2];
const database = await openHere(path);
database.execute("CREATE TABLE t(a)");
database.close();
const bytes = readFileSync(path);
bytes.fill(0xa5, 0, 100);
writeFileSync(path, bytes);
try {
  (await openHere(path)).close();
} catch (error) {
  const { code, details } = error as { code: string; details: unknown };
  const prefix = `${basename(path)}.quarantine`;
  const folders = readdirSync(dirname(path))
    .filter((name) => name.startsWith(prefix));
  console.log(JSON.stringify({ code, details, folders }));
}
