/** Several tills that come back at once share one relay, and one account's limits at Stripe. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { Terminal } from "../../engine/mod.ts";
import { SimulatedReader } from "../../engine/reader/simulated_reader.ts";
import { createStripeClient } from "../../hosts/posix/stripe_gateway.ts";
import { createCardPresentGateway } from "../../engine/mod.ts";
import {
  createDevice,
  startRelay,
  type TurnLimits,
} from "../../hosts/relay/mod.ts";
import { type Sandbox, startSandbox } from "../../hosts/sandbox/mod.ts";
import { createRelayClient } from "../../hosts/web/relay_gateway.ts";
import { SystemClock } from "../../hosts/web/system_clock.ts";
import { openDatabaseHere } from "../support/relay.ts";
import {
  API_KEY,
  openTerminalHere,
  type Shop,
  withShop,
} from "../support/shop.ts";

const TILLS = 6;
const SALES = 8;
/** Stripe's published limits, which this sandbox enforces. */
const PER_ENDPOINT = 25;

interface Herd {
  shop: Shop;
  sandbox: Sandbox;
  terminals: Terminal[];
}

/** Tills that sold offline and have not been told of the network yet. */
async function withHerd(
  turns: Partial<TurnLimits>,
  isRunning: boolean,
  body: (herd: Herd) => Promise<void>,
): Promise<void> {
  await withShop(async (shop) => {
    const sandbox = await startSandbox({ seed: 2, clock: { isRunning } });
    const opener = shop.opener();
    const tills = Array.from(
      { length: TILLS },
      (_, i) => createDevice(`till-${i}`),
    );
    const relay = await startRelay({
      core: shop.core,
      database: await openDatabaseHere(join(shop.folder, "relay.db")),
      clock: new SystemClock(),
      opener,
      gateway: createCardPresentGateway(
        createStripeClient({ apiKey: API_KEY, apiBase: sandbox.url }),
        opener,
      ),
      devices: tills.map(({ device }) => device),
      turns,
    });
    const terminals: Terminal[] = [];
    try {
      for (const [i, { token }] of tills.entries()) {
        const gateway = createRelayClient({ url: relay.url, token });
        const path = join(shop.folder, `till-${i}.db`);
        const options = shop.options({ path, gateway, probeUrl: relay.url });
        terminals.push(await sellOffline(shop, options, i));
      }
      await body({ shop, sandbox, terminals });
    } finally {
      await Promise.all(terminals.map((terminal) => terminal.close()));
      await relay.close();
      await sandbox.close();
    }
  });
}

async function sellOffline(
  shop: Shop,
  options: Parameters<typeof openTerminalHere>[0],
  till: number,
): Promise<Terminal> {
  const terminal = await openTerminalHere(options);
  terminal.pauseForwarding();
  const reader = new SimulatedReader({
    clock: new SystemClock(),
    seed: `till ${till}`,
    deviceType: "wisepad_3",
  });
  await terminal.connectReader(shop.wire(reader));
  for (let i = 0; i < SALES; i++) {
    reader.enqueue("visa");
    const created = await terminal.createPaymentIntent(
      { amount: 1000 + i, currency: "usd" },
      { offlineBehavior: "force_offline" },
    );
    const collected = await terminal.collectPaymentMethod(created);
    await terminal.confirmPaymentIntent(collected);
  }
  return terminal;
}

/** Lets all go on in the same instant; returns how often Stripe said 429. */
async function comeBack({ shop, sandbox, terminals }: Herd): Promise<number> {
  for (const terminal of terminals) terminal.resumeForwarding();
  const refusals = async (): Promise<number> => {
    const requests = await sandbox.control.requests();
    return requests.filter(({ status }) => status === 429).length;
  };
  await shop.until(async () => {
    // Where Stripe's clock stands still, its buckets fill again once they were empty.
    const isStanding = !sandbox.clock.isRunning;
    if (isStanding && await refusals() > 0) sandbox.clock.advance(1000);
    return terminals.every(({ offlineStatus }) =>
      offlineStatus.sdk.offlinePaymentsCount === 0
    );
  }, 60_000);
  const { charges, duplicates } = await sandbox.control.report();
  assert.equal(charges, TILLS * SALES);
  assert.equal(duplicates, 0);
  return await refusals();
}

test("tills that come back at once stay below Stripe's limits together: not one 429", () =>
  withHerd({}, true, async (herd) => {
    assert.ok(TILLS * SALES > PER_ENDPOINT, "more than a second's requests");
    assert.equal(await comeBack(herd), 0);
  }));

test("without turns they do not, and still every sale is charged once", () =>
  // However slow this machine: the sandbox's second lasts until it has refused something.
  withHerd(
    { endpointPerSecond: 10_000, totalPerSecond: 10_000, burst: 1000 },
    false,
    async (herd) => assert.ok(await comeBack(herd) > 0),
  ));
