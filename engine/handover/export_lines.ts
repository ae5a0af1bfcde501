/**
 * What is inside a sealed export: one JSON object a line.
 *
 * Owns: the form of each line and its check; bytes are lower-case hex. First the head, then the
 * chains with their genesis records, then the payments in their device's order, each with the
 * keys that were sent for it, then the end.
 * @module
 */
import {
  bytes as byteString,
  type Field,
  flag,
  integer,
  list,
  nullable,
  oneOf,
  pattern,
  record,
  REJECTED,
  text,
} from "../reader/payload.ts";
import type { StepKind } from "../store/steps.ts";
import { fromHex, toHex } from "../uuid.ts";
import { damaged } from "./export_file.ts";

/** The first line. */
export interface HeadLine {
  kind: "head";
  account: string;
  exportedAtMs: number;
}

/** One chain: the genesis record that opens it. */
export interface ChainLine {
  kind: "chain";
  /** Device the chain belongs to, as a UUID; 0, 1, 2 … is its place among the chains. */
  device: string;
  epoch: number;
  recipientKey: Uint8Array;
  genesis: Uint8Array;
}

/** A key that was sent, or may have been. */
export interface StepLine {
  kind: StepKind;
  generation: number;
  key: string;
  parameters: string;
  firstAttemptAtMs: number;
  lastAttemptAtMs: number;
  attempts: number;
  isSpent: boolean;
}

/** A decline after which the payment is presented again. */
export interface PresentationLine {
  number: number;
  confirmGeneration: number;
  code: string;
  declineCode: string | null;
  adviceCode: string | null;
  declinedAtMs: number;
  notBeforeMs: number;
}

/** One payment. */
export interface PaymentLine {
  kind: "payment";
  /** Which of the chain lines, from 0. */
  chain: number;
  localId: Uint8Array;
  seq: number;
  state: "stored" | "unknown" | "failed";
  amount: number;
  currency: string;
  captureMethod: "automatic" | "manual";
  /** JSON, as the store keeps it. */
  metadata: string;
  cardPresent: string;
  terms: string;
  cardHmac: Uint8Array;
  cardTransactionHmac: Uint8Array;
  record: Uint8Array;
  isOffline: boolean;
  createdAtMs: number;
  storedAtMs: number;
  intentId: string | null;
  errorCode: string | null;
  declineCode: string | null;
  adviceCode: string | null;
  attempts: number;
  reader: string | null;
  steps: readonly StepLine[];
  presentations: readonly PresentationLine[];
}

/** The last line. */
export interface EndLine {
  kind: "end";
  /** Payments in the file. */
  count: number;
}

/** A whole export. */
export interface ExportContent {
  head: HeadLine;
  chains: readonly ChainLine[];
  payments: readonly PaymentLine[];
}

const MAX = Number.MAX_SAFE_INTEGER;
/** Longest sealed record: header, point, 4,352 padded bytes and a tag. */
const RECORD_BYTES_MAX = 4640;
const time = integer(0, MAX);
const code = nullable(text(255));
/** JSON text of an object; its form was checked when it was stored, and is again when used. */
const json: Field<string> = (value) => {
  if (typeof value !== "string" || value.length > 65_536) return REJECTED;
  try {
    const parsed: unknown = JSON.parse(value);
    return typeof parsed === "object" && parsed !== null ? value : REJECTED;
  } catch {
    return REJECTED;
  }
};

const step = record<StepLine>({
  kind: oneOf<StepKind>(["create", "confirm", "capture", "cancel"]),
  generation: integer(0, MAX),
  key: pattern(/^[\x21-\x7e]{1,255}$/),
  parameters: json,
  firstAttemptAtMs: integer(-MAX, MAX),
  lastAttemptAtMs: integer(-MAX, MAX),
  attempts: integer(1, MAX),
  isSpent: flag(),
});

const presentation = record<PresentationLine>({
  number: integer(1, MAX),
  confirmGeneration: integer(0, MAX),
  code: text(255),
  declineCode: code,
  adviceCode: code,
  declinedAtMs: time,
  notBeforeMs: time,
});

const headLine = record<HeadLine>({
  kind: oneOf(["head"]),
  account: pattern(/^[A-Za-z0-9_]{1,64}$/),
  exportedAtMs: time,
});

const chainLine = record<ChainLine>({
  kind: oneOf(["chain"]),
  device: pattern(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
  epoch: integer(1, 0xffffffff),
  recipientKey: hex(32, 32),
  genesis: hex(207, RECORD_BYTES_MAX),
});

const paymentLine = record<PaymentLine>({
  kind: oneOf(["payment"]),
  chain: integer(0, MAX),
  localId: hex(16, 16),
  seq: integer(1, MAX),
  state: oneOf(["stored", "unknown", "failed"]),
  amount: integer(1, MAX),
  currency: pattern(/^[a-z]{3}$/),
  captureMethod: oneOf(["automatic", "manual"]),
  metadata: json,
  cardPresent: json,
  terms: json,
  cardHmac: hex(16, 16),
  cardTransactionHmac: hex(16, 16),
  record: hex(207, RECORD_BYTES_MAX),
  isOffline: flag(),
  createdAtMs: time,
  storedAtMs: time,
  intentId: nullable(pattern(/^[A-Za-z0-9_]{1,255}$/)),
  errorCode: code,
  declineCode: code,
  adviceCode: code,
  attempts: integer(0, MAX),
  reader: nullable(text(255)),
  steps: list(step, 10_000),
  presentations: list(presentation, 10_000),
});

const endLine = record<EndLine>({
  kind: oneOf(["end"]),
  count: integer(0, MAX),
});

/** Writes the lines. */
export function encodeExport(content: ExportContent): Uint8Array {
  const { head, chains, payments } = content;
  const end: EndLine = { kind: "end", count: payments.length };
  const lines = [head, ...chains, ...payments, end].map((line) =>
    JSON.stringify(
      line,
      (_, part) => part instanceof Uint8Array ? toHex(part) : part,
    )
  );
  return new TextEncoder().encode(lines.join("\n"));
}

/**
 * Reads the lines.
 *
 * @throws {HoldfastError} `EXPORT_FILE_DAMAGED` with `field` naming the line, from 1: whoever had
 *   the code wrote something that is no export.
 */
export function decodeExport(plaintext: Uint8Array): ExportContent {
  const lines = new TextDecoder().decode(plaintext).split("\n");
  const values = lines.map(parse);
  const read = <T>(field: Field<T>, at: number): T => {
    const value = field(values[at]);
    if (value !== REJECTED) return value;
    throw damaged(`line ${at + 1} is not as it must be`, null, `${at + 1}`);
  };
  const head = read(headLine, 0);
  const end = read(endLine, values.length - 1);
  const chains: ChainLine[] = [];
  const payments: PaymentLine[] = [];
  for (let at = 1; at < values.length - 1; at++) {
    const { kind } = (values[at] ?? {}) as { kind?: unknown };
    if (kind === "chain" && payments.length === 0) {
      chains.push(read(chainLine, at));
    } else payments.push(read(paymentLine, at));
  }
  if (end.count !== payments.length) {
    throw damaged("payments are missing", null, `${lines.length}`);
  }
  return { head, chains, payments };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null; // Refused as a line that is not as it must be.
  }
}

function hex(lengthMin: number, lengthMax: number): Field<Uint8Array> {
  const isBytes = byteString(lengthMax);
  return (value) => {
    const decoded = typeof value === "string" ? fromHex(value) : null;
    return decoded === null || decoded.length < lengthMin
      ? REJECTED
      : isBytes(decoded);
  };
}
