/** A PIN the issuer asks for after a tap, entered while it waits. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Buffer } from "node:buffer";
import type { ReaderEvent } from "../../engine/reader/mod.ts";
import { SimulatedReader } from "../../engine/reader/simulated_reader.ts";
import { SystemClock } from "../../hosts/web/system_clock.ts";
import { type Shop, withShop } from "../support/shop.ts";
import { collected, confirmUntil, inCountry } from "./_now_only.ts";

/** What the reader showed, in order. */
function prompts(shop: Shop): string[] {
  const shown: string[] = [];
  shop.terminal.on("readerEvent", ({ event }) => {
    const told = event as ReaderEvent;
    if (told.kind === "prompt") shown.push(told.prompt);
  });
  return shown;
}

test("confirmPaymentIntent() of a tap whose issuer wants the PIN asks for it and is forwarded", () =>
  withShop(async (shop) => {
    await shop.openTerminal(inCountry("DE"));
    const shown = prompts(shop);
    const intent = await shop.sell("online_pin_sca_retry:tap", 4000, {
      currency: "eur",
    });
    assert.equal(intent.state, "forwarded");
    assert.deepEqual(shown, ["insert_or_tap", "remove_card", "pin"]);
    const [atStripe] = await shop.sandbox.control.intents();
    assert.deepEqual(
      atStripe.charges.map(({ status }) => status),
      ["failed", "succeeded"],
    );
    const confirms = (await shop.sandbox.control.requests())
      .filter(({ path }) => path.endsWith("/confirm"));
    const keys = new Set(confirms.map((request) => request.idempotency_key));
    assert.equal(keys.size, 2, "each confirmation has a key of its own");
  }));

test("confirmPaymentIntent() of such a tap outside the EEA asks for the PIN too", () =>
  withShop(async (shop) => {
    await shop.openTerminal();
    const intent = await shop.sell("online_pin_sca_retry:tap");
    assert.equal(intent.state, "forwarded");
  }));

test("a wrong PIN after the tap is a decline, and the intent is closed", () =>
  withShop(async (shop) => {
    await shop.openTerminal(inCountry("DE"));
    const intent = await shop.sell("online_pin_sca_retry:tap:4321", 4000, {
      currency: "eur",
    });
    assert.equal(intent.state, "declined");
    assert.equal(intent.error!.declineCode, "incorrect_pin");
    const [atStripe] = await shop.sandbox.control.intents();
    assert.equal(atStripe.status, "canceled");
  }));

test("no PIN after the tap leaves the issuer's decline standing", () =>
  withShop(async (shop) => {
    await shop.openTerminal(
      inCountry("DE", { collectDeadlineMs: 5_000 }),
    );
    const shown = prompts(shop);
    const intent = await collected(
      shop,
      "online_pin_sca_retry:tap:no_pin",
      "eur",
    );
    await confirmUntil(shop, intent, () => shown.includes("pin"));
    await shop.until(() => {
      shop.terminal.forwardNow();
      return shop.terminal.getPayment(intent.localId)!.state === "declined";
    });
    const { error } = shop.terminal.getPayment(intent.localId)!;
    assert.equal(error!.declineCode, "online_or_offline_pin_required");
  }));

test("a reader without a PIN pad leaves the decline to the app", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal(inCountry("DE"));
    const plain = new SimulatedReader({
      clock: new SystemClock(),
      seed: "plain",
      deviceType: "stripe_m2",
    });
    await terminal.connectReader(shop.wire(plain));
    plain.enqueue("online_pin_sca_retry:tap");
    const created = await terminal.createPaymentIntent({
      amount: 4000,
      currency: "eur",
    });
    const intent = await terminal.confirmPaymentIntent(
      await terminal.collectPaymentMethod(created),
    );
    assert.equal(intent.state, "declined");
    assert.equal(intent.error!.declineCode, "online_or_offline_pin_required");
  }));

test("the PIN block is on no disk and in no answer, only on its way to the issuer", () =>
  withShop(async (shop) => {
    const blocks: Uint8Array[] = [];
    const collect = shop.reader.collect.bind(shop.reader);
    shop.reader.collect = async (request, interaction) => {
      const result = await collect(request, interaction);
      if (result.onlinePin) blocks.push(result.onlinePin.block.slice());
      return result;
    };
    await shop.openTerminal(inCountry("AU"));
    const intent = await shop.sell("online_pin_cvm", 1250, { currency: "aud" });
    assert.equal(intent.state, "forwarded");
    assert.equal(blocks.length, 1);
    const block = Buffer.from(blocks[0]);
    const disk = Buffer.from(shop.rawFiles());
    assert.equal(disk.includes(block), false);
    assert.equal(disk.includes(block.toString("hex")), false);
    const told = JSON.stringify([intent, shop.terminal.listPayments()]);
    assert.equal(told.includes(block.toString("hex")), false);
  }));

test("a tap whose issuer wants an offline PIN is declined, and the card inserted then pays", () =>
  withShop(async (shop) => {
    await shop.openTerminal(inCountry("DE"));
    const sell = (how: string) =>
      shop.sell(`offline_pin_sca_retry:${how}`, 4000, { currency: "eur" });
    const tapped = await sell("tap");
    assert.equal(tapped.state, "declined");
    assert.equal(tapped.error!.declineCode, "offline_pin_required");
    assert.equal((await sell("insert")).state, "forwarded");
  }));
