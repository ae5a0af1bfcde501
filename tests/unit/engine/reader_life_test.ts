/** A reader's days: its battery, the updates it asks for, and its restarts. @module */
import assert from "node:assert/strict";
import test from "node:test";
import { createInProcessPair } from "../../../engine/reader/in_process_transport.ts";
import { DEVICE_TYPES } from "../../../engine/reader/messages.ts";
import {
  connectReader,
  type ReaderClient,
} from "../../../engine/reader/reader_client.ts";
import type { ReaderEvent } from "../../../engine/reader/reader_events.ts";
import {
  SimulatedReader,
  type SimulatedReaderOptions,
} from "../../../engine/reader/simulated_reader.ts";
import { finish, rejection, SALE, VirtualClock } from "./_reader_world.ts";

const HOUR_MS = 3_600_000;

/** A reader, and every event of it from the first byte on. */
class Life {
  readonly clock = new VirtualClock();
  readonly reader: SimulatedReader;
  readonly events: ReaderEvent[] = [];

  constructor(options: Partial<SimulatedReaderOptions> = {}) {
    this.reader = new SimulatedReader({
      clock: this.clock,
      seed: "life",
      deviceType: "wisepad_3",
      customers: ["visa"],
      ...options,
    });
  }

  async connect(): Promise<ReaderClient> {
    const [near, far] = createInProcessPair();
    void this.reader.serve(far);
    return await connectReader(near, {
      clock: this.clock,
      deadlineMs: 5_000,
      onEvent: (event) => this.events.push(event),
    });
  }

  of<K extends ReaderEvent["kind"]>(kind: K): (ReaderEvent & { kind: K })[] {
    return this.events.filter((event) => event.kind === kind) as never;
  }
}

test("SimulatedReader's battery drains with use, and every change is told", async () => {
  const life = new Life();
  const client = await life.connect();
  assert.equal(client.info.batteryPercent, 100);
  for (let sale = 1; sale <= 45; sale++) {
    const result = await finish(life.clock, client.collect(SALE));
    result.emvData.fill(0);
  }
  assert.deepEqual(
    life.of("status").map(({ status }) => status.batteryPercent),
    [99, 98],
  );
  const { batteryPercent, isCharging } = await client.status();
  assert.deepEqual([batteryPercent, isCharging], [98, false]);
  client.close();
  // Another connection finds it as it is.
  assert.equal((await life.connect()).info.batteryPercent, 98);
});

test("SimulatedReader in its dock stays full, and says that it is charging", async () => {
  const life = new Life({ deviceType: "stripe_s700" });
  const client = await life.connect();
  for (let sale = 1; sale <= 25; sale++) {
    await finish(life.clock, client.collect(SALE));
  }
  const { batteryPercent, isCharging } = await client.status();
  assert.deepEqual([batteryPercent, isCharging], [100, true]);
  assert.deepEqual(life.of("status"), []);
});

for (
  const [update, isRequiredForOffline] of [
    ["none", null],
    ["required", false],
    ["required_for_offline", true],
  ] as const
) {
  test(`SimulatedReader announces ${update === "none" ? "no update" : update} when it is connected`, async () => {
    for (const deviceType of DEVICE_TYPES) {
      const life = new Life({ deviceType, update });
      const client = await life.connect();
      assert.deepEqual(
        life.of("update_required").map(({ update }) =>
          update.isRequiredForOffline
        ),
        isRequiredForOffline === null ? [] : [isRequiredForOffline],
      );
      client.close();
    }
  });
}

test("SimulatedReader announces which kind of update it wants, until it is installed", async () => {
  for (const update of ["required", "required_for_offline"] as const) {
    const life = new Life({ update });
    const first = await life.connect();
    const [{ update: announced }] = life.of("update_required");
    assert.notEqual(announced.softwareVersion, first.info.softwareVersion);
    first.close();
    // Not installed: it asks again, and takes payments as far as it is asked to.
    const second = await life.connect();
    assert.equal(life.of("update_required").length, 2);
    await second.installUpdate();
    await life.clock.advance(0);
    assert.deepEqual(life.of("rebooting"), [
      { kind: "rebooting", reason: "update" },
    ]);
    const third = await life.connect();
    assert.equal(life.of("update_required").length, 2);
    assert.equal(third.info.softwareVersion, announced.softwareVersion);
    assert.equal((await third.status()).uptimeMs, 0);
  }
});

test("ReaderClient.reboot() begins the 24 hours anew", async () => {
  const life = new Life();
  const first = await life.connect();
  await life.clock.advance(23 * HOUR_MS);
  await first.reboot();
  await life.clock.advance(0);
  const second = await life.connect();
  await life.clock.advance(24 * HOUR_MS - 1);
  assert.equal(second.isConnected, true);
  await life.clock.advance(1);
  assert.equal(second.isConnected, false);
  assert.deepEqual(
    life.of("rebooting").map(({ reason }) => reason),
    ["requested", "security"],
  );
});

test("SimulatedReader's security restart ends a collect, and the next connection takes the card", async () => {
  const life = new Life({ customers: ["no_card", "visa"] });
  const first = await life.connect();
  await life.clock.advance(24 * HOUR_MS - 30_000);
  const collecting = rejection(first.collect(SALE));
  await life.clock.advance(30_000);
  const error = await collecting as Error & { code?: string };
  assert.equal(error.code, "READER_DISCONNECTED");
  const second = await life.connect();
  const result = await finish(life.clock, second.collect(SALE));
  assert.equal(result.readMethod, "contact_emv");
});
