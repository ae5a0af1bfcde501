// Every ban of the lint plugin, firing and not firing, through one real `deno lint`.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import test, { after } from "node:test";
import { denoPath, run } from "../../../scripts/_process.ts";

/** [file, code, rule or null when nothing may fire, part of the message]. */
type Case = [string, string, string | null, string?];

const G = "holdfast/banned-globals";
const I = "holdfast/banned-imports";
const S = "holdfast/no-runtime-sniffing";
const H = "holdfast/host-globals";

const cases: Case[] = [
  ["engine/a.ts", "Date.now();", G, "Clock port"],
  ["engine/a.ts", "const { now } = { now: Date['now'] };", G, "Clock port"],
  ["engine/a.ts", "new Date();", G, "Clock port"],
  ["engine/a.ts", "Date();", G, "Clock port"],
  ["engine/a.ts", "new Date(atMs);", null],
  ["engine/a.ts", "Date.UTC(2026, 0);", null],
  ["engine/a.ts", "Math.random();", G, "Random port"],
  ["engine/a.ts", "Math.max(1, 2);", null],
  ["engine/a.ts", "Math[name]();", G, "write the member"],
  ["engine/a.ts", "setTimeout(go, 1);", G, "Clock port"],
  ["engine/a.ts", "setInterval(go, 1);", G, "Clock port"],
  ["engine/a.ts", "clock.setTimeout(go);", null],
  ["engine/a.ts", "performance.now();", G, "Clock port"],
  ["engine/a.ts", "console.log(1);", G, "Log port"],
  ["engine/a.ts", "fetch(url);", G, "Transport"],
  ["engine/a.ts", "gateway.fetch(url);", null],
  ["engine/a.ts", "const port = { fetch() {} };", null],
  ["engine/a.ts", "interface Port { fetch(): void; process: number }", null],
  ["engine/a.ts", "const fetch = 1; use(fetch);", G, "Transport"],
  ["engine/a.ts", "use({ fetch });", G, "Transport"],
  ["engine/a.ts", "Deno.cwd();", G, "hosts/deno"],
  ["bindings/a.ts", "Deno.cwd();", G, "hosts/deno"],
  ["engine/a.ts", "process.exit();", G, "hosts/node"],
  ["engine/a.ts", "Buffer.from(x);", G, "Uint8Array"],
  ["engine/a.ts", "let x: Buffer;", G, "Uint8Array"],
  ["engine/a.ts", "window.x;", G, "hosts/browser"],
  ["engine/a.ts", "navigator.locks;", G, "hosts/browser"],
  ["engine/a.ts", "globalThis.fetch(x);", G, "Transport"],
  ["engine/a.ts", "globalThis[name];", G, "parameter"],
  ["engine/a.ts", "globalThis.crypto.getRandomValues(x);", G, "Random port"],
  ["engine/a.ts", "crypto.getRandomValues(x);", G, "Random port"],
  ["engine/a.ts", "crypto.randomUUID();", G, "Random port"],
  ["engine/a.ts", "const { subtle } = crypto;", G, "name the member"],
  ["engine/a.ts", "crypto.subtle.digest(a, b);", G, "engine/seal"],
  ["engine/seal.ts", "crypto.subtle.digest(a, b);", null],
  ["engine/seal_open.ts", "crypto.subtle.digest(a, b);", null],
  ["engine/seal.ts", "crypto.getRandomValues(x);", G, "Random port"],
  ["engine/a.ts", 'import fs from "node:fs"; fs;', I, "hosts/posix"],
  ["bindings/a.ts", 'export * from "node:fs";', I, "hosts/posix"],
  ["engine/a.ts", 'export { x } from "node:fs";', I, "hosts/posix"],
  ["engine/a.ts", 'await import("node:fs");', I, "hosts/posix"],
  ["engine/a.ts", 'import { a } from "./b.ts"; a;', null],
  ["hosts/posix/a.ts", 'import fs from "node:fs"; fs;', null],
  ["scripts/a.ts", 'import a from "npm:a@1.0.0"; a;', I, "bare name"],
  ["tests/a.ts", 'import a from "jsr:@a/a@1"; a;', I, "bare name"],
  ["hosts/node/a.ts", "typeof Deno;", S, "import path"],
  ["hosts/posix/a.ts", '"Deno" in globalThis;', S, "import path"],
  ["hosts/posix/a.ts", "process.versions.bun;", S, "import path"],
  ["hosts/posix/a.ts", "globalThis.Deno;", S, "import path"],
  ["bindings/a.ts", "typeof process;", S, "import path"],
  ["hosts/node/a.ts", "typeof value;", null],
  ["hosts/node/a.ts", '"code" in error;', null],
  ["scripts/a.ts", "typeof Deno;", null],
  ["hosts/node/a.ts", "Deno.cwd();", H, "hosts/deno"],
  ["hosts/deno/a.ts", "Deno.cwd();", null],
  ["hosts/node/a.ts", "console.log(1);", H, "Log port"],
  ["hosts/sandbox/main.ts", "console.log(1);", null],
  ["hosts/node/a.ts", "setTimeout(go, 1); fetch(x); process.pid;", null],
  ["tests/unit/engine/a.ts", "Date.now(); console.log(1);", null],
];

const folder = mkdtempSync(join(tmpdir(), "holdfast-lint-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function caseFile(index: number): string {
  return cases[index][0].replace(/\.ts$/, `_${index}.ts`);
}

interface Diagnostic {
  filename: string;
  code: string;
  message: string;
}

async function lintAll(): Promise<Diagnostic[]> {
  const root = join(folder, "lint_fixture");
  const plugins = [resolve("scripts/lint_plugin.ts")];
  const config = { lint: { plugins, rules: { tags: [] } } };
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, "deno.json"), JSON.stringify(config));
  cases.forEach(([, code], index) => {
    const path = join(root, caseFile(index));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, code + "\n");
  });
  const { stdout } = await run(denoPath(), ["lint", "--json"], { cwd: root });
  const report = JSON.parse(stdout) as {
    diagnostics: Diagnostic[];
    errors: unknown[];
  };
  assert.deepEqual(report.errors, []);
  return report.diagnostics;
}

const diagnostics = await lintAll();

cases.forEach(([file, code, rule, part], index) => {
  const verdict = rule === null ? "passes" : `is stopped by ${rule}`;
  test(`lint of ${file}: \`${code}\` ${verdict}`, () => {
    const found = diagnostics.filter(({ filename }) =>
      filename.endsWith("/" + caseFile(index))
    );
    if (rule === null) {
      assert.deepEqual(found, []);
    } else {
      const own = found.filter((diagnostic) => diagnostic.code === rule);
      assert.ok(own.length > 0, JSON.stringify(found));
      assert.ok(own[0].message.includes(part ?? ""), own[0].message);
    }
  });
});
