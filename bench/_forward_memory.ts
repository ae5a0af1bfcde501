/**
 * Memory of one process while it drains a long queue out of a real SQLite file.
 *
 *   deno run -A bench/_forward_memory.ts fill FILE COUNT
 *   deno run -A bench/_forward_memory.ts drain FILE SECONDS [LEAK]
 *
 * Two processes, so that what filling needed is not counted. The far side answers at once and from
 * this process, under the real `stripe` package; it keeps nothing, so all that is held is the
 * till's. It drains for so long, or to the end when SECONDS is 0. With LEAK it keeps of each payment
 * what {@link leaking} says. Last line JSON.
 * @module
 */
import process from "node:process";
import { loadCore } from "../bindings/mod.ts";
import { createCardPresentGateway } from "../engine/stripe/card_present_gateway.ts";
import { openDenoDatabase } from "../hosts/deno/store.ts";
import { loadSqlite } from "../hosts/sqlite/load_sqlite.ts";
import { SystemClock } from "../hosts/web/system_clock.ts";
import {
  drain,
  fill,
  type Leak,
  leaking,
  makeContext,
  makeOpener,
} from "./_forward_till.ts";
import { createInstantStripe, INSTANT_ACCOUNT } from "./_instant_stripe.ts";
import {
  judgeMemory,
  MemoryGauge,
  type MemoryPoint,
  pageCacheBytes,
} from "./_memory.ts";

/** Outcomes between two looks at the memory. */
const LOOK = 500;
const CURVE_POINTS = 10;

/** What the drain says of itself. */
export interface MemoryReport {
  queued: number;
  drained: number;
  open_ms: number;
  seconds: number;
  per_second: number;
  /** Resident before the store was opened. */
  rss_mb_empty: number;
  rss_mb_peak: number;
  rss_mb_curve: number[];
  /** Alive in JavaScript after a collection. */
  alive_mb_curve: number[];
  sqlite_mb_curve: number[];
  rest_mb_curve: number[];
  /** What grows with the queue. */
  complaints: string[];
}

/** Ten of many, evenly, with the first and the last; megabytes. */
function thin(
  points: readonly MemoryPoint[],
  part: "rss" | "alive" | "sqlite" | "rest",
): number[] {
  const last = points.length - 1;
  const count = Math.min(CURVE_POINTS, last);
  return Array.from({ length: count + 1 }, (_, i) => {
    const point = points[Math.round(i * last / Math.max(1, count))];
    return megabytes(point[part]);
  });
}

function megabytes(bytes: number): number {
  return Number((bytes / 1e6).toFixed(1));
}

async function main([verb, path, text, leak]: string[]): Promise<void> {
  const core = await loadCore();
  const emptyBytes = process.memoryUsage().rss;
  const sqlite = await loadSqlite();
  const openedAt = performance.now();
  const database = await openDenoDatabase(path, { sqlite });
  const gateway = createCardPresentGateway(
    createInstantStripe(),
    makeOpener(core),
  );
  const clock = new SystemClock();
  const whole = makeContext(core, database, clock, INSTANT_ACCOUNT, gateway);
  if (verb === "fill") {
    fill(core, whole, Number(text));
    database.close();
    console.log(JSON.stringify({ filled: Number(text) }));
    return;
  }
  const context = leak === undefined ? whole : leaking(whole, leak as Leak);
  const openMs = Math.round(performance.now() - openedAt);
  const limitMs = Number(text) > 0 ? Number(text) * 1000 : Infinity;
  const gauge = new MemoryGauge(sqlite);
  const [{ count: queued }] = context.payments.totals();
  const points = [gauge.look(0)];
  let settled = 0;
  const startedAt = performance.now();
  await drain(core, context, {
    limits: { ratePerSecond: 0, maxInFlight: 16, maxInFlightPerLane: 16 },
    isOver: () => {
      if (++settled % LOOK === 0) points.push(gauge.look(settled));
      return performance.now() - startedAt > limitMs;
    },
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const left = context.payments.totals()[0]?.count ?? 0;
  const complaints = judgeMemory(points, pageCacheBytes(database));
  database.close();
  const report: MemoryReport = {
    queued,
    drained: queued - left,
    open_ms: openMs,
    seconds: Number(seconds.toFixed(1)),
    per_second: Math.round((queued - left) / seconds),
    rss_mb_empty: megabytes(emptyBytes),
    rss_mb_peak: megabytes(Math.max(...points.map(({ rss }) => rss))),
    rss_mb_curve: thin(points, "rss"),
    alive_mb_curve: thin(points, "alive"),
    sqlite_mb_curve: thin(points, "sqlite"),
    rest_mb_curve: thin(points, "rest"),
    complaints,
  };
  console.log(JSON.stringify(report));
}

await main(process.argv.slice(2));
