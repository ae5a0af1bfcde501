/** A disk error while a store is opened, and a power cut at the next opening. @module */
import assert from "node:assert/strict";
import process from "node:process";
import test from "node:test";
import { loadSqlite } from "../../hosts/sqlite/load_sqlite.ts";
import { type OpeningFault, sweepRecovery } from "../sim/recovery_sweep.ts";

const sqlite = await loadSqlite();

/** Loses what it should keep, which a copy in memory hides until the power goes. */
const DROPPING: OpeningFault = {
  operation: "sync",
  code: "EIO",
  isDropping: true,
};
const OTHERS: readonly OpeningFault[] = [
  { operation: "sync", code: "EIO" },
  { operation: "sync", code: "ENOSPC", isDropping: true },
  { operation: "write", code: "EIO" },
  { operation: "write", code: "EIO", isShort: true },
  { operation: "write", code: "ENOSPC", isShort: true },
  { operation: "truncate", code: "EIO" },
  { operation: "sync_directory", code: "EIO" },
  { operation: "create", code: "EIO" },
  { operation: "remove", code: "EIO" },
  { operation: "rename", code: "EIO" },
];
const faults = process.env.HOLDFAST_SOAK ? [DROPPING, ...OTHERS] : [DROPPING];

for (const medium of ["posix", "opfs"] as const) {
  test(`SqliteDatabase keeps every row when an opening fails and the next one is cut, ${medium}`, () => {
    const report = sweepRecovery(sqlite, { medium, faults });
    assert.deepEqual(report.findings, []);
    assert.ok(report.struck >= 6, `${report.struck} faults struck`);
  });
}

test("sweepRecovery() catches a browser's disk that does not sync which file is the log", () => {
  const mutation = { unsyncedFile: "place" };
  const options = { medium: "opfs", faults: [DROPPING], mutation } as const;
  assert.ok(sweepRecovery(sqlite, options).findings.length > 0);
});
