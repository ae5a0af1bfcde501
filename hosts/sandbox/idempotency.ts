/**
 * Stripe's v1 idempotency, rule by rule.
 *
 * Owns: what a repeated key gives back. The first answer of an executed
 * request is saved, status and body, a 500 included, and given again; other
 * parameters under the same key are an error; a key whose request still runs
 * is a conflict; after 24 hours of virtual time the key is forgotten and the
 * same request executes again. Answers given before execution (validation,
 * 401, 429, conflicts) are not saved: the pipeline does not call `save`.
 * @see https://docs.stripe.com/api/idempotent_requests
 * @see https://docs.stripe.com/error-low-level
 * @module
 */
import { ApiFailure, invalidParameter } from "./api_error.ts";

/** How long a key lives: "at least 24 hours"; the sandbox prunes at exactly. */
export const KEY_LIFETIME_MS = 24 * 60 * 60 * 1000;
/** Longest key Stripe accepts. */
const KEY_MAX_LENGTH = 255;

/** A saved answer. */
export interface SavedAnswer {
  readonly status: number;
  readonly body: string;
  /** Id of the request that was executed. */
  readonly requestId: string;
}

interface KeyRecord {
  readonly endpoint: string;
  readonly fingerprint: string;
  readonly firstMs: number;
  answer: SavedAnswer | null;
}

/** The keys of one account in one mode. */
export class IdempotencyKeys {
  // A Map keeps insertion order and time never goes back: oldest come first.
  readonly #keys = new Map<string, KeyRecord>();

  /**
   * Claims `key` for a request, or returns the saved answer.
   *
   * @param endpoint    method and path of the request
   * @param fingerprint a digest of its parameters; never the parameters
   * @param nowMs       virtual time
   * @returns the answer to replay, or null when the request must execute, in
   *   which case `save` or `release` must follow
   * @throws {ApiFailure} 400 `idempotency_error` on other parameters, 409
   *   `idempotency_key_in_use` while the first request runs
   */
  claim(
    key: string,
    endpoint: string,
    fingerprint: string,
    nowMs: number,
  ): SavedAnswer | null {
    if (key.length > KEY_MAX_LENGTH) {
      throw invalidParameter(
        "",
        `Idempotency keys can be at most ${KEY_MAX_LENGTH} characters.`,
      );
    }
    this.prune(nowMs);
    const known = this.#keys.get(key);
    if (!known) {
      const record = { endpoint, fingerprint, firstMs: nowMs, answer: null };
      this.#keys.set(key, record);
      return null;
    }
    if (known.endpoint !== endpoint || known.fingerprint !== fingerprint) {
      const what = known.endpoint === endpoint ? "parameters" : "endpoint";
      throw new ApiFailure(400, {
        type: "idempotency_error",
        message: `Keys for idempotent requests can only be used with the ` +
          `same ${what} they were first used with. Try using a key other ` +
          `than '${key}' if you meant to execute a different request.`,
      });
    }
    if (!known.answer) {
      throw new ApiFailure(409, {
        type: "idempotency_error",
        code: "idempotency_key_in_use",
        message: "There is currently another in-progress request using this " +
          "Idempotent Key. Please try again later.",
      });
    }
    return known.answer;
  }

  /** Saves the answer of an executed request. */
  save(key: string, answer: SavedAnswer): void {
    const record = this.#keys.get(key);
    // A request that outlived its own key has nothing to save under.
    if (record) record.answer = answer;
  }

  /** Forgets a key whose request did not start to execute. */
  release(key: string): void {
    this.#keys.delete(key);
  }

  /** Forgets every key that is 24 hours old or older. */
  prune(nowMs: number): void {
    for (const [key, record] of this.#keys) {
      if (nowMs - record.firstMs < KEY_LIFETIME_MS) return;
      this.#keys.delete(key);
    }
  }

  /** How many keys are remembered. */
  get size(): number {
    return this.#keys.size;
  }
}
