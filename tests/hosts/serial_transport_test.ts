// Serial ports: a fake one on every runtime; on Node the package `serialport` itself over pseudo
// terminals, with python3 as the cable. Deno cannot read the descriptors the package opens.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import test, { after } from "node:test";
import { promisify } from "node:util";
import { HoldfastError } from "../../engine/errors.ts";
import type { ByteTransport } from "../../engine/ports.ts";
import { connectReader } from "../../engine/reader/reader_client.ts";
import { SimulatedReader } from "../../engine/reader/simulated_reader.ts";
import {
  connectSerial,
  type SerialPortLike,
  SerialTransport,
} from "../../hosts/posix/serial_transport.ts";
import { SystemClock } from "../../hosts/web/system_clock.ts";
import { testByteTransport } from "../contract/byte_transport_contract.ts";

const cables: ChildProcess[] = [];
after(() => cables.forEach((cable) => cable.kill("SIGKILL")));

/** A port as the package makes it: events, callbacks, and chunks out of a pool. */
class FakePort implements SerialPortLike {
  isOpen = false;
  peer!: FakePort;
  readonly #listeners = new Map<string, ((value: never) => void)[]>();

  open(onOpen: (error: Error | null) => void): void {
    this.isOpen = true;
    setTimeout(() => onOpen(null));
  }

  write(data: Uint8Array, onTaken: (error: null) => void): void {
    setTimeout(() => {
      const pool = new Uint8Array(8 + data.length);
      pool.set(data, 8);
      this.peer.emit("data", pool.subarray(8));
      onTaken(null);
    });
  }

  close(onClosed: (error: Error | null) => void): void {
    if (!this.isOpen) return onClosed(new Error("Port is not open"));
    this.isOpen = false;
    setTimeout(() => {
      this.emit("close", null);
      onClosed(null);
      if (this.peer.isOpen) this.peer.unplug();
    });
  }

  /** The device goes away, which the package reports with an error. */
  unplug(): void {
    this.isOpen = false;
    this.emit("close", new Error("bad file descriptor"));
  }

  on(event: string, listener: (value: never) => void): void {
    const listeners = this.#listeners.get(event) ?? [];
    this.#listeners.set(event, [...listeners, listener]);
  }

  emit(event: string, value: unknown): void {
    for (const listener of this.#listeners.get(event) ?? []) {
      listener(value as never);
    }
  }
}

async function openFakes(): Promise<[ByteTransport, ByteTransport]> {
  const [left, right] = [new FakePort(), new FakePort()];
  left.peer = right;
  right.peer = left;
  return [await connectSerial(left), await connectSerial(right)];
}

testByteTransport("SerialTransport of a fake port", openFakes);

test("SerialTransport reports an unplugged device with its error", async () => {
  const port = new FakePort();
  port.isOpen = true;
  const transport = new SerialTransport(port);
  const ended = new Promise((resolve) =>
    transport.receive(() => undefined, resolve)
  );
  port.unplug();
  assert.ok(await ended instanceof Error);
  await assert.rejects(transport.send(Uint8Array.of(1)), {
    code: "READER_DISCONNECTED",
  });
});

if (!("deno" in process.versions)) {
  // Before anything imports the package, which takes `read` once and for all.
  const reads = countReads();

  testByteTransport("SerialTransport of serialport", openPair);

  test("SerialTransport of serialport carries a sale", async () => {
    const [near, far] = await openPair();
    await sell(near, far);
  });

  test("SerialTransport of serialport ends when the line has hung up, and reads no more", async () => {
    const { SerialPort } = await import("serialport");
    const { cable, paths } = await plugCable();
    const port = new SerialPort({
      path: paths[0],
      baudRate: 115_200,
      autoOpen: false,
    });
    await new Promise((resolve) => port.open(resolve));
    cable.kill("SIGKILL");
    await new Promise((resolve) => cable.once("exit", resolve));
    // The first read comes after the hang-up and gets zero bytes, as a late one does at any time.
    const transport = new SerialTransport(port);
    const reason = await new Promise<Error | undefined>((resolve) =>
      transport.receive(() => undefined, resolve)
    );
    assert.equal(
      (reason as HoldfastError | undefined)?.code,
      "READER_DISCONNECTED",
    );
    await assert.rejects(transport.send(Uint8Array.of(1)), {
      code: "READER_DISCONNECTED",
    });
    const before = reads();
    assert.ok(before > 0);
    await new Promise((resolve) => setTimeout(resolve, 20));
    // One may have been under way; a loop would have read hundreds of times.
    assert.ok(reads() - before <= 1, `${reads() - before} more reads`);
  });

  test("connectSerial() rejects with READER_DISCONNECTED when there is no such port", async () => {
    const { SerialPort } = await import("serialport");
    const port = new SerialPort({
      path: "/dev/holdfast-none",
      baudRate: 9600,
      autoOpen: false,
    });
    await assert.rejects(
      connectSerial(port),
      (error) =>
        error instanceof HoldfastError &&
        error.code === "READER_DISCONNECTED" && error.cause !== undefined,
    );
  });
}

/** Counts the calls of `fs.read` as promises, which is how the package reads. */
function countReads(): () => number {
  let count = 0;
  const readAsync = promisify(fs.read);
  fs.read = Object.assign(fs.read.bind(fs), {
    [promisify.custom]: (...parameters: Parameters<typeof readAsync>) => {
      count++;
      return readAsync(...parameters);
    },
  }) as typeof fs.read;
  return () => count;
}

async function plugCable(): Promise<{ cable: ChildProcess; paths: string[] }> {
  const cable = spawn("python3", ["tests/support/serial_cable.py"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  cables.push(cable);
  const lines = createInterface({ input: cable.stdout! });
  const line = await new Promise<string>((resolve, reject) => {
    lines.once("line", resolve);
    cable.once("error", reject);
  });
  return { cable, paths: line.split(" ") };
}

async function openPair(): Promise<[ByteTransport, ByteTransport]> {
  const { SerialPort } = await import("serialport");
  const { cable, paths } = await plugCable();
  const [left, right] = await Promise.all(
    paths.map((path) =>
      connectSerial(
        new SerialPort({ path, baudRate: 115_200, autoOpen: false }),
      )
    ),
  );
  cable.stdin!.write("\n");
  return [left, right];
}

async function sell(near: ByteTransport, far: ByteTransport): Promise<void> {
  const clock = new SystemClock();
  const reader = new SimulatedReader({
    clock,
    seed: "1",
    deviceType: "wisepad_3",
    customers: ["visa"],
  });
  void reader.serve(far);
  const client = await connectReader(near, { clock, deadlineMs: 5_000 });
  const { readMethod } = await client.collect({
    amountMinor: 1250,
    currency: "usd",
    isOffline: true,
    terminalCountry: "US",
  });
  assert.equal(readMethod, "contact_emv");
  client.close();
}
