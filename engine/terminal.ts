/**
 * The terminal: create, collect, confirm, capture, with or without a connection.
 *
 * Owns: the flow an app sees. One payment runs reader → core → store → forwarder → gateway; this
 * file only hands it on. All arguments and results are plain values, so that a page can hold the
 * same terminal through a Worker.
 * @module
 */
import { failure } from "./errors.ts";
import {
  type NetworkStatus,
  type OfflineStatus,
  TerminalEventTarget,
} from "./events.ts";
import type { CreatePaymentIntentParams, PaymentIntent } from "./intents.ts";
import { Ledger } from "./ledger.ts";
import type { OfflineBehavior, Payment } from "./payment.ts";
import type { ByteTransport } from "./ports.ts";
import {
  connectReader,
  type ReaderClient,
  type ReaderInfo,
} from "./reader/mod.ts";
import type { ReconcileOptions } from "./reconcile/reconcile.ts";
import type { ReconciliationReport } from "./reconcile/report.ts";
import { buildRooms, type Rooms } from "./rooms.ts";
import { Sales } from "./sales.ts";
import type { Activity } from "./store/activity.ts";
import type { PaymentFilter } from "./store/payments.ts";
import type {
  OfflineReadiness,
  TerminalConfiguration,
} from "./terminal_configuration.ts";
import type { TerminalPorts } from "./terminal_ports.ts";
import { Upkeep } from "./upkeep.ts";

const READER_DEADLINE_MS = 5_000;

/** A payment terminal over one store; made by {@link openTerminal}. */
export class Terminal extends TerminalEventTarget {
  readonly #rooms: Rooms;
  readonly #sales: Sales;
  readonly #ledger: Ledger;
  readonly #upkeep: Upkeep;
  #reader: ReaderClient | null = null;
  #isClosed = false;

  /** Use {@link openTerminal}. */
  constructor(
    ports: TerminalPorts,
    configuration: TerminalConfiguration,
    deviceKey: Uint8Array,
  ) {
    super();
    this.#rooms = buildRooms(
      ports,
      configuration,
      deviceKey,
      this,
      () => this.#onProgress(),
    );
    this.#sales = new Sales(this.#rooms);
    this.#ledger = new Ledger(this.#rooms);
    this.#upkeep = new Upkeep(this.#rooms, this, () => this.#onProgress());
    this.#rooms.accept.payments.recoverInterrupted();
    this.#rooms.forwarder.start();
    this.#upkeep.start();
  }

  /** Count, sums and network status, read from the store now. */
  get offlineStatus(): OfflineStatus {
    this.#assertOpen();
    return this.#ledger.status();
  }

  /** Says whether a payment could be stored now, and names everything that stands against it. */
  canOperateOffline(): OfflineReadiness {
    const { ports: { database }, isOfflineEnabled } = this.#rooms;
    const { isDurable, isPersistent } = database.capabilities;
    const reasons: string[] = [];
    if (!isOfflineEnabled) {
      reasons.push("offline mode is not enabled in the configuration");
    }
    if (this.#reader === null) reasons.push("no reader is connected");
    if (!isDurable) reasons.push("the store cannot promise durable writes");
    if (!isPersistent) reasons.push("the platform may evict the store");
    return { isReady: reasons.length === 0, reasons };
  }

  /**
   * Connects a reader over a byte transport; needs no network. The reader before it is let go.
   *
   * @returns What the reader is.
   * @throws {HoldfastError} `READER_DISCONNECTED`, `REQUEST_TIMED_OUT`,
   *   `UNSUPPORTED_READER_VERSION`.
   */
  async connectReader(transport: ByteTransport): Promise<ReaderInfo> {
    this.#assertOpen();
    this.#reader?.close();
    const { clock, random } = this.#rooms.ports;
    const reader = await connectReader(transport, {
      clock,
      random,
      deadlineMs: READER_DEADLINE_MS,
    });
    reader.onEvent((event) => {
      this.emit("readerEvent", { event });
      const isOurs = this.#reader === reader;
      if (event.kind === "disconnected" && isOurs) this.#reader = null;
    });
    this.#reader = reader;
    return reader.info;
  }

  /**
   * Creates a PaymentIntent: at Stripe when it can be reached, else on this device only.
   *
   * @param params  Amount in minor units, currency, capture method, metadata.
   * @param options `offlineBehavior`; an unknown value is an error. @default "prefer_online"
   * @throws {HoldfastError} `INVALID_ARGUMENT` with the field;
   *   `NOT_CONNECTED_TO_INTERNET_AND_REQUIRE_ONLINE_SET`; `FORCE_OFFLINE_WITH_FEATURE_DISABLED`;
   *   `STRIPE_API_CONNECTION_ERROR` when offline without offline mode.
   */
  async createPaymentIntent(
    params: CreatePaymentIntentParams,
    options: { offlineBehavior?: OfflineBehavior } = {},
  ): Promise<PaymentIntent> {
    this.#assertOpen();
    const behavior = options.offlineBehavior ?? "prefer_online";
    return await this.#sales.create(params, behavior);
  }

  /**
   * Lets the customer present a card. The data read stays inside, in memory, until it is sealed.
   *
   * @param intent  From {@link Terminal.createPaymentIntent}; collecting again is allowed.
   * @param options `signal` cancels at any point.
   * @throws {HoldfastError} `READER_NOT_CONNECTED`, `READER_DISCONNECTED`, `CANCELED`,
   *   `REQUEST_TIMED_OUT`: the intent is as before and may be collected again.
   */
  async collectPaymentMethod(
    intent: PaymentIntent,
    options: { signal?: AbortSignal } = {},
  ): Promise<PaymentIntent> {
    this.#assertOpen();
    const { localId } = intent;
    return await this.#sales.collect(localId, this.#reader, options.signal);
  }

  /**
   * Decides, seals and commits the payment; when it returns, the payment is on disk. Online it
   * is then forwarded at once and the answer awaited; offline it is forwarded later.
   *
   * @returns The intent with `state` `stored` (accepted offline), `forwarded`, `declined`,
   *   `failed`, or `unknown` (it may have reached Stripe; reconciled in the background).
   * @throws {HoldfastError} a refusal of the card, a limit, or a store error; the payment is not
   *   accepted and the card must be collected again.
   */
  async confirmPaymentIntent(intent: PaymentIntent): Promise<PaymentIntent> {
    this.#assertOpen();
    return await this.#sales.confirm(
      intent.localId,
      () => this.#onProgress(),
    );
  }

  /**
   * Captures a forwarded manual payment; calling it again repeats the same capture.
   *
   * @throws {HoldfastError} `PAYMENT_NOT_FOUND`, `CAPTURE_NOT_POSSIBLE`,
   *   `STRIPE_API_CONNECTION_ERROR` when no answer came.
   */
  async capturePaymentIntent(localId: string): Promise<Payment> {
    this.#assertOpen();
    const { payment } = await this.#ledger.capture(localId);
    this.#onProgress();
    return payment;
  }

  /**
   * Cancels an intent that is not stored, or voids a stored payment that was never sent.
   *
   * @throws {HoldfastError} `PAYMENT_NOT_FOUND`; `PAYMENT_ALREADY_SENT` when it may have reached
   *   the issuer.
   */
  // deno-lint-ignore require-await -- as in Stripe's SDKs, and a proxy in a page has to wait
  async cancelPaymentIntent(localId: string): Promise<void> {
    this.#assertOpen();
    if (this.#sales.cancel(localId)) return;
    this.#ledger.void(localId);
    this.#onProgress();
  }

  /** Stored payments in order, 1,000 at a time unless told otherwise. */
  listPayments(filter: PaymentFilter = {}): Payment[] {
    this.#assertOpen();
    const { payments } = this.#rooms.accept;
    return payments.list(filter).map((row) => row.payment);
  }

  /** One payment, or null. */
  getPayment(localId: string): Payment | null {
    this.#assertOpen();
    return this.#ledger.find(localId)?.payment ?? null;
  }

  /**
   * Everything that happened to one payment, oldest first.
   *
   * @throws {HoldfastError} `PAYMENT_NOT_FOUND`.
   */
  timeline(localId: string): Activity[] {
    this.#assertOpen();
    const { rowId } = this.#ledger.require(localId);
    return this.#rooms.accept.activity.ofPayment(rowId);
  }

  /** Forwards one payment, or all, without waiting for its next attempt. */
  forwardNow(localId?: string): void {
    this.#assertOpen();
    const which = localId === undefined
      ? "all"
      : this.#ledger.require(localId).rowId;
    this.#rooms.forwarder.dueNow(which);
  }

  /** Asks the network now; the status also changes by itself while payments are forwarded. */
  probeNetwork(): Promise<NetworkStatus> {
    this.#assertOpen();
    return this.#rooms.forwarder.probe();
  }

  /** Stops taking payments up for forwarding; calls under way finish. */
  pauseForwarding(): void {
    this.#rooms.forwarder.pause();
  }

  /** Goes on after {@link Terminal.pauseForwarding}, or after credentials were renewed. */
  resumeForwarding(): void {
    this.#rooms.forwarder.resume();
  }

  /**
   * Puts a `failed` payment back into the queue, after a person mended the cause.
   *
   * @throws {HoldfastError} `PAYMENT_NOT_FOUND`; `PAYMENT_STATE_CONFLICT` in any other state.
   */
  retryPayment(localId: string): void {
    this.#assertOpen();
    this.#ledger.retry(localId);
    this.#onProgress();
  }

  /**
   * Lays our books and Stripe's beside each other, both ways; it also runs once a day by itself.
   * A row that is open or failed follows a charge at Stripe, old unconfirmed intents of this
   * device are canceled, and everything else that differs is reported and left for a person.
   *
   * @param options `fromMs`: look at intents created since. @default two days before the last
   * @returns The report; `isComplete` is false when Stripe could not be asked to the end.
   */
  async reconcile(
    options: ReconcileOptions = {},
  ): Promise<ReconciliationReport> {
    this.#assertOpen();
    return await this.#upkeep.reconcile(options);
  }

  /** Reports of past reconciliations, newest first; the last 366 are kept. */
  reconciliations(limit = 30): ReconciliationReport[] {
    this.#assertOpen();
    return this.#upkeep.reports(limit);
  }

  /** Stops forwarding, forgets collected cards and closes the store; safe to call twice. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#reader?.close();
    this.#sales.clear();
    await this.#upkeep.stop();
    await this.#rooms.forwarder.stop();
    this.#rooms.accept.vault.wipe();
    this.#rooms.ports.database.close();
  }

  protected override onFirstListener(type: string): void {
    if (type === "paymentForwarded" && !this.#isClosed) this.#tellOutcomes();
  }

  #onProgress(): void {
    this.emit("offlineStatusChange", this.#ledger.status());
    if (this.isHeard("paymentForwarded")) this.#tellOutcomes();
  }

  /** Tells every outcome nobody has heard; a crash in between tells it again, never loses it. */
  #tellOutcomes(): void {
    const { payments, database } = this.#rooms.accept;
    const rows = payments.unnotified();
    if (rows.length === 0) return;
    for (const { payment } of rows) {
      this.emit("paymentForwarded", { payment, error: payment.error });
    }
    database.transaction(() => {
      for (const row of rows) payments.markNotified(row.rowId);
    });
  }

  #assertOpen(): void {
    if (this.#isClosed) {
      throw failure("TERMINAL_CLOSED", "the terminal is closed");
    }
  }
}

/**
 * Opens the terminal over its ports: migrates the store, opens the chain, marks what a crash left
 * unclear as `unknown`, and starts forwarding. Needs no network and no token.
 *
 * @throws {HoldfastError} `STORE_NOT_HOLDFAST`, `STORE_TOO_NEW`, `STORE_KEY_MISMATCH` and other
 *   store errors; `DEVICE_KEY_UNAVAILABLE`; `RANDOM_UNAVAILABLE`.
 */
export async function openTerminal(
  ports: TerminalPorts,
  configuration: TerminalConfiguration,
): Promise<Terminal> {
  return new Terminal(ports, configuration, await ports.keys.deviceKey());
}
