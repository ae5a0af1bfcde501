/**
 * Makes the example of a store as this source writes it: `make_store_example.ts FOLDER`.
 *
 * Owns: what is in an example. Payments in every state that a till can bring about by itself, a
 * queue among them, and beside the file what was sold, as the terminal told it. Run it once for
 * every new schema, and never again for an old one: the examples are what old releases wrote.
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { gzipSync } from "node:zlib";
import { SCHEMA_VERSION } from "../../engine/store/schema.ts";
import { type Shop, withShop } from "./shop.ts";

const GOOD = ["visa", "mastercard:tap", "amex", "discover", "jcb"] as const;
const DECLINED = "charge_declined_insufficient_funds";

async function fill(shop: Shop): Promise<void> {
  const { control } = shop.sandbox;
  const terminal = await shop.openTerminal();
  await control.setOffline(true);
  for (const [i, card] of [...GOOD, DECLINED].entries()) {
    await shop.sell(card, 1000 + i);
  }
  const voided = await shop.sell("visa", 5000);
  await terminal.cancelPaymentIntent(voided.localId);
  await control.setOffline(false);
  await shop.drained();
  // The confirmation arrives, and neither its answer nor that of any question comes back.
  const path = "/v1/payment_intents";
  await control.addFaults(
    { kind: "drop_response", path: "/confirm" },
    { kind: "offline", path, method: "GET" },
  );
  const unclear = await shop.sell("visa", 6000);
  terminal.pauseForwarding();
  await control.clearFaults();
  if (unclear.state !== "unknown") throw new Error(`it is ${unclear.state}`);
  for (const [i, card] of GOOD.entries()) {
    await shop.sell(card, 2000 + i, { offlineBehavior: "force_offline" });
  }
}

const [folder] = process.argv.slice(2);
await withShop(async (shop) => {
  await fill(shop);
  const payments = shop.terminal.listPayments().map((payment) => ({
    localId: payment.localId,
    state: payment.state,
    amount: payment.amount,
    currency: payment.currency,
    receiptCode: payment.receiptCode,
    isOffline: payment.offlineDetails !== null,
  }));
  await shop.terminal.close();
  writeFileSync(
    join(folder, `v${SCHEMA_VERSION}.json`),
    JSON.stringify({
      schema: SCHEMA_VERSION,
      account: shop.account,
      deviceKey: readFileSync(`${shop.path}.key`).toString("hex"),
      payments,
      file: gzipSync(readFileSync(shop.path), { level: 9 }).toString("base64"),
    }) + "\n",
  );
  console.log(payments.map(({ state }) => state).join(" "));
});
