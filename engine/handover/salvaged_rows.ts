/**
 * Rows of a damaged store, known by their columns.
 *
 * Owns: the order of columns in the files, of every schema from version 1 on, and which rows are
 * believed. A row with one value of another kind is no row.
 * @module
 */
import type { SqlValue } from "../ports.ts";
import { PLAIN_TERMS } from "../payment.ts";
import type { PaymentOrigin } from "../store/rows.ts";
import type { StepKind } from "../store/steps.ts";
import type { PaymentLine, StepLine } from "./export_lines.ts";

/** A payment's row, as far as it is needed. */
export interface PaymentFacts {
  rowId: number | null;
  age: number;
  localId: Uint8Array;
  account: string;
  isLivemode: boolean;
  epoch: number;
  seq: number;
  recordHash: Uint8Array;
  origin: PaymentOrigin | null;
  /** Whether it has its outcome, or left with a sealed file. */
  isSettled: boolean;
  intentId: string | null;
  /** What travels of it, besides what its record says. */
  line: Omit<
    PaymentLine,
    | "kind"
    | "chain"
    | "localId"
    | "seq"
    | "amount"
    | "currency"
    | "cardTransactionHmac"
    | "createdAtMs"
    | "record"
    | "steps"
    | "presentations"
  >;
}

const OPEN = ["stored", "unknown", "failed"];
const SETTLED = [
  "forwarded",
  "captured",
  "declined",
  "canceled",
  "handed_over",
];
const STEP_KINDS = ["create", "confirm", "capture", "cancel"];

/** What is said of a payment of which only the record is left. */
export const UNKNOWN_PAYMENT = {
  state: "failed",
  captureMethod: "automatic",
  metadata: "{}",
  cardPresent: JSON.stringify({
    brand: "unknown",
    last4: "????",
    expiryMonth: 0,
    expiryYear: 0,
    aid: "",
    applicationLabel: null,
    applicationPreferredName: null,
    preferredLocales: [],
    readMethod: "contact_emv",
    cvm: "unknown",
    receipt: {
      dedicatedFileName: null,
      applicationCryptogram: null,
      terminalVerificationResults: null,
      transactionStatusInformation: null,
    },
  }),
  terms: JSON.stringify(PLAIN_TERMS),
  cardHmac: new Uint8Array(16),
  isOffline: true,
  intentId: null,
  errorCode: "salvaged",
  declineCode: null,
  adviceCode: null,
  attempts: 0,
  reader: null,
} as const;

/** A row of `payment`, or null when it is none. */
export function paymentOf(
  rowId: number | null,
  columns: readonly SqlValue[],
  age: number,
): PaymentFacts | null {
  const [, localId, epoch, seq, state, account, livemode, amount, currency] =
    columns;
  const [captureMethod, metadata, cardPresent, cardHmac, , recordHash] = columns
    .slice(9);
  const [offline, , storedAtMs, intentId, errorCode, decline, advice] = columns
    .slice(15);
  const [attempts, , , terms, reader, , origin] = columns.slice(22);
  const isPayment = columns.length >= 25 && columns[0] === null &&
    isBytes(localId, 16) && isBytes(cardHmac, 16) && isBytes(recordHash, 32) &&
    isText(account) && isText(state) && isText(currency) &&
    [...OPEN, ...SETTLED].includes(state) &&
    (livemode === 0 || livemode === 1) &&
    [epoch, seq, amount, storedAtMs, attempts].every(Number.isSafeInteger) &&
    (captureMethod === "automatic" || captureMethod === "manual") &&
    isJson(metadata) && isJson(cardPresent);
  if (!isPayment) return null;
  return {
    rowId,
    age,
    localId,
    account,
    isLivemode: livemode === 1,
    epoch: epoch as number,
    seq: seq as number,
    recordHash,
    origin: isJson(origin) ? JSON.parse(origin) as PaymentOrigin : null,
    isSettled: SETTLED.includes(state),
    intentId: textOrNull(intentId),
    line: {
      state: OPEN.includes(state) ? state as PaymentLine["state"] : "failed",
      captureMethod,
      metadata,
      cardPresent,
      terms: isJson(terms) ? terms : "{}",
      cardHmac,
      isOffline: offline === 1,
      storedAtMs: storedAtMs as number,
      intentId: textOrNull(intentId),
      errorCode: textOrNull(errorCode),
      declineCode: textOrNull(decline),
      adviceCode: textOrNull(advice),
      attempts: attempts as number,
      reader: textOrNull(reader),
    },
  };
}

/** A row of `epoch`, or null when it is none. */
export function epochOf(
  rowId: number | null,
  columns: readonly SqlValue[],
): {
  account: string;
  deviceId: Uint8Array;
  epoch: number;
  recipientKey: Uint8Array;
  nextSeq: number;
} | null {
  const [first, account, livemode, deviceId, keyId, recipientKey, genesis] =
    columns;
  const [nextSeq, previousHash] = columns.slice(7);
  const isEpoch = columns.length === 10 && first === null && rowId !== null &&
    isText(account) && (livemode === 0 || livemode === 1) &&
    isBytes(deviceId, 16) && isBytes(keyId, 8) && isBytes(recipientKey, 32) &&
    genesis instanceof Uint8Array && genesis.length > 44 &&
    isBytes(previousHash, 32) && Number.isSafeInteger(nextSeq);
  if (!isEpoch) return null;
  // The number of a foreign chain is the one in its own genesis record (saf1.md, section 3).
  const view = new DataView(genesis.buffer, genesis.byteOffset);
  return {
    account,
    deviceId,
    epoch: view.getUint32(32),
    recipientKey,
    nextSeq: nextSeq as number,
  };
}

/** A row of `step` with the row id of its payment, or null when it is none. */
export function stepOf(
  columns: readonly SqlValue[],
): { payment: number; line: StepLine } | null {
  const [payment, kind, generation, key, parameters, first, last] = columns;
  const [attempts, spent] = columns.slice(7);
  const isStep = columns.length === 9 && isText(kind) &&
    STEP_KINDS.includes(kind) && isText(key) && isJson(parameters) &&
    [payment, generation, first, last, attempts].every(Number.isSafeInteger);
  if (!isStep) return null;
  return {
    payment: payment as number,
    line: {
      kind: kind as StepKind,
      generation: generation as number,
      key,
      parameters,
      firstAttemptAtMs: first as number,
      lastAttemptAtMs: last as number,
      attempts: attempts as number,
      isSpent: spent === 1,
    },
  };
}

function isBytes(value: unknown, length: number): value is Uint8Array {
  return value instanceof Uint8Array && value.length === length;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isJson(value: unknown): value is string {
  if (!isText(value)) return false;
  try {
    const parsed: unknown = JSON.parse(value);
    return typeof parsed === "object" && parsed !== null;
  } catch {
    return false;
  }
}

function textOrNull(value: unknown): string | null {
  return isText(value) ? value : null;
}
