/**
 * The idempotency keys of a payment's steps.
 *
 * Owns: their form. A key is made from the local id and what it acts on, never from chance or
 * time, so that every retry, every restart and every second drainer comes to the same key. They
 * stay under Stripe's 255 characters and hold nothing personal.
 * @see https://docs.stripe.com/api/idempotent_requests
 * @module
 */

/** Key for creating the PaymentIntent of `localId`; the generation changes only after a look-up. */
export function createKey(localId: string, generation: number): string {
  return `${localId}:c:${generation}`;
}

/** Key for confirming exactly `intentId`. */
export function confirmKey(
  localId: string,
  intentId: string,
  generation: number,
): string {
  return `${localId}:k:${intentId}:${generation}`;
}

/** Key for capturing exactly `intentId`. */
export function captureKey(
  localId: string,
  intentId: string,
  generation: number,
): string {
  return `${localId}:p:${intentId}:${generation}`;
}

/** Names one refund of `localId` for ever; Stripe keeps it with the refund. */
export function refundMark(localId: string, wish: string): string {
  return `${localId}:r:${wish}`;
}

/** Key for one refund of exactly `intentId`. */
export function refundKey(
  localId: string,
  intentId: string,
  wish: string,
): string {
  return `${localId}:r:${intentId}:${wish}`;
}

/** Key for cancelling exactly `intentId`. */
export function cancelKey(
  localId: string,
  intentId: string,
  generation: number,
): string {
  return `${localId}:x:${intentId}:${generation}`;
}
