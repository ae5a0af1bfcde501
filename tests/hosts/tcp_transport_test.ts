import assert from "node:assert/strict";
import test, { after } from "node:test";
import { HoldfastError } from "../../engine/errors.ts";
import type { ByteTransport } from "../../engine/ports.ts";
import { connectTcp, listenTcp } from "../../hosts/posix/tcp_transport.ts";
import { testByteTransport } from "../contract/byte_transport_contract.ts";

const accepted: ((transport: ByteTransport) => void)[] = [];
const listener = await listenTcp(
  { port: 0 },
  (transport) => accepted.shift()?.(transport),
);
after(() => listener.close());

async function openPair(): Promise<[ByteTransport, ByteTransport]> {
  const far = new Promise<ByteTransport>((resolve) => accepted.push(resolve));
  const near = await connectTcp({ port: listener.port });
  return [near, await far];
}

testByteTransport("connectTcp()", openPair);

test("connectTcp() rejects with READER_DISCONNECTED when nobody listens", async () => {
  const listener = await listenTcp({ port: 0 }, () => undefined);
  await listener.close();
  await assert.rejects(
    connectTcp({ port: listener.port }),
    (error) =>
      error instanceof HoldfastError && error.code === "READER_DISCONNECTED",
  );
});

test("connectTcp() gives up when its signal aborts", async () => {
  const reason = new Error("too late");
  await assert.rejects(
    connectTcp({ port: 9 }, AbortSignal.abort(reason)),
    (error) => error instanceof HoldfastError && error.cause === reason,
  );
});

test("TcpListener.close() ends its connections", async () => {
  const listener = await listenTcp({ port: 0 }, () => undefined);
  const near = await connectTcp({ port: listener.port });
  const ended = new Promise<void>((resolve) =>
    near.receive(() => undefined, () => resolve())
  );
  await listener.close();
  await ended;
});
