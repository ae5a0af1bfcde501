/**
 * What must hold in every world, whatever happened.
 *
 * Owns: the promises, each written independently of the engine: from the store's rows on one side
 * and Stripe's intents on the other. A violation is a finding, never thrown, so that one world can
 * show several and a shrunk world still shows the same.
 * @module
 */
import type { Lease } from "../../../engine/store/lease.ts";
import type { PaymentState } from "../../../engine/payment.ts";
import type { PaymentRow } from "../../../engine/store/rows.ts";
import { PLAIN_TERMS } from "../../../engine/payment.ts";
import type { DeviceStore } from "./device_store.ts";
import { PLAIN_CARD } from "./plain_card.ts";
import {
  isSameRequest,
  type ModelRequest,
  type StripeModel,
} from "./stripe_model.ts";
import { CANARY, localIdOf, OFFLINE, type Sale } from "./sales.ts";

/** What can be found. */
export type ViolationKind =
  /** Money was taken more than once for one sale. */
  | "duplicated"
  /** A good sale ended without its money, or its row is gone. */
  | "lost"
  /** Money was taken and the store says it was not. */
  | "charged_unknowingly"
  /** The store says money was taken and it was not. */
  | "uncharged"
  /** Open after the faults stopped. */
  | "stuck"
  /** The sums of both sides differ. */
  | "amounts"
  /** A state, an intent id or a key changed that must not. */
  | "went_back"
  /** A request left before its key was in the store, or with other parameters. */
  | "unwritten_key"
  /** An intent other than the persisted one was confirmed. */
  | "unpersisted_id"
  /** A drainer without the newest lease sent something that changes Stripe. */
  | "fenced_send"
  /** A second intent for one sale although nothing was late and no clock wrong. */
  | "needless_intent"
  /** Something was sent, or money moved, with another account's key. */
  | "wrong_account"
  /** A drainer that renewed its lease in time lost it to one that waited for its end. */
  | "lease_lost"
  /** A capture that one side knows of and the other does not, or that nobody asked for. */
  | "capture_differs"
  /** The canary card number was seen. */
  | "card_data"
  /** The engine threw for an answer. */
  | "threw";

/** One finding. */
export interface Violation {
  kind: ViolationKind;
  detail: string;
}

/** What a world came to. */
export interface WorldReport {
  violations: readonly Violation[];
  payments: number;
  requests: number;
  attempts: number;
}

/** How a world was. */
export interface WorldEnd {
  /** Nothing was late, no clock wrong, one drainer alone. */
  isCalm: boolean;
  /** Rows whose capture the app asked for. @default none */
  wanted?: ReadonlySet<number>;
}

const OPEN: readonly PaymentState[] = ["stored", "unknown"];
const NOBODY: ReadonlySet<number> = new Set();
const TAKEN: readonly PaymentState[] = ["forwarded", "captured"];

/** Watches one world. */
export class Checker {
  /** What was found. */
  violations: Violation[] = [];
  #store: DeviceStore;
  readonly #stripe: StripeModel;
  readonly #sales: readonly Sale[];
  /** Rows as they were last seen, by row id - 1. */
  #wasRestored = false;
  #seen: Readonly<PaymentRow>[] = [];
  #sent = new Map<string, ModelRequest>();
  #messages: string[] = [];

  /** Watches a store, a Stripe and the list of sales, which grows. */
  constructor(store: DeviceStore, stripe: StripeModel, sales: readonly Sale[]) {
    this.#store = store;
    this.#stripe = stripe;
    this.#sales = sales;
  }

  /** Watches the same device after its store was opened anew. */
  watch(store: DeviceStore): void {
    this.#store = store;
  }

  /** A copy took the device's place: its rows are as they once were. */
  onRestore(): void {
    this.#wasRestored = true;
    this.#seen = [];
  }

  /** Forgets everything: another world. */
  reset(): void {
    if (this.violations.length > 0) this.violations = [];
    this.#wasRestored = false;
    this.#seen = [];
    this.#sent = new Map();
    this.#messages = [];
  }

  /** Checks a request at the moment it leaves. */
  onSend(request: ModelRequest, rowId: number, lease: Lease): void {
    const { method, path, key } = request;
    if (method === "GET") return;
    // A person's wish, about money that was authorised already: no lease is asked for it.
    const isCapture = path.endsWith("/capture");
    const { account } = this.#store.payments.byRowId(rowId)!.payment;
    if (!isCapture && request.account !== account) {
      this.#find("wrong_account", `row ${rowId}: ${path}`);
    }
    if (!isCapture && lease.token !== this.#store.leaseToken) {
      this.#find("fenced_send", `row ${rowId}: ${path}`);
    }
    const step = this.#store.stepsOf(rowId)
      .find((known) => known.idempotencyKey === key);
    if (key === null || step === undefined) {
      this.#find("unwritten_key", `row ${rowId}: ${path} with ${key}`);
    } else {
      const before = this.#sent.get(key);
      if (before === undefined) this.#sent.set(key, request);
      else if (!isSameRequest(before, request)) {
        this.#find("unwritten_key", `${key} was reused`);
      }
    }
    if (!path.endsWith("/confirm")) return;
    const persisted = this.#store.payments.byRowId(rowId)!.payment.id;
    if (path !== `/v1/payment_intents/${persisted}/confirm`) {
      this.#find("unpersisted_id", `row ${rowId}: ${path}, not ${persisted}`);
    }
  }

  /** A drainer got the lease without force, `ageMs` by the clock after its holder had renewed it. */
  onSuccession(ageMs: number, leaseMs: number): void {
    // A clock that went back says nothing.
    if (ageMs >= 0 && ageMs < leaseMs) {
      this.#find("lease_lost", `after ${ageMs} ms`);
    }
  }

  /** An error came out of the engine. */
  onThrow(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#messages.push(message);
    this.#find("threw", message);
  }

  /** Checks that states and ids only move forward. */
  afterEvent(): void {
    for (const row of this.#store.peek()) {
      const { rowId, payment: { state, id } } = row;
      const before = this.#seen[rowId - 1]?.payment;
      if (before === row.payment) continue;
      this.#seen[rowId - 1] = row;
      if (before === undefined) continue;
      const isForward = before.state === state || before.state === "stored" ||
        (before.state === "unknown" && state !== "stored" &&
          state !== "canceled") ||
        (before.state === "forwarded" && state === "captured");
      if (!isForward) {
        this.#find("went_back", `row ${rowId}: ${before.state} to ${state}`);
      }
      if (before.id !== null && before.id !== id) {
        this.#find("went_back", `row ${rowId}: ${before.id} became ${id}`);
      }
    }
  }

  /**
   * Compares both sides after everything is over; in a calm world, where nothing was late, no
   * clock wrong and one drainer alone, no sale has a second intent.
   */
  atEnd({ isCalm, wanted = NOBODY }: WorldEnd): void {
    const { intents } = this.#stripe;
    const sums = new Map<string, number>();
    const add = (currency: string, amount: number): void =>
      void sums.set(currency, (sums.get(currency) ?? 0) + amount);
    this.#sales.forEach((sale, index) => {
      const card = index + 1;
      const localId = localIdOf(card);
      let own = 0;
      let charges = 0;
      let hasLapsed = false;
      let foreign = 0;
      const row = this.#store.payments.byRowId(card);
      if (row === null) return this.#find("lost", `sale ${card} has no row`);
      const { state, amount, currency, account } = row.payment;
      for (const intent of intents) {
        if (intent.metadata.holdfast_local_id !== localId) continue;
        own++;
        charges += intent.charges;
        // A copy cannot know of a cancellation that the lost device had on its way.
        hasLapsed ||= intent.hasLapsed ||
          (intent.isReleased && this.#wasRestored);
        if (intent.account !== account) foreign += intent.charges;
      }
      if (foreign > 0) this.#find("wrong_account", `sale ${card}: ${foreign}`);
      this.#judge(card, sale, state, charges, hasLapsed);
      if (sale.isManual) this.#judgeCapture(row, wanted);
      if (isCalm && own > 1) {
        this.#find("needless_intent", `sale ${card}: ${own} intents`);
      }
      const isGone = hasLapsed && charges === 0;
      if (TAKEN.includes(state) && !isGone) add(currency, amount);
    });
    for (const { charges, currency, amount } of intents) {
      add(currency, -charges * amount);
    }
    for (const [currency, sum] of sums) {
      if (sum !== 0) this.#find("amounts", `${sum} ${currency}`);
    }
    this.#searchCanary();
  }

  #judge(
    card: number,
    sale: Sale,
    state: PaymentState,
    charges: number,
    hasLapsed: boolean,
  ): void {
    const byCard = this.#stripe.chargesOfCard[card] ?? 0;
    const isBad = sale.temper === "malformed" || sale.isUnreadable;
    const mayRefuse = sale.temper === "declines" || sale.temper === "relents";
    if (charges > 1 || byCard > 1) {
      this.#find("duplicated", `sale ${card}: ${Math.max(charges, byCard)}`);
    }
    if (OPEN.includes(state)) this.#find("stuck", `sale ${card} is ${state}`);
    else if (TAKEN.includes(state) && charges === 0 && !hasLapsed) {
      this.#find("uncharged", `sale ${card} is ${state}`);
    } else if (!TAKEN.includes(state) && charges > 0) {
      this.#find("charged_unknowingly", `sale ${card} is ${state}`);
    }
    const isExcused = state === "canceled" ||
      (state === "failed" && (isBad || hasLapsed)) ||
      (state === "declined" && mayRefuse);
    if (!OPEN.includes(state) && !TAKEN.includes(state) && !isExcused) {
      this.#find("lost", `sale ${card} is ${state}`);
    }
  }

  /** Stripe's word for a manual payment beside ours. */
  #judgeCapture(
    { rowId, payment: { state, id } }: Readonly<PaymentRow>,
    wanted: ReadonlySet<number>,
  ): void {
    const intent = this.#stripe.intents.find((known) => known.id === id);
    const isTaken = intent?.status === "succeeded";
    const isKnown = state === "captured";
    if (isTaken !== isKnown || (isTaken && !wanted.has(rowId))) {
      const detail = `row ${rowId} is ${state}, at Stripe ${intent?.status}`;
      this.#find("capture_differs", detail);
    }
    const isOwed = state === "forwarded" && wanted.has(rowId) &&
      intent?.status === "requires_capture";
    if (isOwed) this.#find("stuck", `row ${rowId} is not captured`);
  }

  #searchCanary(): void {
    const places: [string, unknown][] = [
      ["an error", this.#messages],
      ["the timeline", this.#store.activities],
      ["the rows", this.#store.peek()],
    ];
    for (const [place, value] of places) {
      if (hasCanary(value)) this.#find("card_data", place);
    }
    for (let card = 1; card <= this.#sales.length; card++) {
      if (hasCanary(this.#store.stepsOf(card))) {
        this.#find("card_data", `the steps of sale ${card}`);
      }
    }
  }

  #find(kind: ViolationKind, detail: string): void {
    this.violations.push({ kind, detail });
  }
}

/**
 * Whether the canary is anywhere in a value: as text, as a number, or as packed digits. Every
 * world asks this of all it wrote, so what is too short to hold it is not read.
 */
function hasCanary(value: unknown): boolean {
  if (typeof value === "string") {
    return value.length >= CANARY.length && value.includes(CANARY);
  }
  if (typeof value === "number") return value === CANARY_NUMBER;
  if (typeof value !== "object" || value === null) return false;
  if (value === PLAIN_CARD || value === PLAIN_TERMS || value === OFFLINE) {
    return false; // Every row shares them, and they hold nothing of a card.
  }
  if (value instanceof Uint8Array) return isCanaryIn(value);
  const parts = Array.isArray(value) ? value : Object.values(value);
  for (let i = 0; i < parts.length; i++) if (hasCanary(parts[i])) return true;
  return false;
}

const CANARY_NUMBER = Number(CANARY);
const CANARY_BYTES = CANARY.match(/../g)!.map((pair) => parseInt(pair, 16));

function isCanaryIn(bytes: Uint8Array): boolean {
  const [first] = CANARY_BYTES;
  for (let i = bytes.indexOf(first); i >= 0; i = bytes.indexOf(first, i + 1)) {
    if (CANARY_BYTES.every((byte, at) => bytes[i + at] === byte)) return true;
  }
  return false;
}
