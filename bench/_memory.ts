/**
 * What a process holds while it drains a queue, and whether it grows with the queue.
 *
 * Owns: the difference between a leak and warming up. Resident memory cannot tell them apart: V8
 * doubles its young generation step by step while it is used, and SQLite fills its page cache, so
 * a process grows for its first ten thousands of payments and then stops. So the memory is taken
 * apart, and each part has a bound of its own:
 *
 * | Part | Read | Bound |
 * |---|---|---|
 * | JavaScript that is alive | heap and buffers, just after a full collection | grows by 32 bytes a payment at most, from 1,000 payments on |
 * | SQLite | its allocator's own count | its page cache, which is set, and 4 MB |
 * | everything else: code, threads, the runtime | resident less the two heaps | grows by 64 MB at most, whatever the queue |
 * @module
 */
import process from "node:process";
import v8 from "node:v8";
import vm from "node:vm";
import type { Database } from "../engine/ports.ts";
import type { Sqlite } from "../hosts/sqlite/load_sqlite.ts";

/** Payments after which everything that is made once has been made. */
export const WARM_UP_COUNT = 1000;
/** What may stay alive of a payment that has its outcome; its id as a string was 437, its row 2,000. */
const ALIVE_BYTES_MAX = 32;
/** By how much the heap differs between two collections with nothing kept: 0.7 MB on Node. */
const HEAP_NOISE_BYTES = 1024 * 1024;
/** Beside its page cache: statements, the log's index, the page being written. */
const SQLITE_BESIDES_BYTES = 4 * 1024 * 1024;
/** 5 to 15 MB were measured: compiled code, and what V8 keeps of its spaces. */
const REST_BYTES_MAX = 64 * 1024 * 1024;

/** One look at the process; bytes. */
export interface MemoryPoint {
  /** Payments that had their outcome. */
  drained: number;
  /** Resident, as the system counts it, before the collection. */
  rss: number;
  /** Alive in JavaScript, after the collection. */
  alive: number;
  /** In use in SQLite. */
  sqlite: number;
  /** Resident in neither of the two heaps. */
  rest: number;
}

/** Looks at this process and one SQLite. */
export class MemoryGauge {
  readonly #sqlite: Sqlite;
  readonly #collect: () => void;

  /** Makes V8's collection callable, for this process from now on. */
  constructor(sqlite: Sqlite) {
    this.#sqlite = sqlite;
    v8.setFlagsFromString("--expose-gc");
    this.#collect = vm.runInNewContext("gc") as () => void;
  }

  /** Collects and looks. */
  look(drained: number): MemoryPoint {
    const { rss, heapTotal } = process.memoryUsage();
    const { wasm } = this.#sqlite.module;
    const rest = rss - heapTotal - wasm.heap8u().byteLength;
    this.#collect();
    this.#collect(); // What the first one finalized is free after the second.
    const { heapUsed, external } = process.memoryUsage();
    return {
      drained,
      rss,
      alive: heapUsed + external,
      sqlite: this.#sqliteBytes(),
      rest,
    };
  }

  /** @see https://www.sqlite.org/c3ref/status.html SQLITE_STATUS_MEMORY_USED */
  #sqliteBytes(): number {
    const { wasm } = this.#sqlite.module;
    const { sqlite3_status } = wasm.exports as unknown as Record<
      string,
      (verb: number, now: number, most: number, isReset: number) => number
    >;
    const out = wasm.alloc(8);
    try {
      sqlite3_status(0, out, out + 4, 0);
      return new DataView(wasm.heap8u().buffer).getUint32(out, true);
    } finally {
      wasm.dealloc(out);
    }
  }
}

/** Bytes that SQLite may keep pages in. */
export function pageCacheBytes(database: Database): number {
  const [[size]] = database.query("PRAGMA cache_size");
  const [[pageBytes]] = database.query("PRAGMA page_size");
  // A negative size is in KiB: https://www.sqlite.org/pragma.html#pragma_cache_size
  return (size as number) < 0
    ? -(size as number) * 1024
    : (size as number) * (pageBytes as number);
}

/** What {@link judgeMemory} says of a drain that was too short. */
const TOO_FEW = "too few payments were drained to say anything";

/** What grows with the queue, in words; empty when nothing does. */
export function judgeMemory(
  points: readonly MemoryPoint[],
  cacheBytes: number,
): string[] {
  const first = points.find(({ drained }) => drained >= WARM_UP_COUNT);
  const last = points.at(-1);
  if (first === undefined || last === undefined || first === last) {
    return [TOO_FEW];
  }
  const count = last.drained - first.drained;
  const complaints: string[] = [];
  const alive = last.alive - first.alive;
  if (alive > HEAP_NOISE_BYTES + ALIVE_BYTES_MAX * count) {
    const each = Math.round(alive / count);
    complaints.push(`${each} bytes stay alive of each payment drained`);
  }
  if (last.sqlite > cacheBytes + SQLITE_BESIDES_BYTES) {
    complaints.push(`SQLite holds ${last.sqlite} bytes`);
  }
  if (last.rest - first.rest > REST_BYTES_MAX) {
    complaints.push(`${last.rest - first.rest} bytes more in neither heap`);
  }
  return complaints;
}

/** Whether anything was seen to grow; that a drain was too short is a complaint and no finding. */
export function hasGrown(complaints: readonly string[]): boolean {
  return complaints.some((complaint) => complaint !== TOO_FEW);
}
