/**
 * The world of the web register's demo: a sandbox and a relay in this process.
 *
 * Owns: the keys of the demo, which are kept in its folder like the relay's book, so that what a
 * browser stored yesterday can be forwarded today.
 * @module
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { loadCore } from "../../../bindings/mod.ts";
import {
  createCardPresentGateway,
  createOpener,
  type Database,
} from "../../../engine/mod.ts";
import { toHex } from "../../../engine/uuid.ts";
import { createStripeClient } from "../../posix/stripe_gateway.ts";
import { createDevice, type Device, startRelay } from "../../relay/mod.ts";
import { startSandbox } from "../../sandbox/mod.ts";
import type { SandboxControl } from "../../sandbox/control_client.ts";
import { SystemClock } from "../../web/system_clock.ts";
import {
  DEMO_API_KEY,
  DEMO_CURRENCIES,
  DEMO_SHOP,
  demoKeys,
  demoLimits,
} from "../demo.ts";
import { TIP_PERCENTAGES } from "../configuration.ts";
import type { PageSettings } from "./settings.ts";

/** The running world. */
export interface WebDemo {
  settings: PageSettings;
  relayUrl: string;
  control: SandboxControl;
  close(): Promise<void>;
}

/** Starts it over `folder`; `open` is the runtime's own way to open a database. */
export async function startWebDemo(
  folder: string,
  open: (path: string) => Promise<Database>,
): Promise<WebDemo> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const core = await loadCore();
  const keys = await demoKeys(join(folder, "recipient.seed"));
  const { token, device } = demoDevice(join(folder, "device.json"));
  const seed = crypto.getRandomValues(new Uint32Array(1))[0];
  const sandbox = await startSandbox({ seed, rateLimits: null });
  const stripe = createStripeClient({
    apiKey: DEMO_API_KEY,
    apiBase: sandbox.url,
  });
  const keyId = toHex(keys.keyId);
  const opener = createOpener(core, new Map([[keyId, keys.privateKey]]));
  const relay = await startRelay({
    core,
    database: await open(join(folder, "relay.db")),
    clock: new SystemClock(),
    opener,
    gateway: createCardPresentGateway(stripe, opener),
    devices: [device],
  });
  const { id } = await stripe.accounts.retrieveCurrent();
  return {
    relayUrl: relay.url,
    control: sandbox.control,
    settings: {
      shop: DEMO_SHOP,
      store: "demo",
      account: { id, isLivemode: false },
      country: "US",
      currencies: DEMO_CURRENCIES,
      recipient: { keyId, publicKey: toHex(keys.publicKey) },
      token,
      limits: demoLimits(),
      tipPercentages: TIP_PERCENTAGES,
      readerUrl: null,
      customerDelayMs: 700,
      isDemo: true,
    },
    close: async () => {
      await relay.close();
      await sandbox.close();
    },
  };
}

function demoDevice(path: string): { token: string; device: Device } {
  if (!existsSync(path)) {
    const made = createDevice("web-register");
    writeFileSync(path, JSON.stringify(made), { mode: 0o600 });
  }
  return JSON.parse(readFileSync(path, "utf8"));
}
