/**
 * Checks that imports point left only: core ← bindings ← engine ← hosts.
 *
 * Owns: which folder may import which, and the check over the real module graph that
 * `deno info --json` resolves. Core's own imports are read from its text, because it is
 * AssemblyScript and not part of that graph. `deno run -A scripts/check_layers.ts`.
 * @module
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { readArguments, runCommand } from "../hosts/posix/command.ts";
import { pathToFileURL } from "node:url";
import { listFiles } from "./_files.ts";
import { denoPath, run } from "./_process.ts";

/** One import between two files of the project, relative to its root. */
export interface Edge {
  /** The importing file. */
  source: string;
  /** The imported file, or `node:…`, or `npm:<package>`. */
  target: string;
  /** True for `import type`, which is gone at run time. @default false */
  isTypeOnly?: boolean;
}

/** What a server runtime's host may import. */
const SERVER_ROOMS: readonly string[] = [
  "engine",
  "bindings",
  "hosts/sqlite",
  "hosts/web",
  "hosts/posix",
];

/** Room → rooms it may import besides itself. Everything not named is forbidden. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  core: [],
  bindings: [],
  engine: ["bindings"],
  "hosts/sqlite": ["engine", "bindings"],
  "hosts/web": ["engine", "bindings"],
  "hosts/posix": ["engine", "bindings", "hosts/sqlite", "hosts/web"],
  "hosts/deno": SERVER_ROOMS,
  "hosts/node": SERVER_ROOMS,
  "hosts/browser": ["engine", "bindings", "hosts/sqlite", "hosts/web"],
};

/** Rooms whose hosts must not meet in one program by accident. */
const RUNTIME_HOSTS = ["hosts/deno", "hosts/node", "hosts/browser"];

/** Rooms that may import anything: they drive the product and its tests from outside. */
const OUTSIDE = new Set(["bench", "scripts", "demo"]);

/** npm packages a room below `hosts/` may import at run time, each with its ADR. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  core: [],
  bindings: [],
  engine: ["cborg", "string-width"],
};

/** npm packages whose types a room may use, because they name another party's contract. */
const TYPE_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  engine: ["stripe"],
};

/** The room a file belongs to: its first folder, two folders below `hosts/`. */
export function roomOf(path: string): string {
  const parts = path.split("/");
  return parts[0] === "hosts" && parts.length > 2
    ? `hosts/${parts[1]}`
    : parts[0];
}

/** Says why an edge is wrong, or null when it is right. */
export function judgeEdge(
  { source, target, isTypeOnly = false }: Edge,
): string | null {
  const from = roomOf(source);
  if (from === "tests") return null;
  if (target.startsWith("node:")) {
    const isLower = from === "core" || from === "bindings" || from === "engine";
    return isLower ? `${from} may not use the runtime (${target})` : null;
  }
  if (target.startsWith("npm:")) {
    return judgePackage(from, target, isTypeOnly);
  }
  const to = roomOf(target);
  if (from === to) return null;
  if (OUTSIDE.has(from)) return null;
  if (to === "tests") return "the product never imports its tests";
  if (to === "core") return "core is AssemblyScript; import bindings";
  const allowed = ALLOWED[from];
  if (allowed) {
    if (allowed.includes(to)) return null;
    if (RUNTIME_HOSTS.includes(from) && RUNTIME_HOSTS.includes(to)) {
      return "hosts of different runtimes never import each other";
    }
    return `${from} may import only ${["itself", ...allowed].join(", ")}`;
  }
  if (!from.startsWith("hosts/")) return `${from} is not a known room`;
  // A program (reader, register, relay, sandbox) builds on hosts, never on bench or scripts.
  const isBelow = to === "engine" || to === "bindings" ||
    to.startsWith("hosts/");
  return isBelow ? null : `a program may not import ${to}`;
}

function judgePackage(
  from: string,
  target: string,
  isTypeOnly: boolean,
): string | null {
  const types = isTypeOnly ? TYPE_PACKAGES[from] ?? [] : [];
  const allowed = PACKAGES[from]?.concat(types);
  const name = target.slice("npm:".length);
  if (!allowed || allowed.includes(name)) return null;
  return `${from} may not import the package ${name}`;
}

/** The part of `deno info --json` read here. */
export interface ModuleGraph {
  /** Modules with their resolved imports. */
  modules: {
    specifier: string;
    error?: string;
    dependencies?: {
      specifier: string;
      code?: { specifier?: string; error?: string };
      type?: { specifier?: string; error?: string };
    }[];
  }[];
}

/** The edges of a graph that start inside `rootUrl`, relative to it. */
export function edgesOf(graph: ModuleGraph, rootUrl: string): Edge[] {
  const relative = (url: string): string =>
    url.startsWith(rootUrl) ? url.slice(rootUrl.length) : url;
  return graph.modules.flatMap(({ specifier, dependencies = [] }) => {
    const source = relative(specifier);
    const isOwn = specifier.startsWith(rootUrl) &&
      !source.startsWith("node_modules/");
    if (!isOwn) return [];
    return dependencies.flatMap((dependency) => {
      const packageName = dependency.specifier
        .match(/^(?:@[\w.-]+\/)?[\w-][\w.-]*(?=\/|$)/)?.[0];
      const isTypeOnly = dependency.code === undefined;
      if (packageName) {
        return [{ source, target: `npm:${packageName}`, isTypeOnly }];
      }
      const url = dependency.code?.specifier ?? dependency.type?.specifier;
      return url === undefined
        ? []
        : [{ source, target: relative(url), isTypeOnly }];
    });
  });
}

/** A cycle between rooms, which only programs could form, or null. */
export function findCycle(edges: readonly Edge[]): string[] | null {
  const targets = new Map<string, Set<string>>();
  for (const { source, target } of edges) {
    const from = roomOf(source);
    const to = roomOf(target);
    // Tests run scripts and scripts drive harnesses of the tests: neither is part of the product.
    const isOutside = OUTSIDE.has(from) || from === "tests";
    if (from === to || isOutside) continue;
    targets.set(from, (targets.get(from) ?? new Set()).add(to));
  }
  const done = new Set<string>();
  const visit = (room: string, path: string[]): string[] | null => {
    const at = path.indexOf(room);
    if (at >= 0) return [...path.slice(at), room];
    if (done.has(room)) return null;
    for (const next of targets.get(room) ?? []) {
      const cycle = visit(next, [...path, room]);
      if (cycle) return cycle;
    }
    done.add(room);
    return null;
  };
  for (const room of targets.keys()) {
    const cycle = visit(room, []);
    if (cycle) return cycle;
  }
  return null;
}

/** Imports of `core/`, from its text. */
function coreEdges(): Edge[] {
  return listFiles(["core"], ".ts").flatMap((source) => {
    const text = readFileSync(source, "utf8");
    const pattern = /^\s*(?:import|export)\b[^;]*?\bfrom\s+"([^"]+)"/gm;
    return [...text.matchAll(pattern)].map(([, specifier]) => ({
      source,
      target: specifier.startsWith(".")
        ? join(dirname(source), specifier)
        : `npm:${specifier}`,
    }));
  });
}

/** The project as it is: every edge, and imports that lead nowhere. */
export async function readProject(): Promise<
  { edges: Edge[]; missing: string[] }
> {
  const rootUrl = pathToFileURL(process.cwd() + "/").href;
  const files = listFiles(
    ["bindings", "engine", "hosts", "tests", "bench", "scripts"],
    ".ts",
  );
  // One graph for all: a module that only imports them, given as a data URL.
  const text = files.map((file) => `import "${rootUrl}${file}";`).join("\n");
  const entry = `data:application/typescript,${encodeURIComponent(text)}`;
  const args = ["info", "--json", "--node-modules-dir=manual", entry];
  const { code, stdout, output } = await run(denoPath(), args);
  if (code !== 0) throw new Error(`deno info failed\n${output}`);
  const graph = JSON.parse(stdout) as ModuleGraph;
  const missing = graph.modules.flatMap(({ error }) => error ?? []);
  const edges = [...coreEdges(), ...edgesOf(graph, rootUrl)];
  return { edges, missing };
}

/** Everything wrong with the given edges, one line each. */
export function findFaults(edges: readonly Edge[]): string[] {
  const faults = edges.flatMap((edge) => {
    const reason = judgeEdge(edge);
    return reason ? [`${edge.source} → ${edge.target}: ${reason}`] : [];
  });
  const cycle = findCycle(edges);
  if (cycle) faults.push(`cycle: ${cycle.join(" → ")}`);
  return faults;
}

const HELP = `Usage: scripts/check_layers.ts

Checks that imports point left: core ← bindings ← engine ← hosts.`;

async function main(args: string[]): Promise<number> {
  const values = readArguments(args, HELP, {});
  if (values === null) return 0;
  const { edges, missing } = await readProject();
  const faults = [...findFaults(edges), ...missing];
  for (const fault of faults) console.error(fault);
  console.log(JSON.stringify({ edges: edges.length, faults: faults.length }));
  return faults.length > 0 ? 1 : 0;
}

if (import.meta.main) await runCommand(main);
