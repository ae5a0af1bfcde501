/** What a terminal is opened with is checked by name, before anything is made. @module */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import type { HoldfastError } from "../../engine/mod.ts";
import {
  openTerminalHere,
  type TerminalChanges,
  withShop,
} from "../support/shop.ts";

const SECRET = "sk_test_nobody_may_read_this";
const KEYS = { apiKey: SECRET, recipientKeys: new Map() };

// What an app changes, and the field that the refusal names.
const WRONG: readonly [string, Record<string, unknown>][] = [
  ["offlineMode", { offlineMode: true }],
  ["path", { path: "" }],
  ["keyPath", { keyPath: 5 }],
  ["probeUrl", { probeUrl: "shop" }],
  ["probeUrl", { probeUrl: undefined }],
  ["account", { account: undefined }],
  ["account.livemode", { account: { id: "acct_1", livemode: false } }],
  ["account.isLivemode", { account: { id: "acct_1" } }],
  ["account.id", { account: { id: "", isLivemode: false } }],
  ["location", { location: "US" }],
  // In small letters no rule of the EEA would have applied.
  ["location.country", { location: { country: "de" } }],
  ["location.country", { location: { country: "USA" } }],
  ["location.country", { location: { country: "ZZ" } }],
  ["recipient.keyId", { recipient: { keyId: "01", publicKey: "02" } }],
  ["recipient.keyId", {
    recipient: { keyId: new Uint8Array(7), publicKey: new Uint8Array(32) },
  }],
  ["recipient.publicKey", {
    recipient: { keyId: new Uint8Array(8), publicKey: new Uint8Array(33) },
  }],
  ["offline", { offline: true }],
  ["offline.enabled", { offline: { enabled: true } }],
  ["offline.isEnabled", { offline: { isEnabled: "yes" } }],
  ["offline.approve", { offline: { approve: "M. Ortiz" } }],
  ["offline.limits.amountMax", { offline: { limits: { amountMax: 5 } } }],
  [
    "offline.limits.paymentAmountMax",
    { offline: { limits: { paymentAmountMax: 500 } } },
  ],
  [
    "offline.limits.paymentAmountMax.USD",
    { offline: { limits: { paymentAmountMax: { USD: 500 } } } },
  ],
  [
    "offline.limits.storedAmountMax.usd",
    { offline: { limits: { storedAmountMax: { usd: "500" } } } },
  ],
  ["offline.limits.cardCountMax", {
    offline: { limits: { cardCountMax: NaN } },
  }],
  [
    "offline.limits.brands.Amex",
    { offline: { limits: { brands: { Amex: { paymentAmountMax: {} } } } } },
  ],
  [
    "offline.limits.brands.amex.max",
    { offline: { limits: { brands: { amex: { max: 5 } } } } },
  ],
  [
    "offline.policy.allowedBrands",
    { offline: { policy: { allowedBrands: ["Visa"] } } },
  ],
  ...["tacDenial", "tacDefault", "tacOnline"].map((
    name,
  ): [string, Record<string, unknown>] => [
    `offline.policy.${name}`,
    { offline: { policy: { [name]: new Uint8Array(4) } } },
  ]),
  ...["1", 1.5, -1, Infinity, 2 ** 32].map((
    policyVersion,
  ): [string, Record<string, unknown>] => [
    "offline.policyVersion",
    { offline: { policyVersion } },
  ]),
  ["forwarding.probeDelayMs", { forwarding: { probeDelayMs: 5 } }],
  ["forwarding.silentCallsMax", { forwarding: { silentCallsMax: -1 } }],
  ["declineRetry.enabled", { declineRetry: { enabled: true } }],
  ["declineRetry.onceDelaysMs", { declineRetry: { onceDelaysMs: 5 } }],
  ["captureAlarmMs", { captureAlarmMs: null }],
  ["callDeadlineMs", { callDeadlineMs: "5s" }],
  ["gateway", { gateway: undefined }],
  ["gateway.apiKey", { gateway: { ...KEYS, apiKey: "pk_test_x" } }],
  ["gateway.apiBase", { gateway: { ...KEYS, apiBase: "stripe" } }],
  ["gateway.recipientKeys", { gateway: { ...KEYS, recipientKeys: {} } }],
  ["gateway.account", { gateway: { ...KEYS, account: "acct_2" } }],
  ["backend", { backend: "stripe" }],
];

test("openTerminal() with a wrong or unknown option names it, shows no value and makes no file", () =>
  withShop(async (shop) => {
    const { gateway } = shop.options();
    for (const [field, wrong] of WRONG) {
      const options = shop.options({
        gateway: { ...gateway, apiKey: SECRET } as typeof gateway,
        ...wrong as TerminalChanges,
      });
      const error: HoldfastError = await openTerminalHere(options).then(
        (terminal) => terminal.close().then(() => assert.fail(`took ${field}`)),
        (it) => it,
      );
      assert.equal(error.code, "INVALID_ARGUMENT", `${field}: ${error}`);
      assert.equal(error.field, field, error.message);
      assert.ok(error.message.includes(field), error.message);
      assert.ok(!error.message.includes(SECRET), error.message);
    }
    assert.deepEqual(readdirSync(shop.folder), []);
  }));

test("openTerminal() takes every option there is, and what is given as undefined is left out", () =>
  withShop(async (shop) => {
    await shop.openTerminal({
      offline: {
        isEnabled: true,
        isEvictableStoreAllowed: false,
        isUnseenReaderAllowed: true,
        approve: () => Promise.resolve(null),
        limits: {
          paymentAmountMax: { usd: 500 },
          storedAmountMax: {},
          storedCountMax: Infinity,
          brands: { amex: { paymentAmountMax: { usd: 300 } } },
        },
        policy: { allowedBrands: ["visa", "amex"], respectIacDefault: null },
        policyVersion: 2,
      },
      declineRetry: { isEnabled: true, laterDelaysMs: [1000] },
      captureAlarmMs: 5,
      simulatedOffline: { sdk: "disabled" },
      ...{
        keyPath: undefined,
        backend: undefined,
      } as unknown as TerminalChanges,
    });
    await shop.sandbox.control.setOffline(true);
    assert.equal((await shop.sell("visa", 500)).state, "stored");
    await assert.rejects(shop.sell("amex", 301), {
      code: "OFFLINE_BRAND_LIMIT",
    });
  }));
