/**
 * A Deno configuration for code that is not checked under the project's own.
 * @module
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

/**
 * Writes `.build/<name>/deno.json` with the project's imports and compiler options, of which
 * `changes` replaces some; returns the arguments of Deno that choose it.
 */
export function ownConfig(name: string, changes: object = {}): string[] {
  const { imports, compilerOptions } = JSON.parse(
    readFileSync("deno.json", "utf8"),
  );
  const folder = `.build/${name}`;
  mkdirSync(folder, { recursive: true });
  const config = {
    imports,
    nodeModulesDir: "none",
    compilerOptions: { ...compilerOptions, ...changes },
  };
  writeFileSync(`${folder}/deno.json`, JSON.stringify(config));
  return ["--config", `${folder}/deno.json`, "--no-lock"];
}
