/**
 * Errors as they cross the link to a reader.
 *
 * Owns: which codes a reader may send. Any other code becomes `READER_ERROR` with the code in
 * its details, so that a reader can never make the engine believe in a store error.
 * @module
 */
import { type ErrorCode, failure, type HoldfastError } from "../errors.ts";
import type { ErrorMessage } from "./messages.ts";

const READER_CODES: readonly ErrorCode[] = [
  "CANCELED",
  "CARD_READ_TIMED_OUT",
  "CARD_REMOVED",
  "FEATURE_NOT_AVAILABLE_ON_CONNECTED_READER",
  "READER_BAD_MESSAGE",
  "READER_BUSY",
  "READER_FRAME_DAMAGED",
  "READER_MISSING_ENCRYPTION_KEYS",
  "READER_NO_COMMON_APPLICATION",
  "READER_UNKNOWN_MESSAGE",
  "REQUEST_TIMED_OUT",
  "UNSUPPORTED_READER_VERSION",
];

/** The error a reader's ERROR message stands for. */
export function readerError({ code, field }: ErrorMessage): HoldfastError {
  const known = READER_CODES.find((known) => known === code);
  const options = field === undefined ? {} : { field };
  return known
    ? failure(known, `the reader answered ${code}`, options)
    : failure("READER_ERROR", `the reader answered ${code}`, {
      ...options,
      details: { code },
    });
}

/** The ERROR message for an error raised while serving a request. */
export function errorMessage(error: HoldfastError): ErrorMessage {
  const { code, field } = error;
  return field === undefined ? { code } : { code, field };
}
