/**
 * Whether a store is a place where somebody's money may wait.
 *
 * Owns: the refusal of offline payments by a store that cannot promise to be there tomorrow. What
 * goes online at once needs no such promise, so only the offline way asks.
 * @module
 */
import { failure, type HoldfastError } from "./errors.ts";
import type { DatabaseCapabilities } from "./ports.ts";

/** Why no payment may wait in this store; empty when it may. */
export function storeRefusals(
  { isDurable, isPersistent, isSettled, isThere }: DatabaseCapabilities,
  isEvictableStoreAllowed: boolean,
): HoldfastError[] {
  const found: HoldfastError[] = [];
  if (!isThere) {
    found.push(failure(
      "STORE_DELETED",
      "the store's files were deleted while it was open",
    ));
  }
  if (!isDurable) {
    found.push(failure(
      "STORE_NOT_DURABLE",
      "the store cannot promise durable writes",
    ));
  }
  if (!isPersistent && !isEvictableStoreAllowed) {
    found.push(failure(
      "STORE_NOT_PERSISTENT",
      "the platform may evict the store",
    ));
  }
  if (!isSettled && !isEvictableStoreAllowed) {
    found.push(failure(
      "STORE_NOT_SETTLED",
      "the store was made less than a minute ago",
    ));
  }
  return found;
}
