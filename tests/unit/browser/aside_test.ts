/** The copy of a damaged store in a browser: whole, once, and never at the cost of the store. @module */
import assert from "node:assert/strict";
import test from "node:test";
import { type AsideFiles, keepAside } from "../../../hosts/browser/aside.ts";
import { type MemoryHandle, memoryHandle } from "./_memory_handle.ts";

const ROOM = 1 << 30;

interface World {
  store: { main: MemoryHandle; log: MemoryHandle };
  aside: Record<keyof AsideFiles, MemoryHandle>;
}

function makeWorld(): World {
  return {
    store: {
      main: memoryHandle(new Uint8Array(3 << 20).fill(1)),
      log: memoryHandle(new Uint8Array(5000).fill(2)),
    },
    aside: { main: memoryHandle(), log: memoryHandle(), made: memoryHandle() },
  };
}

test("keepAside() copies both files, flushed before the copy counts, and once", () => {
  const { store, aside } = makeWorld();
  assert.equal(keepAside(aside, store, ROOM), true);
  assert.deepEqual(aside.main.flushed, [store.main.bytes()]);
  assert.deepEqual(aside.log.flushed, [store.log.bytes()]);
  assert.equal(aside.made.getSize(), 8);
  assert.equal(aside.made.flushed.length, 1);
  assert.equal(keepAside(aside, store, 0), true);
  assert.equal(aside.main.flushed.length, 1);
});

test("keepAside() keeps the first copy where the store is another one by now", () => {
  for (const file of ["main", "log"] as const) {
    const { store, aside } = makeWorld();
    keepAside(aside, store, null);
    const first = aside[file].bytes().slice();
    store[file].write(Uint8Array.of(9), { at: store[file].getSize() - 1 });
    assert.equal(keepAside(aside, store, ROOM), false);
    assert.deepEqual(aside[file].bytes(), first);
    store[file].truncate(4000);
    assert.equal(keepAside(aside, store, ROOM), false);
  }
});

test("keepAside() without room writes nothing", () => {
  const { store, aside } = makeWorld();
  assert.equal(keepAside(aside, store, 16 << 20), false);
  for (const file of Object.values(aside)) assert.equal(file.getSize(), 0);
  assert.equal(keepAside(aside, store, 20 << 20), true);
});

test("keepAside() that fails at any write or flush leaves no copy, and does not throw", () => {
  for (const name of ["main", "log", "made"] as const) {
    for (const step of ["write", "flush"] as const) {
      const { store, aside } = makeWorld();
      const fail = (): never => {
        throw new DOMException("no room", "QuotaExceededError");
      };
      const broken = { ...aside, [name]: { ...aside[name], [step]: fail } };
      assert.equal(keepAside(broken, store, null), false, `${name} ${step}`);
      for (const file of Object.values(aside)) assert.equal(file.getSize(), 0);
      assert.equal(keepAside(aside, store, null), true);
    }
  }
});
