/**
 * The stored payments, for people: list, read, void, send again, capture.
 *
 * Owns: what may still be done to a payment after it was stored, and when it is too late.
 * @module
 */
import { failure } from "./errors.ts";
import type { OfflineStatus } from "./events.ts";
import { capturePayment } from "./forward/capture.ts";
import type { Rooms } from "./rooms.ts";
import type { PaymentRow } from "./store/rows.ts";
import { parseUuid } from "./uuid.ts";

/** The stored payments of one terminal; documented where the app calls it. */
export class Ledger {
  readonly #rooms: Rooms;

  constructor(rooms: Rooms) {
    this.#rooms = rooms;
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
    const { rowId, payment: { state } } = this.require(localId);
    const isSent = this.#wasSent(rowId) || forwarder.isInFlight(rowId) ||
      !["stored", "failed"].includes(state);
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
    const { rowId } = this.require(localId);
    // What was sent may have been executed since, so it comes back as unclear.
    const state = this.#wasSent(rowId) ? "unknown" : "stored";
    accept.database.transaction(() => {
      accept.payments.move(rowId, state);
      accept.activity.add("retried", rowId);
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

  #wasSent(rowId: number): boolean {
    return this.#rooms.forward.steps.latest(rowId, "confirm") !== null;
  }
}
