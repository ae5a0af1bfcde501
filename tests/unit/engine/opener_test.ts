/** Opening sealed records, at the recipient. @module */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { loadCore } from "../../../bindings/mod.ts";
import { createOpener } from "../../../engine/opener.ts";
import { hex, toHex } from "../../reference/core_instance.ts";

const { inputs, genesis, payment } = JSON.parse(
  readFileSync("docs/formats/saf1-example.json", "utf8"),
);

test("createOpener() opens the format's example with the key of its key id", async () => {
  const core = await loadCore();
  const record = hex(payment.record);
  const keyId = toHex(core.seal.readHeader(record).keyId);
  const keys = new Map([[keyId, hex(inputs.recipientPrivateKey)]]);
  const opened = await createOpener(core, keys).open(
    hex(genesis.record),
    record,
  );
  assert.equal(toHex(opened), payment.steps.plaintext);
});

test("createOpener() without the key of a record throws RECIPIENT_KEY_UNKNOWN with the id", async () => {
  const core = await loadCore();
  const record = hex(payment.record);
  const keyId = toHex(core.seal.readHeader(record).keyId);
  const keys = new Map([["00".repeat(8), hex(inputs.recipientPrivateKey)]]);
  await assert.rejects(
    async () =>
      await createOpener(core, keys).open(hex(genesis.record), record),
    { code: "RECIPIENT_KEY_UNKNOWN", message: new RegExp(keyId) },
  );
});
