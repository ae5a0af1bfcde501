/**
 * A terminal as the register uses it, in this process or behind a page's Worker.
 *
 * Owns: the one shape both have. Every verb may be waited for; what a page cannot do is not here.
 * @module
 */
import type {
  CreatePaymentIntentParams,
  DailyClose,
  NetworkStatus,
  OfflineReadiness,
  OfflineStatus,
  Payment,
  PaymentFilter,
  PaymentIntent,
  Refund,
  Terminal,
  TerminalEvents,
} from "../../engine/mod.ts";

/** What may be there already. */
type Soon<T> = T | Promise<T>;

/** The verbs of `Terminal` that a cashier needs; see there for what they promise. */
export interface Till {
  offlineStatus(): Soon<OfflineStatus>;
  canOperateOffline(): Soon<OfflineReadiness>;
  createPaymentIntent(
    params: CreatePaymentIntentParams,
  ): Promise<PaymentIntent>;
  collectPaymentMethod(
    intent: PaymentIntent,
    options: { signal?: AbortSignal },
  ): Promise<PaymentIntent>;
  confirmPaymentIntent(intent: PaymentIntent): Promise<PaymentIntent>;
  capturePaymentIntent(localId: string): Promise<Payment>;
  cancelPaymentIntent(localId: string): Promise<void>;
  refundPayment(localId: string, amount?: number): Promise<Refund>;
  retryPayment(localId: string): Soon<void>;
  listPayments(filter: PaymentFilter): Soon<Payment[]>;
  getPayment(localId: string): Soon<Payment | null>;
  forwardNow(): Soon<void>;
  probeNetwork(): Promise<NetworkStatus>;
  closeDay(): Soon<DailyClose>;
  dailyCloses(limit?: number): Soon<DailyClose[]>;
  on<K extends keyof TerminalEvents>(
    type: K,
    listener: (detail: TerminalEvents[K]) => void,
  ): () => void;
}

/** The verbs that a terminal has in the same form here and behind a Worker. */
type TillVerbs = Omit<Till, "offlineStatus" | "collectPaymentMethod">;

/** Makes a till of a terminal and of the two verbs that differ. */
export function tillOf(
  terminal: TillVerbs,
  differing: Pick<Till, "offlineStatus" | "collectPaymentMethod">,
): Till {
  return {
    ...differing,
    canOperateOffline: () => terminal.canOperateOffline(),
    createPaymentIntent: (params) => terminal.createPaymentIntent(params),
    confirmPaymentIntent: (intent) => terminal.confirmPaymentIntent(intent),
    capturePaymentIntent: (localId) => terminal.capturePaymentIntent(localId),
    cancelPaymentIntent: (localId) => terminal.cancelPaymentIntent(localId),
    refundPayment: (localId, amount) => terminal.refundPayment(localId, amount),
    retryPayment: (localId) => terminal.retryPayment(localId),
    listPayments: (filter) => terminal.listPayments(filter),
    getPayment: (localId) => terminal.getPayment(localId),
    forwardNow: () => terminal.forwardNow(),
    probeNetwork: () => terminal.probeNetwork(),
    closeDay: () => terminal.closeDay(),
    dailyCloses: (limit) => terminal.dailyCloses(limit),
    on: (type, listener) => terminal.on(type, listener),
  };
}

/** The till of a terminal in this process. */
export function localTill(terminal: Terminal): Till {
  return tillOf(terminal, {
    offlineStatus: () => terminal.offlineStatus,
    collectPaymentMethod: (intent, options) =>
      terminal.collectPaymentMethod(intent, options),
  });
}
