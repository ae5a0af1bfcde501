/** The control port refuses by name; the official client needs no switch of its own. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import Stripe from "stripe";
import type { FaultRule } from "../../hosts/sandbox/mod.ts";
import { confirmParams, SALE, withSandbox } from "../unit/sandbox/_support.ts";

// Method and path, body, and what the answer must name: a field that was sent.
const REFUSED: readonly [string, unknown, RegExp][] = [
  ["POST /clock/advance", { ms: -5 }, /^ms must be a number from 0 .*got -5/],
  ["POST /clock/advance", { ms: 0.5 }, /^ms must be a whole number, got 0\.5/],
  ["POST /clock/advance", { ms: 1e300 }, /^ms must be a number from 0 to/],
  ["POST /clock/advance", {}, /^ms must be given/],
  [
    "POST /clock/advance",
    { ms: 5, s: 1 },
    /^there is no field s; there are ms/,
  ],
  [
    "POST /faults",
    { kind: "flood" },
    /^kind must be one of offline, .*"flood"/,
  ],
  ["POST /faults", {}, /^kind must be given/],
  ["POST /faults", { rules: 5 }, /^rules must be an array/],
  ["POST /faults", { rules: [null] }, /^rules\[0\] must be a JSON object/],
  [
    "POST /faults",
    { rules: [{ kind: "offline" }, { kind: "delay", delayMs: 5 }] },
    /^there is no field rules\[1\]\.delayMs; there are .*delay_ms/,
  ],
  ["POST /faults", { kind: "delay", delay_ms: -1 }, /^delay_ms must be/],
  ["POST /faults", { kind: "offline", count: 1.5 }, /^count must be a whole/],
  ["POST /faults", { kind: "offline", probability: 2 }, /^probability must/],
  ["POST /faults", { kind: "offline", method: "PUT" }, /^method must be one/],
  ["POST /faults", { kind: "offline", path: 7 }, /^path must be text, got 7/],
  ["POST /faults", { kind: "error_before", status: 418 }, /^status must be/],
  ["POST /faults", { kind: "zombie", is_held: 1 }, /^is_held must be true or/],
  ["DELETE /faults", { kind: "flood" }, /^kind must be one of offline/],
  ["POST /keys", { key: "sk_test_shop" }, /^status must be given/],
  ["POST /keys", { status: "expired" }, /^key must be given/],
  ["POST /connect", { key: "sk_test_shop" }, /^account must be given/],
  ["POST /webhooks", { url: "shoes" }, /^url must be an http/],
  [
    "POST /webhooks",
    { url: "http://shop.test", enabled_events: "*" },
    /^enabled_events must be an array of texts/,
  ],
  [
    "POST /webhooks",
    { url: "http://shop.test", duplicate_probability: -1 },
    /^duplicate_probability must be a number from 0 to 1/,
  ],
  ["POST /reset", { keep: "keys" }, /^there is no field keep/],
  ["POST /reset", [], /^body must be a JSON object/],
];

test("the control port names the field it refuses, and changes nothing", () =>
  withSandbox(async ({ control, controlUrl, clock }, stripe) => {
    const { id } = await stripe.paymentIntents.create(SALE);
    const startMs = clock.nowMs();
    for (const [call, body, expected] of REFUSED) {
      const [method, path] = call.split(" ");
      const asked = { method, body: JSON.stringify(body) };
      const response = await fetch(controlUrl + path, asked);
      const { error } = await response.json();
      assert.equal(response.status, 400, `${call} ${error}`);
      assert.match(error, expected);
    }
    assert.deepEqual(await control.addFaults(), []);
    assert.equal(clock.nowMs(), startMs);
    assert.equal((await stripe.paymentIntents.retrieve(id)).id, id);
  }));

// What the client repeats by itself when nothing is switched off in it.
const HEALED: readonly FaultRule[] = [
  { kind: "drop_request" },
  { kind: "drop_response" },
  { kind: "error_before", status: 500 },
  { kind: "error_before", status: 503 },
];

for (const rule of HEALED) {
  test(`the official client as it comes pays once through ${JSON.stringify(rule)}`, () =>
    withSandbox(async (sandbox) => {
      const stripe = new Stripe("sk_test_shop", { ...sandbox.stripeConfig });
      const { id } = await stripe.paymentIntents.create(SALE);
      await sandbox.control.addFaults({ ...rule, count: 1 });
      const paid = await stripe.paymentIntents.confirm(id, confirmParams());
      assert.equal(paid.status, "succeeded");
      const report = await sandbox.control.report();
      assert.deepEqual([report.intents, report.charges], [1, 1]);
      assert.deepEqual(await sandbox.control.addFaults(), []);
    }));
}
