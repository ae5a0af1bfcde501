/**
 * Profile `stripe/report`: another acquirer takes the money, Stripe is told of it.
 *
 * Owns: reporting each final outcome once, under a key of the payment's own. The acquirer's
 * answer is the outcome and stands, whether or not Stripe could be told: an outcome must never
 * wait for a report. What could not be reported is handed to the app, which calls
 * {@link reportPayment} again with the same facts; the key makes that safe for a day, and
 * Stripe's list of records shows it later.
 * @see https://docs.stripe.com/api/payment-record/report
 * @module
 */
import type Stripe from "stripe";
import type {
  ConfirmIntentRequest,
  Gateway,
  GatewayCall,
  GatewayResult,
  Unavailable,
} from "../gateway.ts";
import { markServerSide } from "./server_side.ts";
import { StripeApi } from "./stripe_api.ts";

/** One outcome, as it is reported. */
export interface PaymentReport {
  localId: string;
  /** The acquirer's own id of the payment. */
  reference: string;
  amount: number;
  currency: string;
  outcome: "guaranteed" | "failed";
  /** When the card was read, epoch milliseconds. */
  initiatedAtMs: number;
  /** When the acquirer decided, epoch milliseconds. */
  decidedAtMs: number;
}

/** What the profile works with. */
export interface ReportOptions {
  /** A client with `maxNetworkRetries: 0`; it needs no more than writing payment records. */
  stripe: Stripe;
  /** Who takes the money. */
  acquirer: Gateway;
  /** How the payment method is called at Stripe. @default "Card present" */
  displayName?: string;
  /** Epoch milliseconds. */
  nowMs: () => number;
  /** Told what Stripe could not be told. */
  onUnreported: (report: PaymentReport, code: string) => void;
}

/** How a report ended. */
export type ReportResult =
  /** `recordId` is null when it was reported before, with other times. */
  | { kind: "reported"; recordId: string | null }
  | Extract<GatewayResult, { kind: "unauthorized" | "rejected" }>
  | Unavailable;

/** Makes a gateway that is the acquirer's and reports what it decides. */
export function createReportGateway(options: ReportOptions): Gateway {
  const { acquirer, nowMs, onUnreported } = options;
  // What a capture is about is only known from its confirmation; another process reads it.
  const confirmed = new Map<string, ConfirmIntentRequest>();
  const tell = async (
    id: string,
    request: Pick<
      ConfirmIntentRequest,
      "localId" | "amount" | "currency" | "storedAtMs"
    >,
    outcome: PaymentReport["outcome"],
    signal: AbortSignal,
  ): Promise<void> => {
    const { localId, amount, currency, storedAtMs } = request;
    const report: PaymentReport = {
      ...{ localId, amount, currency, outcome, reference: id },
      initiatedAtMs: storedAtMs,
      decidedAtMs: nowMs(),
    };
    const result = await reportPayment(options, report, signal);
    if (result.kind !== "reported") onUnreported(report, result.code);
  };
  return markServerSide<Gateway>({
    ...acquirer,
    async confirmIntent(id, request, call): Promise<GatewayResult> {
      const result = await acquirer.confirmIntent(id, request, call);
      if (result.kind === "declined") {
        await tell(id, request, "failed", call.signal);
      }
      if (result.kind !== "intent") return result;
      if (result.intent.status === "succeeded") {
        await tell(id, request, "guaranteed", call.signal);
      } else confirmed.set(id, request);
      return result;
    },
    async captureIntent(id, call): Promise<GatewayResult> {
      const result = await acquirer.captureIntent(id, call);
      const isPaid = result.kind === "intent" &&
        result.intent.status === "succeeded";
      if (!isPaid) return result;
      const { amount, currency, metadata } = result.intent;
      const known = confirmed.get(id);
      confirmed.delete(id);
      const localId = known?.localId ?? metadata.holdfast_local_id ?? id;
      const storedAtMs = known?.storedAtMs ?? nowMs();
      const facts = { localId, amount, currency, storedAtMs };
      await tell(id, facts, "guaranteed", call.signal);
      return result;
    },
  });
}

/** Reports one outcome; repeating it with the same facts reports it once. */
export async function reportPayment(
  options: Pick<ReportOptions, "stripe" | "displayName">,
  report: PaymentReport,
  signal: AbortSignal,
): Promise<ReportResult> {
  const api = new StripeApi(options.stripe);
  const { localId, reference, outcome } = report;
  const call: GatewayCall = {
    idempotencyKey: `${localId}:r:${reference}:${outcome}`,
    signal,
  };
  const decided = { [`${outcome}_at`]: seconds(report.decidedAtMs) };
  try {
    const { id } = await api.send<{ id: string }>(
      "POST",
      "/v1/payment_records/report_payment",
      {
        amount_requested: { value: report.amount, currency: report.currency },
        initiated_at: seconds(report.initiatedAtMs),
        customer_presence: "on_session",
        outcome,
        [outcome]: decided,
        payment_method_details: {
          type: "custom",
          custom: { display_name: options.displayName ?? "Card present" },
        },
        processor_details: {
          type: "custom",
          custom: { payment_reference: reference },
        },
        metadata: { holdfast_local_id: localId },
      },
      "payment_record",
      call,
    );
    return { kind: "reported", recordId: id };
  } catch (error) {
    const result = api.failure(error, call);
    // The key names payment and outcome: whoever used it has reported just this.
    return result.kind === "idempotency_conflict"
      ? { kind: "reported", recordId: null }
      : api.readFailure(error, call);
  }
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
