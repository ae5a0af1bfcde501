/**
 * What the generated files of `bindings/_wasm/` are made from, without the compiler.
 *
 * Owns: the ABI generator and the hash that ties the committed module to its sources, so that
 * the test command can tell in milliseconds whether a build was forgotten.
 * @module
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";

/** Folder of the generated files. */
export const OUTPUT = "bindings/_wasm";

/** Generates `bindings/_wasm/abi.ts` from the text of `core/abi.ts`. */
export function generateAbi(source: string): string {
  const lines = [
    "// Generated from core/abi.ts by scripts/build_core.ts; do not edit.",
    "",
  ];
  const statuses: string[] = [];
  const pattern =
    /((?:^\/\*\*[^\n]*\*\/\n)?)^export const (\w+): (?:i32|u32) = ([^;]+);/gm;
  for (const [, comment, name, expression] of source.matchAll(pattern)) {
    lines.push(`${comment}export const ${name} = ${expression};`);
    if (/_ERR_/.test(name)) statuses.push(`  [${name}]: "${name}",`);
  }
  lines.push(
    "",
    "/** Name of every negative status. */",
    "export const STATUS_NAMES: Readonly<Record<number, string>> = {",
    ...statuses,
    "};",
  );
  return lines.join("\n") + "\n";
}

/** SHA-256 over names and contents of the sources in `core/`, in name order. */
export function sourceHash(): string {
  const hash = createHash("sha256");
  const names = readdirSync("core").filter((name) => name.endsWith(".ts"));
  for (const name of names.sort()) {
    hash.update(name).update("\0").update(readFileSync(`core/${name}`));
  }
  return hash.digest("hex");
}

/** Generated files that do not belong to the sources as they are now. */
export function staleFiles(): string[] {
  const stale: string[] = [];
  const abi = generateAbi(readFileSync("core/abi.ts", "utf8"));
  if (readFileSync(`${OUTPUT}/abi.ts`, "utf8") !== abi) {
    stale.push(`${OUTPUT}/abi.ts`);
  }
  const core = readFileSync(`${OUTPUT}/core.ts`, "utf8");
  if (!core.includes(`SOURCE_HASH = "${sourceHash()}"`)) {
    stale.push(`${OUTPUT}/core.ts`);
  }
  return stale;
}
