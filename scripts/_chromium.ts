/**
 * Where this machine keeps Chromium; installs it where it may.
 * @module
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** Where systems put a Chromium. */
const CANDIDATES: readonly string[] = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];
/** The package manager's own lock is waited for too: on a new machine it may be busy. */
const INSTALL = `test -x ${CANDIDATES[0]} ||
  { apt-get update -qq &&
    apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 chromium; }`;

/**
 * Finds Chromium, or installs Debian's; throws where neither is possible.
 *
 * Test files run side by side and each asks: one installs, the others wait for it, because two
 * package managers at once fail each other.
 */
export function ensureChromium(): string {
  const given = process.env.HOLDFAST_CHROMIUM;
  if (given !== undefined) return given;
  const find = (): string | undefined => CANDIDATES.find(existsSync);
  const found = find();
  if (found !== undefined) return found;
  const { stdout, stderr, error } = spawnSync(
    "flock",
    [join(tmpdir(), "holdfast-chromium.lock"), "sh", "-c", INSTALL],
    {
      encoding: "utf8",
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    },
  );
  const installed = find();
  if (installed !== undefined) return installed;
  const said = error?.message ?? `${stdout}${stderr}`.trim();
  throw new Error(
    "the browser tests need Chromium: install it, or set HOLDFAST_CHROMIUM; " +
      `the attempt to install it said\n${said}`,
  );
}
