/** Which file is the log of a browser's store, told from whatever a power cut left. @module */
import assert from "node:assert/strict";
import test from "node:test";
import {
  Place,
  type PlaceEntry,
  readPlace,
} from "../../../hosts/browser/place.ts";
import { memoryHandle } from "./_memory_handle.ts";

const SECOND = 65_536;
const LENGTH = SECOND + 18;
const FULL = new DOMException("no room", "QuotaExceededError");

const NEW: PlaceEntry = { logIndex: 1, createdAtMs: 1_795_000_000_000 };
const OLD: PlaceEntry = { ...NEW, logIndex: 0 };

test("write() says it in both entries, and read() reads it", () => {
  const handle = memoryHandle();
  const place = new Place(handle);
  place.write(NEW);
  assert.deepEqual(place.read([0, 0]), NEW);
  assert.equal(handle.getSize(), LENGTH);
  for (const offset of [0, SECOND]) {
    const spoiled = handle.bytes().slice();
    spoiled[offset + 3] ^= 1;
    assert.deepEqual(readPlace(spoiled, [0, 0]), NEW);
  }
});

test("write() destroyed in either entry leaves the old one or the new one", () => {
  for (const start of [new Uint8Array(0), whole(OLD)]) {
    const handle = memoryHandle(start);
    const { flushed } = handle;
    new Place(handle).write(NEW);
    assert.equal(flushed.length, 2);
    for (const [i, at] of [SECOND, 0].entries()) {
      // What is under way at that flush is lost altogether.
      const cut = flushed[i].slice();
      cut.fill(0xa5, at, Math.min(at + 4096, LENGTH));
      // Both logs are there as long as an entry is replaced.
      const { logIndex } = readPlace(cut, [1, 1]);
      assert.equal(logIndex, i === 0 ? OLD.logIndex : NEW.logIndex);
    }
  }
});

test("write() beside a spoiled first entry keeps the second until the first is whole", () => {
  const start = whole(OLD);
  start[0] = 7;
  const handle = memoryHandle(start);
  new Place(handle).write(NEW);
  const { flushed } = handle;
  assert.ok(!differs(flushed[0], start, SECOND));
  assert.deepEqual(readPlace(flushed[0], [0, 0]), NEW);
});

test("write() without room never says so in a way that means: go on", () => {
  const full = { ...memoryHandle(), write: () => assert.fail(FULL) };
  assert.throws(() => new Place(full).write(NEW), (error: Error) => {
    assert.equal(error.name, "Error");
    return error.cause === FULL;
  });
});

test("readPlace() of a store of before reads one byte, and nine", () => {
  const nine = new Uint8Array(9);
  nine[0] = 1;
  new DataView(nine.buffer).setFloat64(1, 1_795_000_000_000, true);
  assert.deepEqual(readPlace(nine, [1, 0]), NEW);
  const one = Uint8Array.of(1);
  assert.deepEqual(readPlace(one, [1, 0]), { logIndex: 1, createdAtMs: null });
  const place = new Place(memoryHandle(one));
  place.write(place.read([0, 0]));
  assert.deepEqual(place.read([1, 0]), { logIndex: 1, createdAtMs: null });
});

test("readPlace() of two spoiled entries takes the longer log", () => {
  const noise = new Uint8Array(LENGTH).fill(0xa5);
  for (const file of [noise, new Uint8Array(LENGTH), new Uint8Array(0)]) {
    assert.equal(readPlace(file, [8, 9]).logIndex, 1);
    assert.equal(readPlace(file, [9, 8]).logIndex, 0);
    assert.equal(readPlace(file, [0, 0]).createdAtMs, null);
  }
});

test("readPlace() takes byte 0 that a release of before wrote alone, and its 9 bytes by the log that is not empty", () => {
  for (const entry of [OLD, NEW]) {
    const moved = whole(entry);
    const logIndex = entry.logIndex === 0 ? 1 : 0;
    moved[0] = logIndex;
    assert.deepEqual(readPlace(moved, [9, 9]), { ...entry, logIndex });
    // It opened an empty database, and made the time anew.
    new DataView(moved.buffer).setFloat64(1, 1_796_000_000_000, true);
    const logs = [logIndex === 0 ? 9 : 0, logIndex === 1 ? 9 : 0] as const;
    assert.deepEqual(readPlace(moved, logs), { ...entry, logIndex });
    assert.deepEqual(readPlace(moved, [9, 9]), entry);
  }
});

test("write() of an unknown time is a time long ago for a release of before, and NaN is read as unknown", () => {
  const bytes = whole({ logIndex: 1, createdAtMs: null });
  const view = new DataView(bytes.buffer);
  assert.equal(view.getFloat64(1, true), 0);
  view.setFloat64(1, NaN, true);
  for (let i = 0; i < 9; i++) bytes[9 + i] = 255 - bytes[i];
  const expected = { logIndex: 1, createdAtMs: null };
  assert.deepEqual(readPlace(bytes, [0, 0]), expected);
});

test("write() without room to grow a file of before says that the disk is full, and has written nothing", () => {
  for (const before of [0, 1, 9]) {
    const handle = memoryHandle(new Uint8Array(before));
    const full = {
      ...handle,
      truncate: (length: number) =>
        length > before ? assert.fail(FULL) : handle.truncate(length),
    };
    assert.throws(() => new Place(full).write(NEW), FULL);
    assert.deepEqual(handle.bytes(), new Uint8Array(before));
  }
});

/** The file with both entries saying `entry`. */
function whole(entry: PlaceEntry): Uint8Array {
  const handle = memoryHandle();
  new Place(handle).write(entry);
  return handle.bytes();
}

function differs(one: Uint8Array, other: Uint8Array, offset: number): boolean {
  for (let i = offset; i < offset + 18; i++) {
    if (one[i] !== other[i]) return true;
  }
  return false;
}
