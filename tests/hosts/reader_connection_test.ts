/** Finding and connecting readers, online and offline: who may, until when, and why not. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  internetReaders,
  type TerminalConfiguration,
} from "../../engine/mod.ts";
import type { DeviceType } from "../../engine/reader/messages.ts";
import {
  SimulatedReader,
  type SimulatedReaderOptions,
} from "../../engine/reader/simulated_reader.ts";
import { SystemClock } from "../../hosts/web/system_clock.ts";
import { FastClock } from "../support/fast_clock.ts";
import { type Shop, withShop } from "../support/shop.ts";

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;

function makeReader(
  deviceType: DeviceType,
  seed: string,
  changes: Partial<SimulatedReaderOptions> = {},
): SimulatedReader {
  return new SimulatedReader({
    clock: new SystemClock(),
    deviceType,
    seed,
    ...changes,
  });
}

interface Counter {
  shop: Shop;
  clock: FastClock;
  changes: Partial<TerminalConfiguration>;
}

/** A shop with a Location, and a clock that can be set. */
async function withCounter(
  body: (counter: Counter) => Promise<void>,
): Promise<void> {
  await withShop(async (shop) => {
    const { location } = await shop.makeLocation();
    const changes = { location: { country: "US", id: location }, offline: {} };
    const clock = new FastClock();
    await shop.openTerminalAt(clock, changes);
    await body({ shop, clock, changes });
  });
}

/** Connects online once, then takes the network away. */
async function seenOnline(
  { shop }: Counter,
  reader: SimulatedReader,
): Promise<void> {
  await shop.terminal.connectReader(shop.wire(reader));
  await shop.sandbox.control.setOffline(true);
}

test("connectReader() offline of an unseen mobile reader is allowed when its type was seen here", () =>
  withCounter(async (counter) => {
    const { shop } = counter;
    await seenOnline(counter, makeReader("stripe_m2", "first"));
    const other = makeReader("stripe_m2", "second");
    const info = await shop.terminal.connectReader(shop.wire(other));
    assert.equal(info.serialNumber, other.serialNumber);
    other.enqueue("visa");
    const intent = await shop.terminal.createPaymentIntent({
      amount: 500,
      currency: "usd",
    });
    await shop.terminal.collectPaymentMethod(intent);
    const sold = await shop.terminal.confirmPaymentIntent(intent);
    assert.equal(sold.payment!.reader, other.serialNumber);
  }));

test("connectReader() offline of a mobile reader ends 30 days after the last online connection", () =>
  withCounter(async (counter) => {
    const { shop, clock } = counter;
    const reader = makeReader("wisepad_3", "w");
    await seenOnline(counter, reader);
    clock.shiftMs = 30 * DAY - HOUR;
    await shop.terminal.connectReader(shop.wire(reader));
    clock.shiftMs = 30 * DAY + HOUR;
    await assert.rejects(
      shop.terminal.connectReader(shop.wire(reader)),
      (error: { code: string; details: Record<string, number> }) => {
        assert.equal(error.code, "READER_CONNECTION_NOT_AVAILABLE_OFFLINE");
        const { lastOnlineAtMs, endedAtMs } = error.details;
        assert.equal(endedAtMs - lastOnlineAtMs, 30 * DAY);
        return true;
      },
    );
    assert.equal(shop.terminal.connectedReader, null);
  }));

test("connectReader() offline of a smart reader needs that very reader within 24 hours", () =>
  withCounter(async (counter) => {
    const { shop, clock } = counter;
    const reader = makeReader("stripe_s700", "s");
    await seenOnline(counter, reader);
    await shop.terminal.connectReader(shop.wire(reader));
    const other = makeReader("stripe_s700", "t");
    await assert.rejects(shop.terminal.connectReader(shop.wire(other)), {
      code: "READER_CONNECTION_NOT_AVAILABLE_OFFLINE",
    });
    clock.shiftMs = DAY + HOUR;
    await assert.rejects(shop.terminal.connectReader(shop.wire(reader)), {
      code: "READER_CONNECTION_NOT_AVAILABLE_OFFLINE",
    });
    await shop.sandbox.control.setOffline(false);
    await shop.terminal.connectReader(shop.wire(reader));
    await shop.sandbox.control.setOffline(true);
    await shop.terminal.connectReader(shop.wire(reader));
  }));

test("connectReader() offline of a reader type never seen throws READER_CONNECTION_NOT_AVAILABLE_OFFLINE", () =>
  withCounter(async (counter) => {
    const { shop } = counter;
    await seenOnline(counter, makeReader("stripe_m2", "m"));
    const other = makeReader("wisepad_3", "w");
    await assert.rejects(shop.terminal.connectReader(shop.wire(other)), {
      code: "READER_CONNECTION_NOT_AVAILABLE_OFFLINE",
    });
  }));

test("connectReader() offline at another Location throws LOCATION_CONNECTION_NOT_AVAILABLE_OFFLINE", () =>
  withCounter(async (counter) => {
    const { shop, clock } = counter;
    const reader = makeReader("stripe_m2", "m");
    const second = await shop.makeLocation();
    await seenOnline(counter, reader);
    await shop.openTerminalAt(clock, {
      location: { country: "US", id: second.location },
      offline: { isEnabled: true },
    });
    await assert.rejects(shop.terminal.connectReader(shop.wire(reader)), {
      code: "LOCATION_CONNECTION_NOT_AVAILABLE_OFFLINE",
    });
  }));

test("connectReader() offline on a device that was never online throws NO_LAST_SEEN_ACCOUNT", () =>
  withCounter(async ({ shop }) => {
    await shop.sandbox.control.setOffline(true);
    const reader = makeReader("stripe_m2", "m");
    await assert.rejects(shop.terminal.connectReader(shop.wire(reader)), {
      code: "NO_LAST_SEEN_ACCOUNT",
    });
  }));

test("connectReader() offline while offline mode is off throws STRIPE_API_CONNECTION_ERROR", () =>
  withShop(async (shop) => {
    const { location } = await shop.makeLocation({
      "offline[enabled]": "false",
    });
    const changes = { location: { country: "US", id: location }, offline: {} };
    await shop.openTerminal(changes);
    await shop.sandbox.control.setOffline(true);
    await assert.rejects(shop.terminal.connectReader(shop.wire()), {
      code: "STRIPE_API_CONNECTION_ERROR",
    });
  }));

test("connectReader() offline of a reader whose update is required for offline is refused", () =>
  withCounter(async (counter) => {
    const { shop } = counter;
    const reader = makeReader("stripe_m2", "m", {
      update: "required_for_offline",
    });
    await seenOnline(counter, reader);
    assert.deepEqual(
      shop.terminal.canOperateOffline().obstacles.map(({ code }) => code),
      ["READER_CONNECTION_OFFLINE_NEEDS_UPDATE"],
    );
    const intent = await shop.terminal.createPaymentIntent(
      { amount: 500, currency: "usd" },
      { offlineBehavior: "force_offline" },
    );
    await assert.rejects(shop.terminal.collectPaymentMethod(intent), {
      code: "READER_CONNECTION_OFFLINE_NEEDS_UPDATE",
    });
    await assert.rejects(shop.terminal.connectReader(shop.wire(reader)), {
      code: "READER_CONNECTION_OFFLINE_NEEDS_UPDATE",
    });
    await shop.sandbox.control.setOffline(false);
    await shop.terminal.connectReader(shop.wire(reader));
    await shop.terminal.installReaderUpdate();
    await shop.sandbox.control.setOffline(true);
    await shop.until(() => shop.terminal.connectedReader === null);
    await shop.terminal.connectReader(shop.wire(reader));
  }));

test("connectReader() offline of a reader with an ordinary update goes on", () =>
  withCounter(async (counter) => {
    const reader = makeReader("stripe_m2", "m", { update: "required" });
    await seenOnline(counter, reader);
    await counter.shop.terminal.connectReader(counter.shop.wire(reader));
    assert.equal(counter.shop.terminal.canOperateOffline().isReady, true);
  }));

test("connectReader() offline of an unseen reader is refused where unseen readers are not allowed", () =>
  withCounter(async (counter) => {
    const { shop, clock, changes } = counter;
    const reader = makeReader("stripe_m2", "m");
    await seenOnline(counter, reader);
    await shop.openTerminalAt(clock, {
      ...changes,
      offline: { isUnseenReaderAllowed: false },
    });
    const unseen = makeReader("stripe_m2", "n");
    await assert.rejects(shop.terminal.connectReader(shop.wire(unseen)), {
      code: "READER_CONNECTION_OFFLINE_PAIRING_UNSEEN_DISABLED",
    });
    await shop.terminal.connectReader(shop.wire(reader));
  }));

test("connectReader() of a reader without keys throws READER_MISSING_ENCRYPTION_KEYS", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    const reader = makeReader("stripe_m2", "m", { hasEncryptionKeys: false });
    await assert.rejects(terminal.connectReader(shop.wire(reader)), {
      code: "READER_MISSING_ENCRYPTION_KEYS",
    });
    assert.equal(terminal.connectedReader, null);
  }));

test("canOperateOffline() lists what may be connected offline, and until when", () =>
  withCounter(async (counter) => {
    const { shop } = counter;
    const smart = makeReader("wisepos_e", "p");
    await shop.terminal.connectReader(shop.wire(smart));
    await seenOnline(counter, makeReader("stripe_m2", "m"));
    const { connectable } = shop.terminal.canOperateOffline();
    const nowMs = Date.now();
    assert.deepEqual(
      connectable.map((it) => [
        it.deviceType,
        it.serialNumber,
        Math.round((it.untilMs - nowMs) / HOUR),
      ]).sort(),
      [
        ["stripe_m2", null, 30 * 24],
        ["wisepos_e", smart.serialNumber, 24],
      ],
    );
  }));

test("discoverReaders() lists registered readers online and remembered ones offline", () =>
  withCounter(async (counter) => {
    const { shop, changes } = counter;
    const registered = await shop.api<{ serial_number: string }>(
      "/v1/terminal/readers",
      {
        registration_code: "simulated-s700",
        location: changes.location!.id!,
        label: "Counter",
      },
    );
    const { stripePorts } = await import("../../hosts/posix/stripe_gateway.ts");
    const { backend = null } = stripePorts(shop.core, shop.options());
    const remembered = makeReader("stripe_s700", "s");
    const source = internetReaders(
      backend,
      () => Promise.resolve(shop.wire(remembered)),
    );
    const [online] = await shop.terminal.discoverReaders(source);
    assert.equal(online.label, "Counter");
    assert.equal(online.serialNumber, registered.serial_number);
    assert.equal(online.networkStatus, "online");
    await shop.terminal.connectReader(online);
    await shop.sandbox.control.setOffline(true);
    const [offline] = await shop.terminal.discoverReaders(source);
    assert.equal(offline.networkStatus, "unknown");
    assert.equal(offline.serialNumber, remembered.serialNumber);
    const info = await shop.terminal.connectReader(offline);
    assert.equal(info.serialNumber, remembered.serialNumber);
  }));

test("discoverReaders() ends at its deadline and by its signal, whatever the source does", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    const deaf = () => new Promise<never>(() => {});
    await assert.rejects(terminal.discoverReaders(deaf, { deadlineMs: 20 }), {
      code: "REQUEST_TIMED_OUT",
    });
    const stop = new AbortController();
    const search = terminal.discoverReaders(deaf, { signal: stop.signal });
    stop.abort();
    await assert.rejects(search, { code: "CANCELED" });
  }));
