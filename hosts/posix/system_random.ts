/**
 * The random source of a server runtime.
 * @module
 */
import { failure, type Random } from "../../engine/mod.ts";

/** A {@link Random} over WebCrypto. */
export class SystemRandom implements Random {
  fill(target: Uint8Array): void {
    try {
      crypto.getRandomValues(target as Uint8Array<ArrayBuffer>);
    } catch (cause) {
      throw failure("RANDOM_UNAVAILABLE", "the system gives no random bytes", {
        cause,
      });
    }
  }
}
