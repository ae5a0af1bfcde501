/**
 * Accepting one payment: decide, reserve the limit, seal, insert, commit.
 *
 * Owns: the one transaction behind the word "accepted". Nothing awaits inside it, and nothing is
 * accepted by default: whatever is not allowed by the core's decision and the limits is refused
 * with a typed error and leaves no trace but a line in the activity log.
 * @module
 */
import type { Core, Decision, DecisionPolicy } from "../bindings/mod.ts";
import { type ErrorCode, failure, HoldfastError } from "./errors.ts";
import type { LiftedLimit } from "./approval.ts";
import { checkLimits, checkRoom, type OfflineLimits } from "./limits.ts";
import type { CaptureMethod, PaymentTerms } from "./payment.ts";
import type { Clock, Database } from "./ports.ts";
import type { ActivityLog } from "./store/activity.ts";
import type { Payments } from "./store/payments.ts";
import type { PaymentRow } from "./store/rows.ts";
import type { StoredRisk } from "./store/stored_risk.ts";
import { createKey } from "./forward/keys.ts";
import { formatUuid } from "./uuid.ts";
import type { Vault } from "./vault.ts";

/** What the till needs; all owned by the engine. */
export interface AcceptContext {
  core: Core;
  database: Database;
  clock: Clock;
  payments: Payments;
  risk: StoredRisk;
  activity: ActivityLog;
  vault: Vault;
  limits: OfflineLimits;
  policy: DecisionPolicy;
  policyVersion: number;
  terminalCountry: string;
}

/** One collected payment. */
export interface AcceptRequest {
  localId: Uint8Array;
  /** Minor units, the tip included: what the card signed. */
  amount: number;
  currency: string;
  captureMethod: CaptureMethod;
  metadata: Readonly<Record<string, string>>;
  account: string;
  isLivemode: boolean;
  createdAtMs: number;
  isOffline: boolean;
  intentId: string | null;
  terms: PaymentTerms;
  /** Serial number of the reader, or null. */
  reader: string | null;
  /** Limits a manager lifted for this payment; used only when it is offline. */
  lifted: readonly LiftedLimit[];
  /** The reader's EMV TLV; wiped by the caller. */
  emvData: Uint8Array;
}

/** Refusal codes of the core that have a name in Stripe Terminal; the others share one. */
const REFUSALS: Readonly<Record<string, ErrorCode>> = {
  swipe_or_manual: "CARD_SWIPE_NOT_AVAILABLE",
  interac_not_supported: "INTERAC_NOT_SUPPORTED_OFFLINE",
  expired: "OFFLINE_AND_CARD_EXPIRED",
  online_pin: "ONLINE_PIN_NOT_SUPPORTED_OFFLINE",
  emv_malformed: "MISSING_EMV_DATA",
  network_not_offline: "CARD_NETWORK_NOT_SUPPORTED_OFFLINE",
  sca_required: "OFFLINE_SCA_REQUIRED",
  pin_block_present: "PIN_BLOCK_NOT_ACCEPTED",
  test_card_in_livemode: "TEST_CARD_IN_LIVEMODE",
};

/**
 * Stores one payment and returns it once it is on disk; the same chip transaction presented
 * again returns the payment that already stores it.
 *
 * @throws {HoldfastError} a refusal (`CARD_SWIPE_NOT_AVAILABLE`, …, `OFFLINE_TRANSACTION_DECLINED`
 *   with `details.reason`), a limit (see {@link checkLimits}), or a store error; in every case
 *   the payment is not accepted. `STORE_IO` after an unclear commit means it was looked up and
 *   is not there.
 */
export function acceptPayment(
  context: AcceptContext,
  request: AcceptRequest,
): PaymentRow {
  const { database, payments, activity } = context;
  const decision = decide(context, request);
  if (decision.decision === "refused" || decision.card === null) {
    return refuse(context, request, refusal(decision));
  }
  const { cardHmac, cardTransactionHmac, ...cardPresent } = decision.card;
  const store = (): number => {
    const existing = payments.byCardTransaction(cardTransactionHmac);
    if (existing !== null) return existing.rowId;
    const nowMs = context.clock.nowMs();
    const freeBytes = database.freeBytes();
    checkRoom(freeBytes);
    if (request.isOffline) {
      checkLimits(context, context.limits, {
        ...request,
        brand: cardPresent.brand,
        cardHmac,
        nowMs,
        freeBytes,
        isCounted: false,
      });
    }
    const sealed = context.vault.seal({
      localId: request.localId,
      amount: request.amount,
      currency: request.currency,
      idempotencyKey: createKey(formatUuid(request.localId), 0),
      cardTransactionHmac,
      policyVersion: context.policyVersion,
      createdAtMs: request.createdAtMs,
      plaintext: request.emvData,
    });
    const rowId = payments.insert({
      ...request,
      epoch: sealed.epoch,
      seq: sealed.seq,
      cardPresent,
      cardHmac,
      cardTransactionHmac,
      recordHash: sealed.hash,
      record: sealed.record,
      storedAtMs: nowMs,
    });
    activity.add("stored", rowId, {
      decision: decision.decision,
      offline: request.isOffline,
    });
    for (const { code, limit, needed, by, reason } of request.lifted) {
      activity.add("approved", rowId, { code, limit, needed, by, reason });
    }
    return rowId;
  };
  try {
    return payments.byRowId(database.transaction(store))!;
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    if (error.retry === "same_key") return lookUp(context, request, error);
    return refuse(context, request, error);
  }
}

/**
 * Turns a payment that was stored on its way to Stripe into an offline one, because the
 * connection went while it was confirmed. It is counted already; the limits are checked again.
 *
 * @throws {HoldfastError} a limit; the payment is then as it was.
 */
export function continueOffline(
  context: AcceptContext,
  row: PaymentRow,
): PaymentRow {
  const { payment } = row;
  context.database.transaction(() => {
    checkLimits(context, context.limits, {
      ...payment,
      brand: payment.cardPresent.brand,
      cardHmac: row.cardHmac,
      lifted: [],
      nowMs: context.clock.nowMs(),
      freeBytes: context.database.freeBytes(),
      isCounted: true,
    });
    context.payments.markOffline(row.rowId);
    context.activity.add("continued_offline", row.rowId);
  });
  return context.payments.byRowId(row.rowId)!;
}

/** An unclear commit: only the disk knows, so ask it. */
function lookUp(
  context: AcceptContext,
  request: AcceptRequest,
  cause: HoldfastError,
): PaymentRow {
  context.database.reopen();
  const row = context.payments.byLocalId(request.localId);
  if (row !== null) return row;
  throw failure(
    "STORE_WRITE_FAILED",
    "the device failed to write the payment; it is not stored",
    {
      cause,
    },
  );
}

/** Asks the core about one message; nothing is stored and nothing is promised. */
export function decide(
  context: AcceptContext,
  request: Pick<
    AcceptRequest,
    "emvData" | "amount" | "currency" | "isLivemode"
  >,
): Decision {
  const nowMs = context.clock.nowMs();
  return context.core.emv.decide(request.emvData, {
    amountMinor: request.amount,
    currency: request.currency,
    transactionType: 0x00, // EMV 4.4 Book 3, Annex A, tag 9C: goods and services
    nowMs,
    highWaterMs: nowMs,
    terminalCountry: context.terminalCountry,
    isLivemode: request.isLivemode,
    deviceKey: context.vault.deviceKey,
    policy: context.policy,
  });
}

function refusal(decision: Decision): HoldfastError {
  const code = REFUSALS[decision.code] ?? "OFFLINE_TRANSACTION_DECLINED";
  const { rule, tag, offset } = decision.explanation;
  return failure(
    code,
    `the payment may not be accepted offline: ${decision.code}`,
    {
      ...(tag === null ? {} : { field: tag }),
      ...(offset === null ? {} : { offset }),
      details: {
        reason: decision.code,
        rule,
        brand: decision.card?.brand ?? null,
      },
    },
  );
}

/** Writes the refusal down, best effort, and throws it. */
function refuse(
  context: AcceptContext,
  request: AcceptRequest,
  error: HoldfastError,
): never {
  try {
    context.activity.add("refused", null, {
      localId: formatUuid(request.localId),
      code: error.code,
      amount: request.amount,
      currency: request.currency,
    });
  } catch (logError) {
    // A full or failing disk must not hide why the payment was refused.
    if (!(logError instanceof HoldfastError)) throw logError;
  }
  throw error;
}
