/**
 * What the app is told, as web-standard events.
 *
 * Owns: the event names and their payloads. Events are hints that something in the store
 * changed; the store is the truth, so a listener added late has lost nothing.
 * @module
 */
import { failure, type HoldfastError } from "./errors.ts";
import type { ClosingCapture } from "./forward/capture_alarm.ts";
import type { Payment } from "./payment.ts";
import type { ReconciliationReport } from "./reconcile/report.ts";
import type { CurrencyTotal } from "./store/payments.ts";

/** Whether Stripe can be reached: `unknown` until the first answer. */
export type NetworkStatus = "unknown" | "offline" | "online";

/** Stored payments of the active account, and of all accounts on this device. */
export interface OfflineStatusDetails {
  networkStatus: NetworkStatus;
  /** Payments waiting to be forwarded, active account. */
  offlinePaymentsCount: number;
  /** Their sums in minor units by lower-case currency, active account. */
  offlinePaymentAmountsByCurrency: Readonly<Record<string, number>>;
  /** Totals of every account and mode on this device. */
  allAccounts: readonly CurrencyTotal[];
}

/** As in Stripe Terminal; `reader` is null unless `showSmartReader` was given one. */
export interface OfflineStatus {
  sdk: OfflineStatusDetails;
  reader: OfflineStatusDetails | null;
}

/** Event name → `detail`. */
export interface TerminalEvents {
  /** The network status or a counter changed. */
  offlineStatusChange: OfflineStatus;
  /** A payment got its outcome; `error` is non-null when it was declined or failed. */
  paymentForwarded: { payment: Payment; error: Payment["error"] };
  /** Forwarding cannot go on for a reason that is not one payment's. */
  forwardingFailure: { error: HoldfastError };
  /** A reconciliation ended; `disagreements` need a person. */
  reconciliationFinished: ReconciliationReport;
  /** A manual payment's authorisation lapses soon: capture or cancel it now. */
  captureWindowClosing: ClosingCapture;
  /** The reader asks, shows or reports something. */
  readerEvent: { event: unknown };
}

const EVENT_NAMES: Readonly<Record<keyof TerminalEvents, true>> = {
  offlineStatusChange: true,
  paymentForwarded: true,
  forwardingFailure: true,
  reconciliationFinished: true,
  captureWindowClosing: true,
  readerEvent: true,
};

/** A typed view over the platform's `EventTarget`. */
export class TerminalEventTarget extends EventTarget {
  readonly #heard = new Set<string>();

  /** As `EventTarget`; remembers that somebody listens to `type`. */
  override addEventListener(
    // By name its types are a browser's: a project with Node's alone does not know them.
    ...args: Parameters<EventTarget["addEventListener"]>
  ): void {
    super.addEventListener(...args);
    const [type] = args;
    if (this.#heard.has(type)) return;
    this.#heard.add(type);
    queueMicrotask(() => this.onFirstListener(type));
  }

  /** Whether anybody ever listened to `type`. */
  protected isHeard(type: keyof TerminalEvents): boolean {
    return this.#heard.has(type);
  }

  /** Called once per type, after its first listener was added. */
  protected onFirstListener(_type: string): void {}

  /**
   * Adds a listener that gets the event's `detail`; returns a function that removes it.
   *
   * @throws {HoldfastError} `INVALID_ARGUMENT` for an event there is not: it would never be told.
   */
  on<K extends keyof TerminalEvents>(
    type: K,
    listener: (detail: TerminalEvents[K]) => void,
  ): () => void {
    if (!Object.hasOwn(EVENT_NAMES, type)) {
      const names = Object.keys(EVENT_NAMES).join(", ");
      throw failure(
        "INVALID_ARGUMENT",
        `there is no event ${type}; there are ${names}`,
        { field: "type" },
      );
    }
    const wrapped = (event: Event): void =>
      listener((event as CustomEvent).detail);
    this.addEventListener(type, wrapped);
    return () => this.removeEventListener(type, wrapped);
  }

  /** Dispatches an event; a throwing listener is the platform's to report, not ours to hide. */
  emit<K extends keyof TerminalEvents>(
    type: K,
    detail: TerminalEvents[K],
  ): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /** Events of one type as an async iterator, from the call on until `signal` aborts. */
  async *iterate<K extends keyof TerminalEvents>(
    type: K,
    signal: AbortSignal,
  ): AsyncGenerator<TerminalEvents[K], void, void> {
    const queue: TerminalEvents[K][] = [];
    let wake = (): void => {};
    const remove = this.on(type, (detail) => {
      queue.push(detail);
      wake();
    });
    const onAbort = (): void => wake();
    signal.addEventListener("abort", onAbort);
    try {
      while (!signal.aborted) {
        const next = queue.shift();
        if (next !== undefined) yield next;
        else await new Promise<void>((resolve) => wake = resolve);
      }
    } finally {
      remove();
      signal.removeEventListener("abort", onAbort);
    }
  }
}
