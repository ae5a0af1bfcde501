/**
 * Two classes of inputs, one clock: does the time tell them apart?
 *
 * Owns: the method of dudect (Reparaz, Balasch, Verbauwhede, "Dude, is my code constant time?",
 * 2017): classes in random turns, slow outliers cut at one threshold for both, Welch's t. It can
 * show a leak and never the absence of one.
 */
import { hrtime } from "node:process";
import { SampleBytes } from "../reference/seal_samples.ts";

/** Something to time: `prepare` sets input number `n` of a class and is not timed, `run` is. */
export interface Subject {
  readonly name: string;
  readonly prepare: (kind: 0 | 1, n: number) => void;
  readonly run: () => void;
}

/** What was found out about a subject. */
export interface Verdict {
  readonly name: string;
  /** Measurements that counted, both classes. */
  readonly count: number;
  /** Mean of each class, ns. */
  readonly meanNs: readonly [number, number];
  /** Welch's t; dudect doubts from 4.5 on and is sure from 10 on. */
  readonly t: number;
}

/** Welch's t of two samples: difference of the means in units of its standard error. */
export function welchT(a: readonly number[], b: readonly number[]): number {
  const [meanA, varianceA] = moments(a);
  const [meanB, varianceB] = moments(b);
  return (meanA - meanB) /
    Math.sqrt(varianceA / a.length + varianceB / b.length);
}

function moments(values: readonly number[]): [number, number] {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const squares = values.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  return [mean, squares / (values.length - 1)];
}

/** Times `count` runs; the slowest tenth, whatever its class, is what the machine did. */
export function measure(subject: Subject, count: number): Verdict {
  const samples = new SampleBytes(99);
  const kinds: (0 | 1)[] = [];
  const times: number[] = [];
  const warmUp = Math.min(count, 1000);
  for (let i = -warmUp; i < count; i++) {
    const kind = (samples.next() >>> 16 & 1) as 0 | 1;
    subject.prepare(kind, samples.next() >>> 8);
    const startedAt = hrtime.bigint();
    subject.run();
    const time = Number(hrtime.bigint() - startedAt);
    if (i < 0) continue;
    kinds.push(kind);
    times.push(time);
  }
  const limit = times.toSorted((x, y) => x - y)[Math.floor(count * 0.9)];
  const of = (kind: 0 | 1): number[] =>
    times.filter((time, i) => kinds[i] === kind && time <= limit);
  const classes = [of(0), of(1)] as const;
  return {
    name: subject.name,
    count: classes[0].length + classes[1].length,
    meanNs: [moments(classes[0])[0], moments(classes[1])[0]],
    t: welchT(classes[0], classes[1]),
  };
}
