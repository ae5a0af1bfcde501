/// <reference lib="deno.unstable" />
/**
 * The house rules that `deno lint` enforces, each ban with its replacement.
 *
 * Owns: what may not be touched below `hosts/` (clock, randomness, I/O, runtimes), where the
 * `Deno` global may appear, and that no file asks which runtime it is in: the import path
 * chooses. A banned name is banned as a local name too, so nothing hides behind shadowing.
 * Does not read `core/`, which is AssemblyScript; `scripts/tidy.ts` does.
 * @module
 */

const GLOBALS: Readonly<Record<string, string>> = {
  setTimeout: "take time from the Clock port; waiting belongs to the host",
  setInterval: "take time from the Clock port; waiting belongs to the host",
  setImmediate: "take time from the Clock port; waiting belongs to the host",
  performance: "take time from the Clock port",
  console: "emit an event or use the Log port",
  fetch: "use the Transport or Gateway port",
  XMLHttpRequest: "use the Transport or Gateway port",
  WebSocket: "use a reader transport from the host",
  localStorage: "use the Store port",
  indexedDB: "use the Store port",
  Deno: "move this to hosts/deno behind a port",
  Bun: "move this to a host behind a port",
  process: "move this to hosts/node or hosts/posix behind a port",
  Buffer: "use Uint8Array and DataView",
  window: "move this to hosts/browser behind a port",
  document: "move this to hosts/browser behind a port",
  navigator: "move this to hosts/browser behind a port",
};

const MEMBERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Date: { now: "take time from the Clock port" },
  Math: { random: "take bytes from the Random port" },
  crypto: {
    getRandomValues: "take bytes from the Random port",
    randomUUID: "take bytes from the Random port",
    subtle: "seal and open in engine/seal*.ts, the only place for it",
  },
};

const RUNTIME_NAMES = new Set([
  "Deno",
  "Bun",
  "process",
  "window",
  "document",
]);

const ADAPTER = /^hosts\/(deno|node|browser|sqlite|posix)\//;

/** Path from the project root; a test's own root ends in `lint_fixture/`. */
function relativePath(filename: string): string {
  const root = decodeURIComponent(new URL("..", import.meta.url).pathname);
  const path = filename.replace(/^.*\/lint_fixture\//, "/lint_fixture/");
  if (path.startsWith("/lint_fixture/")) return path.slice(14);
  return path.startsWith(root) ? path.slice(root.length) : path;
}

function isLower(path: string): boolean {
  return path.startsWith("bindings/") || path.startsWith("engine/");
}

/** The name a member expression reads, where it is written out. */
function memberName(node: Deno.lint.MemberExpression): string | null {
  const { property } = node;
  if (!node.computed && property.type === "Identifier") return property.name;
  if (property.type === "Literal") return String(property.value);
  return null;
}

/** True where an identifier only names a member of something else. */
function isMemberName(node: Deno.lint.Identifier): boolean {
  const parent = node.parent as unknown as {
    type: string;
    computed?: boolean;
    shorthand?: boolean;
    property?: unknown;
    key?: unknown;
    imported?: unknown;
    exported?: unknown;
    local?: unknown;
  };
  if (parent.type === "MemberExpression") {
    return parent.property === node && !parent.computed;
  }
  if (parent.type === "ImportSpecifier") return parent.local !== node;
  if (parent.type === "ExportSpecifier") return parent.local !== node;
  if (parent.type === "Property" && parent.shorthand) return false;
  return parent.key === node && !parent.computed;
}

function bannedGlobals(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
  const path = relativePath(context.filename);
  if (!isLower(path)) return {};
  const maySeal = /^engine\/seal[^/]*\.ts$/.test(path) ||
    path.startsWith("engine/seal/");
  const ban = (node: Deno.lint.Node, name: string, instead: string): void =>
    context.report({
      node,
      message: `\`${name}\` is banned below hosts/: ${instead}`,
    });
  const checkMember = (
    node: Deno.lint.MemberExpression,
    object: string,
  ): void => {
    const name = memberName(node);
    const members = MEMBERS[object];
    if (name === null) {
      ban(node, `${object}[…]`, "write the member's name out");
    } else if (Object.hasOwn(members, name)) {
      if (maySeal && object === "crypto" && name === "subtle") return;
      ban(node, `${object}.${name}`, members[name]);
    }
  };
  return {
    Identifier(node): void {
      if (isMemberName(node)) return;
      const { name } = node;
      if (Object.hasOwn(GLOBALS, name)) ban(node, name, GLOBALS[name]);
      if (!Object.hasOwn(MEMBERS, name)) return;
      const { parent } = node;
      if (parent.type === "MemberExpression" && parent.object === node) {
        checkMember(parent, name);
      } else if (name === "crypto") {
        ban(node, name, "name the member you use, `crypto.subtle` in a seal");
      }
    },
    MemberExpression(node): void {
      const { object } = node;
      if (object.type === "Identifier" && object.name === "globalThis") {
        const name = memberName(node) ?? "[…]";
        if (Object.hasOwn(MEMBERS, name)) {
          if (node.parent.type === "MemberExpression") {
            checkMember(node.parent, name);
          }
        } else {
          const instead = GLOBALS[name] ?? "take it as a parameter";
          ban(node, `globalThis.${name}`, instead);
        }
      }
    },
    NewExpression(node): void {
      const { callee } = node;
      const isDate = callee.type === "Identifier" && callee.name === "Date";
      if (isDate && node.arguments.length === 0) {
        ban(node, "new Date()", "take time from the Clock port");
      }
    },
    CallExpression(node): void {
      const { callee } = node;
      if (callee.type === "Identifier" && callee.name === "Date") {
        ban(node, "Date()", "take time from the Clock port");
      }
    },
  };
}

function bannedImports(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
  const path = relativePath(context.filename);
  const check = (source: Deno.lint.Node | null | undefined): void => {
    if (source?.type !== "Literal") return;
    const specifier = String(source.value);
    if (isLower(path) && specifier.startsWith("node:")) {
      const message = `\`${specifier}\` is banned below hosts/: ` +
        "move this to hosts/posix behind a port";
      context.report({ node: source, message });
    }
    if (/^(npm|jsr|https?):/.test(specifier)) {
      const message = `\`${specifier}\` names a registry: ` +
        "pin the package in deno.json and import it by its bare name";
      context.report({ node: source, message });
    }
  };
  return {
    ImportDeclaration: (node): void => check(node.source),
    ExportAllDeclaration: (node): void => check(node.source),
    ExportNamedDeclaration: (node): void => check(node.source),
    ImportExpression: (node): void => check(node.source),
  };
}

function noSniffing(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
  const path = relativePath(context.filename);
  if (!isLower(path) && !path.startsWith("hosts/")) return {};
  const report = (node: Deno.lint.Node): void =>
    context.report({
      node,
      message: "no file asks which runtime it is in: the import path chooses " +
        "(./deno, ./node, ./browser), or a host passes the difference in",
    });
  return {
    UnaryExpression(node): void {
      const { argument } = node;
      if (node.operator !== "typeof") return;
      if (argument.type === "Identifier" && RUNTIME_NAMES.has(argument.name)) {
        report(node);
      }
      if (argument.type === "MemberExpression") {
        if (RUNTIME_NAMES.has(memberName(argument) ?? "")) report(node);
      }
    },
    BinaryExpression(node): void {
      if (node.operator !== "in" || node.left.type !== "Literal") return;
      const name = String(node.left.value);
      if (RUNTIME_NAMES.has(name) || /^(deno|bun)$/.test(name)) report(node);
    },
    MemberExpression(node): void {
      const name = memberName(node);
      const { object } = node;
      if (object.type === "MemberExpression") {
        const isVersions = memberName(object) === "versions";
        if (isVersions && /^(deno|bun|node)$/.test(name ?? "")) report(node);
      }
      if (object.type === "Identifier" && object.name === "globalThis") {
        if (name === "Deno" || name === "Bun") report(node);
      }
    },
  };
}

function hostGlobals(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
  const path = relativePath(context.filename);
  if (!path.startsWith("hosts/")) return {};
  return {
    Identifier(node): void {
      if (isMemberName(node)) return;
      if (node.name === "Deno" && !path.startsWith("hosts/deno/")) {
        const message = "`Deno` belongs to hosts/deno: use a node: module " +
          "that both runtimes have, or receive an adapter";
        context.report({ node, message });
      }
      if (node.name === "console" && ADAPTER.test(path)) {
        const message = "an adapter does not print: use the Log port; " +
          "programs in hosts/ may print";
        context.report({ node, message });
      }
    },
  };
}

/** The plugin that deno.json names under `lint.plugins`. */
const plugin: Deno.lint.Plugin = {
  name: "holdfast",
  rules: {
    "banned-globals": { create: bannedGlobals },
    "banned-imports": { create: bannedImports },
    "no-runtime-sniffing": { create: noSniffing },
    "host-globals": { create: hostGlobals },
  },
};
export default plugin;
