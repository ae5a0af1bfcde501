/** Temporary folders with a database opened by the runtime that runs the test. @module */
import { Buffer } from "node:buffer";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { Database } from "../../engine/ports.ts";
import type { DatabasePlace } from "../contract/database_contract.ts";

/** The runtime that runs this. */
export const RUNTIME: "deno" | "node" = "deno" in process.versions
  ? "deno"
  : "node";

/** Opens with the lock of this runtime; the other host is not even loaded. */
export async function openHere(path: string): Promise<Database> {
  if (RUNTIME === "deno") {
    const { openDenoDatabase } = await import("../../hosts/deno/store.ts");
    return openDenoDatabase(path);
  }
  const { openNodeDatabase } = await import("../../hosts/node/store.ts");
  return openNodeDatabase(path);
}

/** A new folder; its files go with {@link DatabasePlace.remove}. */
export function makePlace(): DatabasePlace & { path: string; folder: string } {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-"));
  const path = join(folder, "till.db");
  return {
    folder,
    path,
    open: () => openHere(path),
    rawBytes: () =>
      Buffer.concat(
        readdirSync(folder).map((name) => readFileSync(join(folder, name))),
      ),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
