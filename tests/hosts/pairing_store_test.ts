import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import { MemoryPairingStore } from "../../engine/reader/pairing.ts";
import { PairingFiles } from "../../hosts/posix/pairing_files.ts";
import { testPairingStore } from "../contract/pairing_store_contract.ts";

const root = mkdtempSync(join(tmpdir(), "holdfast-pairings-"));
after(() => rmSync(root, { recursive: true, force: true }));
const folders = new Map<unknown, string>();
let count = 0;

function openFiles(): PairingFiles {
  const folder = join(root, String(count++));
  const store = new PairingFiles(folder);
  folders.set(store, folder);
  return store;
}

testPairingStore(
  "PairingFiles",
  openFiles,
  (store) => new PairingFiles(folders.get(store)!),
);
testPairingStore(
  "MemoryPairingStore",
  () => new MemoryPairingStore(),
  (store) => store,
);

test("PairingFiles are readable by their owner only", async () => {
  const store = openFiles();
  const bytes = new Uint8Array(32);
  await store.save({
    id: bytes.slice(16),
    privateKey: bytes,
    publicKey: bytes,
    peerPublicKey: bytes,
    secret: bytes,
    peerName: "",
    pairedAtMs: 0,
  });
  const folder = folders.get(store)!;
  const [name] = readdirSync(folder);
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600);
});
