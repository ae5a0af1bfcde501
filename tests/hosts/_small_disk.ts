/**
 * Programs on a disk that is really small: a tmpfs in a mount namespace of its own.
 *
 * The process that mounts is `unshare`, so nothing is mounted for anyone else. Where the system
 * allows no namespaces the test fails and says so.
 * @module
 */
import assert from "node:assert/strict";
import { denoPath, run } from "../../scripts/_process.ts";
import { bundleForNode } from "../../scripts/bundle.ts";
import { makePlace, RUNTIME } from "./_posix_place.ts";

/** Runs a program with a disk of `size` of its own; returns what its last line says. */
export async function runOnSmallDisk<T>(
  program: string,
  size: string,
): Promise<T> {
  const place = makePlace();
  const command = RUNTIME === "deno"
    ? [denoPath(), "run", "-A", "--no-check", program]
    : ["node", await bundleForNode(program)];
  const script =
    'mount -t tmpfs -o size="$1" tmpfs "$0" && shift && TMPDIR="$0" exec "$@"';
  const { code, output } = await run("unshare", [
    ...["--user", "--map-root-user", "--mount"],
    ...["sh", "-c", script, place.folder, size],
    ...[...command, place.path],
  ], { timeoutMs: 60_000 });
  place.remove();
  assert.equal(code, 0, output);
  return JSON.parse(output.trim().split("\n").at(-1)!) as T;
}
