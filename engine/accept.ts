/**
 * Accepting payments: decide, reserve the limit, seal, insert, commit.
 *
 * Owns: the one transaction behind the word "accepted". Nothing awaits inside it, and nothing is
 * accepted by default: whatever is not allowed by the core's decision and the limits is refused
 * with a typed error and leaves no trace but a line in the activity log.
 * @module
 */
import type { Core, DecisionPolicy } from "../bindings/mod.ts";
import type { LiftedLimit } from "./approval.ts";
import { allowedCard, type DecidedCard } from "./card_decision.ts";
import { failure, HoldfastError } from "./errors.ts";
import { checkLimits, checkRoom, type OfflineLimits } from "./limits.ts";
import type { CaptureMethod, PaymentTerms } from "./payment.ts";
import type { Clock, Database } from "./ports.ts";
import type { OnlinePin } from "./reader/mod.ts";
import type { ActivityLog } from "./store/activity.ts";
import type { Payments } from "./store/payments.ts";
import type { PaymentRow } from "./store/rows.ts";
import type { StoredRisk } from "./store/stored_risk.ts";
import { ChainMoved } from "./sealed_ahead.ts";
import { Sealing } from "./sealing.ts";
import { type CardsAtHand, copyPin } from "./forward/cards_at_hand.ts";
import { formatUuid } from "./uuid.ts";
import type { ChainedRecord, Vault } from "./vault.ts";

/** What the till needs; all owned by the engine. */
export interface AcceptContext {
  core: Core;
  database: Database;
  clock: Clock;
  payments: Payments;
  risk: StoredRisk;
  activity: ActivityLog;
  vault: Vault;
  atHand: CardsAtHand;
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
  /** Whether card and issuer are both there: what the core lets through online, it then does. */
  isAskedNow: boolean;
  /** What the customer entered for the issuer; kept in memory only. Wiped by the caller. */
  onlinePin: OnlinePin | null;
  /** Whether the reader can be asked for an online PIN, should the issuer want one. */
  mayAskPin: boolean;
  intentId: string | null;
  terms: PaymentTerms;
  /** Serial number of the reader, or null. */
  reader: string | null;
  /** Limits a manager lifted for this payment; used only when it is offline. */
  lifted: readonly LiftedLimit[];
  /** The reader's EMV TLV; wiped by the caller. */
  emvData: Uint8Array;
}

/** A payment that was accepted. */
export interface AcceptedPayment {
  row: PaymentRow;
  error: null;
  /**
   * Why it must not go on offline, or null. Its card data is then on no disk: only the
   * {@link CardsAtHand} can charge it, and when they are dropped nothing can.
   */
  onlineOnly: HoldfastError | null;
}

/** What became of one payment of a batch. */
export type Accepted =
  | AcceptedPayment
  | { row: null; error: HoldfastError };

/** How a caller waits for its payments to be stored. */
export interface AcceptOptions {
  /** Aborted before the commit: nothing is stored. */
  signal?: AbortSignal;
  /** Called in the very turn of the commit, so that nothing can come between. */
  onStored?: (accepted: readonly Accepted[]) => void;
}

/**
 * Stores one payment and returns it once it is on disk; the same chip transaction presented
 * again returns the payment that already stores it. Where the recipient's suite lets it, all of it
 * happens before this function returns its promise.
 *
 * @throws {HoldfastError} a refusal (`CARD_SWIPE_NOT_AVAILABLE`, …, `OFFLINE_TRANSACTION_DECLINED`
 *   with `details.reason`), a limit (see {@link checkLimits}), or a store error; in every case
 *   the payment is not accepted. `STORE_WRITE_FAILED` after an unclear commit means it was looked
 *   up and is not there.
 */
export async function acceptPayment(
  context: AcceptContext,
  request: AcceptRequest,
  options: AcceptOptions = {},
): Promise<AcceptedPayment> {
  const [accepted] = await acceptPayments(context, [request], options);
  if (accepted.error !== null) throw accepted.error;
  return accepted;
}

/**
 * Stores payments in one commit, and returns what became of each once they are on disk. A refusal
 * concerns one payment; a store error concerns all that were not refused.
 */
export async function acceptPayments(
  context: AcceptContext,
  requests: readonly AcceptRequest[],
  { signal, onStored }: AcceptOptions = {},
): Promise<Accepted[]> {
  const decided = requests.map((request) => allowedCard(context, request));
  const sealing = new Sealing(context, requests, decided);
  try {
    for (;;) {
      // Records that are on no disk, until it is known that their payments are.
      const records: (Uint8Array | null)[] = [];
      // No wait where none is needed: what follows is one turn with the caller's last look.
      if (context.vault.sealsAhead) await sealing.sealAhead();
      signal?.throwIfAborted();
      const stored = storeAll(
        context,
        requests,
        decided,
        sealing,
        records,
      );
      if (stored === null) continue;
      const accepted = stored.map((now, i): Accepted =>
        now instanceof HoldfastError
          ? { row: null, error: noted(context, requests[i], now) }
          : accept(context, requests[i], decided[i], now, records[i])
      );
      onStored?.(accepted);
      return accepted;
    }
  } finally {
    sealing.wipe();
  }
}

/** The one transaction; null when the chain has moved on since the records were sealed. */
function storeAll(
  context: AcceptContext,
  requests: readonly AcceptRequest[],
  decided: readonly (DecidedCard | HoldfastError)[],
  sealing: Sealing,
  records: (Uint8Array | null)[],
): (number | HoldfastError)[] | null {
  const unsealed = new Set<number>();
  try {
    return context.database.transaction(() =>
      decided.map((card, i) => {
        if (card instanceof HoldfastError) return card;
        unsealed.add(i);
        return store(context, requests[i], card, () => {
          unsealed.delete(i);
          return sealing.seal(i);
        }, (record) => records[i] = record);
      })
    );
  } catch (error) {
    if (error instanceof ChainMoved) {
      sealing.leaveOut(unsealed);
      return null;
    }
    if (!(error instanceof HoldfastError)) throw error;
    const stored = error.retry === "same_key"
      ? lookUp(context, requests, error)
      : requests.map(() => error);
    return stored.map((now, i) => {
      const refused = decided[i];
      return refused instanceof HoldfastError ? refused : now;
    });
  }
}

/** Reads the row that is on disk, and keeps at hand what is not. */
function accept(
  { payments, atHand }: AcceptContext,
  { onlinePin, mayAskPin }: AcceptRequest,
  decided: DecidedCard | HoldfastError,
  rowId: number,
  record: Uint8Array | null | undefined,
): AcceptedPayment {
  const row = payments.byRowId(rowId)!;
  const isOnlineOnly = row.payment.offlineDetails === null &&
    !(decided instanceof HoldfastError) && decided.onlineOnly !== null &&
    payments.sealedRecord(rowId) === null;
  const onlineOnly = isOnlineOnly ? decided.onlineOnly : null;
  // Undefined: the chip transaction was stored before, and goes by what was at hand then.
  if (record !== undefined && row.payment.offlineDetails === null) {
    const pin = onlinePin && copyPin(onlinePin);
    atHand.put(rowId, { record, pin, mayAskPin: mayAskPin && pin === null });
  }
  return { row, error: null, onlineOnly };
}

/**
 * Stores inside the transaction; returns the row, or the limit that forbids it. `keep` is told
 * what does not go to the disk: the record of a payment that must not be stored, else null.
 */
function store(
  context: AcceptContext,
  request: AcceptRequest,
  decided: DecidedCard,
  seal: () => ChainedRecord,
  keep: (record: Uint8Array | null) => void,
): number | HoldfastError {
  const { payments, activity } = context;
  const {
    cardHmac,
    cardTransactionHmac,
    decision,
    onlineOnly,
    ...cardPresent
  } = decided;
  const existing = payments.byCardTransaction(cardTransactionHmac);
  if (existing !== null) return existing.rowId;
  const nowMs = context.clock.nowMs();
  const limit = limitOf(context, request, decided, nowMs);
  if (limit !== null) return limit;
  const sealed = seal();
  const rowId = payments.insert({
    ...request,
    // Interac asks and takes in one message; there is nothing left to capture.
    captureMethod: decided.brand === "interac"
      ? "automatic"
      : request.captureMethod,
    epoch: sealed.epoch,
    seq: sealed.seq,
    cardPresent,
    cardHmac,
    cardTransactionHmac,
    recordHash: sealed.hash,
    record: onlineOnly === null ? sealed.record : null,
    storedAtMs: nowMs,
  });
  keep(onlineOnly === null ? null : sealed.record);
  activity.add("stored", rowId, { decision, offline: request.isOffline });
  for (const { code, limit, needed, by, reason } of request.lifted) {
    activity.add("approved", rowId, { code, limit, needed, by, reason });
  }
  return rowId;
}

/** The limit that forbids one more payment, or null; nothing is written before it is known. */
function limitOf(
  context: AcceptContext,
  request: AcceptRequest,
  { brand, cardHmac }: DecidedCard,
  nowMs: number,
): HoldfastError | null {
  const freeBytes = context.database.freeBytes();
  try {
    checkRoom(freeBytes);
    if (request.isOffline) {
      const asked = { ...request, brand, cardHmac, nowMs, freeBytes };
      checkLimits(context, context.limits, { ...asked, isCounted: false });
    }
    return null;
  } catch (error) {
    // A failing disk concerns all, not this payment.
    if (error instanceof HoldfastError && error.retry !== "same_key") {
      return error;
    }
    throw error;
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
  { database, payments }: AcceptContext,
  requests: readonly AcceptRequest[],
  cause: HoldfastError,
): (number | HoldfastError)[] {
  database.reopen();
  return requests.map(({ localId }) =>
    payments.byLocalId(localId)?.rowId ?? failure(
      "STORE_WRITE_FAILED",
      "the device failed to write the payment; it is not stored",
      { cause },
    )
  );
}

/** Writes the refusal down, best effort, and returns it. */
function noted(
  context: AcceptContext,
  request: AcceptRequest,
  error: HoldfastError,
): HoldfastError {
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
  return error;
}
