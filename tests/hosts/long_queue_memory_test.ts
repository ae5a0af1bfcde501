/**
 * A drain holds no more of a long queue than of a short one: the rows a statement gives, the
 * payments in the order, and what is alive after a collection, over the real store, seals and
 * gateway. `deno task bench:forward --drain-seconds 0` does it with 100,000.
 * @module
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import test from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import {
  drain,
  fill,
  type Leak,
  leaking,
  makeContext,
  makeOpener,
} from "../../bench/_forward_till.ts";
import {
  createInstantStripe,
  INSTANT_ACCOUNT,
} from "../../bench/_instant_stripe.ts";
import {
  hasGrown,
  judgeMemory,
  MemoryGauge,
  type MemoryPoint,
  pageCacheBytes,
  WARM_UP_COUNT,
} from "../../bench/_memory.ts";
import { loadCore, type OrderCore } from "../../bindings/mod.ts";
import { WINDOW } from "../../engine/forward/queue.ts";
import type { SqlValue } from "../../engine/ports.ts";
import { createCardPresentGateway } from "../../engine/stripe/card_present_gateway.ts";
import { FsDisk } from "../../hosts/posix/fs_disk.ts";
import { loadSqlite } from "../../hosts/sqlite/load_sqlite.ts";
import { SqliteDatabase } from "../../hosts/sqlite/sqlite_database.ts";
import type { DiskFile, DiskFileRole } from "../../hosts/sqlite/disk.ts";
import { SystemClock } from "../../hosts/web/system_clock.ts";

/** Longer than the window, so that a part has to wait in the store. */
const QUEUED = WINDOW + 500;
/** Outcomes after which a drain is long enough to be judged. */
const DRAINED = WARM_UP_COUNT + 1000;
/** Outcomes after which a leak is far above what a collection may happen to leave. */
const DRAINED_WITH_LEAK = WARM_UP_COUNT + 3000;
const LOOK = 250;
/** As many rows as are read at once; see `queue.ts`. */
const PAGE = 1000;
/** No limit of speed: what is held does not depend on it. */
const LIMITS = { ratePerSecond: 0, maxInFlight: 16, maxInFlightPerLane: 16 };

const core = await loadCore();
const sqlite = await loadSqlite();

/** Real files, without the wait for the medium: nothing is cut off here. */
class HastyDisk extends FsDisk {
  override open(role: DiskFileRole, isCreating: boolean): DiskFile {
    const file = super.open(role, isCreating);
    file.sync = (): void => {};
    return file;
  }
}

/** Notes the most rows that one statement gave. */
class CountingDatabase extends SqliteDatabase {
  rowsMax = 0;

  override query(
    sql: string,
    parameters: readonly SqlValue[] = [],
  ): SqlValue[][] {
    const rows = super.query(sql, parameters);
    this.rowsMax = Math.max(this.rowsMax, rows.length);
    return rows;
  }
}

/** What was held at most while a long queue was drained. */
interface Held {
  rowsMax: number;
  orderMax: number;
  complaints: string[];
}

/** Drains a part of a long queue and watches. */
async function watch(
  queued: number,
  drained: number,
  leak: Leak | null,
): Promise<Held> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-memory-"));
  const disk = new HastyDisk(join(folder, "till.db"), () => {});
  const database = new CountingDatabase(sqlite, disk);
  try {
    const opener = makeOpener(core);
    const gateway = createCardPresentGateway(createInstantStripe(), opener);
    const clock = new SystemClock();
    const whole = makeContext(core, database, clock, INSTANT_ACCOUNT, gateway);
    fill(core, whole, queued);
    database.rowsMax = 0;
    const context = leak === null ? whole : leaking(whole, leak);
    const gauge = new MemoryGauge(sqlite);
    const points: MemoryPoint[] = [];
    const orders: OrderCore[] = [];
    let orderMax = 0;
    let settled = 0;
    await drain(
      {
        createOrder: (options) => {
          orders.push(core.createOrder(options));
          return orders[0];
        },
        backoffDelayMs: (...args) => core.backoffDelayMs(...args),
      },
      context,
      {
        limits: LIMITS,
        isOver: () => {
          orderMax = Math.max(orderMax, orders[0].count);
          if (++settled % LOOK === 0) points.push(gauge.look(settled));
          return settled >= drained;
        },
      },
    );
    const complaints = judgeMemory(points, pageCacheBytes(database));
    return { rowsMax: database.rowsMax, orderMax, complaints };
  } finally {
    database.close();
    rmSync(folder, { recursive: true });
  }
}

test("a drain of a long queue holds a page of rows, a window of payments and nothing of those settled", async () => {
  const warnings: string[] = [];
  const onWarning = ({ name }: Error): void => void warnings.push(name);
  process.on("warning", onWarning);
  const { rowsMax, orderMax, complaints } = await watch(QUEUED, DRAINED, null);
  await nextTurn(); // Node tells of a warning when everything else has run.
  process.off("warning", onWarning);
  assert.equal(rowsMax, PAGE);
  assert.ok(orderMax > PAGE && orderMax <= WINDOW, `${orderMax} in the order`);
  assert.deepEqual(complaints, []);
  // Sixteen calls at once that listened to one signal would look to Node like a leak.
  assert.deepEqual(warnings, []);
});

test("judgeMemory() of a drain that keeps the row of each payment complains", async () => {
  const { complaints } = await watch(
    DRAINED_WITH_LEAK,
    DRAINED_WITH_LEAK,
    "rows",
  );
  assert.equal(complaints.length, 1);
  assert.match(complaints[0], /^\d{3,4} bytes stay alive of each payment/);
  assert.ok(hasGrown(complaints));
});

test("hasGrown() of a drain that was too short to judge is false", () => {
  const complaints = judgeMemory([], 0);
  assert.equal(complaints.length, 1);
  assert.equal(hasGrown(complaints), false);
});
