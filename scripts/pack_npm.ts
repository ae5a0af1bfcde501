/**
 * Packs the npm tarball: `deno pack`, then what it leaves out. `deno task pack`.
 *
 * Owns: the package's metadata and its promises to npm: exact versions (a caret range on
 * `@sqlite.org/sqlite-wasm` resolves to a release without what the store needs), no TypeScript
 * sources beside the compiled modules, every export with its types, the register's page bundled.
 * Writes `.build/holdfast-<version>.tgz`.
 * @module
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { readArguments, runCommand } from "../hosts/posix/command.ts";
import {
  bundleRegisterPage,
  writeRegisterPage,
} from "../hosts/register/web/bundle.ts";
import { finishManifest, missingTargets, unresolvedTypes } from "./_package.ts";
import { listFiles } from "./_files.ts";
import { denoPath, run } from "./_process.ts";

const WORK = ".build/pack";
const PAGE_SOURCES = "hosts/register/web";
const PAGES = ["README.md", "LICENSE", "CHANGELOG.md", "SECURITY.md"];

async function must(
  command: string,
  args: string[],
  cwd = ".",
): Promise<string> {
  const { code, stdout, output } = await run(command, args, { cwd });
  if (code !== 0) throw new Error(`${command} ${args[0]} failed\n${output}`);
  return stdout;
}

/** Packs the project as it is into `output`, or a name of its own; returns the tarball's path. */
async function packNpm(output: string | undefined): Promise<string> {
  rmSync(WORK, { recursive: true, force: true });
  mkdirSync(WORK, { recursive: true });
  const raw = `${WORK}/raw.tgz`;
  const options = ["--allow-dirty", "--no-source-maps", "-o", raw];
  await must(denoPath(), ["pack", ...options]);
  await must("tar", ["-xzf", raw, "-C", WORK]);
  const folder = `${WORK}/package`;
  for (const path of listFiles([folder], ".ts")) {
    if (!path.endsWith(".d.ts")) rmSync(path);
  }
  await packRegisterPage(`${folder}/${PAGE_SOURCES}`);
  for (const page of PAGES.filter((page) => existsSync(page))) {
    copyFileSync(page, `${folder}/${page}`);
  }
  const config = JSON.parse(readFileSync("deno.json", "utf8"));
  const manifestPath = `${folder}/package.json`;
  const manifest = finishManifest(
    JSON.parse(readFileSync(manifestPath, "utf8")),
    config,
  );
  writeFileSync(manifestPath, JSON.stringify(manifest, null, 2) + "\n");
  const files = new Map(
    [".js", ".ts", ".json"].flatMap((ending) => listFiles([folder], ending))
      .map((path) => [
        path.slice(folder.length + 1),
        readFileSync(path, "utf8"),
      ]),
  );
  const faults = [
    ...missingTargets(manifest, new Set(files.keys())),
    ...unresolvedTypes(files),
  ];
  if (faults.length > 0) throw new Error(faults.join("\n"));
  const packed = JSON.parse(
    await must("npm", ["pack", "--json", "--ignore-scripts"], folder),
  ) as { filename: string }[];
  const target = output ?? `.build/holdfast-${config.version}.tgz`;
  renameSync(`${folder}/${packed[0].filename}`, target);
  return target;
}

/** The page as a browser gets it, in place of its sources: a till has no bundler. */
async function packRegisterPage(folder: string): Promise<void> {
  for (const name of readdirSync(folder)) {
    if (!name.endsWith(".js")) rmSync(`${folder}/${name}`);
  }
  writeRegisterPage(await bundleRegisterPage(PAGE_SOURCES), folder);
}

const HELP = `Usage: deno task pack [--output FILE]

Packs the npm package and checks that every export is there, with its types.

  --output FILE   the tarball (default: .build/holdfast-VERSION.tgz)`;

async function main(args: string[]): Promise<number> {
  const values = readArguments(args, HELP, { output: { type: "string" } });
  if (values === null) return 0;
  const path = await packNpm(values.output);
  const bytes = readFileSync(path).length;
  console.log(JSON.stringify({ path, bytes }));
  return 0;
}

if (import.meta.main) await runCommand(main);
