/**
 * Could this till take a payment offline now, and if not, why not?
 *
 * Owns: the whole list of reasons. An app asks before the connection is gone, and every reason
 * names the date it rests on, so that a shop can mend it while there is time.
 * @module
 */
import { connectableOffline, type OfflineConnectable } from "./eligibility.ts";
import type { Readers } from "./readers.ts";
import type { Rooms } from "./rooms.ts";

/** One thing that stands against an offline payment. */
export interface OfflineObstacle {
  /** Stable name; a code of `docs/errors.md` where a sale would throw it. */
  code: string;
  /** A sentence for a person. */
  message: string;
  /** The date it rests on, epoch milliseconds, or null when there is none. */
  atMs: number | null;
}

/** Whether a payment could be taken offline now, and if not, every reason why. */
export interface OfflineReadiness {
  isReady: boolean;
  /** The messages of {@link OfflineReadiness.obstacles}. */
  reasons: readonly string[];
  obstacles: readonly OfflineObstacle[];
  /** What may be connected offline at this Location, and until when. */
  connectable: readonly OfflineConnectable[];
}

/** Looks at configuration, store, limits and reader, and at nothing on the network. */
export function offlineReadiness(
  rooms: Rooms,
  readers: Readers,
): OfflineReadiness {
  const { settings, history, ports } = rooms;
  const obstacles = [
    ...configurationObstacles(rooms),
    ...readerObstacles(readers),
    ...storeObstacles(rooms),
    ...limitObstacles(rooms),
  ];
  const { locationId } = settings;
  return {
    isReady: obstacles.length === 0,
    reasons: obstacles.map(({ message }) => message),
    obstacles,
    connectable: locationId === null
      ? []
      : connectableOffline(history.all(), locationId, ports.clock.nowMs()),
  };
}

function obstacle(
  code: string,
  message: string,
  atMs: number | null = null,
): OfflineObstacle {
  return { code, message, atMs };
}

function configurationObstacles(rooms: Rooms): OfflineObstacle[] {
  const { settings, configuration } = rooms;
  const { locationId, location } = settings;
  const found: OfflineObstacle[] = [];
  if (!settings.isOfflineEnabled) {
    found.push(obstacle(
      "FORCE_OFFLINE_WITH_FEATURE_DISABLED",
      "offline mode is not enabled in the configuration",
      location?.fetchedAtMs ?? null,
    ));
  }
  if (locationId !== null && location === null) {
    found.push(obstacle(
      "LOCATION_CONNECTION_NOT_AVAILABLE_OFFLINE",
      "the Location was never fetched on this device",
    ));
  }
  const country = configuration.location.country.toUpperCase();
  if (location !== null && location.country !== country) {
    found.push(obstacle(
      "LOCATION_COUNTRY_MISMATCH",
      `the Location is in ${location.country}, the app says ${country}`,
      location.fetchedAtMs,
    ));
  }
  return found;
}

function readerObstacles(readers: Readers): OfflineObstacle[] {
  if (readers.current === null) {
    return [obstacle("READER_NOT_CONNECTED", "no reader is connected")];
  }
  return readers.isUpdateRequiredForOffline
    ? [obstacle(
      "READER_CONNECTION_OFFLINE_NEEDS_UPDATE",
      "the reader takes no offline payment until it is updated",
    )]
    : [];
}

function storeObstacles(
  { ports, accept, settings }: Rooms,
): OfflineObstacle[] {
  const { database } = ports;
  const found = settings.storeRefusals
    .map(({ code, message }) => obstacle(code, message));
  const freeBytes = database.freeBytes();
  if (freeBytes !== null && freeBytes < accept.limits.freeBytesMin) {
    found.push(obstacle("STORE_FULL", "the disk has too little free space"));
  }
  return found;
}

function limitObstacles(rooms: Rooms): OfflineObstacle[] {
  const { accept, configuration: { account }, ports } = rooms;
  const { limits, payments, risk } = accept;
  const found: OfflineObstacle[] = [];
  const count = payments.totals().reduce((sum, it) => sum + it.count, 0);
  if (count >= limits.storedCountMax) {
    found.push(obstacle(
      "OFFLINE_PAYMENTS_DATABASE_TOO_LARGE",
      `${count} payments are stored, as many as the limit allows`,
    ));
  }
  const oldest = risk.oldestStoredAtMs(account.id, account.isLivemode);
  const age = oldest === null ? 0 : ports.clock.nowMs() - oldest;
  if (age > limits.storedAgeMsMax) {
    found.push(obstacle(
      "OFFLINE_STORED_AGE_LIMIT",
      "the oldest stored payment waits longer than the limit allows",
      oldest,
    ));
  }
  return found;
}
