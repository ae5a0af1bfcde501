/**
 * The programs of the installed package, begun as a stranger begins them.
 * @module
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import process from "node:process";
import { denoPath, run } from "../../scripts/_process.ts";
import { must } from "./_project.ts";

/** A command and its first arguments. */
export type Program = readonly [command: string, ...args: string[]];

/** What {@link PROGRAM_BY_NPX} finds; begun without it, because signals end the process itself. */
export const PROGRAM_ON_NODE: Program = ["node_modules/.bin/holdfast"];

/** As the documents say it; asks no registry. */
export const PROGRAM_BY_NPX: Program = ["npx", "--no", "@holdfast/holdfast"];

/** The same on Deno. */
export function programOnDeno(): Program {
  const mode = "--node-modules-dir=manual";
  return [denoPath(), "run", "-A", mode, "npm:@holdfast/holdfast"];
}

/** Every program of the package; throws where one does not do its work. */
export async function tryPrograms(
  project: string,
  [command, ...before]: Program,
): Promise<void> {
  const say = (...args: string[]): Promise<string> =>
    must(command, [...before, ...args], project);
  const { version } = JSON.parse(readFileSync("deno.json", "utf8"));
  assert.equal((await say("--version")).trim(), version);
  const names = namesIn(await say("--help"));
  const helps = await Promise.all(names.map((name) => say(name, "--help")));
  for (const help of helps) assert.match(help, /^Usage: /);
  const { device } = JSON.parse(await say("relay", "--new-device", "till-7"));
  assert.equal(device.name, "till-7");
  const salvage = ["salvage", "--store", "none.db"];
  const { code, stdout } = await run(command, [...before, ...salvage], {
    cwd: project,
  });
  assert.equal(code, 1, stdout);
  assert.equal(lastOf(stdout).code, "STORE_NOT_ACCESSIBLE");
  await trySale(project, [command, ...before]);
  await tryPage(project, [command, ...before]);
}

function namesIn(help: string): string[] {
  const names = [...help.matchAll(/^ {2}([a-z][a-z-]+)/gm)].map(([, it]) => it);
  assert.ok(names.length >= 6, help);
  return names;
}

function lastOf(text: string): Record<string, unknown> {
  return JSON.parse(text.trimEnd().split("\n").at(-1)!);
}

function start([command, ...before]: Program, project: string, args: string[]) {
  return spawn(command, [...before, ...args], {
    cwd: project,
    env: { ...process.env, NO_COLOR: "1" },
    stdio: ["pipe", "pipe", "inherit"],
  });
}

/** The register takes a payment offline and forwards it to its own sandbox. */
async function trySale(project: string, program: Program): Promise<void> {
  const data = `till-${program.length}`;
  const child = start(program, project, ["register", "--json", "--data", data]);
  let text = "";
  child.stdout.on("data", (part) => text += part);
  child.stdin.end("network off\ncard visa\n12.50 Tea\nnetwork on\nforward\n");
  const [code] = await once(child, "close");
  assert.equal(code, 0, text);
  const { ok, accepted, waiting } = lastOf(text);
  assert.deepEqual({ ok, accepted, waiting }, {
    ok: true,
    accepted: 1,
    waiting: 0,
  }, text);
}

/** The register's page is there without a bundler. */
async function tryPage(project: string, program: Program): Promise<void> {
  const data = `page-${program.length}`;
  const child = start(program, project, ["register", "--web", "--data", data]);
  const ended = once(child, "close");
  try {
    const [line] = await once(createInterface(child.stdout), "line");
    const { url } = JSON.parse(line);
    const paths = ["", "page.js", "worker.js", "service_worker.js"];
    for (const path of [...paths, "style.css", "sqlite3.wasm"]) {
      const answer = await fetch(`${url}${path}`);
      assert.equal(answer.status, 200, path);
      assert.ok((await answer.arrayBuffer()).byteLength > 100, path);
    }
  } finally {
    child.kill();
    await ended;
  }
}
