import assert from "node:assert/strict";
import { test } from "node:test";
import { SandboxClock } from "../../../hosts/sandbox/clock.ts";

const frozen = () => new SandboxClock({ startMs: 1000, isRunning: false });

test("advance() moves a standing clock and nothing else does", async () => {
  const clock = frozen();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(clock.nowMs(), 1000);
  clock.advance(1500);
  assert.equal(clock.nowMs(), 2500);
  assert.equal(clock.nowSeconds(), 2);
});

test("advance() runs what is due in order, each at its own moment", () => {
  const clock = frozen();
  const seen: [string, number][] = [];
  const note = (name: string) => () => seen.push([name, clock.nowMs()]);
  clock.after(30, note("c"));
  clock.after(10, note("a"));
  clock.after(10, note("b"));
  clock.after(40, note("d"));
  clock.advance(30);
  assert.deepEqual(seen, [["a", 1010], ["b", 1010], ["c", 1030]]);
  clock.advance(10);
  assert.deepEqual(seen[3], ["d", 1040]);
});

test("advance() runs what was added on the way", () => {
  const clock = frozen();
  const seen: number[] = [];
  clock.after(10, () => clock.after(5, () => seen.push(clock.nowMs())));
  clock.advance(20);
  assert.deepEqual(seen, [1015]);
  assert.equal(clock.nowMs(), 1020);
});

test("advance() refuses to go back", () => {
  const clock = frozen();
  for (const ms of [-1, NaN, Infinity]) {
    assert.throws(() => clock.advance(ms), RangeError);
  }
});

test("after() on a running clock runs by itself, and once", async () => {
  const clock = new SandboxClock({ startMs: 1000 });
  let runs = 0;
  await new Promise<void>((resolve) => {
    clock.after(1, () => {
      runs += 1;
      resolve();
    });
    // Keeps the process alive: the clock's own timer does not.
    setTimeout(() => {}, 50);
  });
  clock.advance(100);
  assert.equal(runs, 1);
  clock.clear();
});
