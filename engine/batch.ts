/**
 * Several payments in one commit, for hosts that read cards by themselves.
 *
 * Owns: what such a host hands in. A gate or a bus has several readers and more customers than
 * syncs a second; what they presented is decided, sealed and stored like any other payment, and
 * the disk is waited for once.
 * @module
 */
import { type Accepted, acceptPayments } from "./accept.ts";
import { failure, type HoldfastError } from "./errors.ts";
import { checkParams } from "./intent_params.ts";
import type { CreatePaymentIntentParams } from "./intents.ts";
import { OPEN_STATES, type Payment } from "./payment.ts";
import type { Rooms } from "./rooms.ts";
import { termsFrom } from "./terms.ts";
import { createUuid } from "./uuid.ts";

/** More would keep sales at other readers waiting for a noticeable time. */
const BATCH_COUNT_MAX = 256;

/** A card that was read outside of `collectPaymentMethod`; a tip is `tipAmount` of its amount. */
export interface Reading
  extends Omit<CreatePaymentIntentParams, "tip" | "skipTipping"> {
  /** The reader's EMV TLV, 1..4,096 bytes; overwritten with zeroes before the call returns. */
  emvData: Uint8Array;
  /** Serial number of the reader. @default null */
  reader?: string | null;
  /** When the card was presented, epoch milliseconds. @default now */
  createdAtMs?: number;
}

/** What became of a {@link Reading}: one of the two is null. */
export interface BatchResult {
  /** The stored payment; on disk. */
  payment: Payment | null;
  /** Why it was not accepted. */
  error: HoldfastError | null;
}

/** Stores a batch; see `Terminal.storePayments`. */
export async function storeBatch(
  { accept, configuration, connection, forwarder, ports }: Rooms,
  readings: readonly Reading[],
  signal: AbortSignal,
): Promise<BatchResult[]> {
  try {
    checkReadings(readings, configuration.account.isConnected ?? false);
    await connection.isOnlineFor("force_offline"); // Throws when offline mode is off.
    signal.throwIfAborted();
    const { id: account, isLivemode } = configuration.account;
    const nowMs = ports.clock.nowMs();
    const results = await acceptPayments(
      accept,
      readings.map((reading) => ({
        localId: createUuid(ports.clock, ports.random),
        amount: reading.amount,
        currency: reading.currency.toLowerCase(),
        captureMethod: reading.captureMethod ?? "automatic",
        metadata: { ...reading.metadata },
        account,
        isLivemode,
        createdAtMs: reading.createdAtMs ?? nowMs,
        isOffline: true,
        isAskedNow: false,
        onlinePin: null,
        mayAskPin: false,
        intentId: null,
        terms: termsFrom(reading),
        reader: reading.reader ?? null,
        lifted: [],
        emvData: reading.emvData,
      })),
    );
    for (const { row } of results) {
      if (row !== null && OPEN_STATES.includes(row.payment.state)) {
        forwarder.add(row);
      }
    }
    return results.map(toResult);
  } finally {
    for (const { emvData } of readings) emvData.fill(0);
  }
}

function toResult({ row, error }: Accepted): BatchResult {
  return { payment: row?.payment ?? null, error };
}

function checkReadings(
  readings: readonly Reading[],
  isConnected: boolean,
): void {
  if (readings.length === 0 || readings.length > BATCH_COUNT_MAX) {
    throw failure(
      "INVALID_ARGUMENT",
      `expected 1 to ${BATCH_COUNT_MAX} readings, got ${readings.length}`,
      { field: "readings" },
    );
  }
  for (const { emvData: _, reader: __, createdAtMs, ...params } of readings) {
    checkParams(params, "force_offline", isConnected);
    if (params.requestIncrementalAuthorizationSupport) {
      throw failure(
        "INCREMENTAL_AUTHORIZATION_NOT_SUPPORTED_OFFLINE",
        "an authorisation that can be raised needs a connection",
      );
    }
    if (createdAtMs !== undefined && !Number.isSafeInteger(createdAtMs)) {
      throw failure("INVALID_ARGUMENT", "expected epoch milliseconds", {
        field: "createdAtMs",
      });
    }
  }
}
