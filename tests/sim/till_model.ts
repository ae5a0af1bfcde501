/**
 * What a database must contain: the twin that every crash test compares with.
 *
 * Owns: the workload (one row, five rows at once, updates, deletes, reopening) and the verdict.
 * The database after a crash must equal the model before the operation that was under way, or
 * after it, and nothing between.
 * @module
 */
import { failure } from "../../engine/errors.ts";
import type { Database } from "../../engine/ports.ts";
import type { Prng } from "./prng.ts";

/** A row without its body, which follows from id and length. */
interface Item {
  length: number;
  state: number;
}

/** Rows by id. */
export type Items = ReadonlyMap<number, Item>;

/** What a database turned out to be. */
export type Verdict = "right" | "lost" | "torn" | "corrupt";

const BODY_BYTES_MAX = 3000;
const BATCH_COUNT = 5;

/** The bytes of a row's body. */
export function bodyOf(id: number, length: number): Uint8Array {
  const body = new Uint8Array(length);
  let x = id + 1;
  for (let i = 0; i < length; i++) {
    x = Math.imul(x, 1664525) + 1013904223;
    body[i] = x >>> 24;
  }
  return body;
}

/** Makes the table, whatever is there already. */
export function createTable(database: Database): void {
  database.transaction(() => {
    database.execute(`CREATE TABLE IF NOT EXISTS item(
      id INTEGER PRIMARY KEY, state INTEGER NOT NULL, body BLOB NOT NULL) STRICT`);
    database.execute(
      "CREATE INDEX IF NOT EXISTS item_open ON item(id) WHERE state = 0",
    );
  });
}

/** The model and the operation that is under way. */
export class TillModel {
  #items: Items = new Map();
  #pending: Items | null = null;
  #nextId = 1;
  /** Operations that were acknowledged. */
  commitCount = 0;

  /** Rows that must be there. */
  get size(): number {
    return this.#items.size;
  }

  /** Does one random operation; a throw leaves it under way. */
  step(database: Database, random: Prng): void {
    const after = new Map(this.#items);
    const dice = random.fraction();
    if (dice < 0.05) return database.reopen();
    const ids = [...this.#items.keys()];
    const id = ids[random.below(ids.length)];
    const statements: [string, (number | Uint8Array)[]][] = [];
    if (dice < 0.75 || ids.length === 0) {
      const count = dice < 0.6 ? 1 : BATCH_COUNT;
      for (let i = 0; i < count; i++) {
        const item = { length: 1 + random.below(BODY_BYTES_MAX), state: 0 };
        const newId = this.#nextId++;
        after.set(newId, item);
        statements.push([
          "INSERT INTO item VALUES(?, 0, ?)",
          [newId, bodyOf(newId, item.length)],
        ]);
      }
    } else if (dice < 0.92) {
      const item = this.#items.get(id)!;
      after.set(id, { ...item, state: item.state + 1 });
      statements.push(["UPDATE item SET state = state + 1 WHERE id = ?", [id]]);
    } else {
      after.delete(id);
      statements.push(["DELETE FROM item WHERE id = ?", [id]]);
    }
    this.#pending = after;
    this.#run(database, statements, random);
    this.#items = after;
    this.#pending = null;
    this.commitCount++;
  }

  /** Compares, and adopts the operation under way when it turns out to be done. */
  check(database: Database): Verdict {
    const report = String(database.query("PRAGMA integrity_check(1)")[0][0]);
    if (/unable to get the page\. error code=/.test(report)) {
      throw failure("STORE_IO", "the check could not read a page");
    }
    if (report !== "ok") return "corrupt";
    const rows = readRows(database);
    const isBefore = equal(rows, this.#items);
    if (!isBefore && this.#pending !== null && equal(rows, this.#pending)) {
      this.#items = this.#pending;
    } else if (!isBefore) return this.#isLost(rows) ? "lost" : "torn";
    this.#pending = null;
    return "right";
  }

  /** A model that can be checked on its own. */
  copy(): TillModel {
    const copy = new TillModel();
    copy.#items = this.#items;
    copy.#pending = this.#pending;
    return copy;
  }

  /** Takes the database at its word that the operation under way has written nothing. */
  forgetPending(): void {
    this.#pending = null;
  }

  /** A single statement commits by itself; several need a transaction. */
  #run(
    database: Database,
    statements: [string, (number | Uint8Array)[]][],
    random: Prng,
  ): void {
    const run = (): void => {
      for (const [sql, parameters] of statements) {
        database.execute(sql, parameters);
      }
    };
    if (statements.length === 1 && random.chance(0.5)) run();
    else database.transaction(run);
  }

  /** Whether something acknowledged is missing, beyond what the operation under way changes. */
  #isLost(rows: Items): boolean {
    for (const [id, item] of this.#items) {
      const found = rows.get(id);
      if (isSame(found, item)) continue;
      const pending = this.#pending?.get(id);
      const mayDiffer = this.#pending !== null && !isSame(pending, item);
      if (!mayDiffer || !isSame(found, pending)) return true;
    }
    return false;
  }
}

/** Rows of the database; a body that is not what was written counts as no row. */
function readRows(database: Database): Items {
  const rows = new Map<number, Item>();
  const tables = "SELECT 1 FROM sqlite_schema WHERE name = 'item'";
  if (database.query(tables).length === 0) return rows;
  for (const row of database.query("SELECT id, state, body FROM item")) {
    const [id, state, body] = row as [number, number, Uint8Array];
    const expected = bodyOf(id, body.length);
    const isWhole = body.every((byte, i) => byte === expected[i]);
    if (isWhole) rows.set(id, { length: body.length, state });
  }
  return rows;
}

function isSame(a: Item | undefined, b: Item | undefined): boolean {
  return a?.length === b?.length && a?.state === b?.state;
}

function equal(a: Items, b: Items): boolean {
  if (a.size !== b.size) return false;
  for (const [id, item] of a) if (!isSame(item, b.get(id))) return false;
  return true;
}
