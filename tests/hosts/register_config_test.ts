/** The register of a configuration file: a relay, and readers over TCP and WebSocket. @module */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import {
  type ByteTransport,
  type HoldfastError,
  MemoryPairingStore,
  SessionGate,
} from "../../engine/mod.ts";
import { toHex } from "../../engine/uuid.ts";
import { listenTcp } from "../../hosts/posix/tcp_transport.ts";
import { listenWebSocket } from "../../hosts/posix/websocket_listener.ts";
import { createManager } from "../../hosts/register/managers.ts";
import { SystemClock } from "../../hosts/web/system_clock.ts";
import { SystemRandom } from "../../hosts/web/system_random.ts";
import { openPlace, type RegisterPlace } from "../support/register_program.ts";
import { deviceToken, startTestRelay } from "../support/relay.ts";
import { type Shop, withShop } from "../support/shop.ts";

/** Serves the shop's reader on a port; every connection is cut by `cut`. */
async function serveReader(
  shop: Shop,
  listen: typeof listenTcp,
): Promise<{ port: number; cut(): void; close(): Promise<void> }> {
  let last: ByteTransport | null = null;
  const { port, close } = await listen({ port: 0 }, (transport) => {
    last = transport;
    void shop.reader.serve(transport);
  });
  return { port, cut: () => last?.close(), close };
}

function writeConfiguration(
  shop: Shop,
  place: RegisterPlace,
  changes: object,
): string {
  const path = join(place.folder, "register.json");
  const { publicKey } = shop.options().recipient;
  const configuration = {
    shop: { name: "Café Zoë", address: ["1 Main Street"] },
    database: join(place.folder, "till.db"),
    account: { id: shop.account, isLivemode: false },
    country: "US",
    recipient: { keyId: "01".repeat(8), publicKey: toHex(publicKey) },
    currencies: ["USD", "JPY"],
    limits: { paymentAmountMax: { usd: 10_000 }, cardCountMax: 100 },
    managers: [createManager("Zoë", "4821")],
    ...changes,
  };
  writeFileSync(path, JSON.stringify(configuration));
  return path;
}

test("register --config forwards through a relay and connects again to a reader that was cut off", () =>
  withShop(async (shop) => {
    let relay = await startTestRelay(shop);
    const relayUrl = relay.running.url;
    const reader = await serveReader(shop, listenTcp);
    const place = openPlace();
    try {
      const config = writeConfiguration(shop, place, {
        relay: { url: relayUrl, token: deviceToken("till") },
        reader: { tcp: `127.0.0.1:${reader.port}` },
      });
      const register = place.start("--config", config, "--json");
      await register.hear("ready");
      shop.reader.enqueue("visa");
      register.type("12.50 Flat white");
      assert.equal((await register.hear("accepted")).state, "forwarded");
      reader.cut();
      assert.equal(
        (await register.hear("failure")).code,
        "READER_DISCONNECTED",
      );
      await register.hear("reader", 2);
      await relay.running.close();
      shop.reader.enqueue("visa", "visa");
      register.type("200", "approve zoë 4821", "receipt 1");
      assert.equal((await register.hear("limit")).limit, 10_000);
      await register.hear("accepted", 2);
      assert.match((await register.hear("receipt")).text, /Café Zoë/);
      const port = Number(new URL(relayUrl).port);
      relay = await startTestRelay(shop, { port });
      // The demo's switches are not there in earnest.
      assert.equal(await register.run("forward", "list", "network off"), 1);
      const states = register.said.filter(({ t }) => t === "payment")
        .map(({ state }) => state);
      assert.deepEqual(states, ["forwarded", "forwarded"]);
      assert.equal(register.said.at(-1).failed, 1);
      assert.deepEqual([...(await shop.charges()).values()], [1, 1]);
    } finally {
      place.close();
      await reader.close();
      await relay.running.close();
    }
  }));

test("register --config takes a WebSocket reader, and a serial one on Node alone", () =>
  withShop(async (shop) => {
    const reader = await serveReader(shop, listenWebSocket);
    const place = openPlace();
    try {
      const { gateway } = shop.options();
      const { apiKey, apiBase, recipientKeys } = gateway as {
        apiKey: string;
        apiBase: string;
        recipientKeys: ReadonlyMap<string, Uint8Array>;
      };
      const keys = Object.fromEntries(
        [...recipientKeys].map(([id, key]) => [id, toHex(key)]),
      );
      const stripe = { apiKey, apiBase, recipientKeys: keys };
      const config = writeConfiguration(shop, place, {
        stripe,
        reader: { webSocket: `ws://127.0.0.1:${reader.port}` },
      });
      const register = place.start("--config", config, "--json");
      shop.reader.enqueue("visa");
      assert.equal(await register.run("1200 jpy"), 0);
      assert.equal((await register.hear("accepted")).amount, 1200);

      const path = join(place.folder, "no-such-port");
      writeConfiguration(shop, place, { stripe, reader: { serial: path } });
      const serial = place.start("--config", config, "--json");
      const status = await serial.run();
      if ("deno" in process.versions) {
        assert.equal(status, 2);
        assert.match(serial.lines.join(), /a serial reader needs Node/);
      } else {
        // It goes on trying; a cable may be plugged in later.
        assert.equal(status, 0);
        assert.equal(
          (await serial.hear("failure")).code,
          "READER_DISCONNECTED",
        );
      }
    } finally {
      place.close();
      await reader.close();
    }
  }));

test("register --pair pairs with a reader, and then speaks to it in a session only", () =>
  withShop(async (shop) => {
    const gate = new SessionGate({
      core: shop.core,
      clock: new SystemClock(),
      random: new SystemRandom(),
      pairings: new MemoryPairingStore(),
      name: "Counter 1",
    });
    const heard: string[] = [];
    const listener = await listenTcp({ port: 0 }, async (transport) => {
      try {
        const admission = await gate.admit(transport);
        heard.push(admission.kind);
        if (admission.kind === "paired") return;
        void shop.reader.serve(admission.transport);
      } catch (error) {
        heard.push((error as HoldfastError).code);
        transport.close();
      }
    });
    const place = openPlace();
    try {
      const relay = { url: shop.sandbox.url, token: "till.secret" };
      const write = (tcp: string): string =>
        writeConfiguration(shop, place, { relay, reader: { tcp } });
      const remote = place.start("--config", write("192.0.2.7:4242"));
      assert.equal(await remote.run(), 2);
      assert.match(remote.lines[0], /a reader on the network is paired first/);

      const config = write(`127.0.0.1:${listener.port}`);
      const wrong = place.start("--config", config, "--pair", "0000-0000");
      assert.equal(await wrong.run(), 1);
      const code = gate.openPairing();
      const pairing = place.start("--config", config, "--pair", code);
      assert.equal(await pairing.run(), 0);
      assert.match(pairing.lines[0], /^Paired with Counter 1\.$/);

      heard.length = 0;
      shop.reader.enqueue("visa");
      await shop.sandbox.control.setOffline(true);
      const register = place.start("--config", config, "--json");
      assert.equal(await register.run("12.50"), 0);
      assert.equal((await register.hear("accepted")).state, "stored");
      assert.deepEqual(heard, ["session"]);
    } finally {
      place.close();
      await listener.close();
    }
  }));
