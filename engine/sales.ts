/**
 * Selling: create, collect, confirm.
 *
 * Owns: the way of one PaymentIntent from the app's wish to the store. Until it is confirmed it
 * lives here, in memory; from the commit on the store has it and this file forgets it. One step
 * at a time runs on an intent, and whoever leaves a step leaves nothing behind.
 * @module
 */
import { decide } from "./card_decision.ts";
import { Confirming } from "./confirming.ts";
import { failure } from "./errors.ts";
import { checkBehavior, checkStepOptions } from "./intent_params.ts";
import {
  type CreatePaymentIntentParams,
  intentOf,
  Intents,
  type OpenIntent,
  type PaymentIntent,
  type UpdatePaymentIntentParams,
} from "./intents.ts";
import { wipePin } from "./forward/cards_at_hand.ts";
import { createOnline } from "./online_create.ts";
import {
  type CardPresentDetails,
  type OfflineBehavior,
  OPEN_STATES,
} from "./payment.ts";
import type { ReaderClient, TipOptions } from "./reader/mod.ts";
import type { Readers } from "./readers.ts";
import type { Rooms } from "./rooms.ts";
import { Retrieving } from "./retrieving.ts";
import {
  type CallOptions,
  limited,
  limitedStep,
  type StepOptions,
} from "./step_limit.ts";
import { DEFAULT_DEADLINES, stepDeadlineOf } from "./terminal_configuration.ts";
import { refuseOfflineTerms, refuseSurcharge } from "./terms.ts";
import { createUuid } from "./uuid.ts";

/** Options of `collectPaymentMethod`. */
export interface CollectOptions extends StepOptions {
  /**
   * Shows the card on the returned intent before it is confirmed; online only. Offline the flag
   * may be set and the card is simply not there, as Stripe's guide has it.
   * @default false
   */
  updatePaymentIntent?: boolean;
}

/** Options of `confirmPaymentIntent`. */
export interface ConfirmOptions extends StepOptions {
  /** Not supported: refused with its own code offline, as an argument online. @default 0 */
  amountSurcharge?: number;
}

/** The open PaymentIntents of one terminal; documented where the app calls it. */
export class Sales {
  readonly #rooms: Rooms;
  readonly #readers: Readers;
  readonly #confirming: Confirming;
  readonly #intents: Intents;
  readonly #retrieving: Retrieving;

  constructor(rooms: Rooms, readers: Readers) {
    this.#rooms = rooms;
    this.#readers = readers;
    const { account } = rooms.configuration;
    this.#intents = new Intents(account.isConnected ?? false);
    this.#retrieving = new Retrieving(rooms, this.#intents);
    this.#confirming = new Confirming(rooms, readers, this.#intents);
  }

  /** See `Terminal.createPaymentIntent`. */
  async create(
    params: CreatePaymentIntentParams,
    options: StepOptions,
  ): Promise<PaymentIntent> {
    const { connection, ports: { clock, random } } = this.#rooms;
    checkStepOptions(options);
    const { offlineBehavior: behavior = "prefer_online" } = options;
    const localId = createUuid(clock, random);
    const nowMs = clock.nowMs();
    const open = this.#intents.create(localId, params, behavior, nowMs);
    try {
      await this.#step(open, options, this.#stepMs(), async (signal) => {
        const isOnline = await connection.isOnlineFor(behavior);
        signal.throwIfAborted();
        if (!isOnline) refuseOfflineTerms(open);
        // With a tip the amount is not known yet: it is created when it is confirmed.
        else if (this.#tipOf(open) === null) {
          await createOnline(this.#rooms, open, signal);
        }
      });
    } catch (error) {
      this.#intents.remove(open);
      throw error;
    }
    return open.intent;
  }

  /** See `Terminal.retrievePaymentIntent`. */
  retrieve(reference: string, options: StepOptions): Promise<PaymentIntent> {
    return this.#retrieving.retrieve(reference, options, this.#stepMs());
  }

  /** See `Terminal.updatePaymentIntent`. */
  update(localId: string, changes: UpdatePaymentIntentParams): PaymentIntent {
    const open = this.#require(localId);
    this.#assertIdle(open);
    if (open.intent.id !== null || open.wasSent) {
      throw failure(
        "UPDATE_PAYMENT_INTENT_UNAVAILABLE",
        "Stripe was asked to create this PaymentIntent already",
      );
    }
    return this.#intents.update(open, changes);
  }

  /** See `Terminal.collectPaymentMethod`. */
  async collect(
    localId: string,
    options: CollectOptions,
  ): Promise<PaymentIntent> {
    const { connection, configuration } = this.#rooms;
    checkStepOptions(options, ["updatePaymentIntent"]);
    const open = this.#require(localId);
    const reader = this.#readers.require();
    const behavior = this.#behaviorOf(open, options);
    const {
      collectDeadlineMs: deadlineMs = DEFAULT_DEADLINES.collectDeadlineMs,
    } = configuration;
    return await this.#step(open, options, deadlineMs, async (signal) => {
      this.#intents.forgetCard(open);
      const wasOnline = await connection.isOnlineFor(behavior);
      signal.throwIfAborted();
      if (!wasOnline) this.#assertOfflineCapable();
      const { amount, currency } = open.intent;
      const tip = open.intent.id === null ? this.#tipOf(open) : null;
      const result = await reader.collect({
        amountMinor: amount,
        currency,
        isOffline: !wasOnline,
        terminalCountry: configuration.location.country,
        deadlineMs: options.deadlineMs ?? deadlineMs,
        ...(tip === null ? {} : { tip }),
      }, signal);
      if (signal.aborted) {
        result.emvData.fill(0);
        wipePin(result.onlinePin ?? null);
        throw signal.reason;
      }
      const { emvData, onlinePin = null, tipAmountMinor = 0 } = result;
      const isInspected = wasOnline && options.updatePaymentIntent === true;
      return this.#intents.collect(
        open,
        {
          emvData,
          onlinePin,
          mayAskPin: reader.info.capabilities.canOnlinePin,
          wasOnline,
          tip: tip === null ? null : tipAmountMinor,
          reader: reader.info.serialNumber,
        },
        isInspected
          ? this.#inspect(emvData, amount + tipAmountMinor, currency)
          : null,
      );
    });
  }

  /** See `Terminal.confirmPaymentIntent`. */
  async confirm(
    localId: string,
    options: ConfirmOptions,
    onStored: () => void,
  ): Promise<PaymentIntent> {
    const { connection, forwarder, configuration } = this.#rooms;
    checkStepOptions(options, ["amountSurcharge"]);
    const open = this.#require(localId);
    const behavior = this.#behaviorOf(open, options);
    const { amountSurcharge = 0 } = options;
    const deadlineMs = configuration.offline?.approve === undefined
      ? this.#stepMs()
      : DEFAULT_DEADLINES.approvalDeadlineMs;
    const stored = await this.#step(
      open,
      options,
      deadlineMs,
      async (signal) => {
        const { collected } = open;
        if (collected === null) {
          throw failure(
            "PAYMENT_INTENT_NOT_COLLECTED",
            "no payment method was collected",
          );
        }
        const isOnline = await connection.isOnlineFor(behavior);
        signal.throwIfAborted();
        refuseSurcharge(amountSurcharge, isOnline);
        if (!isOnline) refuseOfflineTerms(open);
        if (collected.wasOnline && !isOnline) {
          this.#intents.forgetCard(open);
          throw failure(
            "OFFLINE_COLLECT_AND_CONFIRM_MISMATCH",
            "the card was collected online and the connection is gone",
          );
        }
        const accepted = await this.#confirming.accept(
          open,
          collected,
          isOnline,
          signal,
        );
        return { accepted, isOnline };
      },
    );
    const { accepted, accepted: { row }, isOnline } = stored;
    if (OPEN_STATES.includes(row.payment.state)) forwarder.add(row);
    onStored();
    const outcome = isOnline
      ? await this.#confirming.awaitOutcome(accepted, behavior, options)
      : row;
    return intentOf(outcome.payment, open.intent.offlineBehavior);
  }

  /**
   * Drops an open intent and ends its step; null when there is none with this id. What it returns
   * gives a back end's intent back to it.
   */
  cancel(
    localId: string,
  ): ((options: CallOptions) => Promise<void>) | null {
    const open = this.#intents.get(localId);
    if (open === null) return null;
    open.step?.abort(new DOMException("the intent was canceled", "AbortError"));
    this.#intents.remove(open);
    const { intent, terms: { isRetrieved } } = open;
    return async (options) => {
      if (!isRetrieved) return;
      await limitedStep(
        this.#rooms,
        options,
        (signal) => this.#retrieving.release(intent, signal),
      );
    };
  }

  /** Wipes every card that was collected. */
  clear(): void {
    this.#intents.clear();
  }

  /** One step at a time, with a deadline, ended by the app's signal or by cancelling. */
  async #step<T>(
    open: OpenIntent,
    options: StepOptions,
    deadlineMs: number,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    this.#assertIdle(open);
    const step = new AbortController();
    open.step = step;
    const signal = options.signal === undefined
      ? step.signal
      : AbortSignal.any([options.signal, step.signal]);
    try {
      const { clock } = this.#rooms.ports;
      return await limited(clock, { ...options, signal }, deadlineMs, work);
    } finally {
      if (open.step === step) open.step = null;
    }
  }

  #assertIdle(open: OpenIntent): void {
    if (open.step === null) return;
    throw failure(
      "PAYMENT_INTENT_BUSY",
      "another step of this intent is under way",
    );
  }

  #assertOfflineCapable(): void {
    if (!this.#readers.isUpdateRequiredForOffline) return;
    throw failure(
      "READER_CONNECTION_OFFLINE_NEEDS_UPDATE",
      "the reader takes no offline payment until it is updated",
    );
  }

  #behaviorOf(open: OpenIntent, options: StepOptions): OfflineBehavior {
    const behavior = options.offlineBehavior ?? open.intent.offlineBehavior;
    checkBehavior(behavior);
    return behavior;
  }

  /** The tips to offer, or null; a reader that cannot ask is asked only when the app insists. */
  #tipOf({ tip, intent }: OpenIntent): TipOptions | null {
    if (tip !== "location") return tip;
    const reader: ReaderClient | null = this.#readers.current;
    return reader?.info.capabilities.canTipOnReader
      ? this.#rooms.settings.tipOptions(intent.amount, intent.currency)
      : null;
  }

  #inspect(
    emvData: Uint8Array,
    amount: number,
    currency: string,
  ): CardPresentDetails | null {
    const { accept, configuration: { account: { isLivemode } } } = this.#rooms;
    const { card } = decide(accept, {
      ...{ emvData, amount, currency, isLivemode },
      isAskedNow: true,
    });
    if (card === null) return null;
    const { cardHmac: _, cardTransactionHmac: __, ...details } = card;
    return details;
  }

  #stepMs(): number {
    return stepDeadlineOf(this.#rooms.configuration);
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
