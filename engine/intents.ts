/**
 * PaymentIntents between `create` and `confirm`, and the checking of what the app passes.
 *
 * Owns: intents that are not stored yet. They live in memory only: until a payment is confirmed
 * nothing was promised to anyone, and card data that was collected is wiped when it is used,
 * cancelled or collected again.
 * @module
 */
import { failure } from "./errors.ts";
import { AMOUNT_MAX, leastAmount } from "./money.ts";
import {
  type CaptureMethod,
  type OfflineBehavior,
  type Payment,
  type PaymentError,
  type PaymentState,
  stripeStatus,
} from "./payment.ts";
import { formatUuid } from "./uuid.ts";

/** Parameters of `createPaymentIntent`, in Stripe's words. */
export interface CreatePaymentIntentParams {
  /** Minor units, 1..99,999,999 (Stripe's eight digits). */
  amount: number;
  /** ISO 4217 alpha code, any case. */
  currency: string;
  /** @default "automatic" */
  captureMethod?: CaptureMethod;
  /** Up to 44 keys; keys beginning with `holdfast_` are ours. @default {} */
  metadata?: Readonly<Record<string, string>>;
}

/** A PaymentIntent as the app holds it; a plain snapshot that survives `postMessage`. */
export interface PaymentIntent {
  localId: string;
  /** Stripe's id, or null while Stripe has not been asked. */
  id: string | null;
  /** Stripe's word for where it stands; `state` is the honest one. */
  status:
    | "requires_payment_method"
    | "requires_confirmation"
    | ReturnType<typeof stripeStatus>;
  /** `created` and `collected` before it is stored, then the payment's state. */
  state: "created" | "collected" | PaymentState;
  amount: number;
  currency: string;
  captureMethod: CaptureMethod;
  metadata: Readonly<Record<string, string>>;
  offlineBehavior: OfflineBehavior;
  createdAtMs: number;
  /** The stored payment; null before `confirmPaymentIntent`. */
  payment: Payment | null;
  /** Non-null when it was confirmed offline. */
  offlineDetails: Payment["offlineDetails"];
  /** Why it was declined or failed, else null. */
  error: PaymentError | null;
}

/** What was read from the card for an intent. */
export interface Collected {
  emvData: Uint8Array;
  wasOnline: boolean;
}

/** An intent that is not stored yet. */
export interface OpenIntent {
  localIdBytes: Uint8Array;
  intent: PaymentIntent;
  collected: Collected | null;
}

const BEHAVIORS: readonly string[] = [
  "prefer_online",
  "require_online",
  "force_offline",
];
const METADATA_KEYS_MAX = 44; // Stripe allows 50; six are ours or reserved for us.

/** Intents by local id. */
export class Intents {
  readonly #open = new Map<string, OpenIntent>();

  /** Makes an intent from checked parameters. */
  create(
    localIdBytes: Uint8Array,
    params: CreatePaymentIntentParams,
    offlineBehavior: OfflineBehavior,
    createdAtMs: number,
  ): OpenIntent {
    checkParams(params, offlineBehavior);
    const open: OpenIntent = {
      localIdBytes,
      collected: null,
      intent: {
        localId: formatUuid(localIdBytes),
        id: null,
        status: "requires_payment_method",
        state: "created",
        amount: params.amount,
        currency: params.currency.toLowerCase(),
        captureMethod: params.captureMethod ?? "automatic",
        metadata: { ...params.metadata },
        offlineBehavior,
        createdAtMs,
        payment: null,
        offlineDetails: null,
        error: null,
      },
    };
    this.#open.set(open.intent.localId, open);
    return open;
  }

  /** The open intent, or null when it was confirmed, cancelled or never made here. */
  get(localId: string): OpenIntent | null {
    return this.#open.get(localId) ?? null;
  }

  /** Keeps what was read; wipes what was read before. */
  collect(open: OpenIntent, collected: Collected): PaymentIntent {
    open.collected?.emvData.fill(0);
    open.collected = collected;
    open.intent = {
      ...open.intent,
      status: "requires_confirmation",
      state: "collected",
    };
    return open.intent;
  }

  /** Wipes what was read, so that it must be collected again. */
  forgetCard(open: OpenIntent): void {
    open.collected?.emvData.fill(0);
    open.collected = null;
    open.intent = {
      ...open.intent,
      status: "requires_payment_method",
      state: "created",
    };
  }

  /** Ends an open intent. */
  remove(open: OpenIntent): void {
    this.forgetCard(open);
    this.#open.delete(open.intent.localId);
  }

  /** Wipes everything that was read. */
  clear(): void {
    for (const open of this.#open.values()) this.forgetCard(open);
    this.#open.clear();
  }
}

/** The app's view of a stored payment. */
export function intentOf(
  payment: Payment,
  offlineBehavior: OfflineBehavior,
): PaymentIntent {
  return {
    localId: payment.localId,
    id: payment.id,
    status: stripeStatus(payment.state, payment.captureMethod),
    state: payment.state,
    amount: payment.amount,
    currency: payment.currency,
    captureMethod: payment.captureMethod,
    metadata: payment.metadata,
    offlineBehavior,
    createdAtMs: payment.createdAtMs,
    payment,
    offlineDetails: payment.offlineDetails,
    error: payment.error,
  };
}

function checkParams(
  params: CreatePaymentIntentParams,
  behavior: string,
): void {
  const refuse = (field: string, expected: string): never => {
    throw failure("INVALID_ARGUMENT", `expected ${field} to be ${expected}`, {
      field,
    });
  };
  const { amount, currency, captureMethod, metadata = {} } = params;
  if (!Number.isSafeInteger(amount) || amount < 1 || amount > AMOUNT_MAX) {
    refuse("amount", "an integer of 1..99,999,999 minor units");
  }
  if (typeof currency !== "string" || !/^[a-zA-Z]{3}$/.test(currency)) {
    refuse("currency", "a three-letter ISO 4217 code");
  }
  const least = leastAmount(currency.toLowerCase());
  if (amount < least) {
    throw failure(
      "AMOUNT_TOO_SMALL",
      `expected at least ${least} minor units of ${currency}`,
      { field: "amount", details: { least, currency } },
    );
  }
  if (
    captureMethod !== undefined &&
    !["automatic", "manual"].includes(captureMethod)
  ) {
    refuse("captureMethod", "automatic or manual");
  }
  // Stripe's React Native SDK turns an unknown value into prefer_online; that hides a bug.
  if (!BEHAVIORS.includes(behavior)) {
    refuse("offlineBehavior", BEHAVIORS.join(", "));
  }
  const entries = Object.entries(metadata);
  if (entries.length > METADATA_KEYS_MAX) {
    refuse("metadata", `at most ${METADATA_KEYS_MAX} keys`);
  }
  for (const [key, value] of entries) {
    if (
      key.length < 1 || key.length > 40 || key.startsWith("holdfast_") ||
      /[[\]]/.test(key)
    ) {
      refuse(
        "metadata",
        "keys of 1..40 characters without brackets, not beginning with holdfast_",
      );
    }
    if (typeof value !== "string" || value.length > 500) {
      refuse("metadata", "values of at most 500 characters");
    }
  }
}
