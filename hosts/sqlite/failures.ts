/**
 * SQLite's refusals as the project's errors.
 *
 * Owns: which result code becomes which error. No bound value gets into a message: SQLite's own
 * words are repeated only for statements that did not compile (they quote SQL, which holds no
 * values) and for constraints (they name the schema).
 * @module
 */
import {
  type ErrorCode,
  failure,
  type HoldfastError,
} from "../../engine/errors.ts";
import { ForeignAccessError } from "./disk.ts";
import { SQLITE } from "./result_codes.ts";
import type { SqliteFailure } from "./statements.ts";

/** What {@link translate} knows besides the result code. */
export interface FailureContext {
  /** SQLite's own words about the last failure. */
  message: string;
  /** What the disk threw, or null. */
  diskError: unknown;
}

/** Codes that only a wrong statement can cause: a bug, not an error of the world. */
const BUGS: readonly number[] = [
  SQLITE.ERROR,
  SQLITE.LOCKED,
  SQLITE.SCHEMA,
  SQLITE.TOOBIG,
  SQLITE.MISMATCH,
  SQLITE.MISUSE,
  SQLITE.RANGE,
];

/**
 * The error for a failed statement. `STORE_IO` tells the caller to poison the connection.
 *
 * @returns A {@link HoldfastError}, or a plain `Error` where the statement itself is wrong.
 */
export function translate(
  { code, isCompiling }: SqliteFailure,
  { message, diskError }: FailureContext,
): Error {
  const primary = code & 0xff;
  if (primary === SQLITE.CONSTRAINT) return constraintFailure(code, message);
  if (BUGS.includes(primary)) {
    const reason = isCompiling ? message : `result code ${code}`;
    return new Error(`SQLite refused the statement: ${reason}`);
  }
  const make = (name: ErrorCode, text: string): HoldfastError =>
    failure(name, text, {
      details: { resultCode: code },
      ...(diskError === null ? {} : { cause: diskError }),
    });
  if (primary === SQLITE.FULL) {
    return make("STORE_FULL", "the disk is full; nothing was written");
  }
  if (primary === SQLITE.CORRUPT || primary === SQLITE.NOTADB) {
    return make("STORE_CORRUPT", "the database file is damaged");
  }
  if (diskError instanceof ForeignAccessError) {
    return make("STORE_FOREIGN_ACCESS", diskError.message);
  }
  return make("STORE_IO", `the device failed (SQLite result code ${code})`);
}

// "UNIQUE constraint failed: payment.local_id", "CHECK constraint failed: amount > 0",
// "cannot store TEXT value in INTEGER column payment.amount".
function constraintFailure(code: number, message: string): HoldfastError {
  const [, kind, name] =
    message.match(/^(\w+(?: \w+)?) constraint failed(?:: (.*))?$/s) ??
      [null, "DATATYPE", message];
  const constraint = name ?? kind;
  return failure(
    "STORE_CONSTRAINT",
    `${kind} constraint ${constraint} refused the row`,
    {
      details: { constraint, kind, resultCode: code },
    },
  );
}
