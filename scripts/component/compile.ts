/**
 * The component's core module, compiled from `core/component/` and kept by the hash of its sources.
 *
 * Owns: the compiler options that differ from the plain build. What is inside is the core's own
 * code; only the shims around it are added.
 * @module
 */
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import process from "node:process";
import { listFiles } from "../_files.ts";
import { compileCore } from "../build_core.ts";
import { canonicalNames, readWit } from "./names.ts";

/** Where everything about the component is built. */
export const COMPONENT_OUTPUT = ".build/component";

// The arena of the shims takes 2 MiB, a full scheduler 14 MiB.
const OPTIONS = ["--initialMemory", "48", "--maximumMemory", "320"];

function sourceHash(): string {
  const hash = createHash("sha256").update(OPTIONS.join(" "));
  for (const path of listFiles(["core"], "")) {
    if (/(?<!\.d)\.(ts|wit)$/.test(path)) {
      hash.update(path).update(readFileSync(path));
    }
  }
  return hash.digest("hex").slice(0, 16);
}

/** Compiles the module, or takes it from the last compilation of the same sources. */
export async function compileComponentCore(): Promise<
  Uint8Array<ArrayBuffer>
> {
  const path = `${COMPONENT_OUTPUT}/core-${sourceHash()}.wasm`;
  if (existsSync(path)) return new Uint8Array(readFileSync(path));
  const transforms = [canonicalNames(readWit())];
  const core = await compileCore(
    "core/component/index.ts",
    OPTIONS,
    transforms,
  );
  mkdirSync(COMPONENT_OUTPUT, { recursive: true });
  // By a rename, because several runtimes may compile at the same time.
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, core);
  renameSync(draft, path);
  return new Uint8Array(core);
}
