/**
 * Fair rounds for the benches of the core, on Deno and on Node.
 *
 * Owns: that the candidates of a row take turns, slice by slice, so that a busy machine slows all
 * of them, and that the median slice counts. HOLDFAST_BENCH_SLICE_MS and HOLDFAST_BENCH_SLICES
 * make it shorter or longer.
 * @module
 */
import process from "node:process";
import {
  readArguments,
  readOptionalInteger,
  runCommand,
} from "../hosts/posix/command.ts";
import { run } from "../scripts/_process.ts";
import { bundleForNode } from "../scripts/bundle.ts";

/** One unit of work; a promise is awaited. */
export type Operation = () => unknown;

/** Nanoseconds by candidate; the first one is ours. */
export type Row = Record<string, number>;

const SLICE_MS = Number(process.env.HOLDFAST_BENCH_SLICE_MS ?? 40);
const SLICES = Number(process.env.HOLDFAST_BENCH_SLICES ?? 11);
/** The first rounds only warm up. */
const WARM_UP = 3;

/** Nanoseconds a call in one slice. */
async function slice(operation: Operation): Promise<number> {
  const isAsync = operation() instanceof Promise;
  const start = performance.now();
  let calls = 0;
  let elapsed = 0;
  while (elapsed < SLICE_MS) {
    if (isAsync) await operation();
    else for (let index = 0; index < 8; index++) operation();
    calls += isAsync ? 1 : 8;
    elapsed = performance.now() - start;
  }
  return elapsed * 1e6 / calls;
}

/** Median nanoseconds by name, `perCall` units to a call. */
export async function race(
  candidates: Readonly<Record<string, Operation>>,
  perCall = 1,
): Promise<Row> {
  const times = new Map<string, number[]>();
  for (let round = -WARM_UP; round < SLICES; round++) {
    for (const [name, operation] of Object.entries(candidates)) {
      const time = await slice(operation) / perCall;
      if (round >= 0) times.set(name, [...times.get(name) ?? [], time]);
    }
  }
  return Object.fromEntries(
    [...times].map(([name, all]) => {
      const sorted = all.toSorted((a, b) => a - b);
      return [name, Math.round(sorted[sorted.length >> 1])];
    }),
  );
}

/** Prints rows: nanoseconds, and how many times our time the others take. */
export function printRows(
  runtime: string,
  rows: Readonly<Record<string, Row>>,
): void {
  console.log(`\n${runtime}, ns a unit; × ours`);
  for (const [title, row] of Object.entries(rows)) {
    console.log(`  ${title}`);
    const ours = Object.values(row)[0];
    for (const [name, time] of Object.entries(row)) {
      const ratio = (time / ours).toFixed(2);
      const cells = String(time).padStart(9) + ratio.padStart(8);
      console.log(`    ${name.padEnd(48)}${cells}`);
    }
  }
}

/** What one bench is. */
export interface Bench<T> {
  /** Its file is `bench/<name>_bench.ts`, which is bundled for Node. */
  name: string;
  /** Options of its command line, all whole numbers, with their defaults. @default none */
  numbers?: Readonly<Record<string, number>>;
  measure(numbers: Readonly<Record<string, number>>): T | Promise<T>;
  print(runtime: string, result: T): void;
}

/**
 * Measures here and, from Deno, also on Node; prints both and then one line of JSON,
 * `{"bench":name,"deno":{…},"node":{…}}`.
 */
export function onBothRuntimes<T>(bench: Bench<T>): Promise<void> {
  const { name, numbers = {} } = bench;
  const file = `bench/${name}_bench.ts`;
  return runCommand(async (args) => {
    const given = readNumbers(args, file, numbers);
    if (given === null) return 0;
    const { isChild, values } = given;
    const here = await bench.measure(values);
    if (isChild) {
      console.log(JSON.stringify(here));
      return 0;
    }
    const isDeno = "deno" in process.versions;
    const result: Record<string, T> = { [isDeno ? "deno" : "node"]: here };
    bench.print(isDeno ? "Deno" : `Node ${process.version}`, here);
    if (isDeno) {
      const program = [await bundleForNode(file), ...args, "--child"];
      const child = await run("node", program);
      if (child.code !== 0) throw new Error(child.output);
      result.node = JSON.parse(child.stdout.trim().split("\n").at(-1)!);
      bench.print("Node", result.node);
    }
    console.log(JSON.stringify({ bench: name, ...result }));
    return 0;
  });
}

/** Null after `--help`; `--child` is what Node is started with from Deno. */
function readNumbers(
  args: string[],
  file: string,
  numbers: Readonly<Record<string, number>>,
): { isChild: boolean; values: Record<string, number> } | null {
  const names = Object.keys(numbers);
  const shown = names.map((name) => ` [--${name} ${numbers[name]}]`).join("");
  const options = Object.fromEntries(
    names.map((name) => [name, { type: "string" }] as const),
  );
  const given = readArguments(args, `Usage: deno run -A ${file}${shown}`, {
    ...options,
    child: { type: "boolean", default: false },
  });
  if (given === null) return null;
  const texts = given as Record<string, unknown>;
  const values = Object.fromEntries(names.map((name) => [
    name,
    readOptionalInteger(name, texts[name] as string | undefined, 1) ??
      numbers[name],
  ]));
  return { isChild: given.child === true, values };
}
