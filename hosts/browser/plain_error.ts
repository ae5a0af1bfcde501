/**
 * Errors as plain values, and back.
 *
 * Owns: that an error keeps its code, remedy and facts on its way between threads, where cloning
 * would keep its message only, and that nothing else of it goes over.
 * @module
 */
import type { HoldfastErrorOptions, Retry } from "../../engine/errors.ts";
import { HoldfastError } from "../../engine/errors.ts";
import type { BatchResult, TerminalEvents } from "../../engine/mod.ts";

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

/** The detail of an event, sendable. */
export function plainDetail(type: string, detail: unknown): unknown {
  return inDetail(type, detail, toPlain);
}

/** The detail of an event as the terminal gave it. */
export function reviveDetail<K extends keyof TerminalEvents>(
  type: K,
  detail: unknown,
): TerminalEvents[K] {
  const revive = (error: unknown): unknown => fromPlain(error as PlainError);
  return inDetail(type, detail, revive) as TerminalEvents[K];
}

/** What `storePayments` returns, sendable. */
export function plainResults(results: readonly BatchResult[]): unknown {
  return results.map(({ payment, error }) => ({
    payment,
    error: error === null ? null : toPlain(error),
  }));
}

/** What `storePayments` returned. */
export function reviveResults(results: unknown): BatchResult[] {
  const plain = results as (Omit<BatchResult, "error"> & {
    error: PlainError | null;
  })[];
  return plain.map(({ payment, error }) => ({
    payment,
    error: error === null ? null : fromPlain(error),
  }));
}

/** Changes the error of the events that have one. */
function inDetail(
  type: string,
  detail: unknown,
  change: (error: unknown) => unknown,
): unknown {
  if (type === "forwardingFailure") {
    return { error: change((detail as { error: unknown }).error) };
  }
  if (type !== "readerEvent") return detail;
  const { event } = detail as { event: Record<string, unknown> };
  return "error" in event
    ? { event: { ...event, error: change(event.error) } }
    : detail;
}
