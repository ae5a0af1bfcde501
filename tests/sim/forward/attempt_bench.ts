/**
 * One payment and one attempt at a time, with a gateway that answers as it is told.
 * @module
 */
import type { ForwardContext } from "../../../engine/forward/forward_context.ts";
import { forwardPayment } from "../../../engine/forward/forward_payment.ts";
import type {
  Gateway,
  GatewayResult,
  Intent,
} from "../../../engine/gateway.ts";
import type { CaptureMethod } from "../../../engine/payment.ts";
import { MemoryStore } from "./memory_store.ts";
import { ACCOUNT, localIdOf, OFFLINE } from "./sales.ts";

/** One stored payment, and what its gateway is asked. */
export class Bench {
  /** What the device's clock shows. */
  nowMs = 1_800_000_000_000;
  readonly store = new MemoryStore(() => this.nowMs);
  /** Keys of the creations. */
  readonly keys: (string | null)[] = [];

  /** Stores it. */
  constructor(captureMethod: CaptureMethod = "automatic") {
    this.store.insert({
      localIdBytes: new Uint8Array(16).fill(1),
      cardHmac: new Uint8Array(16),
      recordHash: new Uint8Array(32),
      record: Uint8Array.of(1),
      storedAtMs: this.nowMs,
      payment: {
        localId: localIdOf(1),
        seq: 1,
        account: ACCOUNT,
        amount: 100,
        currency: "usd",
        captureMethod,
        offlineDetails: OFFLINE,
      },
    });
  }

  /** Forwards the payment once with a gateway that has only these verbs. */
  async forward(verbs: Partial<Gateway>): Promise<unknown> {
    const { leases } = this.store;
    const lease = leases.acquire("forwarder", "t", this.nowMs, 1000, true)!;
    const { signal } = new AbortController();
    return await forwardPayment(this.context(verbs), 1, lease, signal);
  }

  /** What an attempt works with. */
  context(verbs: Partial<Gateway>): ForwardContext {
    return {
      ...this.store.view(),
      clock: {
        nowMs: () => this.nowMs,
        monotonicMs: () => 0,
        sleep: () => new Promise(() => {}),
      },
      gateway: verbs as Gateway,
      callDeadlineMs: 1000,
    };
  }

  /** A `createIntent` that answers with `result`. */
  creating(result: GatewayResult): Partial<Gateway> {
    return {
      createIntent: (_request, { idempotencyKey }) => {
        this.keys.push(idempotencyKey);
        return Promise.resolve(result);
      },
    };
  }

  /** The payment's intent as it is in `status`. */
  intent(status: Intent["status"]): Intent {
    return {
      id: "pi_1",
      status,
      amount: 100,
      currency: "usd",
      isLivemode: false,
      metadata: { holdfast_local_id: localIdOf(1) },
      error: null,
    };
  }

  /** What became of the payment. */
  get outcome(): { state: string; code: string | null } {
    const { state, error } = this.store.payments.byRowId(1)!.payment;
    return { state, code: error?.code ?? null };
  }
}
