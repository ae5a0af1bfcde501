/**
 * The port to whoever authorises payments.
 *
 * Owns: the verbs of forwarding and the ways they can end. A gateway never throws for what
 * the world answered; it throws only for a bug. Implement this interface for your acquirer and
 * run `gatewayChecks` of `/testing` against it (docs/gateway.md).
 * @module
 */
import type { IntentClaim, OfferResult } from "./offered_intent.ts";
import type { CaptureMethod, PaymentError, TransferData } from "./payment.ts";
import type { OnlinePin } from "./reader/messages.ts";

/** Deadline, cancellation and idempotency of one call. */
export interface GatewayCall {
  /** Key persisted before the first send; null for calls that change nothing. */
  idempotencyKey: string | null;
  /** Aborts at the deadline; the outcome is then unknown. */
  signal: AbortSignal;
}

/** Parameters of a PaymentIntent, persisted word for word before the first send. */
export interface CreateIntentRequest {
  amount: number;
  currency: string;
  captureMethod: CaptureMethod;
  /** The app's metadata plus localId, device, epoch, seq and record hash. */
  metadata: Readonly<Record<string, string>>;
  /** Connected account whose sale this is (`on_behalf_of`). @default none */
  onBehalfOf?: string;
  /** Who gets the money. @default the account itself */
  transferData?: TransferData;
  /** Which of the platform's transfers belong together. @default none */
  transferGroup?: string;
  /** What the platform keeps, minor units. @default nothing */
  applicationFeeAmount?: number;
  /** Where Stripe mails its receipt. @default nowhere */
  receiptEmail?: string;
  /** The card may turn out to be an Interac one, which pays in one message. @default false */
  acceptsInterac?: true;
  /** @default false */
  requestExtendedAuthorization?: true;
  /** @default false */
  requestIncrementalAuthorizationSupport?: true;
}

/** What is needed to authorise a stored payment; only the gateway's opener can read the record. */
export interface ConfirmIntentRequest {
  localId: string;
  amount: number;
  currency: string;
  /** The genesis record of the payment's epoch. */
  genesis: Uint8Array;
  /** The sealed record. */
  record: Uint8Array;
  /** Commit time on the device, epoch milliseconds. */
  storedAtMs: number;
  /** How the card was read. */
  readMethod: string;
  /** The card holder waits for the answer: not a deferred authorisation. @default false */
  isOnline?: true;
  /** How Stripe calls this kind of card. @default "card_present" */
  method?: "interac_present";
  /** What the customer entered for the issuer; on no disk on the way. @default none */
  onlinePin?: OnlinePin;
}

/** Stripe's states of a PaymentIntent. */
export type IntentStatus =
  | "requires_payment_method"
  | "requires_confirmation"
  | "requires_action"
  | "processing"
  | "requires_capture"
  | "succeeded"
  | "canceled";

/** A PaymentIntent as the far side sees it now. */
export interface Intent {
  id: string;
  status: IntentStatus;
  amount: number;
  currency: string;
  isLivemode: boolean;
  metadata: Readonly<Record<string, string>>;
  /** The last refusal, when there was one. */
  error: PaymentError | null;
}

/** How one call ended. */
export type GatewayResult =
  /** The far side answered with the intent. */
  | { kind: "intent"; intent: Intent }
  /** The issuer declined; the intent is back in `requires_payment_method`. */
  | { kind: "declined"; error: PaymentError }
  /** The intent is in a state in which this call means nothing; read it. */
  | { kind: "unexpected_state" }
  /** No intent has this id. */
  | { kind: "not_found" }
  /** The key was used with other parameters; look the payment up. */
  | { kind: "idempotency_conflict" }
  /** Credentials, account or mode are wrong: this lane must wait for a person. */
  | { kind: "unauthorized"; code: string }
  /** The request itself is refused and will be refused again. */
  | { kind: "rejected"; code: string }
  /** No usable answer. */
  | Unavailable;

/** A call without a usable answer. */
export interface Unavailable {
  kind: "unavailable";
  /** `connection`, `timeout`, `rate_limit`, `lock`, `server_error`: for people and logs. */
  code: string;
  /** Whether the request may have had an effect. */
  mayHaveExecuted: boolean;
  /** True when the server may replay this answer for the same key (Stripe saves a 500). */
  isSaved: boolean;
  /** False when nothing came back at all, which speaks against the connection. */
  isAnswered: boolean;
  /** What the server asked us to wait, or null. */
  retryAfterMs: number | null;
}

/** An intent as a list shows it. */
export interface ListedIntent extends Intent {
  /** When the far side made it, epoch milliseconds by its clock. */
  createdAtMs: number;
}

/** What to list: intents created at or after `createdFromMs` and before `createdToMs`. */
export interface IntentRange {
  createdFromMs: number;
  createdToMs: number;
}

/** One page of intents, newest first. */
export type IntentPageResult =
  | {
    kind: "page";
    intents: readonly ListedIntent[];
    /** Give it back to get the next page; null after the last one. */
    nextCursor: string | null;
  }
  | Extract<GatewayResult, { kind: "unauthorized" | "rejected" }>
  | Unavailable;

/** Money that goes back to the card. */
export interface Refund {
  id: string;
  /** `pending`, `requires_action`, `succeeded`, `failed` or `canceled`, as Stripe says it. */
  status: string;
  amount: number;
  currency: string;
}

/** One refund to make. */
export interface RefundRequest {
  /** Minor units, or null for all that is left. */
  amount: number | null;
  /** Names this refund for ever, whatever keys it is asked for with; at most 255 characters. */
  mark: string;
}

/** A refund as a list shows it. */
export interface ListedRefund extends Refund {
  /** The mark it was asked for with, or null when somebody else made it. */
  mark: string | null;
}

/** How a look-up of refunds ended; `rejected` with {@link LIST_TOO_LONG} as for intents. */
export type RefundListResult =
  | { kind: "refunds"; refunds: readonly ListedRefund[] }
  | Extract<GatewayResult, { kind: "unauthorized" | "rejected" }>
  | Unavailable;

/** How a refund ended; `rejected` carries Stripe's reason, `charge_already_refunded` for one. */
export type RefundResult =
  | { kind: "refund"; refund: Refund }
  | Exclude<GatewayResult, { kind: "intent" | "declined" }>;

/** Code of a `rejected` look-up that met too many intents to find one among them in time. */
export const LIST_TOO_LONG = "list_too_long";

/** Which account and mode the gateway's credentials belong to. */
export type GatewayIdentity =
  | { kind: "identity"; account: string; isLivemode: boolean }
  | Extract<GatewayResult, { kind: "unauthorized" }>
  | Unavailable;

/** Whoever authorises payments: Stripe, a relay, or your acquirer. */
export interface Gateway {
  /**
   * Tells whose money this gateway moves; asked before the first payment of a drain. It asks the
   * far side every time: after calls without an answer it is what shows that there is one again.
   */
  identify(signal: AbortSignal): Promise<GatewayIdentity>;
  /** Creates a PaymentIntent without confirming it: no money moves. */
  createIntent(
    request: CreateIntentRequest,
    call: GatewayCall,
  ): Promise<GatewayResult>;
  /** Confirms the PaymentIntent `id` with the card data of the sealed record. */
  confirmIntent(
    id: string,
    request: ConfirmIntentRequest,
    call: GatewayCall,
  ): Promise<GatewayResult>;
  /** Captures a PaymentIntent in `requires_capture`. */
  captureIntent(id: string, call: GatewayCall): Promise<GatewayResult>;
  /** Cancels a PaymentIntent that was not captured. */
  cancelIntent(id: string, call: GatewayCall): Promise<GatewayResult>;
  /**
   * Reads a PaymentIntent that a back end made.
   *
   * @param reference Its id or its client secret; another secret than its own is `not_found`, and
   *   a relay wants the secret.
   */
  lookUpIntent(reference: string, call: GatewayCall): Promise<OfferResult>;
  /**
   * Writes down which payment the intent is, or that it is nobody's again. Of several claims under
   * one key the first one stands, the others are `idempotency_conflict`.
   *
   * @returns The intent as it is now; its metadata says who has it.
   */
  claimIntent(
    reference: string,
    claim: IntentClaim,
    call: GatewayCall,
  ): Promise<OfferResult>;
  /** Reads one PaymentIntent. */
  retrieveIntent(id: string, call: GatewayCall): Promise<GatewayResult>;
  /**
   * Finds the PaymentIntent of `localId` among those created at or after `createdFromMs`, from a
   * source that is read-after-write (Stripe: list, never search). `not_found` means: there is none;
   * `rejected` with {@link LIST_TOO_LONG}: there were too many to look through.
   */
  findIntent(
    localId: string,
    createdFromMs: number,
    call: GatewayCall,
  ): Promise<GatewayResult>;
  /**
   * Lists this account's intents of a range, from a source that is read-after-write, for
   * reconciliation. A relay may leave out intents that are not of the asking device.
   *
   * @param cursor null for the first page, then what the page before gave.
   */
  listIntents(
    range: IntentRange,
    cursor: string | null,
    call: GatewayCall,
  ): Promise<IntentPageResult>;
  /** Refunds a captured PaymentIntent; the far side keeps the request's mark with the refund. */
  refundIntent(
    id: string,
    request: RefundRequest,
    call: GatewayCall,
  ): Promise<RefundResult>;
  /**
   * Every refund of the PaymentIntent that the far side has, failed ones too, from a source that
   * is read-after-write: what it does not show was not executed.
   */
  listRefunds(id: string, call: GatewayCall): Promise<RefundListResult>;
}
