/**
 * What a page, its Worker and the Workers of other tabs say to each other.
 *
 * Owns: the messages, which are plain values that survive structured cloning. Nothing here is
 * kept or versioned on disk: all tabs of an origin run what the origin serves, and a tab that was
 * loaded before an update is told so by {@link PROTOCOL_VERSION}.
 * @module
 */
import type { HoldfastErrorOptions, Retry } from "../../engine/errors.ts";
import { HoldfastError } from "../../engine/errors.ts";

/** Raised whenever a message changes meaning. */
export const PROTOCOL_VERSION = 1;

/** A call of a terminal's method. */
export interface Call {
  kind: "call";
  /** Unique among the calls of one tab. */
  id: number;
  method: string;
  args: readonly unknown[];
}

/** The answer to a {@link Call}. */
export type Answer =
  | { kind: "answer"; id: number; value: unknown }
  | { kind: "answer"; id: number; error: PlainError };

/** An event of the terminal, for every page. */
export interface Told {
  kind: "told";
  type: string;
  detail: unknown;
}

/** Bytes to or from a reader that hangs on a tab; null ends the stream. */
export interface ReaderBytes {
  kind: "bytes";
  /** Which reader connection of the tab. */
  stream: number;
  bytes: Uint8Array | null;
}

/** Gives a {@link Call} up. */
export interface Cancel {
  kind: "cancel";
  /** The call's id. */
  id: number;
}

/** Everything between a page and a Worker, and, with an envelope, between Workers. */
export type Message = Call | Cancel | Answer | Told | ReaderBytes;

/** A message between the Workers of different tabs. */
export interface Envelope {
  version: number;
  /** Tab it comes from. */
  from: string;
  /** Tab it is meant for, `leader`, or `all`. */
  to: string;
  message: Message | { kind: "leads" } | { kind: "who_leads" };
}

/** An error as a plain value; holds no more than the error may show. */
export interface PlainError {
  code: string;
  message: string;
  retry: Retry;
  remedy: string;
  offset: number | null;
  field: string | null;
  details: HoldfastErrorOptions["details"];
}

/** Makes an error sendable; of an unknown error only the name goes over. */
export function toPlain(error: unknown): PlainError {
  if (!(error instanceof HoldfastError)) {
    const name = error instanceof Error ? error.name : typeof error;
    return {
      code: "UNEXPECTED",
      message: `the terminal threw ${name}`,
      retry: "never",
      remedy: "report this as a bug",
      offset: null,
      field: null,
      details: {},
    };
  }
  const { code, message, retry, remedy, offset, field, details } = error;
  return {
    code,
    message,
    retry,
    remedy,
    offset: offset ?? null,
    field: field ?? null,
    details,
  };
}

/** Makes the error again on the other side. */
export function fromPlain(plain: PlainError): HoldfastError {
  const { code, offset, field, details, ...rest } = plain;
  return new HoldfastError(code, {
    ...rest,
    ...(offset === null ? {} : { offset }),
    ...(field === null ? {} : { field }),
    ...(details === undefined ? {} : { details }),
  });
}
