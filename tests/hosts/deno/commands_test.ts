/** Every command with an argument it does not know, and with --help. @module */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { denoPath, run } from "../../../scripts/_process.ts";

/** Commands that a person types: the tasks of `deno.json`, and programs without one. */
function commands(): string[][] {
  const { tasks } = JSON.parse(readFileSync("deno.json", "utf8"));
  const typed = Object.values(tasks as Record<string, string>)
    .map((line) => line.split(" "))
    .filter(([deno, verb]) => deno === "deno" && verb === "run");
  const more = [
    "hosts/cli/main.ts",
    "hosts/reader/main.ts",
    "hosts/reader/simulated_main.ts",
    "scripts/check_layers.ts",
    "scripts/gen_tags.ts",
  ];
  return [
    ...typed.map((words) => words.slice(1)),
    ...more.map((path) => ["run", "-A", path]),
  ];
}

for (const words of commands()) {
  const [, , path] = words;
  test(`${path} ends with 2 and one line for a wrong argument, with 0 for help`, async () => {
    const args = ["run", "-A", "--no-check", path];
    const [wrong, help] = await Promise.all([
      run(denoPath(), [...args, "--no-such-option"]),
      run(denoPath(), [...args, "--help"]),
    ]);
    assert.equal(wrong.code, 2, wrong.output);
    assert.match(wrong.output, /no-such-option/);
    // The register's last line is JSON also then.
    const lines = wrong.output.trimEnd().split("\n");
    const isRegister = path.includes("register");
    assert.equal(lines.length, isRegister ? 3 : 1, wrong.output);
    assert.equal(help.code, 0, help.output);
    assert.match(help.stdout, /^Usage: /);
  });
}
