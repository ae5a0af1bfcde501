/**
 * A copy of the store, made while sales go on, and what a copy does when it is put in its place.
 *
 * Owns: that a copy charges nobody twice. It carries a mark that the store itself has only for a
 * moment; whoever opens it asks Stripe about every payment before creating anything for it, and
 * begins a new epoch, because the old one went on elsewhere and two records must not have one
 * place. A copy of the bare files, made by other means, has no mark: then the reconciliation and
 * the relay must find out.
 * @module
 */
import type { Database } from "./ports.ts";
import type { Rooms } from "./rooms.ts";
import type { ActivityLog } from "./store/activity.ts";

/** Where the bytes of a copy go. */
export type BackupSink = (
  bytes: Uint8Array,
  offset: number,
) => void | Promise<void>;

const MARK = "is_copy";
/** Bytes read at a time: a millisecond of a disk, so that no sale waits longer. */
const SLICE_BYTES = 256 << 10;

/** Copies the store of `rooms`; see `Terminal.backup`. */
export async function backUp(
  rooms: Rooms,
  sink: BackupSink,
  signal: AbortSignal,
): Promise<number> {
  const { database, activity } = rooms.accept;
  const snapshot = mark(database, () => database.snapshot());
  try {
    for (let at = 0; at < snapshot.byteLength; at += SLICE_BYTES) {
      const room = Math.min(SLICE_BYTES, snapshot.byteLength - at);
      const slice = new Uint8Array(room);
      snapshot.read(slice, at);
      await sink(slice, at);
      signal.throwIfAborted();
    }
  } finally {
    snapshot.close();
  }
  activity.add("backed_up", null, { bytes: snapshot.byteLength });
  return snapshot.byteLength;
}

/** Runs `body` while the file has the mark; after it only the log knows that it is gone. */
function mark<T>(database: Database, body: () => T): T {
  database.execute(
    "INSERT OR REPLACE INTO meta(key, value) VALUES(?, x'01')",
    [MARK],
  );
  try {
    return body();
  } finally {
    database.execute("DELETE FROM meta WHERE key = ?", [MARK]);
  }
}

/**
 * Makes a copy that was put in the store's place safe to use; nothing on any other store. A store
 * whose owner died while a copy began is treated like the copy: that costs look-ups, no more.
 */
export function settleCopy(database: Database, activity: ActivityLog): void {
  const isCopy = database.query("SELECT 1 FROM meta WHERE key = ?", [MARK])
    .length > 0;
  if (!isCopy) return;
  database.transaction(() => {
    database.execute(
      "UPDATE payment SET must_look = 1 WHERE state IN ('stored', 'unknown', 'failed')",
    );
    // An epoch without its secret seals nothing any more; the vault begins the next one.
    database.execute("UPDATE epoch SET secret_wrapped = x''");
    database.execute("DELETE FROM meta WHERE key = ?", [MARK]);
    activity.add("restored", null);
  });
}
