/**
 * A disk that really runs full: a small tmpfs in a mount namespace of its own.
 *
 * The simulated disk covers the same ground.
 * @module
 */
import assert from "node:assert/strict";
import test from "node:test";
import { runOnSmallDisk } from "./_small_disk.ts";

test("a full disk refuses the next row, keeps the others, and recovers", async () => {
  const report = await runOnSmallDisk<Record<string, number | string>>(
    "tests/hosts/_full_disk.ts",
    "2m",
  );
  const { storedCount, countAfterReopen, countAtTheEnd, freeBytes } =
    report as Record<string, number>;
  assert.ok(storedCount > 5);
  assert.equal(report.refusal, "STORE_COMMIT_UNKNOWN");
  // The refused row may be there: its commit record can be the last thing that found room.
  // That is why the answer is "unknown" and not "full".
  const extra = countAfterReopen - storedCount;
  assert.ok(extra === 0 || extra === 1, `${extra} more`);
  assert.equal(report.refusalAfterReopen, "STORE_FULL");
  assert.equal(countAtTheEnd, countAfterReopen + 1);
  assert.equal(report.integrity, "ok");
  // The reserve never found room here.
  assert.ok(freeBytes < 0, `${freeBytes} free`);
});

test("a till on a disk that others fill refuses sales and forwards what it has", async () => {
  const report = await runOnSmallDisk<{
    stored: string[];
    refusedOffline: string;
    refusedOnline: string;
    countWhenFull: number;
    charged: number;
    doubled: number;
    outcomes: number;
    stillRefused: string;
    afterwards: string;
  }>("tests/hosts/_full_disk_till.ts", "12m");
  const { stored } = report;
  assert.ok(stored.length >= 5);
  assert.deepEqual(new Set(stored), new Set(["stored"]));
  assert.equal(report.refusedOffline, "STORE_FULL");
  assert.equal(report.refusedOnline, "STORE_FULL");
  assert.equal(report.countWhenFull, stored.length);
  assert.equal(report.charged, stored.length);
  assert.equal(report.doubled, 0);
  assert.equal(report.outcomes, stored.length);
  assert.equal(report.stillRefused, "STORE_FULL");
  assert.equal(report.afterwards, "stored");
});
