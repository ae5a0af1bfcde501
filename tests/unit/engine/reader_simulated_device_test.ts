// The reader in software as a device: abilities, settings, updates, restarts and refusals.
import assert from "node:assert/strict";
import test from "node:test";
import type { HoldfastError } from "../../../engine/errors.ts";
import {
  DEVICE_TYPES,
  type DeviceType,
} from "../../../engine/reader/messages.ts";
import type { ReaderEvent } from "../../../engine/reader/reader_events.ts";
import { connectReader } from "../../../engine/reader/reader_client.ts";
import { createInProcessPair } from "../../../engine/reader/in_process_transport.ts";
import { SimulatedReader } from "../../../engine/reader/simulated_reader.ts";
import {
  connectSimulated,
  finish,
  hex,
  objectsOf,
  rejection,
  SALE,
  VirtualClock,
} from "./_reader_world.ts";

test("SimulatedReader.hello() tells each model's abilities", async () => {
  const pinned: Record<DeviceType, [boolean, boolean]> = {
    chipper_2x: [false, false],
    stripe_m2: [false, false],
    wisepad_3: [true, false],
    stripe_s700: [true, true],
    wisepos_e: [true, true],
  };
  for (const deviceType of DEVICE_TYPES) {
    const { client } = await connectSimulated({ deviceType, country: "SG" });
    const { capabilities, country } = client.info;
    assert.equal(client.info.deviceType, deviceType);
    assert.equal(country, "SG");
    assert.deepEqual(
      [capabilities.canOfflinePin, capabilities.canStoreAndForward],
      pinned[deviceType],
    );
    assert.equal(capabilities.canTipOnReader, capabilities.canRunApps);
    assert.equal(capabilities.canCollectInputs, capabilities.canRunApps);
  }
});

test("SimulatedReader.collect() adds a tip the screen offered", async () => {
  const { client } = await connectSimulated({
    deviceType: "wisepos_e",
    customers: ["visa"],
  });
  const tips = new Set<number>();
  for (let i = 0; i < 60; i++) {
    const tip = { amountsMinor: [100], percentages: [15, 20] };
    const result = await client.collect({ ...SALE, tip });
    const total = Number((await objectsOf(result.emvData)).get("9F02"));
    assert.equal(total, SALE.amountMinor + result.tipAmountMinor!);
    tips.add(result.tipAmountMinor!);
  }
  assert.deepEqual([...tips].sort((a, b) => a - b), [0, 100, 188, 250]);
});

test("SimulatedReader.collectInputs() answers every kind of question", async () => {
  const { client } = await connectSimulated({ deviceType: "stripe_s700" });
  const kinds = [
    "signature",
    "selection",
    "text",
    "numeric",
    "email",
    "phone",
  ] as const;
  const questions = kinds.map((kind) => ({
    kind,
    title: `Your ${kind}`,
    isRequired: true,
    ...(kind === "selection" ? { choices: ["a", "b"] } : {}),
  }));
  const { inputs } = await client.collectInputs(questions);
  assert.deepEqual(inputs.map(({ kind }) => kind), kinds);
  assert.ok(inputs.every((input) => !input.isSkipped));
  assert.ok(inputs[0].image!.length > 0);
  assert.ok(["a", "b"].includes(inputs[1].text!));
});

test("SimulatedReader keeps its settings over reconnects and prints them in 9F4E", async () => {
  const { client, reader, clock } = await connectSimulated();
  await client.configure({ merchantName: "CORNER SHOP", country: "CA" });
  const { emvData } = await client.collect(SALE);
  assert.equal(
    new TextDecoder().decode(hex((await objectsOf(emvData)).get("9F4E")!)),
    "CORNER SHOP",
  );
  assert.equal(reader.hello().country, "CA");
  assert.equal(clock.monotonicMs(), 0);
});

test("SimulatedReader without keys refuses to collect", async () => {
  const { client } = await connectSimulated({ hasEncryptionKeys: false });
  assert.equal(client.info.hasEncryptionKeys, false);
  const error = await rejection(client.collect(SALE));
  assert.equal((error as HoldfastError).code, "READER_MISSING_ENCRYPTION_KEYS");
});

test("SimulatedReader.collect() names a currency or country it does not know", async () => {
  const { client } = await connectSimulated();
  for (
    const [field, value] of [["currency", "zzz"], ["terminalCountry", "ZZ"]]
  ) {
    const error = await rejection(client.collect({ ...SALE, [field]: value }));
    assert.equal((error as HoldfastError).code, "READER_BAD_MESSAGE");
    assert.equal((error as HoldfastError).field, field);
  }
});

test("SimulatedReader.collect() reports a card that is pulled out early", async () => {
  const { client } = await connectSimulated({
    customers: ["removes_early", "visa"],
  });
  const error = await rejection(client.collect(SALE));
  assert.equal((error as HoldfastError).code, "CARD_REMOVED");
  assert.ok((await client.collect(SALE)).emvData.length > 0);
});

test("SimulatedReader refuses a second collect meanwhile and other calls go on", async () => {
  const { client, clock } = await connectSimulated({
    customers: ["no_card", "visa"],
  });
  const controller = new AbortController();
  const first = rejection(client.collect(SALE, controller.signal));
  const second = await rejection(client.collect(SALE));
  assert.equal((second as HoldfastError).code, "READER_BUSY");
  assert.equal((await client.status()).batteryPercent, 100);
  controller.abort();
  assert.equal((await first as HoldfastError).code, "CANCELED");
  await clock.advance(0);
  assert.ok((await client.collect(SALE)).emvData.length > 0);
});

test("SimulatedReader announces an update, installs it and starts again", async () => {
  const clock = new VirtualClock();
  const { client, reader } = await connectSimulated({
    clock,
    update: "required_for_offline",
  });
  const events: ReaderEvent[] = [];
  client.onEvent((event) => events.push(event));
  const before = client.info.softwareVersion;
  await client.installUpdate();
  await clock.advance(0);
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ["rebooting", "disconnected"],
  );
  assert.notEqual(reader.hello().softwareVersion, before);
});

test("SimulatedReader restarts a mobile reader after 24 hours of uptime", async () => {
  for (const deviceType of ["stripe_m2", "wisepos_e"] as const) {
    const stays = deviceType === "wisepos_e";
    const clock = new VirtualClock();
    const reader = new SimulatedReader({ clock, seed: "1", deviceType });
    await clock.advance(24 * 3_600_000 - 60_000); // Nobody is connected yet.
    const [near, far] = createInProcessPair();
    void reader.serve(far);
    const client = await connectReader(near, { clock, deadlineMs: 5_000 });
    const events: ReaderEvent[] = [];
    client.onEvent((event) => events.push(event));
    await clock.advance(59_999);
    assert.equal(client.isConnected, true);
    await clock.advance(1);
    assert.equal(client.isConnected, stays);
    assert.deepEqual(
      events[0],
      stays ? undefined : { kind: "rebooting", reason: "security" },
    );
    assert.equal(reader.status().uptimeMs, stays ? 24 * 3_600_000 : 0);
    client.close();
  }
});

test("SimulatedReader refuses a script nobody can play", () => {
  const options = {
    clock: new VirtualClock(),
    seed: "1",
    deviceType: "stripe_m2",
  } as const;
  for (const script of ["visa:throw", "visas", "", "toString"]) {
    assert.throws(
      () => new SimulatedReader({ ...options, customers: [script] }),
      RangeError,
    );
  }
});

test("SimulatedReader gives up a collect by itself at its deadline", async () => {
  const { client, clock } = await connectSimulated({ customers: ["no_card"] });
  const collecting = client.collect({ ...SALE, deadlineMs: 30_000 });
  const error = await rejection(finish(clock, collecting));
  assert.equal((error as HoldfastError).code, "REQUEST_TIMED_OUT");
});
