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
    connectTcp({ port: 9 }, { signal: AbortSignal.abort(reason) }),
    (error) => error instanceof HoldfastError && error.cause === reason,
  );
  await assert.rejects(
    connectTcp({ host: "192.0.2.1", port: 9 }, { deadlineMs: 20 }),
    { code: "READER_DISCONNECTED" },
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

test("connectTcp() sees an orderly end, and all before it, while it is still sending", async () => {
  const [near, far] = await openPair();
  far.receive(() => {
    void far.send(Uint8Array.of(1, 2, 3));
    far.close();
  }, () => undefined);
  const received: number[] = [];
  const end = new Promise<Error | undefined>((resolve) =>
    near.receive((bytes) => received.push(...bytes), resolve)
  );
  for (let i = 0; i < 64; i++) {
    // Those after the end are refused, which is not what this is about.
    near.send(new Uint8Array(65_536)).catch(() => undefined);
  }
  assert.equal(await end, undefined);
  assert.deepEqual(received, [1, 2, 3]);
});
