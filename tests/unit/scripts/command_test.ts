import assert from "node:assert/strict";
import test from "node:test";
import {
  readArguments,
  readChoice,
  readInteger,
  UsageError,
} from "../../../scripts/_command.ts";
import { denoPath, run } from "../../../scripts/_process.ts";

test("readArguments() gives values and defaults, and refuses what is not in the table", () => {
  const options = { seed: { type: "string", default: "1" } } as const;
  assert.equal(readArguments(["--seed", "7"], "", options)?.seed, "7");
  assert.equal(readArguments([], "", options)?.seed, "1");
  for (const args of [["--sed", "7"], ["7"], ["--seed"]]) {
    assert.throws(() => readArguments(args, "", options), UsageError);
  }
});

test("readInteger() takes the bounds and refuses what lies beyond or is no integer", () => {
  assert.equal(readInteger("n", "2", 2, 5), 2);
  assert.equal(readInteger("n", "5", 2, 5), 5);
  for (const text of ["1", "6", "2.5", "", " ", "x", "NaN", "Infinity"]) {
    assert.throws(() => readInteger("n", text, 2, 5), UsageError);
  }
});

test("readChoice() takes one of the choices and names them otherwise", () => {
  assert.equal(readChoice("runtime", "node", ["deno", "node"]), "node");
  assert.throws(() => readChoice("runtime", "bun", ["deno", "node"]), {
    name: "UsageError",
    message: "--runtime expects deno or node, got bun",
  });
});

test("runCommand() ends with 2 and one line for a wrong argument, with 0 for help", async () => {
  const demo = ["run", "-A", "--no-check", "scripts/demo/main.ts"];
  const wrong = await run(denoPath(), [...demo, "--payments", "none"]);
  assert.equal(wrong.code, 2);
  assert.match(
    wrong.output,
    /^--payments expects an integer .*\ntry --help\n$/,
  );
  const help = await run(denoPath(), [...demo, "--help"]);
  assert.equal(help.code, 0);
  assert.match(help.stdout, /^Usage: deno task demo/);
});
