/** From every released schema to this one, with a full queue. @module */
import assert from "node:assert/strict";
import test from "node:test";
import { migrate, MIGRATIONS } from "../../engine/store/schema.ts";
import { assertCode } from "../contract/database_contract.ts";
import { withShop } from "../support/shop.ts";
import { openHere } from "./_posix_place.ts";

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
