/**
 * A disk that really runs full: a tmpfs of 2 MiB in a mount namespace of its own.
 *
 * The process that mounts is `unshare`, so nothing is mounted for anyone else. Where the system
 * allows no namespaces the test fails and says so; the simulated disk covers the same ground.
 * @module
 */
import assert from "node:assert/strict";
import test from "node:test";
import { denoPath, run } from "../../scripts/_process.ts";
import { bundleForNode } from "../../scripts/bundle.ts";
import { makePlace, RUNTIME } from "./_posix_place.ts";

const PROGRAM = "tests/hosts/_full_disk.ts";

test("a full disk refuses the next row, keeps the others, and recovers", async () => {
  const place = makePlace();
  const command = RUNTIME === "deno"
    ? [denoPath(), "run", "-A", "--no-check", PROGRAM]
    : ["node", await bundleForNode(PROGRAM)];
  const script = 'mount -t tmpfs -o size=2m tmpfs "$0" && exec "$@"';
  const { code, output } = await run("unshare", [
    ...["--user", "--map-root-user", "--mount"],
    ...["sh", "-c", script, place.folder],
    ...[...command, place.path],
  ], { timeoutMs: 60_000 });
  place.remove();
  assert.equal(code, 0, output);
  const report = JSON.parse(output.trim().split("\n").at(-1)!);
  assert.ok(report.storedCount > 5, output);
  assert.equal(report.refusal, "STORE_COMMIT_UNKNOWN");
  // The refused row may be there: its commit record can be the last thing that found room.
  // That is why the answer is "unknown" and not "full".
  const extra = report.countAfterReopen - report.storedCount;
  assert.ok(extra === 0 || extra === 1, output);
  assert.equal(report.refusalAfterReopen, "STORE_FULL");
  assert.equal(report.countAtTheEnd, report.countAfterReopen + 1);
  assert.equal(report.integrity, "ok");
  assert.ok(report.freeBytes < 100_000, output);
});
