/** The alarm before a capture lapses: each is told once a start, and written down once. @module */
import assert from "node:assert/strict";
import test from "node:test";
import {
  CaptureAlarm,
  type CaptureAlarmContext,
} from "../../../engine/forward/capture_alarm.ts";
import type { SqlValue } from "../../../engine/ports.ts";

const NOW_MS = 1_800_000_000_000;
const HOUR_MS = 3600_000;

/** An alarm over payments that were forwarded at these times, and what it wrote down. */
function make(forwardedAtMs: readonly number[]) {
  const lines: number[] = [];
  const context = {
    database: {
      transaction: (body: () => unknown) => body(),
      query: (_sql: string, [beforeMs]: readonly SqlValue[]) =>
        forwardedAtMs.map((
          atMs,
          i,
        ) => [i + 1, atMs, Number(lines.includes(i + 1))])
          .filter(([, atMs]) => atMs <= Number(beforeMs)),
    },
    payments: { byRowId: (rowId: number) => ({ payment: { rowId } }) },
    activity: {
      add: (_kind: string, rowId: number) => void lines.push(rowId),
    },
    clock: { nowMs: () => NOW_MS },
    leadMs: 6 * HOUR_MS,
  } as unknown as CaptureAlarmContext;
  return { alarm: new CaptureAlarm(context), lines };
}

test("look() finds what lapses within the lead, once", () => {
  const due = NOW_MS - 42 * HOUR_MS;
  const { alarm, lines } = make([due, due + 1, due - HOUR_MS]);
  const found = alarm.look();
  assert.deepEqual(found.map(({ closesAtMs }) => closesAtMs - NOW_MS), [
    6 * HOUR_MS,
    5 * HOUR_MS,
  ]);
  assert.deepEqual(alarm.look(), []);
  assert.deepEqual(lines, [1, 3]);
});

test("look() after forget() tells again and writes nothing down again", () => {
  const { alarm, lines } = make([NOW_MS - 47 * HOUR_MS]);
  assert.equal(alarm.look().length, 1);
  alarm.forget();
  assert.equal(alarm.look().length, 1);
  assert.deepEqual(lines, [1]);
});
