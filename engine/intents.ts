/**
 * PaymentIntents between `create` and `confirm`, and the checking of what the app passes.
 *
 * Owns: intents that are not stored yet. They live in memory only: until a payment is confirmed
 * nothing was promised to anyone, and card data that was collected is wiped when it is used,
 * cancelled or collected again.
 * @module
 */
import { checkNames, checkParams } from "./intent_params.ts";
import type { OfferedIntent } from "./offered_intent.ts";
import {
  type CaptureMethod,
  type CardPresentDetails,
  type OfflineBehavior,
  type Payment,
  type PaymentError,
  type PaymentState,
  type PaymentTerms,
  stripeStatus,
  type TransferData,
} from "./payment.ts";
import { wipePin } from "./forward/cards_at_hand.ts";
import type { OnlinePin, TipOptions } from "./reader/mod.ts";
import { paramsOf, termsFrom } from "./terms.ts";
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
  /** Connected account whose sale this is (`acct_…`). @default the account itself */
  onBehalfOf?: string;
  /** Who gets the money, a destination charge. @default the account itself */
  transferData?: TransferData;
  /** Which of the platform's transfers belong together, 1..200 characters. @default none */
  transferGroup?: string;
  /**
   * What the platform keeps, minor units, 1..amount. As at Stripe it needs a destination, or an
   * account that a platform acts for (`account.isConnected`), and cannot stand beside an amount
   * of `transferData`.
   * @default nothing
   */
  applicationFeeAmount?: number;
  /**
   * Where Stripe mails its receipt, once the payment is forwarded and captured. It is kept on the
   * device in clear until then.
   * @default nowhere
   */
  receiptEmail?: string;
  /** Asks for an authorisation that holds longer; works offline. @default false */
  requestExtendedAuthorization?: boolean;
  /** Asks for an authorisation that can be raised later; refused offline. @default false */
  requestIncrementalAuthorizationSupport?: boolean;
  /**
   * Tips the reader offers; only for smart readers. The PaymentIntent is then created at Stripe
   * when it is confirmed, because its amount is not known before.
   * @default what the Location's configuration offers, on a reader that can ask
   */
  tip?: TipOptions;
  /** Offers no tip, whatever the Location's configuration says. @default false */
  skipTipping?: boolean;
  /**
   * A tip that was agreed without the reader: minor units, part of `amount`. The reader then
   * offers none; `tip` may not be given too.
   * @default none
   */
  tipAmount?: number;
}

/** What may be changed before a PaymentIntent is confirmed. */
export type UpdatePaymentIntentParams = Partial<
  Pick<CreatePaymentIntentParams, "amount" | "metadata" | "tip">
>;

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
  /**
   * The card, when it was collected online with `updatePaymentIntent`, and of every stored
   * payment; null otherwise, and always null between collecting and confirming offline.
   */
  cardPresent: CardPresentDetails | null;
  /** Why it was declined or failed, else null. */
  error: PaymentError | null;
}

/** What was read from the card for an intent. */
export interface Collected {
  emvData: Uint8Array;
  /** What the customer entered for the issuer, or null. */
  onlinePin: OnlinePin | null;
  /** Whether the reader could ask for an online PIN later. */
  mayAskPin: boolean;
  wasOnline: boolean;
  /** Tip in minor units, or null when none was asked for. */
  tip: number | null;
  /** Serial number of the reader. */
  reader: string;
}

/** An intent that is not stored yet. */
export interface OpenIntent {
  localIdBytes: Uint8Array;
  intent: PaymentIntent;
  terms: PaymentTerms;
  /** Tips to offer; `location`: what its configuration says; null: none. */
  tip: TipOptions | "location" | null;
  collected: Collected | null;
  /** True once Stripe was asked to create it, whatever came of that. */
  wasSent: boolean;
  /** Ends the step under way; null when none is. */
  step: AbortController | null;
}

/** What differs from one new intent to another. */
type IntentFacts = Pick<
  PaymentIntent,
  | "id"
  | "amount"
  | "currency"
  | "captureMethod"
  | "metadata"
  | "offlineBehavior"
  | "createdAtMs"
>;

/** Intents by local id. */
export class Intents {
  readonly #open = new Map<string, OpenIntent>();
  readonly #isConnected: boolean;

  /** @param isConnected Whether a platform acts for the account. */
  constructor(isConnected: boolean) {
    this.#isConnected = isConnected;
  }

  /** Makes an intent from checked parameters. */
  create(
    localIdBytes: Uint8Array,
    params: CreatePaymentIntentParams,
    offlineBehavior: OfflineBehavior,
    createdAtMs: number,
  ): OpenIntent {
    checkNames(params, "create");
    checkParams(params, offlineBehavior, this.#isConnected);
    return this.#keep({
      localIdBytes,
      terms: termsFrom(params),
      tip: params.skipTipping || params.tipAmount !== undefined
        ? null
        : params.tip ?? "location",
      wasSent: false,
    }, {
      id: null,
      amount: params.amount,
      currency: params.currency.toLowerCase(),
      captureMethod: params.captureMethod ?? "automatic",
      metadata: { ...params.metadata },
      offlineBehavior,
      createdAtMs,
    });
  }

  /** The open intent, or null when it was confirmed, cancelled or never made here. */
  get(localId: string): OpenIntent | null {
    return this.#open.get(localId) ?? null;
  }

  /** Makes an intent of one that a back end made and this terminal has claimed. */
  adopt(
    localIdBytes: Uint8Array,
    offered: OfferedIntent,
    offlineBehavior: OfflineBehavior,
    createdAtMs: number,
  ): OpenIntent {
    const metadata = Object.entries(offered.metadata)
      .filter(([key]) => !key.startsWith("holdfast_"));
    return this.#keep({
      localIdBytes,
      terms: offered.terms,
      tip: null, // The amount is agreed.
      wasSent: true,
    }, {
      id: offered.id,
      amount: offered.amount,
      currency: offered.currency,
      captureMethod: offered.captureMethod,
      metadata: Object.fromEntries(metadata),
      offlineBehavior,
      createdAtMs,
    });
  }

  /** Makes an intent for which no card was read yet. */
  #keep(
    rest: Omit<OpenIntent, "intent" | "collected" | "step">,
    facts: IntentFacts,
  ): OpenIntent {
    const open: OpenIntent = {
      ...rest,
      collected: null,
      step: null,
      intent: {
        localId: formatUuid(rest.localIdBytes),
        status: "requires_payment_method",
        state: "created",
        payment: null,
        offlineDetails: null,
        cardPresent: null,
        error: null,
        ...facts,
      },
    };
    this.#open.set(open.intent.localId, open);
    return open;
  }

  /** The open intent with this id at Stripe, or null. */
  byId(id: string): OpenIntent | null {
    for (const open of this.#open.values()) {
      if (open.intent.id === id) return open;
    }
    return null;
  }

  /** Keeps what was read; wipes what was read before. */
  collect(
    open: OpenIntent,
    collected: Collected,
    cardPresent: CardPresentDetails | null,
  ): PaymentIntent {
    wipe(open.collected);
    open.collected = collected;
    open.intent = {
      ...open.intent,
      status: "requires_confirmation",
      state: "collected",
      cardPresent,
    };
    return open.intent;
  }

  /** Wipes what was read, so that it must be collected again. */
  forgetCard(open: OpenIntent): void {
    wipe(open.collected);
    open.collected = null;
    open.intent = {
      ...open.intent,
      status: "requires_payment_method",
      state: "created",
      cardPresent: null,
    };
  }

  /** Changes an intent that Stripe does not know; a card that was read is read again. */
  update(open: OpenIntent, changes: UpdatePaymentIntentParams): PaymentIntent {
    checkNames(changes, "update");
    const { intent } = open;
    const { amount = intent.amount, metadata = intent.metadata } = changes;
    const { currency, offlineBehavior } = intent;
    checkParams(
      { ...paramsOf(open.terms), amount, currency, metadata },
      offlineBehavior,
      this.#isConnected,
    );
    this.forgetCard(open);
    open.intent = { ...open.intent, amount, metadata: { ...metadata } };
    if (changes.tip !== undefined) open.tip = changes.tip;
    return open.intent;
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

function wipe(collected: Collected | null): void {
  collected?.emvData.fill(0);
  wipePin(collected?.onlinePin ?? null);
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
    cardPresent: payment.cardPresent,
    error: payment.error,
  };
}
