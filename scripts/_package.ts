/**
 * What `deno pack` 2.9.6 leaves out of `package.json`, and whether the package holds together.
 * @module
 */
import { dirname, join } from "node:path/posix";

/** The part of `package.json` handled here. */
export interface Manifest {
  /** Package name. */
  name: string;
  /** Version. */
  version: string;
  /** Entry → conditions. */
  exports: Record<string, Record<string, string>>;
  /** Program → file. */
  bin?: Record<string, string>;
  /** Package → version. */
  dependencies?: Record<string, string>;
  /** Everything else. */
  [field: string]: unknown;
}

/** The part of `deno.json` handled here. */
export interface DenoConfig {
  /** Bare name → `npm:name@version`. */
  imports: Record<string, string>;
  /** Entry → source file. */
  exports: Record<string, string>;
}

const METADATA = {
  description:
    "Take card-present payments while the internet is down and forward each " +
    "to Stripe exactly once",
  keywords: [
    "payments",
    "offline",
    "card-present",
    "emv",
    "point-of-sale",
    "store-and-forward",
    "stripe",
    "deno",
  ],
  sideEffects: false,
  engines: { node: ">=20" },
};

/** The one program of the package; JSR has no `bin` and reaches it as an export. */
const CLI_ENTRY = "./cli";
/** Only packs the register's page, which the package has ready. */
const BUILD_PACKAGES = ["esbuild"];
/** For shops with a reader on a cable; its install script wants a compiler on some machines. */
const OPTIONAL_PACKAGES = ["serialport"];

/**
 * Adds the metadata and the program, and pins the dependencies.
 *
 * @throws {Error} When a dependency has no exact version in deno.json, or an export is missing.
 */
export function finishManifest(
  manifest: Manifest,
  config: DenoConfig,
): Manifest {
  const dependencies: Record<string, string> = {};
  const peerDependencies: Record<string, string> = {};
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    const pin = config.imports[name]?.match(/@(\d+\.\d+\.\d+[^\s^~*]*)$/)?.[1];
    if (!pin) throw new Error(`deno.json pins no exact version of ${name}`);
    if (BUILD_PACKAGES.includes(name)) continue;
    const isOptional = OPTIONAL_PACKAGES.includes(name);
    if (isOptional) peerDependencies[name] = `^${pin}`;
    else dependencies[name] = pin;
  }
  for (const entry of Object.keys(config.exports)) {
    if (!manifest.exports[entry]) throw new Error(`${entry} is not packed`);
  }
  const { [CLI_ENTRY]: cli, ...entries } = manifest.exports;
  const exports = {
    ...entries,
    "./package.json": { default: "./package.json" },
  };
  const peers = Object.keys(peerDependencies);
  return {
    ...manifest,
    ...METADATA,
    ...(cli === undefined ? {} : { bin: { holdfast: cli.default } }),
    exports,
    dependencies,
    peerDependencies,
    peerDependenciesMeta: Object.fromEntries(
      peers.map((name) => [name, { optional: true }]),
    ),
  };
}

/** Files that a program or an export names and the package lacks; exports without types count. */
export function missingTargets(
  manifest: Manifest,
  files: ReadonlySet<string>,
): string[] {
  const isPacked = (target: string): boolean =>
    files.has(target.replace(/^\.\//, ""));
  const programs = Object.entries(manifest.bin ?? {})
    .filter(([, target]) => !isPacked(target))
    .map(([name, target]) => `${name} leads to ${target}, which is not packed`);
  const entries = Object.entries(manifest.exports);
  return programs.concat(entries.flatMap(([entry, conditions]) => {
    const faults = Object.values(conditions)
      .filter((target) => !isPacked(target))
      .map((target) => `${entry} leads to ${target}, which is not packed`);
    const isModule = Object.values(conditions)
      .some((target) => target.endsWith(".js"));
    if (isModule && !conditions.types) faults.push(`${entry} has no types`);
    return faults;
  }));
}

/** Relative imports of modules and declarations that lead to no packed file. */
export function unresolvedTypes(files: ReadonlyMap<string, string>): string[] {
  const pattern = /(?:\bfrom\s*|\bimport\s*\(?\s*)["'](\.\.?\/[^"']+)["']/g;
  return [...files].flatMap(([path, text]) => {
    if (path.endsWith(".json")) return [];
    const isTypes = path.endsWith(".d.ts");
    return [...text.matchAll(pattern)].flatMap(([, specifier]) => {
      const target = join(dirname(path), specifier);
      const wanted = isTypes ? target.replace(/\.js$/, ".d.ts") : target;
      return files.has(wanted) || files.has(target) && !isTypes
        ? []
        : [`${path} imports ${specifier}, which is not packed`];
    });
  });
}
