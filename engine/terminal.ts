/**
 * The terminal: create, collect, confirm, capture, with or without a connection.
 *
 * Owns: the flow an app sees. One payment runs reader → core → store → forwarder → gateway; this
 * file only hands it on. All arguments and results are plain values, so that a page can hold the
 * same terminal through a Worker.
 * @module
 */
import { type BatchResult, type Reading, storeBatch } from "./batch.ts";
import { failure } from "./errors.ts";
import type { NetworkStatus } from "./events.ts";
import type {
  CreatePaymentIntentParams,
  PaymentIntent,
  UpdatePaymentIntentParams,
} from "./intents.ts";
import { checkCallOptions } from "./intent_params.ts";
import type { Payment } from "./payment.ts";
import type { Refund } from "./gateway.ts";
import type { ReconcileOptions } from "./reconcile/reconcile.ts";
import type { ReconciliationReport } from "./reconcile/report.ts";
import { type CollectOptions, type ConfirmOptions, Sales } from "./sales.ts";
import {
  type CallOptions,
  limitedStep,
  type StepOptions,
} from "./step_limit.ts";
import type { TerminalConfiguration } from "./terminal_configuration.ts";
import type { TerminalPorts } from "./terminal_ports.ts";
import { TerminalTransfer } from "./terminal_transfer.ts";
import { checkConfiguration } from "./configuration_check.ts";
import { refuseForeign } from "./store/schema.ts";
import { Upkeep } from "./upkeep.ts";

/** A payment terminal over one store; made by {@link openTerminal}. */
export class Terminal extends TerminalTransfer {
  readonly #sales: Sales;
  readonly #upkeep: Upkeep;

  /** @internal Use {@link openTerminal}. */
  static async open(
    ports: TerminalPorts,
    configuration: TerminalConfiguration,
  ): Promise<Terminal> {
    // A device key is made for a store of ours only.
    refuseForeign(ports.database);
    const deviceKey = await ports.keys.deviceKey();
    const terminal = new Terminal(ports, configuration, deviceKey);
    try {
      await terminal.rooms.accept.vault.begin();
      return terminal;
    } catch (error) {
      await terminal.close();
      throw error;
    }
  }

  /** Use {@link openTerminal}. */
  constructor(
    ports: TerminalPorts,
    configuration: TerminalConfiguration,
    deviceKey: Uint8Array,
  ) {
    super(ports, configuration, deviceKey);
    this.#sales = new Sales(this.rooms, this.readers);
    this.#upkeep = new Upkeep(this.rooms, this, () => this.onProgress());
    this.rooms.accept.payments.recoverInterrupted();
    this.rooms.forwarder.start();
    this.#upkeep.start();
  }

  /**
   * Creates a PaymentIntent: at Stripe when it can be reached, else on this device only.
   *
   * @param params  Amount in minor units, currency, capture method, metadata.
   * @param options `offlineBehavior`, where an unknown value is an error, @default
   *   "prefer_online"; `signal` and `deadlineMs` end the call at any point.
   * @throws {HoldfastError} `INVALID_ARGUMENT` with the field;
   *   `NOT_CONNECTED_TO_INTERNET_AND_REQUIRE_ONLINE_SET`; `FORCE_OFFLINE_WITH_FEATURE_DISABLED`;
   *   `STRIPE_API_CONNECTION_ERROR` when offline without offline mode;
   *   `INCREMENTAL_AUTHORIZATION_NOT_SUPPORTED_OFFLINE`; `CANCELED`, `REQUEST_TIMED_OUT`.
   */
  async createPaymentIntent(
    params: CreatePaymentIntentParams,
    options: StepOptions = {},
  ): Promise<PaymentIntent> {
    this.assertOpen();
    return await this.#sales.create(params, options);
  }

  /**
   * Takes up a PaymentIntent that a back end made: amount, currency, capture method, metadata and
   * accounts are the intent's. It needs a connection; from then on it is sold like any other,
   * offline too, always under its own id. One terminal has it until it is sold or canceled, and it
   * takes one card: after a decline the back end makes another.
   *
   * @param clientSecret The intent's client secret, or its id where the terminal has Stripe's key
   *   itself; a relay wants the secret.
   * @param options `offlineBehavior` of its later steps, @default "prefer_online"; `signal`,
   *   `deadlineMs`.
   * @returns The open intent; or what this store has of it, when it was sold here already.
   * @throws {HoldfastError} `STRIPE_API_CONNECTION_ERROR` and
   *   `NOT_CONNECTED_TO_INTERNET_AND_REQUIRE_ONLINE_SET` offline; `PAYMENT_NOT_FOUND`;
   *   `PAYMENT_INTENT_TAKEN` while another terminal has it; `PAYMENT_INTENT_UNEXPECTED_STATE` with
   *   its `status`; `PAYMENT_INTENT_BUSY`; `INVALID_ARGUMENT`; `FORWARDING_UNAUTHORIZED` and the
   *   mismatches of accounts; `CANCELED`, `REQUEST_TIMED_OUT`: then it may be retrieved again.
   */
  async retrievePaymentIntent(
    clientSecret: string,
    options: StepOptions = {},
  ): Promise<PaymentIntent> {
    this.assertOpen();
    return await this.#sales.retrieve(clientSecret, options);
  }

  /**
   * Changes amount, metadata or tips before the intent is confirmed; a card that was collected
   * is forgotten, because it signed the amount.
   *
   * @throws {HoldfastError} `UPDATE_PAYMENT_INTENT_UNAVAILABLE` once Stripe was asked to create
   *   it; `INVALID_ARGUMENT`, `PAYMENT_NOT_FOUND`, `PAYMENT_INTENT_BUSY`.
   */
  async updatePaymentIntent(
    localId: string,
    changes: UpdatePaymentIntentParams,
    options: CallOptions = {},
  ): Promise<PaymentIntent> {
    this.assertOpen();
    checkCallOptions(options);
    return await limitedStep(
      this.rooms,
      options,
      // deno-lint-ignore require-await -- a refusal must reject, not throw
      async () => this.#sales.update(localId, changes),
    );
  }

  /**
   * Always refuses: saving a card needs its issuer's answer, so it cannot be deferred, and
   * online it is Stripe's own SDKs that do it.
   *
   * @throws {HoldfastError} `SETUP_INTENT_NOT_SUPPORTED`.
   */
  // deno-lint-ignore require-await -- as in Stripe's SDKs
  async createSetupIntent(): Promise<never> {
    throw failure(
      "SETUP_INTENT_NOT_SUPPORTED",
      "SetupIntents are not supported, offline or online",
    );
  }

  /**
   * Lets the customer present a card. The data read stays inside, in memory, until it is sealed.
   *
   * @param intent  From {@link Terminal.createPaymentIntent}; collecting again is allowed.
   * @param options `signal` cancels at any point, as does `cancelPaymentIntent`; `deadlineMs`;
   *   `offlineBehavior` for this step alone; `updatePaymentIntent` shows the card, online only.
   * @throws {HoldfastError} `READER_NOT_CONNECTED`, `READER_DISCONNECTED`, `CANCELED`,
   *   `REQUEST_TIMED_OUT`: the intent is as before and may be collected again;
   *   `PAYMENT_INTENT_BUSY` while another step runs.
   */
  async collectPaymentMethod(
    intent: PaymentIntent,
    options: CollectOptions = {},
  ): Promise<PaymentIntent> {
    this.assertOpen();
    return await this.#sales.collect(intent.localId, options);
  }

  /**
   * Decides, seals and commits the payment; when it returns, the payment is on disk. Online it
   * is then forwarded at once and the answer awaited; offline it is forwarded later.
   *
   * @param options `offlineBehavior` for this step alone; `signal` and `deadlineMs` end the call
   *   before the commit with nothing stored, after it only the waiting.
   * @returns The intent with `state` `stored` (accepted offline), `forwarded`, `declined`,
   *   `failed`, or `unknown` (it may have reached Stripe; reconciled in the background).
   * @throws {HoldfastError} a refusal of the card, a limit, or a store error; the payment is not
   *   accepted and the card must be collected again. When the connection goes in the middle and
   *   the payment may not be stored, it is taken back, and only then refused.
   */
  async confirmPaymentIntent(
    intent: PaymentIntent,
    options: ConfirmOptions = {},
  ): Promise<PaymentIntent> {
    this.assertOpen();
    return await this.#sales.confirm(
      intent.localId,
      options,
      () => this.onProgress(),
    );
  }

  /**
   * Stores payments whose cards the host has read by itself, in one commit; they are on disk when
   * it returns and are forwarded by and by. Each is decided and limited as if it came alone, the
   * ones before it included; the same chip transaction again returns its stored payment.
   *
   * @param readings 1..256; their card data is wiped, whatever comes of it.
   * @param options  `signal` and `deadlineMs` end the call before the commit, with none stored.
   * @returns        What became of each, in order.
   * @throws {HoldfastError} `INVALID_ARGUMENT` with the field,
   *   `INCREMENTAL_AUTHORIZATION_NOT_SUPPORTED_OFFLINE`, `FORCE_OFFLINE_WITH_FEATURE_DISABLED`,
   *   `CANCELED`, `REQUEST_TIMED_OUT`; then none is stored.
   */
  async storePayments(
    readings: readonly Reading[],
    options: CallOptions = {},
  ): Promise<BatchResult[]> {
    this.assertOpen();
    try {
      checkCallOptions(options);
      return await limitedStep(
        this.rooms,
        options,
        async (signal) => {
          const results = await storeBatch(this.rooms, readings, signal);
          this.onProgress();
          return results;
        },
      );
    } finally {
      for (const { emvData } of readings) emvData.fill(0);
    }
  }

  /**
   * Captures a forwarded manual payment; calling it again repeats the same capture.
   *
   * @param options `signal` and `deadlineMs`, @default 30_000, end the waiting; the capture under
   *   way goes on, and its outcome is on the payment.
   * @throws {HoldfastError} `PAYMENT_NOT_FOUND`, `CAPTURE_NOT_POSSIBLE`,
   *   `STRIPE_API_CONNECTION_ERROR` when no answer came; `CANCELED`, `REQUEST_TIMED_OUT`.
   */
  async capturePaymentIntent(
    localId: string,
    options: CallOptions = {},
  ): Promise<Payment> {
    this.assertOpen();
    checkCallOptions(options);
    return await limitedStep(
      this.rooms,
      options,
      async () => {
        const { payment } = await this.ledger.capture(localId);
        this.onProgress();
        return payment;
      },
    );
  }

  /**
   * Refunds a payment that took money; needs a connection. Without an answer the wish is kept:
   * calling again asks for the same refund. After an answer it asks for another one, so an app that
   * died meanwhile looks at `listRefunds` first.
   *
   * @param amount  Minor units. @default all that is left
   * @param options `signal` and `deadlineMs`, @default 30_000, end the waiting; the refund under way
   *   goes on, and its outcome is in `listRefunds`.
   * @throws {HoldfastError} `PAYMENT_NOT_FOUND`, `REFUND_NOT_POSSIBLE`, `INVALID_ARGUMENT`,
   *   `FORWARDING_UNAUTHORIZED`; `STRIPE_API_CONNECTION_ERROR` when no answer came;
   *   `REFUND_UNCLEAR` when Stripe shows a refund that may be this one and does not say so; `CANCELED`,
   *   `REQUEST_TIMED_OUT`.
   */
  async refundPayment(
    localId: string,
    amount?: number,
    options: CallOptions = {},
  ): Promise<Refund> {
    this.assertOpen();
    checkCallOptions(options);
    const row = this.ledger.require(localId);
    return await limitedStep(
      this.rooms,
      options,
      (signal) => this.#upkeep.refund(row, amount ?? null, signal),
    );
  }

  /** Refunds Stripe has made of a payment through this terminal, oldest first. */
  listRefunds(localId: string): Refund[] {
    this.assertOpen();
    return this.#upkeep.refundsOf(this.ledger.require(localId));
  }

  /**
   * Cancels an intent that is not stored, or voids a stored payment that was never sent. An intent
   * of a back end is given back to it, where it can be reached.
   *
   * @param options `signal` and `deadlineMs` end the giving back; the intent is canceled here.
   * @throws {HoldfastError} `PAYMENT_NOT_FOUND`; `PAYMENT_ALREADY_SENT` when it may have reached
   *   the issuer; `CANCELED`, `REQUEST_TIMED_OUT` when a back end's intent was not given back in
   *   time: only this device may retrieve it again.
   */
  async cancelPaymentIntent(
    localId: string,
    options: CallOptions = {},
  ): Promise<void> {
    this.assertOpen();
    checkCallOptions(options);
    const giveBack = this.#sales.cancel(localId);
    if (giveBack !== null) return await giveBack(options);
    this.ledger.void(localId);
    this.onProgress();
  }

  /** Forwards one payment, or all, without waiting for its next attempt. */
  forwardNow(localId?: string): void {
    this.assertOpen();
    const which = localId === undefined
      ? "all"
      : this.ledger.require(localId).rowId;
    this.rooms.forwarder.dueNow(which);
  }

  /**
   * Asks the network now; the status also changes by itself while payments are forwarded.
   *
   * @param options `signal` and `deadlineMs`, @default 30_000, end the waiting.
   * @throws {HoldfastError} `CANCELED`, `REQUEST_TIMED_OUT`.
   */
  async probeNetwork(options: CallOptions = {}): Promise<NetworkStatus> {
    this.assertOpen();
    checkCallOptions(options);
    return await limitedStep(
      this.rooms,
      options,
      () => this.rooms.forwarder.probe(),
    );
  }

  /** Stops taking payments up for forwarding; calls under way finish. */
  pauseForwarding(): void {
    this.rooms.forwarder.pause();
  }

  /** Goes on after {@link Terminal.pauseForwarding}, or after credentials were renewed. */
  resumeForwarding(): void {
    this.rooms.forwarder.resume();
  }

  /**
   * Puts a `failed` payment back into the queue, after a person mended the cause.
   *
   * @throws {HoldfastError} `PAYMENT_NOT_FOUND`; `PAYMENT_STATE_CONFLICT` in any other state.
   */
  retryPayment(localId: string): void {
    this.assertOpen();
    this.ledger.retry(localId);
    this.onProgress();
  }

  /**
   * Lays our books and Stripe's beside each other, both ways; it also runs once a day by itself.
   * A row that is open or failed follows a charge at Stripe, old unconfirmed intents of this
   * device are canceled, and everything else that differs is reported and left for a person.
   *
   * @param options `fromMs`: look at intents created since. @default two days before the last;
   *   `signal` and `deadlineMs`, @default as long as it takes, end it between two calls.
   * @returns The report; `isComplete` is false when Stripe could not be asked to the end.
   * @throws {HoldfastError} `CANCELED`, `REQUEST_TIMED_OUT`; what it found until then is kept.
   */
  async reconcile(
    options: ReconcileOptions = {},
  ): Promise<ReconciliationReport> {
    this.assertOpen();
    checkCallOptions(options, ["fromMs"]);
    return await limitedStep(
      this.rooms,
      options,
      (signal) => this.#upkeep.reconcile({ ...options, signal }),
      null,
    );
  }

  /** Reports of past reconciliations, newest first; the last 366 are kept. */
  reconciliations(limit = 30): ReconciliationReport[] {
    this.assertOpen();
    return this.#upkeep.reports(limit);
  }

  /** @internal */
  protected override onFirstListener(type: string): void {
    super.onFirstListener(type);
    const isAlarm = type === "captureWindowClosing";
    if (isAlarm && !this.isClosed) this.#upkeep.repeatCaptureAlarms();
  }

  /** Stops forwarding, forgets collected cards and closes the store; safe to call twice. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    this.readers.disconnect();
    this.#sales.clear();
    await this.#upkeep.stop();
    await this.rooms.watch.stop();
    await this.rooms.forwarder.stop();
    this.rooms.accept.vault.wipe();
    this.isStoreClosed = true;
    this.rooms.ports.database.close();
  }
}

/**
 * Opens the terminal over its ports: migrates the store, opens the chain, marks what a crash left
 * unclear as `unknown`, and starts forwarding. Needs no network and no token.
 *
 * @throws {HoldfastError} `INVALID_ARGUMENT` with the field that is wrong, unknown or not there;
 *   `STORE_NOT_HOLDFAST`, `STORE_TOO_NEW`, `STORE_KEY_MISMATCH` and other
 *   store errors; `DEVICE_KEY_UNAVAILABLE`; `RANDOM_UNAVAILABLE`.
 */
export async function openTerminal(
  ports: TerminalPorts,
  configuration: TerminalConfiguration,
): Promise<Terminal> {
  checkConfiguration(configuration, null);
  return await Terminal.open(ports, configuration);
}
