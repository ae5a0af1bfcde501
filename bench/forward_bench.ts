/**
 * How fast a queue drains: the real forwarder, SQLite and `stripe` package against the sandbox.
 *
 * Measured: payments forwarded a second at 0, 50 and 300 ms of latency, with Stripe's own limits in
 * force, beside the ceiling that they set: 25 a second for an endpoint, and a payment needs each of
 * two endpoints once. The forwarder paces itself at 20 a second, below the ceiling, so that a
 * drain meets no 429 at all; `--unlimited` takes both limits away and shows what the machine does.
 * Last line JSON.
 *
 *   deno task bench:forward [--payments 1000] [--latencies 0,50,300] [--unlimited]
 *
 * Sandbox and forwarder share this process and one core, so the figures are a lower bound.
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { type Core, loadCore, type OrderLimits } from "../bindings/mod.ts";
import { TerminalEventTarget } from "../engine/events.ts";
import type { ForwardContext } from "../engine/forward/forward_context.ts";
import {
  DEFAULT_FORWARDER_OPTIONS,
  Forwarder,
} from "../engine/forward/forwarder.ts";
import { PLAIN_TERMS } from "../engine/payment.ts";
import { ActivityLog } from "../engine/store/activity.ts";
import { Leases } from "../engine/store/lease.ts";
import { Payments } from "../engine/store/payments.ts";
import { migrate } from "../engine/store/schema.ts";
import { Steps } from "../engine/store/steps.ts";
import { createCardPresentGateway } from "../engine/stripe/card_present_gateway.ts";
import { createUuid } from "../engine/uuid.ts";
import { Vault } from "../engine/vault.ts";
import { createOpener } from "../engine/opener.ts";
import { openDenoDatabase } from "../hosts/deno/store.ts";
import { createStripeClient } from "../hosts/posix/stripe_gateway.ts";
import { SystemClock } from "../hosts/web/system_clock.ts";
import { SystemRandom } from "../hosts/web/system_random.ts";
import { startSandbox } from "../hosts/sandbox/mod.ts";
import { PLAIN_CARD } from "../tests/sim/forward/plain_card.ts";
import { chipHex } from "../tests/unit/sandbox/_support.ts";

/** Stripe's limit for one endpoint, https://docs.stripe.com/rate-limits (read 2026-11-24). */
const ENDPOINT_CEILING = 25;
const KEY_ID = new Uint8Array(8).fill(1);

interface Settings {
  payments: number;
  isUnlimited: boolean;
}

interface Measured {
  latency_ms: number;
  payments: number;
  seconds: number;
  per_second: number;
  of_ceiling: number;
  refused_429: number;
  requests: number;
}

async function measure(
  core: Core,
  latencyMs: number,
  { payments: count, isUnlimited }: Settings,
): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  const sandbox = await startSandbox(isUnlimited ? { rateLimits: null } : {});
  const stripe = createStripeClient({
    apiKey: "sk_test_bench",
    apiBase: sandbox.url,
  });
  const { id: account } = await stripe.accounts.retrieveCurrent();
  const database = await openDenoDatabase(join(folder, "till.db"));
  try {
    const context = makeContext(core, database, account, stripe);
    fill(core, context, account, count);
    if (latencyMs > 0) {
      await sandbox.control.addFaults({ kind: "delay", delay_ms: latencyMs });
    }
    const limits: OrderLimits = isUnlimited
      ? { ratePerSecond: 0, maxInFlight: 64, maxInFlightPerLane: 64 }
      : {};
    const seconds = await drain(core, context, limits);
    const requests = await sandbox.control.requests();
    const report = await sandbox.control.report();
    if (report.duplicates !== 0) throw new Error("a payment was doubled");
    const perSecond = count / seconds;
    return {
      latency_ms: latencyMs,
      payments: count,
      seconds: Number(seconds.toFixed(2)),
      per_second: Number(perSecond.toFixed(1)),
      of_ceiling: Number((perSecond / ENDPOINT_CEILING).toFixed(2)),
      refused_429: requests.filter(({ status }) => status === 429).length,
      requests: requests.length,
    };
  } finally {
    database.close();
    await sandbox.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

type BenchContext = ForwardContext & { payments: Payments; vault: Vault };

function makeContext(
  core: Core,
  database: Awaited<ReturnType<typeof openDenoDatabase>>,
  account: string,
  stripe: ReturnType<typeof createStripeClient>,
): BenchContext {
  migrate(database);
  const clock = new SystemClock();
  const random = new SystemRandom();
  const pair = core.seal.generateKeyPair(new Uint8Array(32).fill(7));
  const keys = new Map([["01".repeat(8), pair.privateKey]]);
  return {
    database,
    payments: new Payments(database),
    steps: new Steps(database),
    leases: new Leases(database),
    activity: new ActivityLog(
      database,
      clock,
      (line) => core.crypto.hmacSha256(KEY_ID, line),
    ),
    vault: Vault.open(
      core,
      database,
      clock,
      random,
      { keyId: KEY_ID, publicKey: pair.publicKey },
      { account, isLivemode: false },
      new Uint8Array(32).fill(9),
    ),
    clock,
    gateway: createCardPresentGateway(stripe, createOpener(core, keys)),
    callDeadlineMs: 15_000,
  };
}

/** Seals and stores `count` payments in one transaction: taking them is not what is measured. */
function fill(
  core: Core,
  { database, payments, vault }: BenchContext,
  account: string,
  count: number,
): void {
  const clock = new SystemClock();
  const random = new SystemRandom();
  database.transaction(() => {
    for (let i = 1; i <= count; i++) {
      const counter = i.toString(16).padStart(4, "0");
      const localId = createUuid(clock, random);
      const hmac = core.crypto.sha256(localId).slice(0, 16);
      const plaintext = Uint8Array.from(
        chipHex({ amount: 1000, counter }).match(/../g)!,
        (pair) => parseInt(pair, 16),
      );
      const money = { amount: 1000, currency: "usd" };
      const sealed = vault.seal({
        ...money,
        localId,
        idempotencyKey: counter,
        cardTransactionHmac: hmac,
        policyVersion: 1,
        createdAtMs: clock.nowMs(),
        plaintext,
      });
      payments.insert({
        ...money,
        ...sealed,
        localId,
        account,
        isLivemode: false,
        captureMethod: "automatic",
        metadata: {},
        cardPresent: PLAIN_CARD,
        cardHmac: hmac,
        cardTransactionHmac: hmac,
        recordHash: sealed.hash,
        isOffline: false,
        createdAtMs: clock.nowMs(),
        storedAtMs: clock.nowMs(),
        intentId: null,
        terms: PLAIN_TERMS,
        reader: null,
      });
    }
  });
}

/** Runs the forwarder until nothing is open; returns the seconds. */
async function drain(
  core: Core,
  context: BenchContext,
  limits: OrderLimits,
): Promise<number> {
  const isDrained = (): boolean => context.payments.totals().length === 0;
  const startedAt = performance.now();
  await new Promise<void>((resolve) => {
    const forwarder = new Forwarder(
      context,
      {
        createOrder: (options) => core.createOrder({ ...options, ...limits }),
        backoffDelayMs: (...args) => core.backoffDelayMs(...args),
      },
      { probe: () => Promise.resolve(true) },
      new SystemRandom(),
      new TerminalEventTarget(),
      // The random start after an outage is for a region's sake and is not what is measured.
      { ...DEFAULT_FORWARDER_OPTIONS, reconnectSpreadMs: 0 },
      () => {
        if (isDrained()) forwarder.stop().then(resolve);
      },
    );
    forwarder.start();
  });
  return (performance.now() - startedAt) / 1000;
}

/** Measures and reports. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    args: process.argv.slice(2),
    options: {
      payments: { type: "string", default: "1000" },
      latencies: { type: "string", default: "0,50,300" },
      unlimited: { type: "boolean", default: false },
    },
  });
  const core = await loadCore();
  const isUnlimited = values.unlimited;
  const measured: Measured[] = [];
  for (const latency of values.latencies.split(",").map(Number)) {
    const settings = { payments: Number(values.payments), isUnlimited };
    const row = await measure(core, latency, settings);
    measured.push(row);
    console.log(
      `${String(latency).padStart(4)} ms  ${row.per_second} payments/s, ` +
        `${row.of_ceiling} of Stripe's ceiling, ${row.seconds} s for ` +
        `${row.payments}, ${row.refused_429} answers 429`,
    );
  }
  console.log(JSON.stringify({
    is_unlimited: isUnlimited,
    endpoint_ceiling_per_s: ENDPOINT_CEILING,
    measured,
  }));
}

if (import.meta.main) await main();
