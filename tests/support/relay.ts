/**
 * A relay between a shop and its sandbox.
 * @module
 */
import { join } from "node:path";
import process from "node:process";
import {
  createCardPresentGateway,
  type Database,
  type Gateway,
} from "../../engine/mod.ts";
import { createRelayClient } from "../../hosts/web/relay_gateway.ts";
import { SystemClock } from "../../hosts/web/system_clock.ts";
import {
  createDevice,
  type RelayAlarm,
  type RelayOptions,
  type RunningRelay,
  startRelay,
} from "../../hosts/relay/mod.ts";
import { type Shop, type TerminalChanges, withShop } from "./shop.ts";

/** Devices every test relay knows. */
const DEVICES = {
  till: createDevice("till"),
  other: createDevice("other"),
  /** Replaces `till`. */
  next: createDevice("next"),
};
DEVICES.next.device.takesOverFrom = ["till"];

/** For a sandbox without limits. */
export const NO_TURNS = { endpointPerSecond: 10_000, totalPerSecond: 10_000 };

/** The token of a device every test relay knows. */
export function deviceToken(device: keyof typeof DEVICES): string {
  return DEVICES[device].token;
}

/** Opens a database file with the running runtime's lock. */
export async function openDatabaseHere(path: string): Promise<Database> {
  if ("deno" in process.versions) {
    const { openDenoDatabase } = await import("../../hosts/deno/store.ts");
    return openDenoDatabase(path);
  }
  const { openNodeDatabase } = await import("../../hosts/node/store.ts");
  return openNodeDatabase(path);
}

/** A running relay and what it said. */
export interface TestRelay {
  running: RunningRelay;
  alarms: RelayAlarm[];
  /** The gateway a device has. */
  gateway(device?: keyof typeof DEVICES): Gateway;
}

/** Starts a relay for `shop`; a second one over the same book must wait for the first's end. */
export async function startTestRelay(
  shop: Shop,
  changes: Partial<RelayOptions> = {},
): Promise<TestRelay> {
  const alarms: RelayAlarm[] = [];
  const opener = shop.opener();
  const stripe = shop.stripe();
  const running = await startRelay({
    core: shop.core,
    database: await openDatabaseHere(join(shop.folder, "relay.db")),
    clock: new SystemClock(),
    opener,
    gateway: createCardPresentGateway(stripe, opener),
    devices: Object.values(DEVICES).map(({ device }) => device),
    onAlarm: (alarm) => alarms.push(alarm),
    turns: NO_TURNS,
    ...changes,
  });
  return {
    running,
    alarms,
    gateway: (device = "till") =>
      createRelayClient({ url: running.url, token: DEVICES[device].token }),
  };
}

/** Runs `body` with a shop and a relay, and closes both, whatever happens. */
export async function withRelay(
  body: (shop: Shop, relay: TestRelay) => Promise<void>,
): Promise<void> {
  await withShop(async (shop) => {
    const relay = await startTestRelay(shop);
    try {
      await body(shop, relay);
    } finally {
      await relay.running.close();
    }
  });
}

/** What makes a terminal forward through the relay and have no key of its own. */
export function through(gateway: Gateway, relay: TestRelay): TerminalChanges {
  return { gateway, probeUrl: relay.running.url };
}
