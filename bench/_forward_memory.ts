/**
 * Memory of one process while it drains a long queue out of a real SQLite file.
 *
 *   deno run -A bench/_forward_memory.ts fill FILE COUNT
 *   deno run -A bench/_forward_memory.ts drain FILE SECONDS
 *
 * Two processes, so that what filling needed is not counted. The far side answers at once and from
 * this process: it opens every record and keeps nothing. It drains for so long, or to the end when
 * SECONDS is 0. Last line JSON.
 * @module
 */
import process from "node:process";
import { loadCore } from "../bindings/mod.ts";
import type { Gateway, Intent } from "../engine/gateway.ts";
import type { Opener } from "../engine/opener.ts";
import { openDenoDatabase } from "../hosts/deno/store.ts";
import { SystemClock } from "../hosts/web/system_clock.ts";
import { drain, fill, makeContext, makeOpener } from "./_forward_till.ts";

const ACCOUNT = "acct_bench";
/** Outcomes between two looks at the memory. */
const LOOK = 100;
const CURVE_POINTS = 10;

/** Answers at once; which sale an intent is for is in its id, so nothing is kept. */
function instantGateway(opener: Opener): Gateway {
  const intentOf = (
    localId: string,
    amount: number,
    currency: string,
    status: Intent["status"],
  ): { kind: "intent"; intent: Intent } => ({
    kind: "intent",
    intent: {
      id: `pi_${localId.replaceAll("-", "")}`,
      status,
      amount,
      currency,
      isLivemode: false,
      metadata: { holdfast_local_id: localId },
      error: null,
    },
  });
  const verbs: Partial<Gateway> = {
    identify: () =>
      Promise.resolve({
        kind: "identity",
        account: ACCOUNT,
        isLivemode: false,
      }),
    createIntent: ({ amount, currency, metadata }) =>
      Promise.resolve(
        intentOf(
          metadata.holdfast_local_id,
          amount,
          currency,
          "requires_payment_method",
        ),
      ),
    confirmIntent: async (
      _id,
      { genesis, record, localId, amount, currency },
    ) => {
      (await opener.open(genesis, record)).fill(0);
      return intentOf(localId, amount, currency, "succeeded");
    },
  };
  return verbs as Gateway;
}

function megabytes(): number {
  return Math.round(process.memoryUsage().rss / 1e6);
}

/** Ten of many, evenly, with the first and the last. */
function thin(curve: readonly number[]): number[] {
  const last = curve.length - 1;
  const points = Math.min(CURVE_POINTS, last);
  return Array.from(
    { length: points + 1 },
    (_, i) => curve[Math.round(i * last / Math.max(1, points))],
  );
}

async function main([verb, path, text]: string[]): Promise<void> {
  const core = await loadCore();
  const emptyMb = megabytes();
  const openedAt = performance.now();
  const database = await openDenoDatabase(path);
  const context = makeContext(
    core,
    database,
    new SystemClock(),
    ACCOUNT,
    instantGateway(makeOpener(core)),
  );
  if (verb === "fill") {
    fill(core, context, Number(text));
    database.close();
    console.log(JSON.stringify({ filled: Number(text) }));
    return;
  }
  const openMs = Math.round(performance.now() - openedAt);
  const limitMs = Number(text) > 0 ? Number(text) * 1000 : Infinity;
  const [{ count: queued }] = context.payments.totals();
  const curve = [megabytes()];
  let settled = 0;
  const startedAt = performance.now();
  await drain(core, context, {
    limits: { ratePerSecond: 0, maxInFlight: 16, maxInFlightPerLane: 16 },
    isOver: () => {
      if (++settled % LOOK === 0) curve.push(megabytes());
      return performance.now() - startedAt > limitMs;
    },
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const left = context.payments.totals()[0]?.count ?? 0;
  database.close();
  console.log(JSON.stringify({
    queued,
    drained: queued - left,
    open_ms: openMs,
    seconds: Number(seconds.toFixed(1)),
    per_second: Math.round((queued - left) / seconds),
    rss_mb_empty: emptyMb,
    rss_mb_peak: Math.max(...curve),
    rss_mb_curve: thin(curve),
  }));
}

await main(process.argv.slice(2));
