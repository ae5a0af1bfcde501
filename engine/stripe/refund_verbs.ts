/**
 * Refunding, and looking refunds up.
 *
 * Owns: the mark in a Refund's metadata, and that refunds are read from the list endpoint, which
 * is read-after-write.
 * @see https://docs.stripe.com/api/refunds
 * @module
 */
import {
  type Gateway,
  type GatewayCall,
  LIST_TOO_LONG,
  type ListedRefund,
  type RefundListResult,
  type RefundRequest,
  type RefundResult,
} from "../gateway.ts";
import { readRefund, REFUND_MARK, type WireRefund } from "./results.ts";
import type { StripeApi } from "./stripe_api.ts";

const REFUNDS = "/v1/refunds";
/** Largest page Stripe's list API gives. */
const PAGE_LENGTH = 100;
/** Nobody refunds one payment in so many parts; as many pages as fit into a call's deadline. */
const PAGES_MAX = 5;

interface WireRefundList {
  data: WireRefund[];
  has_more: boolean;
}

/** Makes the verbs over `api`. */
export function createRefundVerbs(
  api: StripeApi,
): Pick<Gateway, "refundIntent" | "listRefunds"> {
  return {
    refundIntent: (id, request, call) => refund(api, id, request, call),
    listRefunds: (id, call) => list(api, id, call),
  };
}

async function refund(
  api: StripeApi,
  id: string,
  { amount, mark }: RefundRequest,
  call: GatewayCall,
): Promise<RefundResult> {
  const parameters = {
    payment_intent: id,
    ...(amount === null ? {} : { amount }),
    metadata: { [REFUND_MARK]: mark },
  };
  try {
    const wire = await api.send<WireRefund>(
      "POST",
      REFUNDS,
      parameters,
      "refund",
      call,
    );
    const { mark: _, ...made } = readRefund(wire);
    return { kind: "refund", refund: made };
  } catch (error) {
    const result = api.failure(error, call);
    if (result.kind !== "intent" && result.kind !== "declined") return result;
    return { kind: "rejected", code: "card_declined" };
  }
}

async function list(
  api: StripeApi,
  id: string,
  call: GatewayCall,
): Promise<RefundListResult> {
  const refunds: ListedRefund[] = [];
  try {
    for (let page = 0; page < PAGES_MAX; page++) {
      const last = refunds.at(-1)?.id;
      const query = new URLSearchParams({
        payment_intent: id,
        limit: String(PAGE_LENGTH),
        ...(last === undefined ? {} : { starting_after: last }),
      });
      const found = await api.send<WireRefundList>(
        "GET",
        `${REFUNDS}?${query}`,
        null,
        "list",
        call,
      );
      refunds.push(...found.data.map(readRefund));
      if (!found.has_more) return { kind: "refunds", refunds };
    }
  } catch (error) {
    return api.readFailure(error, call);
  }
  return { kind: "rejected", code: LIST_TOO_LONG };
}
