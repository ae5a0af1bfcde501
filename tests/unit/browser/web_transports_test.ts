// WebSerial, WebUSB and Web Bluetooth over fakes that keep the rules of their specifications.
import assert from "node:assert/strict";
import test from "node:test";
import type { ByteTransport } from "../../../engine/ports.ts";
import { connectReader } from "../../../engine/reader/reader_client.ts";
import { SimulatedReader } from "../../../engine/reader/simulated_reader.ts";
import { MessageTransport } from "../../../hosts/browser/message_transport.ts";
import {
  BLUETOOTH_READER,
  connectWebBluetooth,
} from "../../../hosts/browser/web_bluetooth_transport.ts";
import { connectWebSerial } from "../../../hosts/browser/web_serial_transport.ts";
import { connectWebUsb } from "../../../hosts/browser/web_usb_transport.ts";
import { SystemClock } from "../../../hosts/web/system_clock.ts";
import { testByteTransport } from "../../contract/byte_transport_contract.ts";
import { FakeBluetooth } from "./_fake_bluetooth.ts";
import { FakeSerialPort } from "./_fake_serial.ts";
import { FakeUsb } from "./_fake_usb.ts";

type Pair = [ByteTransport, ByteTransport];

async function openSerial(): Promise<Pair> {
  const [left, right] = FakeSerialPort.pair();
  return [await connectWebSerial(left), await connectWebSerial(right)];
}

async function openUsb(): Promise<Pair> {
  const [left, right] = FakeUsb.pair();
  return [await connectWebUsb(left), await connectWebUsb(right)];
}

async function openBluetooth(): Promise<Pair> {
  const [left, right] = FakeBluetooth.pair();
  return [await connectWebBluetooth(left), await connectWebBluetooth(right)];
}

/** Two threads, with what crosses between them cloned and late. */
// deno-lint-ignore require-await -- as the others
async function openMessages(): Promise<Pair> {
  const post = (to: () => MessageTransport) => (bytes: Uint8Array | null) => {
    const copy = structuredClone(bytes);
    setTimeout(() => to().accept(copy));
  };
  const left: MessageTransport = new MessageTransport(post(() => right));
  const right: MessageTransport = new MessageTransport(post(() => left));
  return [left, right];
}

testByteTransport("MessageTransport", openMessages);

const WAYS: [string, () => Promise<Pair>][] = [
  ["connectWebSerial()", openSerial],
  ["connectWebUsb()", openUsb],
  ["connectWebBluetooth()", openBluetooth],
];

for (const [name, open] of WAYS) {
  testByteTransport(name, open);

  test(`${name} carries a sale and a signature`, async () => {
    const [near, far] = await open();
    const clock = new SystemClock();
    const reader = new SimulatedReader({
      clock,
      seed: "1",
      deviceType: "wisepos_e",
      customers: ["visa"],
    });
    void reader.serve(far);
    const client = await connectReader(near, { clock, deadlineMs: 5_000 });
    const { emvData } = await client.collect({
      amountMinor: 1250,
      currency: "usd",
      isOffline: true,
      terminalCountry: "US",
    });
    assert.ok(emvData.length > 100);
    const { inputs } = await client.collectInputs([
      { kind: "signature", title: "Sign", isRequired: true },
    ]);
    assert.ok(inputs[0].image!.length > 100);
    client.close();
  });
}

const gone = { code: "READER_DISCONNECTED" };

/** The error a transport ends with. */
function end(transport: ByteTransport): Promise<Error | undefined> {
  return new Promise((resolve) => transport.receive(() => undefined, resolve));
}

interface Heard {
  bytes: number[];
  ended: Promise<Error | undefined>;
  /** Resolves when `count` bytes are there. */
  until(count: number): Promise<void>;
}

function hear(transport: ByteTransport): Heard {
  const bytes: number[] = [];
  let wake = (): void => undefined;
  const ended = new Promise<Error | undefined>((resolve) =>
    transport.receive((chunk) => {
      bytes.push(...chunk);
      wake();
    }, resolve)
  );
  const until = async (count: number): Promise<void> => {
    while (bytes.length < count) {
      await new Promise<void>((resolve) => wake = resolve);
    }
  };
  return { bytes, ended, until };
}

test("connectWebSerial() goes on after framing errors and ends with the device", async () => {
  const [port, peer] = FakeSerialPort.pair();
  const near = await connectWebSerial(port);
  const far = await connectWebSerial(peer);
  const heard = hear(near);
  for (const value of [7, 8]) {
    port.breakFrame();
    await far.send(Uint8Array.of(value));
    await heard.until(value - 6);
  }
  assert.deepEqual(heard.bytes, [7, 8]);
  port.unplug();
  assert.equal((await heard.ended as { code?: string }).code, gone.code);
  await assert.rejects(near.send(Uint8Array.of(1)), gone);
});

test("connectWebSerial() that met a framing error ends by close()", async () => {
  const [port, peer] = FakeSerialPort.pair();
  const near = await connectWebSerial(port);
  const far = await connectWebSerial(peer);
  const heard = hear(near);
  port.breakFrame();
  await far.send(Uint8Array.of(7));
  await heard.until(1);
  near.close();
  assert.equal(await heard.ended, undefined);
  assert.equal(port.readable, null);
});

test("connectWebSerial() rejects a port that is open already", async () => {
  const [port] = FakeSerialPort.pair();
  await connectWebSerial(port);
  await assert.rejects(connectWebSerial(port), gone);
});

test("connectWebUsb() clears a stalled endpoint, takes parts in order, and ends with the device", async () => {
  const [device, peer] = FakeUsb.pair();
  const near = await connectWebUsb(device);
  const far = await connectWebUsb(peer);
  const heard = hear(near);
  device.stallNext("in");
  peer.stallNext("out");
  peer.writeLengthMax = 2;
  await Promise.all([
    far.send(Uint8Array.of(1, 2, 3, 4, 5)),
    far.send(Uint8Array.of(6, 7, 8)),
  ]);
  await heard.until(8);
  assert.deepEqual(heard.bytes, [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual([device.cleared, peer.cleared], [["in"], ["out"]]);
  device.unplug();
  assert.equal((await heard.ended as { code?: string }).code, gone.code);
  await assert.rejects(near.send(Uint8Array.of(1)), gone);
});

test("connectWebUsb() hears what fills whole packets, without an empty one behind", async () => {
  const [device, peer] = FakeUsb.pair();
  const near = await connectWebUsb(device);
  const far = await connectWebUsb(peer);
  const heard = hear(near);
  await far.send(new Uint8Array(192).fill(5));
  await heard.until(192);
  near.close();
});

test("connectWebUsb() gives up a device that stalls again and again", async () => {
  for (const direction of ["in", "out"] as const) {
    const [device] = FakeUsb.pair();
    const near = await connectWebUsb(device);
    const ended = end(near);
    device.isBroken = true;
    device.stallNext(direction);
    if (direction === "out") {
      await assert.rejects(near.send(Uint8Array.of(1)), gone);
      near.close();
    }
    await ended;
    assert.equal(device.cleared.length, 3);
  }
});

test("connectWebUsb() rejects a device without bulk endpoints and closes it", async () => {
  const [device] = FakeUsb.pair("interrupt");
  await assert.rejects(connectWebUsb(device), gone);
  await assert.rejects(device.transferIn(1, 64), { name: "NotFoundError" });
});

test("connectWebBluetooth() writes one value at a time, of 512 bytes at most", async () => {
  const [device, peer] = FakeBluetooth.pair();
  const near = await connectWebBluetooth(device);
  const heard = hear(await connectWebBluetooth(peer));
  const bytes = Uint8Array.from({ length: 1_300 }, (_, at) => at);
  // The fake rejects an operation while another runs, as the platform does.
  await Promise.all([near.send(bytes), near.send(Uint8Array.of(9))]);
  await heard.until(1_301);
  assert.deepEqual(heard.bytes, [...bytes, 9]);
  assert.deepEqual(device.writeLengths, [512, 512, 276, 1]);
});

test("connectWebBluetooth() rejects a device that is no reader or out of reach", async () => {
  for (const trouble of ["no_service", "out_of_reach"] as const) {
    const [device] = FakeBluetooth.pair();
    device.trouble = trouble;
    await assert.rejects(connectWebBluetooth(device), gone);
  }
  await assert.rejects(
    connectWebBluetooth({ addEventListener: () => undefined }),
    gone,
  );
});

test("connectWebBluetooth() to a reader that never answers ends by its signal", async () => {
  const [device] = FakeBluetooth.pair();
  device.trouble = "no_answer";
  const controller = new AbortController();
  const connecting = connectWebBluetooth(device, { signal: controller.signal });
  const reason = new Error("the cashier gave up");
  controller.abort(reason);
  await assert.rejects(connecting, { ...gone, cause: reason });
  const { signal } = controller;
  await assert.rejects(connectWebBluetooth(device, { signal }), gone);
});

test("connectWebBluetooth() ends when the reader leaves, and a write under way fails", async () => {
  const [device] = FakeBluetooth.pair();
  const near = await connectWebBluetooth(device);
  const ended = end(near);
  const sending = near.send(new Uint8Array(5_000));
  await new Promise((resolve) => setTimeout(resolve));
  device.leave();
  await assert.rejects(sending, gone);
  await ended;
  await assert.rejects(near.send(Uint8Array.of(1)), gone);
});

test("BLUETOOTH_READER names three different 128-bit UUIDs", () => {
  const uuids = Object.values(BLUETOOTH_READER);
  assert.equal(new Set(uuids).size, 3);
  for (const uuid of uuids) {
    assert.match(uuid, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  }
});

test("connectWebSerial() and connectWebUsb() that never open end at their deadline, and let go what opens late", async () => {
  let opened: () => void = () => undefined;
  const opening = (): Promise<void> =>
    new Promise((resolve) => opened = resolve);
  let closes = 0;
  const close = (): Promise<void> => {
    closes++;
    return Promise.resolve();
  };
  const port = { readable: null, writable: null, open: opening, close };
  const device = {
    configuration: null,
    open: opening,
    close,
  } as unknown as FakeUsb;
  for (
    const [connect, atLeast] of [
      [(it: object) => connectWebSerial(port, it), 1],
      [(it: object) => connectWebUsb(device, it), 2],
    ] as const
  ) {
    closes = 0;
    const timedOut = connect({ deadlineMs: 20 });
    await assert.rejects(
      timedOut,
      ({ code, cause }: { code: string; cause: Error }) =>
        code === gone.code && cause.name === "TimeoutError",
    );
    opened();
    await new Promise((resolve) => setTimeout(resolve, 0));
    assert.ok(closes >= atLeast, `${closes} times closed`);
    const reason = new Error("the cashier gave up");
    const signal = AbortSignal.abort(reason);
    await assert.rejects(connect({ signal }), { ...gone, cause: reason });
  }
});
