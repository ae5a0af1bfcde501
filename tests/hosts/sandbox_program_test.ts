import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";
import { test } from "node:test";
import Stripe from "stripe";
import { SandboxControl } from "../../hosts/sandbox/mod.ts";
import { bundleForNode } from "../../scripts/bundle.ts";
import { confirmParams, SALE } from "../unit/sandbox/_support.ts";

async function command(): Promise<string[]> {
  const program = "hosts/sandbox/main.ts";
  return "deno" in process.versions
    ? ["run", "-A", program]
    : [await bundleForNode(program)];
}

/** Runs the program to its end. */
async function runProgram(
  args: string[],
): Promise<{ status: number | null; stderr: string }> {
  const { status, stderr } = spawnSync(
    process.execPath,
    [...await command(), ...args],
    {
      encoding: "utf8",
      timeout: 60_000,
      env: { ...process.env, NO_COLOR: "1" },
    },
  );
  return { status, stderr };
}

/** Starts the program on this runtime and returns its first line. */
async function startProgram(
  args: string[],
): Promise<{ child: ChildProcess; line: string }> {
  const child = spawn(process.execPath, [...await command(), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout! });
  const line = await new Promise<string>((resolve, reject) => {
    lines.once("line", resolve);
    child.once("exit", (code) => reject(new Error(`ended with ${code}`)));
  });
  return { child, line };
}

test("main.ts prints both URLs and serves until it is told to stop", async () => {
  const { child, line } = await startProgram(["--seed", "9", "--frozen"]);
  const ended = new Promise((resolve) => child.once("exit", resolve));
  try {
    const { url, controlUrl } = JSON.parse(line);
    const { hostname, port } = new URL(url);
    const stripe = new Stripe("sk_test_shop", {
      host: hostname,
      port,
      protocol: "http",
      telemetry: false,
    });
    const { id } = await stripe.paymentIntents.create(SALE);
    await stripe.paymentIntents.confirm(id, confirmParams());
    const control = new SandboxControl(controlUrl);
    assert.equal((await control.report()).charges, 1);
    assert.equal((await control.intents())[0].id, id);
  } finally {
    // Not child.kill(): Deno then reports the signal instead of the status.
    process.kill(child.pid!, "SIGTERM");
  }
  assert.equal(await ended, 0);
});

test("main.ts refuses what makes no sense in one line, and a port that is taken", async () => {
  const taken = await startProgram([]);
  try {
    const { port } = new URL(JSON.parse(taken.line).url);
    const cases: [string[], number, RegExp][] = [
      [["--nope"], 2, /--nope/],
      [["--port", "99999"], 2, /--port expects an integer of 0..65535/],
      [["--seed", ""], 2, /--seed/],
      [["--port", port], 1, /EADDRINUSE|already in use/],
    ];
    for (const [args, status, message] of cases) {
      const ended = await runProgram(args);
      assert.equal(ended.status, status, args.join(" "));
      assert.match(ended.stderr, message);
      assert.equal(ended.stderr.trim().split("\n").length, 1, ended.stderr);
    }
  } finally {
    process.kill(taken.child.pid!, "SIGTERM");
  }
});
