// The simulated reader as a process of its own, on the runtime the test runs on.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";
import test from "node:test";
import { HoldfastError } from "../../engine/errors.ts";
import { connectReader } from "../../engine/reader/reader_client.ts";
import { SystemClock } from "../../hosts/web/system_clock.ts";
import { connectTcp } from "../../hosts/posix/tcp_transport.ts";
import { bundleForNode } from "../../scripts/bundle.ts";

const PROGRAM = "hosts/reader/simulated_main.ts";
const clock = new SystemClock();
const SALE = {
  amountMinor: 1250,
  currency: "usd",
  isOffline: true,
  terminalCountry: "US",
} as const;

function start(...args: string[]): Promise<ChildProcess> {
  return startWith("pipe", args);
}

async function startWith(
  input: "pipe" | "ignore",
  args: string[],
): Promise<ChildProcess> {
  const isDeno = "deno" in process.versions;
  const command = isDeno
    ? ["run", "--quiet", "--no-check", "-A", PROGRAM]
    : [await bundleForNode(PROGRAM)];
  return spawn(process.execPath, [...command, ...args], {
    stdio: [input, "pipe", "pipe"],
  });
}

async function firstLine(child: ChildProcess): Promise<{ port: number }> {
  for await (const line of createInterface({ input: child.stdout! })) {
    return JSON.parse(line);
  }
  throw new Error("the program ended without a line");
}

function exited(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once("exit", (code) => resolve(code)));
}

test("simulated_main.ts serves collects and reconnects until its input closes", async () => {
  const child = await start(
    "--cards",
    "visa,visa_swipe",
    "--device",
    "stripe_m2",
  );
  const exit = exited(child);
  const { port } = await firstLine(child);
  for (const readMethod of ["contact_emv", "magnetic_stripe_track2"]) {
    const transport = await connectTcp({ port });
    const client = await connectReader(transport, { clock, deadlineMs: 5_000 });
    assert.equal(client.info.deviceType, "stripe_m2");
    assert.equal((await client.collect(SALE)).readMethod, readMethod);
    client.close();
  }
  child.stdin!.end();
  assert.equal(await exit, 0);
});

test("simulated_main.ts in the background, without an input, serves until it is told to stop", async () => {
  const child = await startWith("ignore", ["--cards", "visa"]);
  const exit = exited(child);
  const { port } = await firstLine(child);
  // The end of an empty input would have come long before two connections are served.
  for (let i = 0; i < 2; i++) {
    const transport = await connectTcp({ port });
    const client = await connectReader(transport, { clock, deadlineMs: 5_000 });
    assert.equal((await client.collect(SALE)).readMethod, "contact_emv");
    client.close();
  }
  assert.equal(child.exitCode, null);
  process.kill(child.pid!, "SIGTERM");
  assert.equal(await exit, 0);
});

test("ReaderClient.collect() rejects when the reader's process is killed", async () => {
  const child = await start("--cards", "no_card");
  const exit = exited(child);
  const { port } = await firstLine(child);
  const transport = await connectTcp({ port });
  const client = await connectReader(transport, { clock, deadlineMs: 5_000 });
  const collecting = client.collect(SALE).then(() => null, (error) => error);
  client.onEvent((event) => event.kind === "prompt" && child.kill("SIGKILL"));
  const error = await collecting;
  assert.ok(error instanceof HoldfastError);
  assert.equal(error.code, "READER_DISCONNECTED");
  await exit;
});

test("simulated_main.ts refuses a device it does not know", async () => {
  const child = await start("--device", "toaster");
  assert.equal(await exited(child), 2);
});
