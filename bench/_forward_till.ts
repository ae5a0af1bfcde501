/**
 * A till with a long queue, for the forwarding benches: real store, real seals, real forwarder.
 * @module
 */
import type { Core, OrderLimits } from "../bindings/mod.ts";
import { TerminalEventTarget } from "../engine/events.ts";
import type { ForwardContext } from "../engine/forward/forward_context.ts";
import {
  DEFAULT_FORWARDER_OPTIONS,
  Forwarder,
  type ForwarderCore,
} from "../engine/forward/forwarder.ts";
import type { Gateway } from "../engine/gateway.ts";
import { createOpener, type Opener } from "../engine/opener.ts";
import { PLAIN_TERMS } from "../engine/payment.ts";
import type { Clock, Database } from "../engine/ports.ts";
import { ActivityLog } from "../engine/store/activity.ts";
import { Leases } from "../engine/store/lease.ts";
import { Payments } from "../engine/store/payments.ts";
import { migrate } from "../engine/store/schema.ts";
import { Steps } from "../engine/store/steps.ts";
import { createUuid } from "../engine/uuid.ts";
import { Vault } from "../engine/vault.ts";
import { SystemRandom } from "../hosts/web/system_random.ts";
import { PLAIN_CARD } from "../tests/sim/forward/plain_card.ts";
import { chipHex } from "../tests/unit/sandbox/_support.ts";

const KEY_ID = new Uint8Array(8).fill(1);
const RECIPIENT_SEED = new Uint8Array(32).fill(7);
const DEVICE_KEY = new Uint8Array(32).fill(9);

/** What forwarding works with, and what filling the queue needs besides. */
export type BenchContext = ForwardContext & {
  payments: Payments;
  vault: Vault;
  account: string;
};

/** Opens the records of every bench till. */
export function makeOpener(core: Core): Opener {
  const { privateKey } = core.seal.generateKeyPair(RECIPIENT_SEED);
  return createOpener(core, new Map([["01".repeat(8), privateKey]]));
}

/** Migrates the store and puts the parts together. */
export function makeContext(
  core: Core,
  database: Database,
  clock: Clock,
  account: string,
  gateway: Gateway,
): BenchContext {
  migrate(database);
  const { publicKey } = core.seal.generateKeyPair(RECIPIENT_SEED);
  return {
    database,
    account,
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
      new SystemRandom(),
      { keyId: KEY_ID, publicKey },
      { account, isLivemode: false },
      DEVICE_KEY,
    ),
    clock,
    gateway,
    callDeadlineMs: 15_000,
  };
}

/** Seals and stores payments, a thousand in a transaction: taking them is not what is measured. */
export function fill(core: Core, context: BenchContext, count: number): void {
  for (let first = 1; first <= count; first += 1000) {
    const last = Math.min(count, first + 999);
    context.database.transaction(() => {
      for (let i = first; i <= last; i++) store(core, context, i);
    });
  }
}

function store(core: Core, context: BenchContext, number: number): void {
  const { vault, payments, clock, account } = context;
  const counter = (number & 0xffff).toString(16).padStart(4, "0");
  const localId = createUuid(clock, new SystemRandom());
  const hmac = core.crypto.sha256(localId).slice(0, 16);
  const money = { amount: 1000, currency: "usd" };
  const nowMs = clock.nowMs();
  const sealed = vault.seal({
    ...money,
    localId,
    idempotencyKey: counter,
    cardTransactionHmac: hmac,
    policyVersion: 1,
    createdAtMs: nowMs,
    plaintext: Uint8Array.from(
      chipHex({ amount: 1000, counter }).match(/../g)!,
      (pair) => parseInt(pair, 16),
    ),
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
    createdAtMs: nowMs,
    storedAtMs: nowMs,
    intentId: null,
    terms: PLAIN_TERMS,
    reader: null,
  });
}

/** What a seeded leak keeps of each payment: its row, or no more than its id. */
export type Leak = "rows" | "ids";

/** The same store, with a leak: whatever was settled is still held. */
export function leaking(context: BenchContext, leak: Leak): BenchContext {
  const kept: unknown[] = [];
  const { payments } = context;
  const handler: ProxyHandler<Payments> = {
    get(target, name) {
      const member = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      if (name !== "move") return member.bind(target);
      return (...args: Parameters<Payments["move"]>): boolean => {
        const row = payments.byRowId(args[0])!;
        kept.push(leak === "rows" ? row : row.payment.localId);
        return payments.move(...args);
      };
    },
  };
  return { ...context, payments: new Proxy(payments, handler) };
}

/** How a drain is watched. */
export interface DrainOptions {
  /** Limits of the order. @default the forwarder's own */
  limits?: OrderLimits;
  /** Called after each outcome; the drain ends when it returns true. @default it never does */
  isOver?: () => boolean;
}

/** A forwarder that starts now; resolves when nothing is open any more. */
export function drain(
  core: ForwarderCore,
  context: BenchContext,
  { limits = {}, isOver = () => false }: DrainOptions = {},
): Promise<void> {
  const isDrained = (): boolean => context.payments.totals().length === 0;
  return new Promise((resolve) => {
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
        if (isOver() || isDrained()) void forwarder.stop().then(resolve);
      },
    );
    forwarder.start();
  });
}
