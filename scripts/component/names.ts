/**
 * Gives the component's exports the names that the component model asks for.
 *
 * Owns: the tie between `core/wit/` and `core/component/`: every function of an interface is the
 * export of the same name in the file of the same name, and there are no others. A compiler
 * transform, because AssemblyScript cannot spell `holdfast:core/tlv@0.1.0#parse`.
 * @module
 * @see https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { listFiles } from "../_files.ts";

/** The world that `core/wit/` describes. */
export const WORLD = "holdfast";

/** The part of the compiler's module that a transform may change. */
interface CompiledModule {
  addFunctionExport(internalName: string, externalName: string): unknown;
  removeExport(externalName: string): void;
}

/** One function of an interface. */
export interface WitFunction {
  /** File of its shim below `core/component/`. */
  readonly room: string;
  /** Name of its shim. */
  readonly name: string;
  /** Name of the export, `holdfast:core/tlv@0.1.0#parse`. */
  readonly canonical: string;
}

/** All of `core/wit/` as one text; the package is named in the file of the world. */
export function readWit(): string {
  const main = `core/wit/${WORLD}.wit`;
  const rest = listFiles(["core/wit"], ".wit").filter((it) => it !== main);
  return [main, ...rest].map((path) => readFileSync(path, "utf8")).join("\n");
}

/** SHA-256 of that text, which the glue carries. */
export function witHash(wit: string): string {
  return createHash("sha256").update(wit).digest("hex");
}

/** The functions of all interfaces, in order. */
export function functionsOf(wit: string): WitFunction[] {
  const packageMatch = wit.match(/^package ([\w:-]+)@([\d.]+);/m);
  if (packageMatch === null) throw new Error("core/wit/ names no package");
  const [, packageName, version] = packageMatch;
  return [...wit.matchAll(/^interface (\S+) \{\n(.*?)^\}/gms)].flatMap(
    ([, room, body]) =>
      [...body.matchAll(/^ {2}([a-z][\w-]*): func\(/gm)].map(([, name]) => ({
        room,
        name: camelCase(name),
        canonical: `${packageName}/${room}@${version}#${name}`,
      })),
  );
}

function camelCase(name: string): string {
  return name.replaceAll(/-(\w)/g, (_, letter) => letter.toUpperCase());
}

/** The transform for `compileCore`. */
export function canonicalNames(wit: string): object {
  return {
    afterCompile(module: CompiledModule): void {
      const inside = "core/component";
      module.removeExport("cabiRealloc");
      module.removeExport("postReturn");
      module.addFunctionExport(`${inside}/memory/cabiRealloc`, "cabi_realloc");
      for (const { room, name, canonical } of functionsOf(wit)) {
        module.removeExport(name);
        module.addFunctionExport(`${inside}/${room}/${name}`, canonical);
        module.addFunctionExport(
          `${inside}/memory/postReturn`,
          `cabi_post_${canonical}`,
        );
      }
    },
  };
}
