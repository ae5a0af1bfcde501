/**
 * Selling: create, collect, confirm.
 *
 * Owns: the way of one PaymentIntent from the app's wish to the store. Until it is confirmed it
 * lives here, in memory; from the commit on the store has it and this file forgets it.
 * @module
 */
import { acceptPayment, continueOffline } from "./accept.ts";
import { failure } from "./errors.ts";
import { withDeadline } from "./forward/deadline.ts";
import { createKey } from "./forward/keys.ts";
import {
  type CreatePaymentIntentParams,
  intentOf,
  Intents,
  type OpenIntent,
  type PaymentIntent,
} from "./intents.ts";
import { type OfflineBehavior, OPEN_STATES } from "./payment.ts";
import type { ReaderClient } from "./reader/mod.ts";
import type { Rooms } from "./rooms.ts";
import type { PaymentRow } from "./store/rows.ts";
import { createUuid, formatUuid } from "./uuid.ts";

/** The open PaymentIntents of one terminal; documented where the app calls it. */
export class Sales {
  readonly #rooms: Rooms;
  readonly #intents = new Intents();

  constructor(rooms: Rooms) {
    this.#rooms = rooms;
  }

  /** See `Terminal.createPaymentIntent`. */
  async create(
    params: CreatePaymentIntentParams,
    behavior: OfflineBehavior,
  ): Promise<PaymentIntent> {
    const { connection, ports: { clock, random } } = this.#rooms;
    const localId = createUuid(clock, random);
    const open = this.#intents.create(
      localId,
      params,
      behavior,
      clock.nowMs(),
    );
    try {
      const isOnline = await connection.isOnlineFor(behavior);
      if (isOnline) await this.#createOnline(open);
    } catch (error) {
      this.#intents.remove(open);
      throw error;
    }
    return open.intent;
  }

  /** See `Terminal.collectPaymentMethod`. */
  async collect(
    localId: string,
    reader: ReaderClient | null,
    signal: AbortSignal | undefined,
  ): Promise<PaymentIntent> {
    const { connection, configuration } = this.#rooms;
    const open = this.#require(localId);
    if (reader === null) {
      throw failure("READER_NOT_CONNECTED", "no reader is connected");
    }
    this.#intents.forgetCard(open);
    const { amount, currency, offlineBehavior } = open.intent;
    const wasOnline = await connection.isOnlineFor(offlineBehavior);
    const { emvData } = await reader.collect({
      amountMinor: amount,
      currency,
      isOffline: !wasOnline,
      terminalCountry: configuration.location.country,
      deadlineMs: configuration.collectDeadlineMs ?? 60_000,
    }, signal);
    return this.#intents.collect(open, { emvData, wasOnline });
  }

  /** See `Terminal.confirmPaymentIntent`. */
  async confirm(
    localId: string,
    onStored: () => void,
  ): Promise<PaymentIntent> {
    const { connection, forwarder } = this.#rooms;
    const open = this.#require(localId);
    const { offlineBehavior: behavior } = open.intent;
    if (open.collected === null) {
      throw failure(
        "PAYMENT_INTENT_NOT_COLLECTED",
        "no payment method was collected",
      );
    }
    const isOnline = await connection.isOnlineFor(behavior);
    if (open.collected.wasOnline && !isOnline) {
      this.#intents.forgetCard(open);
      throw failure(
        "OFFLINE_COLLECT_AND_CONFIRM_MISMATCH",
        "the card was collected online and the connection is gone",
      );
    }
    let row = this.#accept(open, open.collected.emvData, isOnline);
    if (OPEN_STATES.includes(row.payment.state)) forwarder.add(row);
    onStored();
    if (isOnline) row = await this.#awaitOutcome(row, behavior);
    return intentOf(row.payment, behavior);
  }

  /** Drops an open intent; false when there is none with this id. */
  cancel(localId: string): boolean {
    const open = this.#intents.get(localId);
    if (open !== null) this.#intents.remove(open);
    return open !== null;
  }

  /** Wipes every card that was collected. */
  clear(): void {
    this.#intents.clear();
  }

  /** Decides and stores; the card is forgotten either way. */
  #accept(
    open: OpenIntent,
    emvData: Uint8Array,
    isOnline: boolean,
  ): PaymentRow {
    const { account } = this.#rooms.configuration;
    const { intent } = open;
    try {
      const row = acceptPayment(this.#rooms.accept, {
        localId: open.localIdBytes,
        amount: intent.amount,
        currency: intent.currency,
        captureMethod: intent.captureMethod,
        metadata: intent.metadata,
        account: account.id,
        isLivemode: account.isLivemode,
        createdAtMs: intent.createdAtMs,
        intentId: intent.id,
        isOffline: !isOnline,
        emvData,
      });
      this.#intents.remove(open);
      return row;
    } catch (error) {
      this.#intents.forgetCard(open);
      throw error;
    }
  }

  /** Asks Stripe for the id; without an answer the intent simply has none yet. */
  async #createOnline(open: OpenIntent): Promise<void> {
    const { ports, forward, connection } = this.#rooms;
    const { intent } = open;
    const result = await withDeadline(
      ports.clock,
      forward.callDeadlineMs,
      new AbortController().signal,
      (signal) =>
        ports.gateway.createIntent({
          amount: intent.amount,
          currency: intent.currency,
          captureMethod: intent.captureMethod,
          metadata: {
            ...intent.metadata,
            holdfast_local_id: intent.localId,
            holdfast_device: formatUuid(this.#rooms.accept.vault.deviceId),
          },
        }, { idempotencyKey: createKey(intent.localId, 0), signal }),
    );
    if (result.kind === "intent") {
      open.intent = { ...intent, id: result.intent.id };
      return;
    }
    if (result.kind === "rejected") {
      throw failure(
        "INVALID_ARGUMENT",
        `Stripe refuses the PaymentIntent: ${result.code}`,
      );
    }
    if (intent.offlineBehavior === "require_online") {
      throw failure(
        "STRIPE_API_CONNECTION_ERROR",
        `Stripe did not create the PaymentIntent: ${result.kind}`,
      );
    }
    const isSilent = result.kind === "unavailable" && !result.isAnswered;
    if (isSilent) await connection.doubt();
  }

  /** Forwards at once and waits; without an answer the payment goes on as an offline one. */
  async #awaitOutcome(
    row: PaymentRow,
    behavior: OfflineBehavior,
  ): Promise<PaymentRow> {
    const { forwarder, forward, accept, ports, isOfflineEnabled } = this.#rooms;
    const ended = new AbortController();
    const settled = forwarder.settled(row.rowId);
    forwarder.dueNow(row.rowId);
    const timer = ports.clock.sleep(forward.callDeadlineMs, ended.signal)
      .catch(() => {}); // The outcome came first; its timer is cancelled by `ended`.
    await Promise.race([settled, timer]);
    ended.abort();
    const now = accept.payments.byRowId(row.rowId)!;
    if (now.payment.state !== "stored") return now;
    if (forward.steps.latest(row.rowId, "confirm") !== null) {
      return this.#markUnknown(row.rowId);
    }
    const mustStay = behavior === "require_online" || !isOfflineEnabled;
    return mustStay ? now : continueOffline(accept, now);
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

  #require(localId: string): OpenIntent {
    const open = this.#intents.get(localId);
    if (open !== null) return open;
    throw failure(
      "PAYMENT_NOT_FOUND",
      "no open PaymentIntent has this local id",
    );
  }
}
