/**
 * The one error class of Holdfast.
 *
 * Owns: the shape of an error. A bug is an assertion, a world that said no is an outcome; this
 * class is for the third kind, bad bytes, bad arguments of the outside, and failing devices.
 * It never carries card data: not in the message, not in a field, not in `cause`.
 * @module
 */

/**
 * Whether the same call may be made again: `never` (it will fail again), `safe` (nothing
 * happened), `same_key` (it may have happened; repeat only with the stored idempotency key).
 */
export type Retry = "never" | "safe" | "same_key";

/** Fields of a {@link HoldfastError} besides its code. */
export interface HoldfastErrorOptions {
  /** What happened, for a developer; a sentence without card data. */
  message: string;
  /** Whether repeating the call makes sense. */
  retry: Retry;
  /** What a person can do about it. */
  remedy: string;
  /** Byte offset in the offending input, where there is one. */
  offset?: number;
  /** Name of the offending field, where there is one. */
  field?: string;
  /** Facts a program may want: limits, holders, states; never card data. */
  details?: Readonly<Record<string, string | number | boolean | null>>;
  /** The original error, or a reduced copy where the original may carry card data. */
  cause?: unknown;
}

/** An error with a stable `code`; see `docs/errors.md` for every code and its remedy. */
export class HoldfastError extends Error {
  override name = "HoldfastError";
  /** Stable identifier; Stripe Terminal's own name where one exists. */
  readonly code: string;
  /** Whether repeating the call makes sense. */
  readonly retry: Retry;
  /** What a person can do about it. */
  readonly remedy: string;
  /** Byte offset in the offending input. */
  readonly offset: number | undefined;
  /** Name of the offending field. */
  readonly field: string | undefined;
  /** Facts a program may want. */
  readonly details: Readonly<Record<string, string | number | boolean | null>>;

  /**
   * Makes an error.
   *
   * @param code    Stable identifier in SCREAMING_SNAKE_CASE.
   * @param options Everything else; see {@link HoldfastErrorOptions}.
   */
  constructor(code: string, options: HoldfastErrorOptions) {
    super(
      options.message,
      "cause" in options ? { cause: options.cause } : undefined,
    );
    this.code = code;
    this.retry = options.retry;
    this.remedy = options.remedy;
    this.offset = options.offset;
    this.field = options.field;
    this.details = options.details ?? {};
  }
}
