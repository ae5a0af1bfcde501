/** Ten thousand devices whose connection returns in the same second. @module */
import assert from "node:assert/strict";
import test from "node:test";
import { playHerd } from "./herd.ts";

const HERD = { devices: 10_000, seed: 1, paymentsMax: 6 };

for (const isSimultaneous of [true, false]) {
  const how = isSimultaneous ? "in the same instant" : "by their own probes";
  test(`10,000 devices that come back ${how} peak within twice the steady rate`, () => {
    const report = playHerd({ ...HERD, isSimultaneous });
    const ratio = report.peakPerSecond / report.steadyPerSecond;
    assert.ok(report.requests > 2 * HERD.devices);
    assert.ok(ratio <= 2, `${ratio}: ${JSON.stringify(report)}`);
  });
}

test("without the random start they would not", () => {
  const devices = 2_000;
  const report = playHerd({
    ...HERD,
    devices,
    isSimultaneous: true,
    spreadMs: 1,
  });
  assert.ok(report.peakPerSecond > 3 * report.steadyPerSecond);
});
