/** Key file, clock, randomness and network probe of the server runtimes. @module */
import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import test from "node:test";
import { FileKeyProvider } from "../../hosts/posix/file_key_provider.ts";
import { HttpNetwork } from "../../hosts/web/http_network.ts";
import { SystemClock } from "../../hosts/web/system_clock.ts";
import { SystemRandom } from "../../hosts/web/system_random.ts";
import { makePlace } from "./_posix_place.ts";

test("FileKeyProvider.deviceKey() makes a key once, for its owner only", async () => {
  const place = makePlace();
  const path = `${place.path}.key`;
  const key = await new FileKeyProvider(path, true).deviceKey();
  assert.equal(key.length, 32);
  assert.deepEqual(new Uint8Array(readFileSync(path)), key);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const again = await new FileKeyProvider(path, true).deviceKey();
  assert.deepEqual(again, key);
  again.fill(0); // The caller may wipe it.
  assert.deepEqual(await new FileKeyProvider(path, true).deviceKey(), key);
  place.remove();
});

test("FileKeyProvider.deviceKey() gives two first callers one key", async () => {
  const place = makePlace();
  const path = `${place.path}.key`;
  const keys = await Promise.all(
    Array.from(
      { length: 4 },
      () => new FileKeyProvider(path, true).deviceKey(),
    ),
  );
  for (const key of keys) assert.deepEqual(key, keys[0]);
  place.remove();
});

test("FileKeyProvider.deviceKey() never replaces a key it cannot use", async () => {
  const place = makePlace();
  const path = `${place.path}.key`;
  for (const length of [0, 31, 33]) {
    writeFileSync(path, new Uint8Array(length));
    await assert.rejects(new FileKeyProvider(path, true).deviceKey(), {
      code: "DEVICE_KEY_UNAVAILABLE",
    });
    assert.equal(statSync(path).size, length);
  }
  place.remove();
});

test("FileKeyProvider.deviceKey() without its folder is DEVICE_KEY_UNAVAILABLE", async () => {
  const place = makePlace();
  place.remove();
  await assert.rejects(
    new FileKeyProvider(`${place.path}.key`, true).deviceKey(),
    {
      code: "DEVICE_KEY_UNAVAILABLE",
      retry: "safe",
    },
  );
  assert.equal(existsSync(place.folder), false);
});

test("FileKeyProvider.deviceKey() without the key of a store that is there throws DEVICE_KEY_LOST and makes none", async () => {
  const place = makePlace();
  const path = `${place.path}.key`;
  const keys = new FileKeyProvider(path, false);
  await assert.rejects(keys.deviceKey(), { code: "DEVICE_KEY_LOST" });
  assert.equal(existsSync(path), false);
  writeFileSync(path, new Uint8Array(32).fill(7));
  assert.deepEqual(await keys.deviceKey(), new Uint8Array(32).fill(7));
  place.remove();
});

test("FileKeyProvider.deviceKey() takes the rights of others from an existing key", async () => {
  const place = makePlace();
  const path = `${place.path}.key`;
  writeFileSync(path, new Uint8Array(32).fill(7));
  chmodSync(path, 0o644);
  await new FileKeyProvider(path, true).deviceKey();
  assert.equal(statSync(path).mode & 0o777, 0o600);
  place.remove();
});

test("SystemRandom.fill() fills up to 65,536 bytes and refuses more", () => {
  const random = new SystemRandom();
  const [first, second] = [new Uint8Array(65_536), new Uint8Array(65_536)];
  random.fill(first);
  random.fill(second);
  assert.notDeepEqual(first, second);
  assert.throws(() => random.fill(new Uint8Array(65_537)), {
    code: "RANDOM_UNAVAILABLE",
  });
});

test("SystemClock.sleep() waits, and stops when told to", async () => {
  const clock = new SystemClock();
  const startedAt = clock.monotonicMs();
  await clock.sleep(20, new AbortController().signal);
  assert.ok(clock.monotonicMs() - startedAt >= 20);
  assert.ok(Number.isInteger(clock.nowMs()));
  const reason = new Error("enough");
  const controller = new AbortController();
  const waiting = clock.sleep(2 ** 40, controller.signal);
  controller.abort(reason);
  await assert.rejects(waiting, reason);
  await assert.rejects(clock.sleep(1, controller.signal), reason);
});

async function serve(status: number | null): Promise<[string, Server]> {
  const server = createServer((_request, response) => {
    if (status !== null) response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return [`http://127.0.0.1:${port}/`, server];
}

test("HttpNetwork.probe() is true for an answer of any status", async () => {
  for (const status of [200, 404, 500]) {
    const [url, server] = await serve(status);
    const signal = new AbortController().signal;
    assert.equal(await new HttpNetwork(url).probe(signal), true);
    server.closeAllConnections();
    server.close();
  }
});

test("HttpNetwork.probe() is false without an answer, in time", async () => {
  const [url, server] = await serve(null);
  const signal = new AbortController().signal;
  assert.equal(await new HttpNetwork(url, 50).probe(signal), false);
  assert.equal(
    await new HttpNetwork(url).probe(AbortSignal.abort()),
    false,
  );
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  assert.equal(await new HttpNetwork(url).probe(signal), false);
});
