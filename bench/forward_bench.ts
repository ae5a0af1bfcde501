/**
 * How fast a queue drains, whether Stripe ever has to say 429, and how much memory that takes.
 *
 *   deno task bench:forward [--payments 200] [--latencies 0,50,300] [--drains 1000,10000]
 *                           [--queued 100000] [--drain-seconds 30] [--leak rows|ids] [--unlimited]
 *
 * 1. Payments a second at several latencies, in real time: the real forwarder, SQLite file and
 *    `stripe` package against the sandbox over HTTP, with Stripe's own limits in force, beside the
 *    ceiling they set: 25 a second for an endpoint, and a payment needs each of two endpoints once.
 *    The forwarder paces itself at 20 a second, so that a drain meets no 429 at all. `--unlimited`
 *    takes both limits away and shows what the machine does. Sandbox and forwarder share this
 *    process and one core, so the figures are a lower bound.
 * 2. Drains of 1,000 and 10,000, in virtual time: the same parts, but the sandbox in this process
 *    on a standing clock that moves, with the forwarder's, when everybody waits. The seconds are
 *    those clocks'; what is shown is that no request is refused however long the drain.
 * 3. Memory of a process of its own that drains, with 100,000 queued in a real SQLite file, its far
 *    side answering at once: for 30 s, or to the end with `--drain-seconds 0`. The sandbox is not in
 *    it. Resident memory grows by some 130 MB on the way and then stops: V8 doubles its young
 *    generation and SQLite fills its page cache. So it is shown, but what decides is what is alive
 *    after a collection, what SQLite holds and what is left, each with a bound; see `_memory.ts`.
 *    `--leak rows|ids` keeps something of every payment, and must be found.
 *
 * Last line JSON; the exit status is 0 only without a 429, a double or a queue that grew in memory.
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Stripe from "stripe";
import { type Core, loadCore, type OrderLimits } from "../bindings/mod.ts";
import { createCardPresentGateway } from "../engine/stripe/card_present_gateway.ts";
import { openDenoDatabase } from "../hosts/deno/store.ts";
import {
  readArguments,
  readChoice,
  readInteger,
  runCommand,
} from "../hosts/posix/command.ts";
import { createStripeClient } from "../hosts/posix/stripe_gateway.ts";
import { createSandboxWorld, startSandbox } from "../hosts/sandbox/mod.ts";
import { reportOf } from "../hosts/sandbox/report.ts";
import { SystemClock } from "../hosts/web/system_clock.ts";
import { denoPath, run } from "../scripts/_process.ts";
import type { MemoryReport } from "./_forward_memory.ts";
import { hasGrown } from "./_memory.ts";
import { drain, fill, makeContext, makeOpener } from "./_forward_till.ts";
import { VirtualTime } from "./_virtual_time.ts";

/** Stripe's limit for one endpoint, https://docs.stripe.com/rate-limits (read 2026-11-24). */
const ENDPOINT_CEILING = 25;
const API_KEY = "sk_test_bench";
/** Latency of the drains in virtual time. */
const DRAIN_LATENCY_MS = 50;
const START_MS = Date.UTC(2026, 10, 24, 12);

interface Measured {
  latency_ms: number;
  payments: number;
  seconds: number;
  per_second: number;
  of_ceiling: number;
  refused_429: number;
  requests: number;
}

/** Runs `body` in a folder of its own. */
async function inFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  try {
    return await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function rowOf(
  latencyMs: number,
  payments: number,
  seconds: number,
  statuses: readonly (number | null)[],
): Measured {
  const perSecond = payments / seconds;
  return {
    latency_ms: latencyMs,
    payments,
    seconds: Number(seconds.toFixed(2)),
    per_second: Number(perSecond.toFixed(1)),
    of_ceiling: Number((perSecond / ENDPOINT_CEILING).toFixed(2)),
    refused_429: statuses.filter((status) => status === 429).length,
    requests: statuses.length,
  };
}

/** Drains `count` payments over HTTP, in real time. */
function measure(
  core: Core,
  latencyMs: number,
  count: number,
  isUnlimited: boolean,
): Promise<Measured> {
  return inFolder(async (folder) => {
    const sandbox = await startSandbox(isUnlimited ? { rateLimits: null } : {});
    const stripe = createStripeClient({
      apiKey: API_KEY,
      apiBase: sandbox.url,
    });
    const { id: account } = await stripe.accounts.retrieveCurrent();
    const gateway = createCardPresentGateway(stripe, makeOpener(core));
    const database = await openDenoDatabase(join(folder, "till.db"));
    try {
      const clock = new SystemClock();
      const context = makeContext(core, database, clock, account, gateway);
      fill(core, context, count);
      if (latencyMs > 0) {
        await sandbox.control.addFaults({ kind: "delay", delay_ms: latencyMs });
      }
      const limits: OrderLimits = isUnlimited
        ? { ratePerSecond: 0, maxInFlight: 64, maxInFlightPerLane: 64 }
        : {};
      const startedAt = performance.now();
      await drain(core, context, { limits });
      const seconds = (performance.now() - startedAt) / 1000;
      const { duplicates, charges } = await sandbox.control.report();
      assertBooks(charges, duplicates, count);
      const requests = await sandbox.control.requests();
      return rowOf(
        latencyMs,
        count,
        seconds,
        requests.map(({ status }) => status),
      );
    } finally {
      database.close();
      await sandbox.close();
    }
  });
}

/** Drains `count` payments in virtual time. */
function measureDrain(core: Core, count: number): Promise<Measured> {
  return inFolder(async (folder) => {
    const world = createSandboxWorld({
      clock: { startMs: START_MS, isRunning: false },
    });
    const time = new VirtualTime(world);
    const statuses: (number | null)[] = [];
    const ask = time.fetch(DRAIN_LATENCY_MS);
    const counting: typeof fetch = async (input, init) => {
      const response = await ask(input, init);
      statuses.push(response.status);
      return response;
    };
    const stripe = new Stripe(API_KEY, {
      httpClient: Stripe.createFetchHttpClient(counting),
      maxNetworkRetries: 0,
      telemetry: false,
    });
    let account = "";
    await time.run(
      stripe.accounts.retrieveCurrent().then(({ id }) => void (account = id)),
    );
    const gateway = createCardPresentGateway(stripe, makeOpener(core));
    const database = await openDenoDatabase(join(folder, "till.db"));
    try {
      const context = makeContext(core, database, time, account, gateway);
      fill(core, context, count);
      const seconds = await time.run(drain(core, context));
      const { charges, duplicates } = reportOf(world.state);
      assertBooks(charges, duplicates, count);
      return rowOf(DRAIN_LATENCY_MS, count, seconds, statuses);
    } finally {
      database.close();
    }
  });
}

function assertBooks(
  charges: number,
  duplicates: number,
  payments: number,
): void {
  if (duplicates !== 0) throw new Error("a payment was doubled");
  if (charges !== payments) throw new Error("a payment was lost");
}

/** Fills a file in one process and drains it in another. */
function measureMemory(
  count: string,
  seconds: string,
  leak: string | undefined,
): Promise<MemoryReport> {
  return inFolder(async (folder) => {
    const path = join(folder, "till.db");
    let output = "";
    const seeded = leak === undefined ? [] : [leak];
    for (
      const [verb, ...rest] of [["fill", count], ["drain", seconds, ...seeded]]
    ) {
      const script = "bench/_forward_memory.ts";
      const args = ["run", "-A", script, verb, path, ...rest];
      const result = await run(denoPath(), args);
      if (result.code !== 0) throw new Error(result.output);
      output = result.output;
    }
    return JSON.parse(output.trim().split("\n").at(-1)!) as MemoryReport;
  });
}

function numbersOf(name: string, text: string): number[] {
  const parts = text === "" ? [] : text.split(",");
  return parts.map((part) => readInteger(name, part));
}

function show(title: string, row: Measured): void {
  console.log(
    `${title.padEnd(22)} ${row.per_second} payments/s, ` +
      `${row.of_ceiling} of Stripe's ceiling, ${row.seconds} s for ` +
      `${row.payments}, ${row.refused_429} answers 429`,
  );
}

const HELP = `Usage: deno task bench:forward [options]

  --payments N        payments of one drain in real time (default 200)
  --latencies LIST    ms of the network, one drain each (default 0,50,300)
  --drains LIST       lengths of drains in virtual time (default 1000,10000)
  --queued N          length of the queue whose memory is watched; 0: none (default 100000)
  --drain-seconds N   how long it is drained; 0: to the end (default 30)
  --leak rows|ids     keep that of each payment; the exit status is 0 when it was found
  --unlimited         without Stripe's limits`;

/** Measures and reports; returns the exit status. */
async function main(args: string[]): Promise<number> {
  const values = readArguments(args, HELP, {
    "payments": { type: "string", default: "200" },
    "latencies": { type: "string", default: "0,50,300" },
    "drains": { type: "string", default: "1000,10000" },
    "queued": { type: "string", default: "100000" },
    "drain-seconds": { type: "string", default: "30" },
    "leak": { type: "string" },
    "unlimited": { type: "boolean", default: false },
  });
  if (values === null) return 0;
  const leak = values.leak === undefined
    ? undefined
    : readChoice("leak", values.leak, ["rows", "ids"]);
  const count = readInteger("payments", values.payments, 1);
  const latencies = numbersOf("latencies", values.latencies);
  const lengths = numbersOf("drains", values.drains);
  readInteger("queued", values.queued);
  readInteger("drain-seconds", values["drain-seconds"]);
  const core = await loadCore();
  const measured: Measured[] = [];
  for (const latency of latencies) {
    const row = await measure(core, latency, count, values.unlimited);
    show(`${latency} ms`, row);
    measured.push(row);
  }
  const drains: Measured[] = [];
  for (const length of lengths) {
    const row = await measureDrain(core, length);
    show(`${length} in virtual time`, row);
    drains.push(row);
  }
  const memory = values.queued === "0"
    ? null
    : await measureMemory(values.queued, values["drain-seconds"], leak);
  if (memory !== null) showMemory(memory);
  const complaints = memory?.complaints ?? [];
  const isMemoryGood = leak === undefined
    ? complaints.length === 0
    : hasGrown(complaints);
  const isGood =
    [...measured, ...drains].every(({ refused_429 }) =>
      values.unlimited || refused_429 === 0
    ) && isMemoryGood;
  console.log(JSON.stringify({
    ok: isGood,
    is_unlimited: values.unlimited,
    endpoint_ceiling_per_s: ENDPOINT_CEILING,
    measured,
    drains,
    memory,
  }));
  return isGood ? 0 : 1;
}

function showMemory(memory: MemoryReport): void {
  console.log(
    `${memory.queued} queued`.padEnd(22) +
      ` opened in ${memory.open_ms} ms, ${memory.drained} drained at ` +
      `${memory.per_second}/s`,
  );
  const curves: [string, number[]][] = [
    ["resident", memory.rss_mb_curve],
    ["alive in JavaScript", memory.alive_mb_curve],
    ["in use in SQLite", memory.sqlite_mb_curve],
    ["in neither heap", memory.rest_mb_curve],
  ];
  for (const [name, curve] of curves) {
    console.log(`  ${name.padEnd(20)} ${curve.join(" → ")} MB`);
  }
  for (const complaint of memory.complaints) console.log(`  ${complaint}`);
}

if (import.meta.main) await runCommand(main);
