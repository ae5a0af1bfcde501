/**
 * The system's random source through Web Cryptography.
 * @module
 */
import { failure } from "../../engine/errors.ts";
import type { Random } from "../../engine/ports.ts";

/** Randomness of the operating system. */
export class SystemRandom implements Random {
  /** @inheritdoc */
  fill(target: Uint8Array): void {
    try {
      crypto.getRandomValues(target as Uint8Array<ArrayBuffer>);
    } catch (cause) {
      throw failure(
        "RANDOM_UNAVAILABLE",
        "the system's random source failed",
        { cause },
      );
    }
  }
}
