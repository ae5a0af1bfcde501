/**
 * The stored payments, for people: list, read, void, send again, capture.
 *
 * Owns: what may still be done to a payment after it was stored, and when it is too late.
 * @module
 */
import { failure } from "./errors.ts";
import type { OfflineStatus } from "./events.ts";
import { capturePayment } from "./forward/capture.ts";
import { requestOf } from "./forward/forward_payment.ts";
import { createKey } from "./forward/keys.ts";
import type { Rooms } from "./rooms.ts";
import type { PaymentRow } from "./store/rows.ts";
import { Steps, wasConfirmed } from "./store/steps.ts";
import { parseUuid } from "./uuid.ts";

/** The stored payments of one terminal; documented where the app calls it. */
export class Ledger {
  readonly #rooms: Rooms;
  readonly #steps: Steps;

  constructor(rooms: Rooms) {
    this.#rooms = rooms;
    this.#steps = new Steps(rooms.ports.database);
  }

  /** Counters and sums, from the store. */
  status(): OfflineStatus {
    const { account } = this.#rooms.configuration;
    const allAccounts = this.#rooms.accept.payments.totals();
    const ours = allAccounts.filter((total) =>
      total.account === account.id && total.isLivemode === account.isLivemode
    );
    return {
      reader: null,
      sdk: {
        networkStatus: this.#rooms.forwarder.networkStatus,
        offlinePaymentsCount: ours.reduce((sum, total) => sum + total.count, 0),
        offlinePaymentAmountsByCurrency: Object.fromEntries(
          ours.map((total) => [total.currency, total.amount]),
        ),
        allAccounts,
      },
    };
  }

  /** The row of a local id, or null. */
  find(localId: string): PaymentRow | null {
    const bytes = parseUuid(localId);
    return bytes === null ? null : this.#rooms.accept.payments.byLocalId(bytes);
  }

  /**
   * The row of a local id.
   *
   * @throws {HoldfastError} `PAYMENT_NOT_FOUND`.
   */
  require(localId: string): PaymentRow {
    const row = this.find(localId);
    if (row !== null) return row;
    throw failure("PAYMENT_NOT_FOUND", "no stored payment has this local id");
  }

  /** Voids a payment that was never sent; see `Terminal.cancelPaymentIntent`. */
  void(localId: string): void {
    const { accept, forwarder } = this.#rooms;
    const { rowId, mustLook, payment: { state } } = this.require(localId);
    // Where this row was copied from, it may have been forwarded since.
    const isSent = mustLook || wasConfirmed(this.#steps, rowId) ||
      forwarder.isInFlight(rowId) || !["stored", "failed"].includes(state);
    if (isSent) {
      throw failure(
        "PAYMENT_ALREADY_SENT",
        `a payment in state ${state} may have reached the issuer`,
        { details: { state } },
      );
    }
    accept.database.transaction(() => {
      accept.payments.move(rowId, "canceled");
      accept.activity.add("canceled", rowId);
    });
    forwarder.remove(rowId);
  }

  /** Puts a failed payment back into the queue; see `Terminal.retryPayment`. */
  retry(localId: string): void {
    const { accept, forwarder } = this.#rooms;
    const row = this.require(localId);
    const { rowId, payment: { id, error } } = row;
    // Stripe's word that this PaymentIntent has taken no money and never will.
    const isIntentDead = id !== null && error?.code === "intent_canceled";
    if (isIntentDead && row.payment.terms.isRetrieved) {
      throw failure(
        "PAYMENT_INTENT_UNEXPECTED_STATE",
        "the back end's PaymentIntent was canceled, and no other takes its place",
        { details: { status: "canceled" } },
      );
    }
    if (isIntentDead) this.#planCreation(row);
    // What was sent may have been executed since, so it comes back as unclear.
    const isSent = wasConfirmed(this.#steps, rowId) && !isIntentDead;
    accept.database.transaction(() => {
      accept.payments.move(rowId, isSent ? "unknown" : "stored");
      if (isIntentDead) this.#steps.releaseIntent(rowId);
      accept.activity.add("retried", rowId, isIntentDead ? { id } : {});
    });
    forwarder.add(accept.payments.byRowId(rowId)!);
    forwarder.dueNow(rowId);
  }

  /** Captures a manual payment; see `Terminal.capturePaymentIntent`. */
  async capture(localId: string): Promise<PaymentRow> {
    await capturePayment(
      this.#rooms.forward,
      this.require(localId),
      new AbortController().signal,
    );
    return this.require(localId);
  }

  /**
   * A person wants another intent, so its key is written down now. Forwarding by itself never
   * makes one beside a canceled intent: it may be canceled because the sale was.
   */
  #planCreation(row: PaymentRow): void {
    const { rowId, payment: { localId } } = row;
    const generation = (this.#steps.latest(rowId, "create")?.generation ?? 0) +
      1;
    this.#steps.begin(
      rowId,
      "create",
      generation,
      createKey(localId, generation),
      JSON.stringify(requestOf(this.#rooms.forward, row)),
      this.#rooms.ports.clock.nowMs(),
    );
  }
}
