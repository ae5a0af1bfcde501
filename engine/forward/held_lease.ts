/**
 * The lease of one forwarder.
 *
 * Owns: how long it is held, and how often it is renewed.
 * @module
 */
import type { Lease } from "../store/lease.ts";
import type { ForwardContext } from "./forward_context.ts";

const LEASE = "forwarder";
/** How long it is good for after it was taken or renewed. */
export const LEASE_MS = 60_000;
/** A renewal is a write to the disk: often enough to miss one, not once a payment. */
export const LEASE_RENEWAL_MS = LEASE_MS / 3;

/** Taken when a forwarder starts, whoever had it, and given back when it stops. */
export class HeldLease {
  readonly #context: Pick<ForwardContext, "leases" | "clock">;
  #lease: Lease | null = null;
  #renewedAtMs = 0;

  constructor(context: Pick<ForwardContext, "leases" | "clock">) {
    this.#context = context;
  }

  /** What each write of the drain is checked by; there is one between start and stop. */
  get lease(): Lease {
    return this.#lease!;
  }

  /** Takes it from whoever has it. */
  take(): void {
    const { leases, clock } = this.#context;
    this.#renewedAtMs = clock.monotonicMs();
    const nowMs = clock.nowMs();
    this.#lease = leases.acquire(LEASE, "terminal", nowMs, LEASE_MS, true);
  }

  /** Whether it is still ours; renews it when it is old enough. */
  isHeld(): boolean {
    const { leases, clock } = this.#context;
    const ageMs = clock.monotonicMs() - this.#renewedAtMs;
    if (ageMs < LEASE_RENEWAL_MS) return leases.isCurrent(this.lease);
    this.#renewedAtMs = clock.monotonicMs();
    return leases.renew(this.lease, clock.nowMs(), LEASE_MS);
  }

  /** Gives it back; safe to call twice. */
  release(): void {
    if (this.#lease !== null) this.#context.leases.release(this.#lease);
    this.#lease = null;
  }
}
