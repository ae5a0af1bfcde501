/** Sealed records in Node's own `Buffer`, which browsers lack. @module */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { SealCore } from "../../../bindings/seal.ts";
import { coreInstance } from "../../reference/core_instance.ts";
import { genesisHeader, SampleBytes } from "../../reference/seal_samples.ts";

test("readHeader() of a record in a Node Buffer, at any offset, reads the record", () => {
  const core = new SealCore(coreInstance());
  const samples = new SampleBytes(31);
  const { record } = core.sealGenesis({
    header: genesisHeader({}),
    recipientPublicKey: core.generateKeyPair(samples.bytes(32)).publicKey,
    entropy: samples.bytes(32),
    chainSecret: samples.bytes(32),
    deviceFacts: new Uint8Array(0),
  });
  const shelf = Buffer.alloc(record.length + 7, 0xee);
  shelf.set(record, 7);
  assert.deepEqual(core.readHeader(shelf.subarray(7)), core.readHeader(record));
});
