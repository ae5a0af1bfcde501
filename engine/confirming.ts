/**
 * Confirming: from a collected card to a stored payment, and from there to its outcome.
 *
 * Owns: the asking of a manager, and what becomes of a payment that was to be authorised online
 * when no answer comes: it goes on as an offline one where that is allowed, and where it is not
 * it is taken back before anything was asked of the issuer, or is `unknown`.
 * @module
 */
import {
  type AcceptedPayment,
  acceptPayment,
  continueOffline,
} from "./accept.ts";
import { askApproval, isApprovable, type LiftedLimit } from "./approval.ts";
import { failure, HoldfastError } from "./errors.ts";
import type { Collected, Intents, OpenIntent } from "./intents.ts";
import type { OfflineBehavior } from "./payment.ts";
import type { OnlinePin } from "./reader/mod.ts";
import type { Readers } from "./readers.ts";
import type { Rooms } from "./rooms.ts";
import type { CallOptions } from "./step_limit.ts";
import type { PaymentRow } from "./store/rows.ts";
import { wasConfirmed } from "./store/steps.ts";

/** More limits than there are. */
const APPROVALS_MAX = 12;

/** The last step of a sale. */
export class Confirming {
  readonly #rooms: Rooms;
  readonly #readers: Readers;
  readonly #intents: Intents;

  constructor(rooms: Rooms, readers: Readers, intents: Intents) {
    this.#rooms = rooms;
    this.#readers = readers;
    this.#intents = intents;
  }

  /** Decides and stores; the card is forgotten either way. */
  async accept(
    open: OpenIntent,
    collected: Collected,
    isOnline: boolean,
    signal: AbortSignal,
  ): Promise<AcceptedPayment> {
    const lifted: LiftedLimit[] = [];
    for (;;) {
      try {
        return await this.#acceptOnce(
          open,
          collected,
          isOnline,
          lifted,
          signal,
        );
      } catch (error) {
        const lift = lifted.length < APPROVALS_MAX
          ? await this.#lift(open, collected, error, signal)
          : null;
        // Who left has perhaps collected another card since: that one is not ours to forget.
        signal.throwIfAborted();
        if (lift === null) {
          this.#intents.forgetCard(open);
          throw error;
        }
        lifted.push(lift);
      }
    }
  }

  /**
   * Forwards at once and waits; without an answer the payment goes on as an offline one, unless
   * it must not. The payment is stored: leaving the call ends the waiting, not the payment.
   *
   * @throws {HoldfastError} when it may not go on offline and was taken back.
   */
  async awaitOutcome(
    accepted: AcceptedPayment,
    behavior: OfflineBehavior,
    options: CallOptions,
  ): Promise<PaymentRow> {
    const { atHand } = this.#rooms.accept;
    const { row, row: { rowId } } = accepted;
    try {
      await this.#wait(rowId, options);
      if (atHand.isPinWanted(rowId)) {
        atHand.answerPin(rowId, await this.#askPin(row, options));
        await this.#wait(rowId, options);
      }
      return this.#conclude(accepted, behavior);
    } finally {
      // Whatever becomes of it now, nobody can be asked for this card's consent again.
      atHand.drop(rowId);
    }
  }

  /** Waits for the outcome, the deadline or the app's leaving. */
  async #wait(rowId: number, options: CallOptions): Promise<void> {
    const { forwarder, forward, ports } = this.#rooms;
    const ended = new AbortController();
    const leave = options.signal === undefined
      ? ended.signal
      : AbortSignal.any([ended.signal, options.signal]);
    const settled = forwarder.settled(rowId);
    forwarder.dueNow(rowId);
    const waitMs = Math.min(
      forward.callDeadlineMs,
      options.deadlineMs ?? forward.callDeadlineMs,
    );
    // Aborted when the outcome came first, or when the app left.
    const timer = ports.clock.sleep(waitMs, leave).catch(() => {});
    await Promise.race([settled, timer]);
    ended.abort();
  }

  /** The issuer wants a PIN: asks for it on the reader that read the card; null without one. */
  async #askPin(
    { payment }: PaymentRow,
    { signal }: CallOptions,
  ): Promise<OnlinePin | null> {
    const reader = this.#readers.current;
    if (reader?.info.serialNumber !== payment.reader) return null;
    const { collectDeadlineMs } = this.#rooms.configuration;
    const deadline = collectDeadlineMs === undefined
      ? {}
      : { deadlineMs: collectDeadlineMs };
    try {
      return await reader.collectPin(payment.amount, payment.currency, {
        ...deadline,
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      // No PIN: the issuer's refusal then stands.
      if (error instanceof HoldfastError) return null;
      throw error;
    }
  }

  /** What the app is told of a payment that was waited for. */
  #conclude(
    { row: { rowId }, onlineOnly }: AcceptedPayment,
    behavior: OfflineBehavior,
  ): PaymentRow {
    const { accept, forward } = this.#rooms;
    const now = accept.payments.byRowId(rowId)!;
    if (now.payment.state !== "stored") return now;
    if (wasConfirmed(forward.steps, rowId)) return this.#markUnknown(rowId);
    const refusal = this.#offlineRefusal(now, behavior) ?? onlineOnly;
    if (refusal !== null) return this.#takeBack(rowId, refusal);
    try {
      return continueOffline(accept, now);
    } catch (error) {
      return this.#takeBack(rowId, error);
    }
  }

  /** Why no payment like this one may go on offline, or null. */
  #offlineRefusal(
    { payment }: PaymentRow,
    behavior: OfflineBehavior,
  ): HoldfastError | null {
    const { settings } = this.#rooms;
    const isForbidden = !settings.isOfflineEnabled ||
      payment.terms.isIncrementalAuthorization;
    if (behavior !== "require_online" && !isForbidden) {
      return settings.storeRefusal;
    }
    return failure(
      behavior === "require_online"
        ? "NOT_CONNECTED_TO_INTERNET_AND_REQUIRE_ONLINE_SET"
        : "STRIPE_API_CONNECTION_ERROR",
      "the connection went while the payment was confirmed",
    );
  }

  #acceptOnce(
    open: OpenIntent,
    collected: Collected,
    isOnline: boolean,
    lifted: readonly LiftedLimit[],
    signal: AbortSignal,
  ): Promise<AcceptedPayment> {
    const { emvData, tip, reader, onlinePin } = collected;
    const isAskedNow = isOnline && collected.wasOnline;
    const { account } = this.#rooms.configuration;
    const { intent } = open;
    return acceptPayment(this.#rooms.accept, {
      localId: open.localIdBytes,
      amount: intent.amount + (tip ?? 0),
      currency: intent.currency,
      captureMethod: intent.captureMethod,
      metadata: intent.metadata,
      account: account.id,
      isLivemode: account.isLivemode,
      createdAtMs: intent.createdAtMs,
      intentId: intent.id,
      isOffline: !isOnline,
      isAskedNow,
      onlinePin,
      mayAskPin: isAskedNow && collected.mayAskPin,
      terms: { ...open.terms, tip: tip ?? open.terms.tip },
      reader,
      lifted,
      emvData,
    }, {
      signal,
      // In the commit's own turn: nobody can cancel what is stored.
      onStored: ([{ row }]) => {
        if (row !== null) this.#intents.remove(open);
      },
    });
  }

  /** Asks a manager about a limit; null when there is nobody to ask or the answer was no. */
  async #lift(
    open: OpenIntent,
    { tip }: Collected,
    error: unknown,
    signal: AbortSignal,
  ): Promise<LiftedLimit | null> {
    const { offline } = this.#rooms.configuration;
    if (offline?.approve === undefined) return null;
    if (!(error instanceof HoldfastError) || !isApprovable(error)) return null;
    const { localId, amount, currency } = open.intent;
    return await askApproval(offline.approve, error, {
      localId,
      amount: amount + (tip ?? 0),
      currency,
      signal,
    });
  }

  /** The confirmation was sent and nobody knows what became of it: say so. */
  #markUnknown(rowId: number): PaymentRow {
    const { accept } = this.#rooms;
    accept.database.transaction(() => {
      accept.payments.move(rowId, "unknown");
      accept.activity.add("unknown", rowId);
    });
    return accept.payments.byRowId(rowId)!;
  }

  /**
   * Voids what was never confirmed at Stripe and throws `error`: the app is told the truth, no
   * sale. The forwarder asks the store before every send, so a call under way that only creates
   * the PaymentIntent ends there.
   */
  #takeBack(rowId: number, error: unknown): never {
    const { accept, forwarder } = this.#rooms;
    accept.database.transaction(() => {
      accept.payments.move(rowId, "canceled");
      accept.activity.add("canceled", rowId);
    });
    if (!forwarder.isInFlight(rowId)) forwarder.remove(rowId);
    throw error;
  }
}
