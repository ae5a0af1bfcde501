/**
 * A till over 100,000 stored payments, beside one over a hundred.
 *
 * Everything is measured in a process that has run before: what a person waits for at opening is
 * the file, not the compilation of the modules, which is the same for both.
 * @module
 */
import { copyFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { syncPath } from "../../hosts/posix/sync_path.ts";
import { fillStore } from "../../tests/support/large_store.ts";
import { openHere } from "../../tests/hosts/_posix_place.ts";
import { type Shop, withShop } from "../../tests/support/shop.ts";

/** What it costs with so many stored payments; milliseconds where nothing else is said. */
export interface LargeFigures {
  payments: number;
  fillSeconds: number;
  megabytes: number;
  /** From the path to a terminal that takes sales, database and its module included. */
  open: number;
  /** The database alone, after the process was killed: its log is proven and folded in. */
  openAfterKill: number;
  /** Counters and sums of the queue. */
  totals: number;
  /** One payment: read from the reader, decided, sealed, committed. */
  sale: number;
  /** Memory that the queue takes in the process, megabytes. */
  memory: number;
}

const SALES = 21;
const LOOKS = 200;
const OPTIONS = {
  offline: {
    isEnabled: true,
    limits: { cardCountMax: 1_000_000, storedCountMax: 1_000_000 },
  },
};

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

async function timed(body: () => unknown): Promise<number> {
  const startedAt = performance.now();
  await body();
  return performance.now() - startedAt;
}

/** Median time of opening and closing the store, three times. */
async function openMs(shop: Shop): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 3; i++) {
    times.push(await timed(() => shop.openTerminal(OPTIONS)));
    await shop.terminal.close();
  }
  return median(times);
}

/** Opening what a process that was killed with a commit in its log has left. */
async function openAfterKillMs(shop: Shop): Promise<number> {
  const database = await openHere(shop.path);
  database.execute("UPDATE payment SET attempts = attempts + 1 WHERE id = 1");
  const copy = join(shop.folder, "killed.db");
  for (const suffix of ["", "-wal"]) {
    copyFileSync(shop.path + suffix, copy + suffix);
    syncPath(copy + suffix); // Not to be waited for by the first sync of the opening.
  }
  database.close();
  const time = await timed(async () => (await openHere(copy)).close());
  rmSync(copy);
  return time;
}

/** Figures of one length of the queue. */
export async function measureLarge(payments: number): Promise<LargeFigures> {
  let figures: LargeFigures | null = null;
  await withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    await (await shop.openTerminal(OPTIONS)).close();
    const database = await openHere(shop.path);
    const fillMs = await timed(() =>
      fillStore(database, shop.account, payments, Date.now())
    );
    database.close();
    const open = await openMs(shop);
    const before = process.memoryUsage().rss;
    const terminal = await shop.openTerminal(OPTIONS);
    const sales: number[] = [];
    for (let i = 0; i < SALES; i++) {
      sales.push(
        await timed(() =>
          shop.sell("visa", 1000, { offlineBehavior: "force_offline" })
        ),
      );
    }
    const looking = await timed(() => {
      for (let i = 0; i < LOOKS; i++) void terminal.offlineStatus;
    });
    const memory = process.memoryUsage().rss - before;
    await terminal.close();
    figures = {
      payments,
      fillSeconds: fillMs / 1000,
      megabytes: statSync(shop.path).size / 1e6,
      open,
      openAfterKill: await openAfterKillMs(shop),
      totals: looking / LOOKS,
      sale: median(sales),
      memory: Math.max(0, memory) / 1e6,
    };
  });
  return rounded(figures!);
}

function rounded(figures: LargeFigures): LargeFigures {
  const entries = Object.entries(figures).map(([name, value]) =>
    [name, Number(value.toPrecision(3))] as const
  );
  return {
    ...figures,
    ...Object.fromEntries(entries),
    payments: figures.payments,
  };
}
