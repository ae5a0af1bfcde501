/**
 * The timing method bites: it finds the leak that was put there.
 *
 * The core's own times are not judged here, because a busy machine would: `constant_time_command.ts`
 * reports them.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { coreSubjects, leakyComparison } from "./subjects.ts";
import { measure, welchT } from "./welch.ts";

test("welchT() of two samples is the difference in standard errors", () => {
  // Means 2 and 4, variances 1 and 4 over 3 and 3: −2 / √(5/3).
  const t = welchT([1, 2, 3], [2, 4, 6]);
  assert.ok(Math.abs(t - -2 / Math.sqrt(5 / 3)) < 1e-12, `${t}`);
  assert.equal(welchT([5, 6, 7], [5, 6, 7]), 0);
});

test("measure() a comparison that ends early is flagged", () => {
  // 65,536 steps against one: no load of a machine hides that.
  const { t, meanNs } = measure(leakyComparison(), 600);
  assert.ok(t < -10, `t = ${t}, means ${meanNs}`);
});

test("measure() every subject of the core runs in both classes", () => {
  for (const subject of coreSubjects()) {
    const { count, meanNs } = measure(subject, 50);
    assert.ok(count >= 40, subject.name);
    assert.ok(meanNs[0] > 0 && meanNs[1] > 0, subject.name);
  }
});
