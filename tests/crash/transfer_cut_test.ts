/**
 * The power goes at every disk operation of an export, of taking it back, and of an import.
 *
 * After each cut every payment must be on exactly one of the two devices that may forward it, a
 * step that was acknowledged must stand, and the story must come to its end from there. Now and
 * then both devices then forward against the sandbox: nothing lost, nothing charged twice.
 * @module
 */
import assert from "node:assert/strict";
import process from "node:process";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import type { StoredExport, Terminal } from "../../engine/mod.ts";
import { Shop } from "../support/shop.ts";
import { SimDevice, sweep } from "./_sim_device.ts";

const COUNT = 3;
/** Every cut is judged; against the sandbox every so many are played to their end. */
const DRAIN_EVERY = process.env.HOLDFAST_SOAK ? 1 : 7;

let shop: Shop;
/** A till with {@link COUNT} stored payments, as a file and its key. */
let tillFile: Uint8Array;
let tillKey: Uint8Array;

before(async () => {
  shop = await Shop.open();
  await shop.sandbox.control.setOffline(true);
  const terminal = await shop.openTerminal();
  for (let i = 0; i < COUNT; i++) await shop.sell("visa", 1000 + i);
  await terminal.close();
  tillFile = readFileSync(shop.path);
  tillKey = Uint8Array.from(readFileSync(`${shop.path}.key`));
});
after(() => shop.close());

/** A device; `origin` is the till with the payments. */
function makeDevice(kind: "origin" | "second"): SimDevice {
  return kind === "origin"
    ? new SimDevice(() => shop, tillKey, tillFile)
    : new SimDevice(() => shop, new Uint8Array(32).fill(5));
}

function openIds(terminal: Terminal): string[] {
  return terminal.listPayments({ states: ["stored", "unknown"] })
    .map(({ localId }) => localId);
}

/** Both devices forward what they hold; every payment is charged once. */
async function drain(devices: readonly SimDevice[]): Promise<void> {
  const sandbox = await Shop.open();
  const kept = shop;
  try {
    shop = sandbox;
    for (const device of devices) {
      const terminal = await device.open(true);
      await sandbox.until(() => openIds(terminal).length === 0);
      await device.close();
    }
    const charges = [...(await sandbox.charges()).values()];
    assert.deepEqual(charges, new Array(COUNT).fill(1));
  } finally {
    shop = kept;
    await sandbox.close();
  }
}

async function exportOf(device: SimDevice): Promise<StoredExport> {
  const terminal = await device.open();
  const made = await terminal.exportStored();
  await device.close();
  assert.ok(made !== null);
  return made;
}

test("exportStored() cut at every disk operation hands all over or nothing, and its file can be made again", async () => {
  const seen = new Set<string>();
  const cuts = await sweep(async (at) => {
    const origin = makeDevice("origin");
    const { isStruck, isAcknowledged } = await origin.cut(
      at,
      (terminal) => terminal.exportStored(),
    );
    const terminal = await origin.open();
    const open = openIds(terminal);
    const handovers = terminal.listHandovers();
    const isGone = handovers.length === 1;
    assert.equal(open.length, isGone ? 0 : COUNT, `cut ${at}`);
    if (isAcknowledged) assert.ok(isGone, `cut ${at}: acknowledged and undone`);
    seen.add(isGone ? "gone" : "kept");
    const second = makeDevice("second");
    if (isGone) {
      const { bytes, code } = terminal.exportAgain(handovers[0].id);
      const other = await second.open();
      const { imported } = await other.importStored(bytes, code);
      assert.equal(imported.length, COUNT);
      await second.close();
    }
    await origin.close();
    if (at % DRAIN_EVERY === 0) await drain([origin, second]);
    return isStruck;
  });
  assert.ok(cuts >= 5, `${cuts} cuts`);
  assert.deepEqual([...seen].sort(), ["gone", "kept"]);
});

test("importStored() cut at every disk operation takes in all or nothing, and may be repeated", async () => {
  const origin = makeDevice("origin");
  const { bytes, code } = await exportOf(origin);
  const seen = new Set<number>();
  const cuts = await sweep(async (at) => {
    const second = makeDevice("second");
    const { isStruck, isAcknowledged } = await second.cut(
      at,
      (terminal) => terminal.importStored(bytes, code),
    );
    const terminal = await second.open();
    const open = openIds(terminal);
    assert.ok(open.length === 0 || open.length === COUNT, `cut ${at}`);
    assert.equal(terminal.listHandovers().length, open.length / COUNT);
    if (isAcknowledged) assert.equal(open.length, COUNT, `cut ${at}`);
    seen.add(open.length);
    await terminal.importStored(bytes, code);
    assert.equal(openIds(terminal).length, COUNT);
    await second.close();
    if (at % DRAIN_EVERY === 0) await drain([second]);
    return isStruck;
  });
  assert.ok(cuts >= 5, `${cuts} cuts`);
  assert.deepEqual([...seen].sort(), [0, COUNT]);
});

test("takeBack() cut at every disk operation leaves each payment with one device", async () => {
  const cuts = await sweep(async (at) => {
    const origin = makeDevice("origin");
    const { id } = await exportOf(origin);
    const { isStruck, isAcknowledged } = await origin.cut(
      at,
      (terminal) => terminal.takeBack(id, { isFileDestroyed: true }),
    );
    const terminal = await origin.open();
    const [{ direction }] = terminal.listHandovers();
    const open = openIds(terminal);
    assert.equal(open.length, direction === "taken_back" ? COUNT : 0);
    if (isAcknowledged) assert.equal(open.length, COUNT, `cut ${at}`);
    if (open.length === 0) terminal.takeBack(id, { isFileDestroyed: true });
    await origin.close();
    if (at % DRAIN_EVERY === 0) await drain([origin]);
    return isStruck;
  });
  assert.ok(cuts >= 5, `${cuts} cuts`);
});
