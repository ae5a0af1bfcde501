/**
 * The process that is killed: writes rows and reports each on standard output once it is on disk.
 *
 *     _kill_child.ts PATH SEED FIRST_ID [early]
 *
 * One line before an operation (`?`) and one after it (`!`), as JSON. With `early` it reports
 * before it writes, one operation ahead, which the harness must notice.
 * @module
 */
import process from "node:process";
import { sayLine } from "../../hosts/posix/say_line.ts";
import { openHere } from "../hosts/_posix_place.ts";
import { Prng } from "../sim/prng.ts";
import { bodyOf, createTable } from "../sim/till_model.ts";
import type { Change } from "./kills.ts";

const [path, seed, firstId, early] = process.argv.slice(2);
const random = new Prng(Number(seed));
const database = await openHere(path);
database.query("PRAGMA wal_autocheckpoint = 20");
createTable(database);

const say = (mark: "?" | "!", change: Change): void => {
  sayLine(`${mark}${JSON.stringify(change)}`);
};

const write = ({ added, removed }: Change): void => {
  database.transaction(() => {
    for (const [id, length] of added) {
      const row = [id, bodyOf(id, length)];
      database.execute("INSERT INTO item VALUES(?, 0, ?)", row);
    }
    for (const id of removed) {
      database.execute("DELETE FROM item WHERE id = ?", [id]);
    }
  });
};

const own: number[] = [];
let late: Change = { added: [], removed: [] };
say("!", { added: [], removed: [] });
for (let nextId = Number(firstId);;) {
  const change: Change = { added: [], removed: [] };
  if (own.length > 10 && random.chance(0.2)) {
    change.removed.push(...own.splice(random.below(own.length), 1));
  } else {
    const count = random.chance(0.8) ? 1 : 5;
    for (let i = 0; i < count; i++) {
      own.push(nextId);
      change.added.push([nextId++, 1 + random.below(2000)]);
    }
  }
  say("?", change);
  if (early) {
    say("!", change);
    write(late);
    late = change;
  } else {
    write(change);
    say("!", change);
  }
}
