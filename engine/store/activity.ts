/**
 * The timeline of every payment and of the store itself.
 *
 * Owns: the `activity` table and its chain. Bodies are facts for people, in JSON, and never card
 * data. Each line is signed with a key of this device over the line before it, so that a line
 * changed, added, moved or taken out of the middle is noticed. Lines cut off at the end, or a
 * whole older copy of the file, are noticed only against an anchor kept elsewhere: the daily
 * close prints one.
 * @module
 */
import { isSameBytes } from "../bytes.ts";
import type { Clock, Database, SqlValue } from "../ports.ts";

/** One line of a timeline. */
export interface Activity {
  atMs: number;
  kind: string;
  body: Readonly<Record<string, string | number | boolean | null>>;
}

/** Keyed hash of 32 bytes; the key never leaves whoever made the function. */
export type Sign = (message: Uint8Array) => Uint8Array;

/** What a check of the chain found. */
export interface ActivityCheck {
  isIntact: boolean;
  /** Signed lines that were checked. */
  count: number;
  /** Lines from before version 2 of the store, which have no signature; 0 on a newer store. */
  unsignedCount: number;
  /** The first line that does not hold, or null. */
  brokenAtId: number | null;
  /** The last signature, for an anchor outside this device; null before the first line. */
  head: Uint8Array | null;
}

const ZERO = new Uint8Array(32);
const PAGE = 1000;
const utf8 = new TextEncoder();

/** Writes, reads and checks timelines. */
export class ActivityLog {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #sign: Sign;

  constructor(database: Database, clock: Clock, sign: Sign) {
    this.#database = database;
    this.#clock = clock;
    this.#sign = sign;
  }

  /** Adds a line; part of the caller's transaction where there is one. */
  add(kind: string, rowId: number | null, body: Activity["body"] = {}): void {
    const last = this.#database.query(
      "SELECT id, mac FROM activity WHERE id = (SELECT max(id) FROM activity)",
    )[0] ?? [0, null];
    const id = (last[0] as number) + 1;
    const atMs = this.#clock.nowMs();
    const text = JSON.stringify(body);
    const previous = last[1] as Uint8Array | null ?? ZERO;
    const mac = this.#sign(lineBytes(previous, id, atMs, kind, rowId, text));
    this.#database.execute(
      "INSERT INTO activity(id, at_ms, kind, payment, body, mac) VALUES(?, ?, ?, ?, ?, ?)",
      [id, atMs, kind, rowId, text, mac],
    );
  }

  /** All lines of one payment, oldest first. */
  ofPayment(rowId: number): Activity[] {
    return this.#database.query(
      "SELECT at_ms, kind, body FROM activity WHERE payment = ? ORDER BY id",
      [rowId],
    ).map(readLine);
  }

  /** Lines of one kind after a line, oldest first. */
  ofKind(kind: string, afterId = 0): Activity[] {
    return this.#database.query(
      "SELECT at_ms, kind, body FROM activity WHERE kind = ? AND id > ? ORDER BY id",
      [kind, afterId],
    ).map(readLine);
  }

  /** Number of the last line, 0 when there is none. */
  lastId(): number {
    return this.#database.query(
      "SELECT coalesce(max(id), 0) FROM activity",
    )[0][0] as number;
  }

  /** Checks every signed line, in order; lines older than version 2 of the store have no mark. */
  verify(): ActivityCheck {
    let previous: Uint8Array | null = null;
    let afterId = 0;
    let count = 0;
    let unsignedCount = 0;
    for (;;) {
      const rows = this.#database.query(
        `SELECT id, at_ms, kind, payment, body, mac FROM activity WHERE id > ?
         ORDER BY id LIMIT ${PAGE}`,
        [afterId],
      );
      for (const row of rows) {
        const [id, atMs, kind, payment, body, mac] = row;
        const isNext = id === afterId + 1;
        afterId = id as number;
        if (mac === null && previous === null && isNext) {
          unsignedCount++;
          continue;
        }
        const expected: Uint8Array = this.#sign(lineBytes(
          previous ?? ZERO,
          id as number,
          atMs as number,
          kind as string,
          payment as number | null,
          body as string,
        ));
        if (!isNext || !isSameBytes(expected, mac as Uint8Array | null)) {
          return {
            isIntact: false,
            count,
            unsignedCount,
            brokenAtId: afterId,
            head: previous,
          };
        }
        previous = expected;
        count++;
      }
      if (rows.length < PAGE) break;
    }
    return {
      isIntact: true,
      count,
      unsignedCount,
      brokenAtId: null,
      head: previous,
    };
  }
}

function readLine([atMs, kind, body]: readonly SqlValue[]): Activity {
  return {
    atMs: atMs as number,
    kind: kind as string,
    body: JSON.parse(body as string) as Activity["body"],
  };
}

/** `previous(32) ‖ JSON of the line`: an array, so that no field runs into the next. */
function lineBytes(
  previous: Uint8Array,
  id: number,
  atMs: number,
  kind: string,
  payment: number | null,
  body: string,
): Uint8Array {
  const line = utf8.encode(JSON.stringify([id, atMs, kind, payment, body]));
  const bytes = new Uint8Array(previous.length + line.length);
  bytes.set(previous);
  bytes.set(line, previous.length);
  return bytes;
}
