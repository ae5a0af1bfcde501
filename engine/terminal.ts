/**
 * The terminal: create, collect, confirm, capture, with or without a connection.
 *
 * Owns: the flow an app sees and which room does what. One payment runs reader → core → store →
 * forwarder → gateway; this file only hands it on. All arguments and results are plain values,
 * so that a page can hold the same terminal through a Worker.
 * @module
 */
import type { DecisionPolicy } from "../bindings/mod.ts";
import {
  type AcceptContext,
  acceptPayment,
  continueOffline,
} from "./accept.ts";
import { failure } from "./errors.ts";
import { type OfflineStatus, TerminalEventTarget } from "./events.ts";
import { capturePayment } from "./forward/capture.ts";
import { withDeadline } from "./forward/deadline.ts";
import type { ForwardContext } from "./forward/forward_payment.ts";
import {
  DEFAULT_FORWARDER_OPTIONS,
  Forwarder,
  type ForwarderOptions,
} from "./forward/forwarder.ts";
import { createKey } from "./forward/keys.ts";
import {
  type CreatePaymentIntentParams,
  intentOf,
  Intents,
  type OpenIntent,
  type PaymentIntent,
} from "./intents.ts";
import { DEFAULT_LIMITS, type OfflineLimits } from "./limits.ts";
import { type OfflineBehavior, OPEN_STATES, type Payment } from "./payment.ts";
import type { ByteTransport } from "./ports.ts";
import {
  connectReader,
  type ReaderClient,
  type ReaderInfo,
} from "./reader/mod.ts";
import { type Activity, ActivityLog } from "./store/activity.ts";
import { Leases } from "./store/lease.ts";
import { type PaymentFilter, Payments } from "./store/payments.ts";
import type { PaymentRow } from "./store/rows.ts";
import { migrate } from "./store/schema.ts";
import { Steps } from "./store/steps.ts";
import type { TerminalPorts } from "./terminal_ports.ts";
import { createUuid, parseUuid } from "./uuid.ts";
import { type Recipient, Vault } from "./vault.ts";

/** What the app decides. */
export interface TerminalConfiguration {
  /** Stripe account whose payments these are, and its mode. */
  account: { id: string; isLivemode: boolean };
  /** Where the reader stands; the rules of its country apply (ISO 3166-1 alpha-2). */
  location: { country: string };
  /** To whom payments are sealed; the private half lives with the Stripe key, never here. */
  recipient: Recipient;
  /** Offline mode is off until it is enabled. @default {isEnabled: false} */
  offline?: {
    isEnabled: boolean;
    /** Replaces single limits of {@link DEFAULT_LIMITS}. */
    limits?: Partial<OfflineLimits>;
    /** Replaces single rules of the card decision. */
    policy?: Partial<DecisionPolicy>;
    /** Version of limits and policy, sealed into every record. @default 1 */
    policyVersion?: number;
  };
  /** Replaces single settings of the drain. */
  forwarding?: Partial<ForwarderOptions>;
  /** Milliseconds a call to Stripe may take. @default 15_000 */
  callDeadlineMs?: number;
  /** Milliseconds the customer has to present a card. @default 60_000 */
  collectDeadlineMs?: number;
}

/** Whether a payment could be taken offline now, and if not, every reason why. */
export interface OfflineReadiness {
  isReady: boolean;
  reasons: readonly string[];
}

const DEFAULT_POLICY: DecisionPolicy = {
  allowedBrands: null,
  respectIacDefault: null,
};

/** How long a failed probe is believed before a sale asks again. */
const OFFLINE_BELIEF_MS = 5_000;

/** A payment terminal over one store; made by {@link openTerminal}. */
export class Terminal extends TerminalEventTarget {
  readonly #ports: TerminalPorts;
  readonly #configuration: TerminalConfiguration;
  readonly #accept: AcceptContext;
  readonly #forward: ForwardContext;
  readonly #forwarder: Forwarder;
  readonly #intents = new Intents();
  #reader: ReaderClient | null = null;
  #offlineSinceMs = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  /** Use {@link openTerminal}. */
  constructor(
    ports: TerminalPorts,
    configuration: TerminalConfiguration,
    deviceKey: Uint8Array,
  ) {
    super();
    this.#ports = ports;
    this.#configuration = configuration;
    const { core, database, clock, random, gateway } = ports;
    migrate(database);
    const { offline, recipient, location, account } = configuration;
    const owner = { account: account.id, isLivemode: account.isLivemode };
    const shared = {
      database,
      clock,
      payments: new Payments(database),
      activity: new ActivityLog(database, clock),
      vault: Vault.open(
        core,
        database,
        clock,
        random,
        recipient,
        owner,
        deviceKey,
      ),
    };
    this.#accept = {
      ...shared,
      core,
      limits: { ...DEFAULT_LIMITS, ...offline?.limits },
      policy: { ...DEFAULT_POLICY, ...offline?.policy },
      policyVersion: offline?.policyVersion ?? 1,
      terminalCountry: location.country,
    };
    this.#forward = {
      ...shared,
      gateway,
      steps: new Steps(database),
      leases: new Leases(database),
      callDeadlineMs: configuration.callDeadlineMs ?? 15_000,
    };
    this.#forwarder = new Forwarder(
      this.#forward,
      core,
      ports.network,
      random,
      this,
      { ...DEFAULT_FORWARDER_OPTIONS, ...configuration.forwarding },
      () => this.#onProgress(),
    );
    shared.payments.recoverInterrupted();
    this.#forwarder.start();
  }

  /** Count, sums and network status, read from the store now. */
  get offlineStatus(): OfflineStatus {
    const { account } = this.#configuration;
    const allAccounts = this.#accept.payments.totals();
    const ours = allAccounts.filter((total) =>
      total.account === account.id && total.isLivemode === account.isLivemode
    );
    return {
      reader: null,
      sdk: {
        networkStatus: this.#forwarder.networkStatus,
        offlinePaymentsCount: ours.reduce((sum, total) => sum + total.count, 0),
        offlinePaymentAmountsByCurrency: Object.fromEntries(
          ours.map((total) => [total.currency, total.amount]),
        ),
        allAccounts,
      },
    };
  }

  /** Says whether a payment could be stored now, and names everything that stands against it. */
  canOperateOffline(): OfflineReadiness {
    const { capabilities } = this.#ports.database;
    const reasons: string[] = [];
    if (!this.#isOfflineEnabled()) {
      reasons.push("offline mode is not enabled in the configuration");
    }
    if (this.#reader === null) reasons.push("no reader is connected");
    if (!capabilities.isDurable) {
      reasons.push("the store cannot promise durable writes");
    }
    if (!capabilities.isPersistent) {
      reasons.push("the platform may evict the store");
    }
    return { isReady: reasons.length === 0, reasons };
  }

  /** Connects a reader over a byte transport; needs no network. Returns what the reader is. */
  async connectReader(transport: ByteTransport): Promise<ReaderInfo> {
    this.#assertOpen();
    this.#reader?.close();
    const reader = await connectReader(transport, {
      clock: this.#ports.clock,
      deadlineMs: 5_000,
    });
    reader.onEvent((event) => {
      this.emit("readerEvent", { event });
      if (event.kind === "disconnected" && this.#reader === reader) {
        this.#reader = null;
      }
    });
    this.#reader = reader;
    return reader.info;
  }

  /**
   * Creates a PaymentIntent: at Stripe when it can be reached, else on this device only.
   *
   * @throws {HoldfastError} `INVALID_ARGUMENT`; `NOT_CONNECTED_TO_INTERNET_AND_REQUIRE_ONLINE_SET`;
   *   `FORCE_OFFLINE_WITH_FEATURE_DISABLED`; `STRIPE_API_CONNECTION_ERROR` when offline without
   *   offline mode.
   */
  async createPaymentIntent(
    params: CreatePaymentIntentParams,
    options: { offlineBehavior?: OfflineBehavior } = {},
  ): Promise<PaymentIntent> {
    this.#assertOpen();
    const { clock, random } = this.#ports;
    const behavior = options.offlineBehavior ?? "prefer_online";
    const localId = createUuid(clock, random);
    const open = this.#intents.create(localId, params, behavior, clock.nowMs());
    try {
      if (await this.#chooseOnline(behavior)) await this.#createOnline(open);
    } catch (error) {
      this.#intents.remove(open);
      throw error;
    }
    return open.intent;
  }

  /**
   * Lets the customer present a card. The data read stays inside, in memory, until it is sealed.
   *
   * @throws {HoldfastError} `READER_NOT_CONNECTED`, `READER_DISCONNECTED`, `READER_CANCELED`,
   *   `READER_TIMEOUT`: the intent is as before and may be collected again.
   */
  async collectPaymentMethod(
    intent: PaymentIntent,
    options: { signal?: AbortSignal } = {},
  ): Promise<PaymentIntent> {
    const open = this.#openIntent(intent.localId);
    if (this.#reader === null) {
      throw failure("READER_NOT_CONNECTED", "no reader is connected");
    }
    this.#intents.forgetCard(open);
    const wasOnline = await this.#chooseOnline(open.intent.offlineBehavior);
    const result = await this.#reader.collect({
      amountMinor: open.intent.amount,
      currency: open.intent.currency,
      isOffline: !wasOnline,
      terminalCountry: this.#configuration.location.country,
      deadlineMs: this.#configuration.collectDeadlineMs ?? 60_000,
    }, options.signal);
    return this.#intents.collect(open, { emvData: result.emvData, wasOnline });
  }

  /**
   * Decides, seals and commits the payment; when it returns, the payment is on disk. Online it
   * is then forwarded at once and the answer awaited; offline it is forwarded later.
   *
   * @returns The intent with `state` `stored` (accepted offline), `forwarded`, `declined`,
   *   `failed`, or `unknown` (it may have reached Stripe; reconciled in the background).
   * @throws {HoldfastError} every refusal of {@link acceptPayment}; the payment is not accepted
   *   and the card must be collected again.
   */
  async confirmPaymentIntent(intent: PaymentIntent): Promise<PaymentIntent> {
    const open = this.#openIntent(intent.localId);
    const { offlineBehavior: behavior } = open.intent;
    const { collected } = open;
    if (collected === null) {
      throw failure(
        "PAYMENT_INTENT_NOT_COLLECTED",
        "no payment method was collected",
      );
    }
    const isOnline = await this.#chooseOnline(behavior);
    if (collected.wasOnline && !isOnline) {
      this.#intents.forgetCard(open);
      throw failure(
        "OFFLINE_COLLECT_AND_CONFIRM_MISMATCH",
        "the card was collected online and the connection is gone",
      );
    }
    const { account } = this.#configuration;
    let row: PaymentRow;
    try {
      row = acceptPayment(this.#accept, {
        localId: open.localIdBytes,
        amount: open.intent.amount,
        currency: open.intent.currency,
        captureMethod: open.intent.captureMethod,
        metadata: open.intent.metadata,
        account: account.id,
        isLivemode: account.isLivemode,
        createdAtMs: open.intent.createdAtMs,
        intentId: open.intent.id,
        isOffline: !isOnline,
        emvData: collected.emvData,
      });
    } catch (error) {
      this.#intents.forgetCard(open);
      throw error;
    }
    this.#intents.remove(open);
    if (OPEN_STATES.includes(row.payment.state)) this.#forwarder.add(row);
    this.#onProgress();
    if (isOnline) row = await this.#confirmOnline(row, behavior);
    return intentOf(row.payment, behavior);
  }

  /**
   * Captures a forwarded manual payment.
   *
   * @throws {HoldfastError} `PAYMENT_NOT_FOUND`, `CAPTURE_NOT_POSSIBLE`,
   *   `STRIPE_API_CONNECTION_ERROR` (retry `same_key`: calling again repeats the same capture).
   */
  async capturePaymentIntent(localId: string): Promise<Payment> {
    const row = this.#row(localId);
    await capturePayment(this.#forward, row, new AbortController().signal);
    this.#onProgress();
    return this.#row(localId).payment;
  }

  /**
   * Cancels an intent that is not stored, or voids a stored payment that was never sent.
   *
   * @throws {HoldfastError} `PAYMENT_NOT_FOUND`; `PAYMENT_ALREADY_SENT` when it may have reached
   *   the issuer.
   */
  cancelPaymentIntent(localId: string): Promise<void> {
    const open = this.#intents.get(localId);
    if (open !== null) {
      this.#intents.remove(open);
      return Promise.resolve();
    }
    const { payments, activity, database } = this.#accept;
    const { rowId, payment } = this.#row(localId);
    const isSent = this.#forward.steps.latest(rowId, "confirm") !== null ||
      this.#forwarder.isInFlight(rowId) ||
      !["stored", "failed"].includes(payment.state);
    if (isSent) {
      return Promise.reject(failure(
        "PAYMENT_ALREADY_SENT",
        `a payment in state ${payment.state} may have reached the issuer`,
        { details: { state: payment.state } },
      ));
    }
    database.transaction(() => {
      payments.move(rowId, "canceled");
      activity.add("canceled", rowId);
    });
    this.#forwarder.remove(rowId);
    this.#onProgress();
    return Promise.resolve();
  }

  /** Stored payments in order, 1,000 at a time unless told otherwise. */
  listPayments(filter: PaymentFilter = {}): Payment[] {
    this.#assertOpen();
    return this.#accept.payments.list(filter).map((row) => row.payment);
  }

  /** One payment, or null. */
  getPayment(localId: string): Payment | null {
    this.#assertOpen();
    const bytes = parseUuid(localId);
    return bytes === null
      ? null
      : this.#accept.payments.byLocalId(bytes)?.payment ?? null;
  }

  /** Everything that happened to one payment, oldest first. */
  timeline(localId: string): Activity[] {
    return this.#accept.activity.ofPayment(this.#row(localId).rowId);
  }

  /** Forwards one payment, or all, without waiting for its next attempt. */
  forwardNow(localId?: string): void {
    this.#assertOpen();
    this.#forwarder.dueNow(
      localId === undefined ? "all" : this.#row(localId).rowId,
    );
  }

  /** Stops taking payments up for forwarding; calls under way finish. */
  pauseForwarding(): void {
    this.#forwarder.pause();
  }

  /** Goes on after {@link pauseForwarding}, or after credentials were renewed. */
  resumeForwarding(): void {
    this.#forwarder.resume();
  }

  /** Puts a `failed` payment back into the queue, after a person mended the cause. */
  retryPayment(localId: string): void {
    const { rowId } = this.#row(localId);
    const { payments, activity, database } = this.#accept;
    const wasSent = this.#forward.steps.latest(rowId, "confirm") !== null;
    database.transaction(() => {
      payments.move(rowId, wasSent ? "unknown" : "stored");
      activity.add("retried", rowId);
    });
    this.#forwarder.add(payments.byRowId(rowId)!);
    this.#forwarder.dueNow(rowId);
    this.#onProgress();
  }

  /** Stops forwarding, forgets collected cards and closes the store; safe to call twice. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#reader?.close();
    this.#intents.clear();
    await this.#forwarder.stop();
    this.#accept.vault.wipe();
    this.#ports.database.close();
  }

  protected override onFirstListener(type: string): void {
    if (type === "paymentForwarded" && !this.#isClosed) this.#tellOutcomes();
  }

  /** Online or not, for this behaviour, now. */
  async #chooseOnline(behavior: OfflineBehavior): Promise<boolean> {
    if (behavior === "force_offline") {
      if (this.#isOfflineEnabled()) return false;
      throw failure(
        "FORCE_OFFLINE_WITH_FEATURE_DISABLED",
        "offline mode is not enabled",
      );
    }
    if (await this.#isOnline(behavior === "require_online")) return true;
    if (behavior === "require_online") {
      throw failure(
        "NOT_CONNECTED_TO_INTERNET_AND_REQUIRE_ONLINE_SET",
        "there is no connection and the payment requires one",
      );
    }
    if (this.#isOfflineEnabled()) return false;
    throw failure(
      "STRIPE_API_CONNECTION_ERROR",
      "there is no connection and offline mode is off",
    );
  }

  async #isOnline(mustAsk: boolean): Promise<boolean> {
    const { clock } = this.#ports;
    if (this.#forwarder.networkStatus === "online") return true;
    const isBelieved =
      clock.monotonicMs() - this.#offlineSinceMs < OFFLINE_BELIEF_MS;
    if (isBelieved && !mustAsk) return false;
    const isOnline = await this.#forwarder.probe() === "online";
    if (!isOnline) this.#offlineSinceMs = clock.monotonicMs();
    return isOnline;
  }

  /** Asks Stripe for the id; without an answer the intent simply has none yet. */
  async #createOnline(open: OpenIntent): Promise<void> {
    const { intent } = open;
    const result = await withDeadline(
      this.#ports.clock,
      this.#forward.callDeadlineMs,
      new AbortController().signal,
      (signal) =>
        this.#ports.gateway.createIntent({
          amount: intent.amount,
          currency: intent.currency,
          captureMethod: intent.captureMethod,
          metadata: { ...intent.metadata, holdfast_local_id: intent.localId },
        }, { idempotencyKey: createKey(intent.localId, 0), signal }),
    );
    if (result.kind === "intent") {
      open.intent = { ...intent, id: result.intent.id };
    } else if (intent.offlineBehavior === "require_online") {
      throw failure(
        "STRIPE_API_CONNECTION_ERROR",
        `Stripe did not answer: ${result.kind}`,
      );
    } else if (result.kind === "rejected") {
      throw failure(
        "INVALID_ARGUMENT",
        `Stripe refuses the PaymentIntent: ${result.code}`,
      );
    }
  }

  /** Forwards at once and waits; if nothing comes back, the payment goes on as an offline one. */
  async #confirmOnline(
    row: PaymentRow,
    behavior: OfflineBehavior,
  ): Promise<PaymentRow> {
    const { clock } = this.#ports;
    const ended = new AbortController();
    const settled = this.#forwarder.settled(row.rowId);
    this.#forwarder.dueNow(row.rowId);
    await Promise.race([
      settled,
      clock.sleep(this.#forward.callDeadlineMs, ended.signal).catch(() => {}),
    ]);
    ended.abort();
    const now = this.#accept.payments.byRowId(row.rowId)!;
    const isWaiting = now.payment.state === "stored";
    if (
      !isWaiting || behavior === "require_online" || !this.#isOfflineEnabled()
    ) return now;
    return continueOffline(this.#accept, now);
  }

  #isOfflineEnabled(): boolean {
    return this.#configuration.offline?.isEnabled ?? false;
  }

  #openIntent(localId: string): OpenIntent {
    this.#assertOpen();
    const open = this.#intents.get(localId);
    if (open === null) {
      throw failure(
        "PAYMENT_NOT_FOUND",
        "no open PaymentIntent has this local id",
      );
    }
    return open;
  }

  #row(localId: string): PaymentRow {
    this.#assertOpen();
    const bytes = parseUuid(localId);
    const row = bytes === null ? null : this.#accept.payments.byLocalId(bytes);
    if (row === null) {
      throw failure("PAYMENT_NOT_FOUND", "no stored payment has this local id");
    }
    return row;
  }

  #onProgress(): void {
    this.emit("offlineStatusChange", this.offlineStatus);
    if (this.isHeard("paymentForwarded")) this.#tellOutcomes();
  }

  /** Tells every outcome nobody has heard; a crash in between tells it again, never loses it. */
  #tellOutcomes(): void {
    const { payments, database } = this.#accept;
    const rows = payments.unnotified();
    if (rows.length === 0) return;
    for (const { payment } of rows) {
      this.emit("paymentForwarded", { payment, error: payment.error });
    }
    database.transaction(() =>
      rows.forEach((row) => payments.markNotified(row.rowId))
    );
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
 * @throws {HoldfastError} `STORE_*`, `DEVICE_KEY_UNAVAILABLE`, `RANDOM_UNAVAILABLE`.
 */
export async function openTerminal(
  ports: TerminalPorts,
  configuration: TerminalConfiguration,
): Promise<Terminal> {
  return new Terminal(ports, configuration, await ports.keys.deviceKey());
}
