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
import type { DeviceStore } from "./memory_store.ts";
import type { ModelIntent, ModelRequest, StripeModel } from "./stripe_model.ts";
import { CANARY, localIdOf, type Sale } from "./world.ts";

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
  /** The canary card number was seen. */
  | "card_data"
  /** The engine threw for an answer. */
  | "threw";

/** One finding. */
export interface Violation {
  kind: ViolationKind;
  detail: string;
}

const OPEN: readonly PaymentState[] = ["stored", "unknown"];
const TAKEN: readonly PaymentState[] = ["forwarded", "captured"];

/** Watches one world. */
export class Checker {
  readonly violations: Violation[] = [];
  #store: DeviceStore;
  readonly #stripe: StripeModel;
  readonly #sales: readonly Sale[];
  readonly #seen = new Map<
    number,
    { state: PaymentState; id: string | null }
  >();
  readonly #sent = new Map<string, string>();
  readonly #messages: string[] = [];

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

  /** Checks a request at the moment it leaves. */
  onSend(request: ModelRequest, rowId: number, lease: Lease): void {
    const { method, path, parameters, key } = request;
    if (method === "GET") return;
    if (lease.token !== this.#store.leaseToken) {
      this.#find("fenced_send", `row ${rowId}: ${path}`);
    }
    const step = this.#store.stepsOf(rowId)
      .find((known) => known.idempotencyKey === key);
    if (key === null || step === undefined) {
      this.#find("unwritten_key", `row ${rowId}: ${path} with ${key}`);
    } else {
      const print = `${path} ${JSON.stringify(parameters)}`;
      const before = this.#sent.get(key) ?? print;
      this.#sent.set(key, print);
      if (before !== print) this.#find("unwritten_key", `${key} was reused`);
    }
    const [, id] = /^\/v1\/payment_intents\/(\w+)\/confirm$/.exec(path) ?? [];
    const persisted = this.#store.payments.byRowId(rowId)!.payment.id;
    if (id !== undefined && id !== persisted) {
      this.#find("unpersisted_id", `row ${rowId}: ${id}, not ${persisted}`);
    }
  }

  /** An error came out of `forwardPayment`. */
  onThrow(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#messages.push(message);
    this.#find("threw", message);
  }

  /** Checks that states and ids only move forward. */
  afterEvent(): void {
    for (const { rowId, payment: { state, id } } of this.#store.peek()) {
      const before = this.#seen.get(rowId);
      if (before?.state === state && before.id === id) continue;
      this.#seen.set(rowId, { state, id });
      if (before === undefined) continue;
      const isSame = before.state === state;
      const isForward = before.state === "stored" ||
        (before.state === "unknown" && state !== "stored" &&
          state !== "canceled");
      if (!isSame && !isForward) {
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
  atEnd(isCalmWorld: boolean): void {
    const sums = new Map<string, number>();
    const add = (currency: string, amount: number): void =>
      void sums.set(currency, (sums.get(currency) ?? 0) + amount);
    const intents = new Map<string, ModelIntent[]>();
    for (const intent of this.#stripe.intents) {
      const localId = intent.metadata.holdfast_local_id;
      intents.set(localId, [...intents.get(localId) ?? [], intent]);
    }
    this.#sales.forEach((sale, index) => {
      const card = index + 1;
      const own = intents.get(localIdOf(card)) ?? [];
      const charges = own.reduce((sum, intent) => sum + intent.charges, 0);
      const row = this.#store.payments.byRowId(card);
      if (row === null) return this.#find("lost", `sale ${card} has no row`);
      const { state, amount, currency } = row.payment;
      this.#judge(card, sale, state, charges);
      if (isCalmWorld && own.length > 1) {
        this.#find("needless_intent", `sale ${card}: ${own.length} intents`);
      }
      if (TAKEN.includes(state)) add(currency, amount);
    });
    for (const { charges, currency, amount } of this.#stripe.intents) {
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
  ): void {
    const byCard = this.#stripe.chargesOfCard.get(card) ?? 0;
    const isBad = sale.temper === "malformed" || sale.isUnreadable;
    const mayRefuse = sale.temper === "declines" || sale.temper === "relents";
    if (charges > 1 || byCard > 1) {
      this.#find("duplicated", `sale ${card}: ${Math.max(charges, byCard)}`);
    }
    if (OPEN.includes(state)) this.#find("stuck", `sale ${card} is ${state}`);
    else if (TAKEN.includes(state) && charges === 0) {
      this.#find("uncharged", `sale ${card} is ${state}`);
    } else if (!TAKEN.includes(state) && charges > 0) {
      this.#find("charged_unknowingly", `sale ${card} is ${state}`);
    }
    const isExcused = state === "canceled" || (state === "failed" && isBad) ||
      (state === "declined" && mayRefuse);
    if (!OPEN.includes(state) && !TAKEN.includes(state) && !isExcused) {
      this.#find("lost", `sale ${card} is ${state}`);
    }
  }

  #searchCanary(): void {
    const texts = [
      ...this.#messages,
      JSON.stringify(this.#store.activities),
      JSON.stringify([...this.#store.peek()]),
      ...this.#sales.map((_, i) => JSON.stringify(this.#store.stepsOf(i + 1))),
    ];
    const hit = texts.findIndex((text) => text.includes(CANARY));
    if (hit >= 0) this.#find("card_data", `text ${hit} of the store`);
  }

  #find(kind: ViolationKind, detail: string): void {
    this.violations.push({ kind, detail });
  }
}
