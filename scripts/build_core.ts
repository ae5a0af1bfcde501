/**
 * Compiles `core/` to WASM and generates the TypeScript side of the ABI.
 *
 * `--check` builds in memory and compares with what is committed, byte for byte.
 * @module
 */
import asc from "assemblyscript/asc";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { readArguments, runCommand } from "../hosts/posix/command.ts";
import { generateAbi, OUTPUT, sourceHash } from "./core_sources.ts";

export { generateAbi };

const ASC_OPTIONS = [
  "-O3",
  "--converge",
  "--runtime",
  "stub",
  "--use",
  "abort=",
  "--initialMemory",
  "8",
  "--maximumMemory",
  "256",
];

/** Compiles one entry file of the core and returns the module's bytes. */
export async function compileCore(
  entry = "core/index.ts",
  extra: string[] = [],
  transforms: unknown[] = [],
): Promise<Uint8Array> {
  let binary: Uint8Array | null = null;
  const files: Record<string, string> = {};
  const { error, stderr } = await asc.main(
    [entry, "--outFile", "out.wasm", ...ASC_OPTIONS, ...extra],
    {
      readFile: (name: string, base: string) => {
        try {
          return readFileSync(`${base}/${name}`, "utf8");
        } catch {
          return null;
        }
      },
      writeFile: (name: string, contents: Uint8Array | string) => {
        if (name.endsWith(".wasm")) binary = contents as Uint8Array;
        else files[name] = contents as string;
      },
      listFiles: () => [],
      transforms: transforms as never[],
    },
  );
  if (error || !binary) {
    throw new Error(`core does not compile\n${stderr.toString()}`);
  }
  const imports = WebAssembly.Module.imports(
    new WebAssembly.Module(binary as BufferSource),
  );
  if (imports.length > 0) {
    throw new Error(`core must import nothing: ${JSON.stringify(imports)}`);
  }
  return binary;
}

function generateModule(binary: Uint8Array): string {
  const base64 = btoa(
    Array.from(binary, (b) => String.fromCharCode(b)).join(""),
  );
  const rows = base64.match(/.{1,96}/g) ?? [];
  return [
    "// Generated from core/ by scripts/build_core.ts; do not edit.",
    `/** SHA-256 of the sources in core/. */`,
    `export const SOURCE_HASH = "${sourceHash()}";`,
    `/** Compiler that made these bytes. */`,
    `export const COMPILER = "assemblyscript ${asc.version}";`,
    `/** The module, base64. */`,
    `export const CORE_WASM_BASE64 = [`,
    ...rows.map((row) => `  "${row}",`),
    `].join("");`,
    "",
  ].join("\n");
}

const HELP = `Usage: deno task build [--check]

  --check   compares with what is committed, and writes nothing`;

async function main(args: string[]): Promise<number> {
  const values = readArguments(args, HELP, {
    check: { type: "boolean", default: false },
  });
  if (values === null) return 0;
  const made: Record<string, string> = {
    [`${OUTPUT}/abi.ts`]: generateAbi(readFileSync("core/abi.ts", "utf8")),
  };
  const binary = await compileCore();
  made[`${OUTPUT}/core.ts`] = generateModule(binary);
  const differing: string[] = [];
  for (const [path, text] of Object.entries(made)) {
    if (readFileSync(path, "utf8") === text) continue;
    differing.push(path);
    if (values.check) continue;
    // Renamed into place: a test that starts now sees the old module or the new one.
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  }
  const isFine = !values.check || differing.length === 0;
  if (!isFine) {
    console.error(
      `${
        differing.join(", ")
      } differ from a fresh build; run \`deno task build\``,
    );
  }
  console.log(JSON.stringify({ bytes: binary.length, differing }));
  return isFine ? 0 : 1;
}

if (import.meta.main) await runCommand(main);
