/**
 * A gateway on whose way refunds, and look-ups of them, get lost.
 * @module
 */
import type { Gateway, RefundResult, Unavailable } from "../../engine/mod.ts";
import {
  createStripeGateway,
  type StripeGatewayOptions,
} from "../../hosts/posix/stripe_gateway.ts";
import type { Shop } from "./shop.ts";

const SILENCE: Unavailable = {
  kind: "unavailable",
  code: "connection",
  mayHaveExecuted: true,
  isSaved: false,
  isAnswered: false,
  retryAfterMs: null,
};

/** What becomes of a request for a refund. */
export type RefundFate =
  | "answered"
  | "request_lost"
  | "response_lost";

/** What can be set. */
export interface RefundSwitches {
  refunds: RefundFate;
  /** Whether look-ups are answered. */
  isListed: boolean;
}

/** The shop's own gateway with such a way, and the key of every refund that was asked for. */
export function troubledRefunds(shop: Shop): {
  gateway: Gateway;
  keys: (string | null)[];
  switches: RefundSwitches;
} {
  const honest = createStripeGateway(
    shop.core,
    shop.options().gateway as StripeGatewayOptions,
  );
  const keys: (string | null)[] = [];
  const switches: RefundSwitches = { refunds: "answered", isListed: true };
  return {
    keys,
    switches,
    gateway: {
      ...honest,
      async refundIntent(id, request, call): Promise<RefundResult> {
        const fate = switches.refunds;
        keys.push(call.idempotencyKey);
        if (fate === "request_lost") return SILENCE;
        const result = await honest.refundIntent(id, request, call);
        return fate === "answered" ? result : SILENCE;
      },
      listRefunds: (id, call) =>
        switches.isListed
          ? honest.listRefunds(id, call)
          : Promise.resolve(SILENCE),
    },
  };
}

/** Minor units that went back by Stripe's own books. */
export function refunded(shop: Shop): number {
  let sum = 0;
  for (
    const { amount } of shop.sandbox.state.account(shop.account).test.refunds
  ) {
    sum += amount;
  }
  return sum;
}
