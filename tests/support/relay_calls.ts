/** What a till sends to its relay, held back or noted. @module */
import type {
  ConfirmIntentRequest,
  Gateway,
  GatewayCall,
} from "../../engine/mod.ts";
import { type TestRelay, through } from "./relay.ts";
import type { Shop } from "./shop.ts";

/** One confirmation as the till sends it. */
export interface Sent {
  id: string;
  request: ConfirmIntentRequest;
  key: string;
}

/** Notes what is confirmed, and may keep it from being sent. */
export function spy(gateway: Gateway, sent: Sent[], isHeld = false): Gateway {
  return {
    ...gateway,
    confirmIntent(id, request, call) {
      sent.push({ id, request, key: call.idempotencyKey! });
      if (!isHeld) return gateway.confirmIntent(id, request, call);
      return Promise.resolve({
        kind: "unavailable",
        code: "held",
        mayHaveExecuted: false,
        isSaved: false,
        isAnswered: true,
        retryAfterMs: 60_000,
      });
    },
  };
}

/** A call with ten seconds to end in. */
export function call(key: string | null = null): GatewayCall {
  return { idempotencyKey: key, signal: AbortSignal.timeout(10_000) };
}

/** Sells one payment offline and returns the confirmation the till would send, unsent. */
export async function held(
  shop: Shop,
  relay: TestRelay,
  amount = 1250,
): Promise<Sent> {
  const sent: Sent[] = [];
  const gateway = spy(relay.gateway(), sent, true);
  await shop.openTerminal(through(gateway, relay));
  await shop.sell("visa", amount, { offlineBehavior: "force_offline" });
  shop.terminal.forwardNow();
  await shop.until(() => sent.length > 0);
  await shop.terminal.close();
  return sent[0];
}
