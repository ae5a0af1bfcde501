/** From every released schema to this one, with a full queue. @module */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { writeFileSync } from "node:fs";
import test from "node:test";
import { migrate, MIGRATIONS } from "../../engine/store/schema.ts";
import { assertCode } from "../contract/database_contract.ts";
import { withShop } from "../support/shop.ts";
import { testStoreExamples } from "../contract/store_examples_contract.ts";
import { fileOf, STORE_EXAMPLES } from "../stores/examples.ts";
import { makePlace, openHere, RUNTIME } from "./_posix_place.ts";

testStoreExamples(RUNTIME, (file) => {
  const place = makePlace();
  if (file !== null) writeFileSync(place.path, file);
  return place;
});

for (const example of STORE_EXAMPLES) {
  test(`a terminal over a store of schema ${example.schema} forwards its queue once and goes on`, async () => {
    await withShop(async (shop) => {
      assert.equal(shop.account, example.account);
      writeFileSync(shop.path, await fileOf(example));
      const key = Buffer.from(example.deviceKey, "hex");
      writeFileSync(`${shop.path}.key`, key, { mode: 0o600 });
      const queue = example.payments.filter(({ state }) => state === "stored");
      const terminal = await shop.openTerminal();
      const isForwarded = ({ localId }: { localId: string }): boolean =>
        terminal.getPayment(localId)?.state === "forwarded";
      await shop.until(() => queue.every(isForwarded));
      const charges = await shop.charges();
      for (const { localId } of queue) assert.equal(charges.get(localId), 1);
      assert.equal((await shop.sell()).state, "forwarded");
      // Stripe never gives an id twice, and those in the file were given under seed 1.
    }, 2);
  });
}

/** Steps to the next version that each lose something. */
const LOSSY: Readonly<Record<string, string>> = {
  "a payment": "DELETE FROM sealed WHERE payment = 1",
  "every record": "DELETE FROM sealed",
  "a ciphertext's end": "UPDATE sealed SET record = substr(record, 1, 100)",
  "a state": "UPDATE payment SET state = 'forwarded' WHERE id = 1",
  "an amount": "UPDATE payment SET amount = amount + 1 WHERE id = 1",
  "a line": "DELETE FROM activity WHERE id = (SELECT max(id) FROM activity)",
  "the keys": "DROP TABLE step",
};

test("migrate() refuses a step that loses anything, and rolls it back", async () => {
  await withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    terminal.pauseForwarding();
    for (let i = 0; i < 3; i++) {
      await shop.sell("visa", 1000, { offlineBehavior: "force_offline" });
    }
    await terminal.close();
    const database = await openHere(shop.path);
    const rows = (): unknown =>
      database.query(
        "SELECT * FROM payment JOIN sealed ON sealed.payment = payment.id",
      );
    const before = rows();
    for (const [what, statement] of Object.entries(LOSSY)) {
      const step = ["CREATE TABLE next(id INTEGER) STRICT", statement];
      const error = assertCode(
        () => migrate(database, [...MIGRATIONS, step]),
        "STORE_MIGRATION_LOSSY",
      );
      assert.deepEqual(error.details, {
        from: MIGRATIONS.length,
        to: MIGRATIONS.length + 1,
      }, what);
      assert.deepEqual(rows(), before, what);
    }
    migrate(database, [...MIGRATIONS, [
      "CREATE TABLE next(id INTEGER) STRICT",
    ]]);
    assertCode(() => migrate(database), "STORE_TOO_NEW");
    assert.deepEqual(rows(), before);
    database.close();
  });
});
