// What every pairing store must do; run by the tests of each of them.
import assert from "node:assert/strict";
import test from "node:test";
import type { Pairing, PairingStore } from "../../engine/reader/pairing.ts";

function pairing(fill: number, pairedAtMs: number): Pairing {
  return {
    id: new Uint8Array(16).fill(fill),
    privateKey: new Uint8Array(32).fill(fill + 1),
    publicKey: new Uint8Array(32).fill(fill + 2),
    peerPublicKey: new Uint8Array(32).fill(fill + 3),
    secret: new Uint8Array(32).fill(fill + 4),
    peerName: `Till ${fill}`,
    pairedAtMs,
  };
}

/** Registers the contract's tests; `again` opens the same place once more, where it lasts. */
export function testPairingStore(
  name: string,
  open: () => PairingStore,
  again: (store: PairingStore) => PairingStore,
): void {
  test(`${name} finds what was saved, and null for anything else`, async () => {
    const store = open();
    await store.save(pairing(1, 10));
    const found = await again(store).find(pairing(1, 0).id);
    assert.deepEqual(found, pairing(1, 10));
    assert.equal(await store.find(pairing(2, 0).id), null);
  });

  test(`${name} lists the oldest first and keeps one pairing per id`, async () => {
    const store = open();
    await store.save(pairing(1, 20));
    await store.save(pairing(2, 10));
    await store.save(pairing(1, 30));
    const listed = await again(store).list();
    assert.deepEqual(listed, [pairing(2, 10), pairing(1, 30)]);
  });

  test(`${name} forgets what was removed, twice without harm`, async () => {
    const store = open();
    await store.save(pairing(1, 10));
    await store.remove(pairing(1, 0).id);
    await store.remove(pairing(1, 0).id);
    assert.equal(await again(store).find(pairing(1, 0).id), null);
    assert.deepEqual(await store.list(), []);
  });
}
