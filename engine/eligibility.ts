/**
 * Which reader may be connected while Stripe cannot be asked.
 *
 * Owns: the windows and the reasons. A mobile reader needs one of its type to have been connected
 * online at this Location within 30 days; a smart reader must itself have been connected online
 * within 24 hours. Stripe's pages give both 30 days and 24 hours for smart readers; the shorter
 * one is the one that can never let through what Stripe would refuse. A clock that was set back
 * counts as no time passed.
 * @see https://docs.stripe.com/terminal/features/operate-offline/collect-card-payments
 * @see https://docs.stripe.com/terminal/features/operate-offline/network-transitions
 * @module
 */
import { type ErrorCode, failure, type HoldfastError } from "./errors.ts";
import type { DeviceType, ReaderInfo } from "./reader/mod.ts";
import type { CachedLocation } from "./store/locations.ts";
import type { RememberedReader } from "./store/reader_history.ts";

/** How long one online connection lets mobile readers of its type connect offline. */
const MOBILE_WINDOW_MS: number = 30 * 24 * 60 * 60 * 1000;
/** How long one online connection lets this smart reader connect offline. */
const SMART_WINDOW_MS: number = 24 * 60 * 60 * 1000;

const SMART: readonly DeviceType[] = ["stripe_s700", "wisepos_e"];

/** What an offline connection is judged by. */
export interface EligibilityFacts {
  reader: ReaderInfo;
  locationId: string;
  location: CachedLocation | null;
  isOfflineEnabled: boolean;
  history: readonly RememberedReader[];
  /** The reader asked for an update without which it takes no offline payment. */
  isUpdateRequiredForOffline: boolean;
  /** Whether a mobile reader that was never seen may be connected offline. */
  isUnseenAllowed: boolean;
  nowMs: number;
}

/** A reader, or a type of readers, that may be connected offline for some time. */
export interface OfflineConnectable {
  deviceType: DeviceType;
  /** Null: any reader of the type. */
  serialNumber: string | null;
  /** When it ends, epoch milliseconds. */
  untilMs: number;
}

/**
 * Says why a reader may not be connected offline, or null when it may.
 *
 * @returns `STRIPE_API_CONNECTION_ERROR`, `NO_LAST_SEEN_ACCOUNT`,
 *   `LOCATION_CONNECTION_NOT_AVAILABLE_OFFLINE`, `READER_CONNECTION_NOT_AVAILABLE_OFFLINE`,
 *   `READER_CONNECTION_OFFLINE_PAIRING_UNSEEN_DISABLED` or
 *   `READER_CONNECTION_OFFLINE_NEEDS_UPDATE`; `details` has the dates.
 */
export function offlineObstacle(facts: EligibilityFacts): HoldfastError | null {
  const { reader, history, location, locationId } = facts;
  const { deviceType, serialNumber } = reader;
  const refuse: Refuse = (code, message, details = {}) =>
    failure(code, message, {
      details: { deviceType, serialNumber, locationId, ...details },
    });
  if (history.length === 0) {
    return refuse(
      "NO_LAST_SEEN_ACCOUNT",
      "no reader was ever connected online for this account on this device",
    );
  }
  if (!facts.isOfflineEnabled) {
    return refuse(
      "STRIPE_API_CONNECTION_ERROR",
      "there is no connection and offline mode is off",
    );
  }
  if (location === null) {
    return refuse(
      "LOCATION_CONNECTION_NOT_AVAILABLE_OFFLINE",
      "this Location was never fetched on this device",
    );
  }
  const unseen = windowObstacle(facts, refuse);
  if (unseen !== null) return unseen;
  const isSeen = history.some((it) => it.serialNumber === serialNumber);
  if (!isSeen && !facts.isUnseenAllowed) {
    return refuse(
      "READER_CONNECTION_OFFLINE_PAIRING_UNSEEN_DISABLED",
      "this very reader was never connected online on this device",
    );
  }
  return facts.isUpdateRequiredForOffline
    ? refuse(
      "READER_CONNECTION_OFFLINE_NEEDS_UPDATE",
      "the reader takes no offline payment until it is updated",
      { softwareVersion: reader.softwareVersion },
    )
    : null;
}

/** Makes the refusal of one reader. */
type Refuse = (
  code: ErrorCode,
  message: string,
  details?: Record<string, string | number | null>,
) => HoldfastError;

/** Whether the reader, or its type, was online here recently enough. */
function windowObstacle(
  { reader, history, locationId, nowMs }: EligibilityFacts,
  refuse: Refuse,
): HoldfastError | null {
  const { deviceType, serialNumber } = reader;
  const isSmart = SMART.includes(deviceType);
  const candidates = history.filter((it) =>
    isSmart ? it.serialNumber === serialNumber : it.deviceType === deviceType
  );
  const here = candidates.find((it) => it.locationId === locationId);
  const windowMs = isSmart ? SMART_WINDOW_MS : MOBILE_WINDOW_MS;
  if (here === undefined) {
    const elsewhere = candidates[0];
    return elsewhere === undefined
      ? refuse(
        "READER_CONNECTION_NOT_AVAILABLE_OFFLINE",
        isSmart
          ? "this reader was never connected online on this device"
          : `no ${deviceType} was ever connected online on this device`,
        { lastOnlineAtMs: null, windowMs },
      )
      : refuse(
        "LOCATION_CONNECTION_NOT_AVAILABLE_OFFLINE",
        "it was connected online at another Location only",
        {
          lastOnlineAtMs: elsewhere.onlineAtMs,
          lastLocation: elsewhere.locationId,
        },
      );
  }
  if (nowMs - here.onlineAtMs > windowMs) {
    return refuse(
      "READER_CONNECTION_NOT_AVAILABLE_OFFLINE",
      "the last online connection is too long ago",
      {
        lastOnlineAtMs: here.onlineAtMs,
        windowMs,
        endedAtMs: here.onlineAtMs + windowMs,
      },
    );
  }
  return null;
}

/** What may be connected offline at a Location now, and until when. */
export function connectableOffline(
  history: readonly RememberedReader[],
  locationId: string,
  nowMs: number,
): OfflineConnectable[] {
  const found = new Map<string, OfflineConnectable>();
  for (const it of history.filter((one) => one.locationId === locationId)) {
    const isSmart = SMART.includes(it.deviceType);
    const untilMs = it.onlineAtMs +
      (isSmart ? SMART_WINDOW_MS : MOBILE_WINDOW_MS);
    const key = isSmart ? it.serialNumber : it.deviceType;
    // The history is newest first.
    if (found.has(key) || untilMs < nowMs) continue;
    found.set(key, {
      deviceType: it.deviceType,
      serialNumber: isSmart ? it.serialNumber : null,
      untilMs,
    });
  }
  return [...found.values()];
}
