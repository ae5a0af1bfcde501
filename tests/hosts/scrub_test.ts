/** What a running terminal leaves of a forwarded payment: nothing that could be opened. @module */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import test from "node:test";
import { withShop } from "../support/shop.ts";

const MAGIC = Buffer.from("SAF1");
/** The visa of the simulated reader, as digits and as packed digits. */
const CANARIES = [
  Buffer.from("4242424242424242"),
  Buffer.from("4242424242424242", "hex"),
];

function recordCount(bytes: Uint8Array, localIds: readonly string[]): number {
  const raw = Buffer.from(bytes);
  let count = 0;
  for (let at = raw.indexOf(MAGIC); at >= 0; at = raw.indexOf(MAGIC, at + 1)) {
    const id = raw.subarray(at + 76, at + 92).toString("hex");
    if (localIds.includes(id)) count++;
  }
  return count;
}

test("Terminal leaves no ciphertext in any file once the queue is empty, while it runs", async () => {
  await withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    terminal.pauseForwarding();
    const ids: string[] = [];
    for (let i = 0; i < 12; i++) {
      const { localId } = await shop.sell("visa", 1000 + i, {
        offlineBehavior: "force_offline",
      });
      ids.push(localId.replaceAll("-", ""));
    }
    assert.ok(recordCount(shop.rawFiles(), ids) >= 12, "the search must work");
    terminal.resumeForwarding();
    await shop.drained();
    await shop.until(() => recordCount(shop.rawFiles(), ids) === 0);
    const raw = Buffer.from(shop.rawFiles());
    for (const canary of CANARIES) assert.equal(raw.indexOf(canary), -1);
    assert.equal(terminal.listPayments({ states: ["forwarded"] }).length, 12);
  });
});

test("Terminal ends the ciphertext of a voided payment while it runs", async () => {
  await withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    terminal.pauseForwarding();
    const { localId } = await shop.sell("visa", 1000, {
      offlineBehavior: "force_offline",
    });
    const ids = [localId.replaceAll("-", "")];
    assert.ok(recordCount(shop.rawFiles(), ids) > 0);
    await terminal.cancelPaymentIntent(localId);
    assert.equal(recordCount(shop.rawFiles(), ids), 0);
  });
});
