/**
 * Candidates against a baseline, in turns on the same disk.
 *
 * Owns: what makes a ratio mean something where the absolute rate moves by a factor of twenty
 * within the hour. Neighbours in time share the disk's mood, so all take turns, and the turns
 * rotate, because whoever follows a sync finds another disk than whoever follows a checkpoint.
 * Each round gives a ratio; the median counts.
 * @module
 */

/** Does one unit of work. */
export type Operation = () => void | Promise<void>;

/** Figures of one candidate. */
export interface Figure {
  /** Operations per second, median over the rounds. */
  perSecond: number;
  /** Against the first candidate in the same round, median over the rounds. */
  ratio: number;
}

/** How to race. */
export interface RaceOptions {
  /** Rounds that count; one more warms up. */
  rounds: number;
  /** Turns of each candidate in one round. */
  turns: number;
  /** Operations in one turn; more where the clock is coarse. @default 1 */
  slice?: number;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

/** Rates and ratios; the first candidate is what the others are measured against. */
export async function race(
  candidates: Readonly<Record<string, Operation>>,
  { rounds, turns, slice = 1 }: RaceOptions,
): Promise<Record<string, Figure>> {
  const entries = Object.entries(candidates);
  const rates = entries.map((): number[] => []);
  for (let round = 0; round <= rounds; round++) {
    const elapsedMs = entries.map(() => 0);
    for (let turn = 0; turn < turns; turn++) {
      for (let i = 0; i < entries.length; i++) {
        const at = (turn + i) % entries.length;
        elapsedMs[at] += await sliceMs(entries[at][1], slice);
      }
    }
    if (round === 0) continue;
    elapsedMs.forEach((ms, i) => rates[i].push(turns * slice / ms * 1000));
  }
  return Object.fromEntries(entries.map(([name], i) => {
    const ratio = median(rates[i].map((rate, round) => rate / rates[0][round]));
    const perSecond = Math.round(median(rates[i]));
    return [name, { perSecond, ratio: Math.round(ratio * 100) / 100 }];
  }));
}

async function sliceMs(operation: Operation, count: number): Promise<number> {
  const startedAt = performance.now();
  for (let i = 0; i < count; i++) {
    const pending = operation();
    // Waiting for what is done already would cost a turn of the event loop.
    if (pending !== undefined) await pending;
  }
  return performance.now() - startedAt;
}
