/**
 * Durable commits beside what the disk itself can do, in one run, on Deno and on Node.
 *
 *     deno task bench:store [--rounds N]
 *
 * Owns: fair rounds. Every candidate takes turns with raw 4 KiB append + fsync on the same disk,
 * one operation each, and each round gives a ratio; the median ratio counts, because the absolute rate of a shared
 * disk moves by a factor of twenty within the hour. Lines for people, then one line of JSON.
 * @module
 */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import type { Database } from "../engine/ports.ts";
import { denoPath, run } from "../scripts/_process.ts";
import { dim, table } from "../scripts/_terminal.ts";
import { bundleForNode } from "../scripts/bundle.ts";

/** Operations of one candidate in one round; neighbours in time share the disk's mood. */
const TURNS = 40;
/** About the size of a sealed record with its row. */
const BODY_BYTES = 1024;
const BATCH_COUNT = 100;
const RUNTIMES = ["deno", "node"] as const;

type Runtime = typeof RUNTIMES[number];
/** Does one unit of work. */
type Operation = () => void;

/** Figures of one candidate. */
interface Figure {
  /** Operations per second, median over the rounds. */
  perSecond: number;
  /** Against raw append + fsync in the same round, median over the rounds. */
  ratio: number;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

/** Rates and ratios; the first candidate is what the others are measured against. */
function race(
  candidates: Readonly<Record<string, Operation>>,
  rounds: number,
): Record<string, Figure> {
  const entries = Object.entries(candidates);
  const rates = entries.map((): number[] => []);
  for (let round = 0; round <= rounds; round++) {
    const elapsedMs = entries.map(() => 0);
    for (let turn = 0; turn < TURNS; turn++) {
      for (const [i, [, operation]] of entries.entries()) {
        const startedAt = performance.now();
        operation();
        elapsedMs[i] += performance.now() - startedAt;
      }
    }
    if (round === 0) continue; // It only warms up.
    elapsedMs.forEach((ms, i) => rates[i].push(TURNS / ms * 1000));
  }
  return Object.fromEntries(entries.map(([name], i) => {
    const ratio = median(rates[i].map((rate, round) => rate / rates[0][round]));
    const perSecond = Math.round(median([...rates[i]]));
    return [name, { perSecond, ratio: Math.round(ratio * 100) / 100 }];
  }));
}

const TABLE =
  `CREATE TABLE payment(id INTEGER PRIMARY KEY, local_id BLOB NOT NULL
  UNIQUE, state INTEGER NOT NULL DEFAULT 0, record BLOB NOT NULL) STRICT`;
const INDEX = "CREATE INDEX open ON payment(id) WHERE state = 0";
const INSERT = "INSERT INTO payment(local_id, record) VALUES(?, ?)";

/** A growing id, as UUIDv7 grows. */
function nextId(counter: { value: number }): Uint8Array {
  const id = new Uint8Array(16);
  new DataView(id.buffer).setUint32(0, counter.value++);
  return id;
}

async function openHere(runtime: Runtime, path: string): Promise<Database> {
  if (runtime === "deno") {
    return (await import("../hosts/deno/store.ts")).openDenoDatabase(path);
  }
  return (await import("../hosts/node/store.ts")).openNodeDatabase(path);
}

/** SQLite as the runtime brings it, with the same settings, where it brings one. */
async function openNative(path: string): Promise<Operation | null> {
  let sqlite: typeof import("node:sqlite");
  try {
    sqlite = await import("node:sqlite");
  } catch (error) {
    // Node 20 has none.
    if ((error as { code?: string }).code !== "ERR_UNKNOWN_BUILTIN_MODULE") {
      throw error;
    }
    return null;
  }
  const native = new sqlite.DatabaseSync(path);
  native.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL; ${TABLE}; ${INDEX}`);
  const insert = native.prepare(INSERT);
  const counter = { value: 0 };
  const record = new Uint8Array(BODY_BYTES).fill(7);
  return () => void insert.run(nextId(counter), record);
}

async function measure(
  runtime: Runtime,
  rounds: number,
): Promise<Record<string, Figure>> {
  mkdirSync(".build", { recursive: true }); // The project's disk; /tmp may be memory.
  const folder = mkdtempSync(join(".build", "bench-"));
  const raw = openSync(join(folder, "raw"), "a");
  const page = new Uint8Array(4096).fill(7);
  const database = await openHere(runtime, join(folder, "till.db"));
  try {
    database.execute(TABLE);
    database.execute(INDEX);
    const counter = { value: 0 };
    const record = new Uint8Array(BODY_BYTES).fill(7);
    const insert = (): unknown =>
      database.execute(INSERT, [nextId(counter), record]);
    const native = await openNative(join(folder, "native.db"));
    return race({
      "append 4 KiB + fsync": () => {
        writeSync(raw, page);
        fsyncSync(raw);
      },
      "commit": () => database.transaction(insert),
      "commit of 100": () =>
        database.transaction(() => {
          for (let i = 0; i < BATCH_COUNT; i++) insert();
        }),
      ...(native === null ? {} : { "node:sqlite commit": native }),
    }, rounds);
  } finally {
    database.close();
    closeSync(raw);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs this file again under `runtime` and reads its figures. */
async function measureElsewhere(
  runtime: Runtime,
  rounds: number,
): Promise<Record<string, Figure>> {
  const own = ["--child", runtime, "--rounds", String(rounds)];
  const [command, ...args] = runtime === "deno"
    ? [denoPath(), "run", "-A", "bench/store_bench.ts", ...own]
    : ["node", await bundleForNode("bench/store_bench.ts"), ...own];
  const { code, stdout, output } = await run(command, args);
  if (code !== 0) throw new Error(`${runtime} failed\n${output}`);
  return JSON.parse(stdout.trim().split("\n").at(-1)!);
}

const { values } = parseArgs({
  args: process.argv.slice(2),
  options: {
    rounds: { type: "string", default: "15" },
    child: { type: "string" },
  },
});
const rounds = Number(values.rounds);
if (!(rounds > 0)) throw new RangeError("--rounds expects a positive integer");
if (values.child === "deno" || values.child === "node") {
  console.log(JSON.stringify(await measure(values.child, rounds)));
} else {
  const figures: Partial<Record<Runtime, Record<string, Figure>>> = {};
  const rows = [["runtime", "operation", "per second", "against raw"]];
  for (const runtime of RUNTIMES) {
    console.log(dim(`${runtime}: ${rounds} rounds`));
    const measured = await measureElsewhere(runtime, rounds);
    figures[runtime] = measured;
    for (const [name, { perSecond, ratio }] of Object.entries(measured)) {
      rows.push([runtime, name, String(perSecond), ratio.toFixed(2)]);
    }
  }
  console.log(table(rows));
  console.log(dim(`a commit of ${BATCH_COUNT} stores ${BATCH_COUNT} rows`));
  console.log(JSON.stringify(figures));
}
