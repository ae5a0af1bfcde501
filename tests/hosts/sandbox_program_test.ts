import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";
import { test } from "node:test";
import Stripe from "stripe";
import { SandboxControl } from "../../hosts/sandbox/mod.ts";
import { bundleForNode } from "../../scripts/bundle.ts";
import { confirmParams, SALE } from "../unit/sandbox/_support.ts";

/** Starts the program on this runtime and returns its first line. */
async function startProgram(
  args: string[],
): Promise<{ child: ChildProcess; line: string }> {
  const program = "hosts/sandbox/main.ts";
  const command = "deno" in process.versions
    ? ["run", "-A", program]
    : [await bundleForNode(program)];
  const child = spawn(process.execPath, [...command, ...args], {
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
