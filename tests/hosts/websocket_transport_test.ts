import assert from "node:assert/strict";
import test, { after } from "node:test";
import { HoldfastError } from "../../engine/errors.ts";
import type { ByteTransport } from "../../engine/ports.ts";
import {
  connectWebSocket,
  listenWebSocket,
} from "../../hosts/posix/websocket_listener.ts";
import { connectWebSocket as connectStandard } from "../../hosts/web/websocket_transport.ts";
import { testByteTransport } from "../contract/byte_transport_contract.ts";

const accepted: ((transport: ByteTransport) => void)[] = [];
const listener = await listenWebSocket(
  { port: 0 },
  (transport) => accepted.shift()?.(transport),
);
after(() => listener.close());
const url = `ws://127.0.0.1:${listener.port}`;

async function openPair(
  connect: typeof connectStandard,
): Promise<[ByteTransport, ByteTransport]> {
  const far = new Promise<ByteTransport>((resolve) => accepted.push(resolve));
  const near = await connect(url);
  return [near, await far];
}

testByteTransport("connectWebSocket() of ws", () => openPair(connectWebSocket));

// Node has the web's WebSocket from 22 on; Deno and browsers always had it.
if ("WebSocket" in globalThis) {
  testByteTransport(
    "connectWebSocket() of the platform",
    () => openPair(connectStandard),
  );
}

function isDisconnected(error: unknown): boolean {
  return error instanceof HoldfastError &&
    error.code === "READER_DISCONNECTED";
}

test("connectWebSocket() rejects with READER_DISCONNECTED when nobody listens", async () => {
  const listener = await listenWebSocket({ port: 0 }, () => undefined);
  await listener.close();
  await assert.rejects(
    connectWebSocket(`ws://127.0.0.1:${listener.port}`),
    isDisconnected,
  );
});

test("connectWebSocket() gives up when its signal aborts", async () => {
  const signal = AbortSignal.abort(new Error("too late"));
  await assert.rejects(connectWebSocket(url, { signal }), isDisconnected);
  const later = new AbortController();
  const connecting = connectWebSocket("ws://192.0.2.1:9", {
    signal: later.signal,
  });
  later.abort(new Error("too late"));
  await assert.rejects(connecting, isDisconnected);
  const late = connectWebSocket("ws://192.0.2.1:9", { deadlineMs: 20 });
  await assert.rejects(late, isDisconnected);
});

test("listenWebSocket() ends a connection that sends text or too much", async () => {
  for (const length of [0, 70_000]) {
    const far = new Promise<ByteTransport>((resolve) => accepted.push(resolve));
    const { WebSocket } = await import("ws");
    const socket = new WebSocket(url);
    const closed = new Promise<number>((resolve) =>
      socket.addEventListener("close", ({ code }) => resolve(code))
    );
    await new Promise((resolve) => socket.addEventListener("open", resolve));
    const heard: number[] = [];
    const ended = new Promise<void>((resolve) =>
      void far.then((transport) =>
        transport.receive((bytes) => heard.push(...bytes), () => resolve())
      )
    );
    socket.send(length === 0 ? "text" : new Uint8Array(length));
    // RFC 6455 §7.4.1: 1003 unsupported data, 1009 message too big.
    assert.equal(await closed, length === 0 ? 1003 : 1009);
    await ended;
    assert.deepEqual(heard, []);
  }
});
