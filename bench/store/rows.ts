/** The row that every candidate writes. @module */

/** About the size of a sealed record with its row. */
const BODY_BYTES = 1024;
/** What a raw append writes: a page, as file systems and flash do at least. */
export const PAGE_BYTES = 4096;

/** A table like that of the payments, as small as it can be. */
export const TABLE =
  `CREATE TABLE payment(id INTEGER PRIMARY KEY, local_id BLOB NOT NULL
  UNIQUE, state INTEGER NOT NULL DEFAULT 0, record BLOB NOT NULL) STRICT`;
export const INDEX = "CREATE INDEX open ON payment(id) WHERE state = 0";
export const INSERT = "INSERT INTO payment(local_id, record) VALUES(?, ?)";

/** The settings of our own connection, for another program's. */
export const PRAGMAS = [
  "locking_mode = EXCLUSIVE",
  "journal_mode = WAL",
  "synchronous = FULL",
] as const;

/** Parameters of {@link INSERT}: a growing id, as UUIDv7 grows, and a body. */
export function makeRows(): () => [Uint8Array, Uint8Array] {
  let count = 0;
  const body = new Uint8Array(BODY_BYTES).fill(7);
  return () => {
    const id = new Uint8Array(16);
    new DataView(id.buffer).setUint32(0, count++);
    return [id, body];
  };
}
