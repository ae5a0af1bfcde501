/** Profile stripe/terminal-test: the whole gateway contract on the sandbox's simulated readers. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import type Stripe from "stripe";
import { loadCore } from "../../bindings/mod.ts";
import type { Opener } from "../../engine/opener.ts";
import type { Gateway } from "../../engine/gateway.ts";
import { createTerminalTestGateway } from "../../engine/stripe/terminal_test_gateway.ts";
import { SystemClock } from "../../hosts/web/system_clock.ts";
import { callOf, expectIntent } from "../../engine/testing/gateway_place.ts";
import { testGateway } from "../contract/gateway_contract.ts";
import { SandboxPlace } from "../support/sandbox_place.ts";
import { withShop } from "../support/shop.ts";

async function makeGateway(
  stripe: Stripe,
  opener: Opener,
  count = 1,
): Promise<Gateway> {
  const ids: string[] = [];
  for (let i = 0; i < count; i++) {
    const reader = await stripe.terminal.readers.create({
      registration_code: "simulated-wpe",
    });
    ids.push(reader.id);
  }
  return createTerminalTestGateway({
    stripe,
    opener,
    core: await loadCore(),
    clock: new SystemClock(),
    readerIds: ids as [string, ...string[]],
  });
}

testGateway(
  "terminal test mode",
  () => SandboxPlace.open((stripe, opener) => makeGateway(stripe, opener)),
);

test("a till forwards its simulated cards through two of Stripe's test readers", () =>
  withShop(async (shop) => {
    const opener = shop.opener();
    const stripe = shop.stripe();
    const gateway = await makeGateway(stripe, opener, 2);
    const terminal = await shop.openTerminal({ gateway });
    const cards = ["visa", "mastercard:tap", "amex", "charge_declined"];
    for (const card of cards) {
      await shop.sell(card, 1000, { offlineBehavior: "force_offline" });
    }
    await shop.drained();
    const states = terminal.listPayments().map(({ state }) => state);
    assert.deepEqual(states.sort(), [
      "declined",
      "forwarded",
      "forwarded",
      "forwarded",
    ]);
    const report = await shop.sandbox.control.report();
    assert.equal(report.charges, 3);
    assert.equal(report.duplicates, 0);
  }));

test("an action somebody abandoned on the reader is taken back", async () => {
  let stripe!: Stripe;
  const place = await SandboxPlace.open((client, opener) => {
    stripe = client;
    return makeGateway(client, opener);
  });
  const [reader] = (await stripe.terminal.readers.list()).data;
  const left = place.sale("approved");
  const wanted = place.sale("approved");
  const [leftId, wantedId] = await Promise.all(
    [left, wanted].map(async ({ create, confirm }) => {
      const call = callOf(`${confirm.localId}:c:0`);
      return expectIntent(await place.gateway.createIntent(create, call)).id;
    }),
  );
  await stripe.terminal.readers.processPaymentIntent(reader.id, {
    payment_intent: leftId,
  });
  const result = await place.gateway.confirmIntent(
    wantedId,
    wanted.confirm,
    callOf("k:0"),
  );
  assert.equal(expectIntent(result).status, "succeeded");
  assert.equal(place.charges(left.confirm.localId), 0);
  await place.close();
});
