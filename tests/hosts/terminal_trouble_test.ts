/** Wrong keys, wrong accounts, wrong files: typed, and nothing is lost. @module */
import assert from "node:assert/strict";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { HoldfastError } from "../../engine/mod.ts";
import { toHex } from "../../engine/uuid.ts";
import type { StripeGatewayOptions } from "../../hosts/posix/stripe_gateway.ts";
import { openHere } from "./_posix_place.ts";
import {
  API_KEY,
  openTerminalHere,
  type Shop,
  type TerminalChanges,
  withShop,
} from "../support/shop.ts";

async function storeTwo(shop: Shop): Promise<void> {
  await shop.sandbox.control.setOffline(true);
  await shop.openTerminal();
  await shop.sell("visa");
  await shop.sell("mastercard");
}

test("openTerminal() on a file that is open throws STORE_IN_USE and harms nothing", () =>
  withShop(async (shop) => {
    await storeTwo(shop);
    await assert.rejects(openTerminalHere(shop.options()), {
      code: "STORE_IN_USE",
    });
    assert.equal(shop.terminal.listPayments().length, 2);
    assert.equal((await shop.sell("amex")).state, "stored");
  }));

test("openTerminal() with another device key throws STORE_KEY_MISMATCH and keeps the store", () =>
  withShop(async (shop) => {
    await storeTwo(shop);
    await shop.terminal.close();
    const keyPath = join(shop.folder, "other.key");
    writeFileSync(keyPath, new Uint8Array(32).fill(7));
    await assert.rejects(openTerminalHere(shop.options({ keyPath })), {
      code: "STORE_KEY_MISMATCH",
    });
    const terminal = await shop.openTerminal();
    assert.equal(terminal.listPayments().length, 2);
  }));

test("openTerminal() without the key of a store throws DEVICE_KEY_LOST, makes no other, and goes on with it put back", () =>
  withShop(async (shop) => {
    await storeTwo(shop);
    await shop.terminal.close();
    const key = `${shop.path}.key`;
    renameSync(key, `${key}.kept`);
    for (let i = 0; i < 2; i++) {
      await assert.rejects(openTerminalHere(shop.options()), {
        code: "DEVICE_KEY_LOST",
      });
      assert.equal(existsSync(key), false);
    }
    renameSync(`${key}.kept`, key);
    const terminal = await shop.openTerminal();
    assert.equal(terminal.listPayments().length, 2);
  }));

test("openTerminal() on another program's database throws STORE_NOT_HOLDFAST", () =>
  withShop(async (shop) => {
    const path = join(shop.folder, "notes.db");
    const notes = await openHere(path);
    notes.execute("CREATE TABLE note(text TEXT)");
    notes.execute("INSERT INTO note VALUES('keep me')");
    notes.close();
    await assert.rejects(openTerminalHere(shop.options({ path })), {
      code: "STORE_NOT_HOLDFAST",
    });
    assert.equal(existsSync(`${path}.key`), false);
    const again = await openHere(path);
    assert.deepEqual(again.query("SELECT text FROM note"), [["keep me"]]);
    again.close();
  }));

test("openTerminal() on a file that is no database throws STORE_CORRUPT and leaves it alone", () =>
  withShop(async (shop) => {
    const path = join(shop.folder, "notes.txt");
    const text = "these are my notes, not a database at all\n".repeat(200);
    writeFileSync(path, text);
    await assert.rejects(openTerminalHere(shop.options({ path })), {
      code: "STORE_CORRUPT",
    });
    assert.equal(readFileSync(path, "utf8"), text);
  }));

test("forwarding with another account's key sends nothing and keeps everything", () =>
  withShop(async (shop) => {
    await storeTwo(shop);
    await shop.sandbox.control.setOffline(false);
    const { gateway } = shop.options();
    const terminal = await shop.openTerminal({
      gateway: { ...gateway, apiKey: "sk_test_someone_else" } as typeof gateway,
    });
    const errors: HoldfastError[] = [];
    terminal.on("forwardingFailure", ({ error }) => errors.push(error));
    await shop.until(() => errors.length > 0);
    assert.equal(errors[0].code, "ACCOUNT_ID_MISMATCH_WHILE_FORWARDING");
    assert.equal((await shop.sandbox.control.intents()).length, 0);
    await shop.openTerminal();
    await shop.drained();
    assert.equal((await shop.sandbox.control.report()).charges, 2);
  }));

test("forwarding test payments with a live key sends nothing and keeps everything", () =>
  withShop(async (shop) => {
    await storeTwo(shop);
    await shop.sandbox.control.setOffline(false);
    const { gateway } = shop.options();
    const terminal = await shop.openTerminal({
      gateway: { ...gateway, apiKey: "sk_live_shop" } as typeof gateway,
    });
    const errors: HoldfastError[] = [];
    terminal.on("forwardingFailure", ({ error }) => errors.push(error));
    await shop.until(() => errors.length > 0);
    assert.equal(errors[0].code, "OFFLINE_TESTMODE_PAYMENT_IN_LIVEMODE");
    assert.equal((await shop.sandbox.control.intents()).length, 0);
    assert.equal(terminal.offlineStatus.sdk.offlinePaymentsCount, 2);
  }));

test("a till that is opened with another key pair says so, and forwards once it has both", () =>
  withShop(async (shop) => {
    await storeTwo(shop);
    const sold = shop.terminal.listPayments().map(({ localId }) => localId);
    await shop.sandbox.control.setOffline(false);
    const { gateway, recipient } = shop.options();
    const { keyId, publicKey, privateKey } = shop.core.seal.generateKeyPair(
      new Uint8Array(32).fill(9),
    );
    const other = [toHex(keyId), privateKey] as const;
    type Keys = StripeGatewayOptions["recipientKeys"];
    const old = (gateway as StripeGatewayOptions).recipientKeys;
    const withKeys = (recipientKeys: Keys): TerminalChanges => ({
      recipient: { keyId, publicKey },
      gateway: { ...gateway as StripeGatewayOptions, recipientKeys },
    });
    const terminal = await shop.openTerminal(withKeys(new Map([other])));
    const errors: HoldfastError[] = [];
    terminal.on("forwardingFailure", ({ error }) => errors.push(error));
    await shop.until(() => errors.length > 0);
    assert.equal(errors[0].code, "RECIPIENT_KEY_UNKNOWN");
    assert.equal(terminal.offlineStatus.sdk.offlinePaymentsCount, sold.length);
    await shop.openTerminal(withKeys(new Map([...old, other])));
    assert.notDeepEqual(recipient.keyId, keyId);
    sold.push(
      (await shop.sell("amex", 700, { offlineBehavior: "force_offline" }))
        .localId,
    );
    await shop.drained();
    const charges = await shop.charges();
    for (const localId of sold) assert.equal(charges.get(localId), 1);
  }));

test("credentials that expire mid-drain park the lane until resumeForwarding()", () =>
  withShop(async (shop) => {
    await storeTwo(shop);
    const { control } = shop.sandbox;
    const terminal = shop.terminal;
    const errors: HoldfastError[] = [];
    terminal.on("forwardingFailure", ({ error }) => errors.push(error));
    await control.setKey(API_KEY, "expired");
    await control.setOffline(false);
    await shop.until(() => errors.length > 0);
    assert.equal(errors[0].code, "FORWARDING_UNAUTHORIZED");
    assert.equal(terminal.offlineStatus.sdk.offlinePaymentsCount, 2);
    await control.setKey(API_KEY, "active");
    terminal.resumeForwarding();
    await shop.drained();
    assert.equal((await control.report()).charges, 2);
  }));

test("close() twice is safe, and everything afterwards throws TERMINAL_CLOSED", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    await terminal.close();
    await terminal.close();
    assert.throws(() => terminal.listPayments(), { code: "TERMINAL_CLOSED" });
    await assert.rejects(
      terminal.createPaymentIntent({ amount: 100, currency: "usd" }),
      { code: "TERMINAL_CLOSED" },
    );
  }));

test("timeline() tells what happened to a payment in order", () =>
  withShop(async (shop) => {
    await storeTwo(shop);
    const terminal = shop.terminal;
    const [{ localId }] = terminal.listPayments();
    await shop.sandbox.control.setOffline(false);
    await shop.drained();
    assert.deepEqual(terminal.timeline(localId).map((entry) => entry.kind), [
      "stored",
      "forwarded",
    ]);
  }));
