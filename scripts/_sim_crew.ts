/**
 * Many worlds on all cores: a worker each, a few thousand worlds at a time.
 *
 * Owns: that the same seeds are played whatever the number of workers.
 * @module
 */
import { Worker } from "node:worker_threads";
import {
  addReports,
  simulate,
  type SimulationReport,
} from "../tests/sim/forward/simulate.ts";

/** Worlds a worker is asked for at once. */
const SHIFT = 2500;

/** What to play. */
export interface CrewOptions {
  worlds: number;
  seed: number;
  /** Workers; 1 plays in this thread. */
  jobs: number;
  /** Called after every shift with the worlds played so far. */
  onProgress: (worlds: number) => void;
}

/** Plays `worlds` worlds and adds up what the workers report. */
export async function simulateWithCrew(
  { worlds, seed, jobs, onProgress }: CrewOptions,
): Promise<SimulationReport> {
  if (jobs === 1) {
    return await simulate({
      worlds,
      seed,
      onProgress: (report) => onProgress(report.worlds),
    });
  }
  let sum = await simulate({ worlds: 0, seed });
  let next = 0;
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL("./_sim_worker.ts", import.meta.url));
    try {
      while (next < worlds) {
        const shift = {
          worlds: Math.min(SHIFT, worlds - next),
          seed: seed + next,
        };
        next += shift.worlds;
        const report = await play(worker, shift);
        sum = addReports(sum, report);
        onProgress(sum.worlds);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return sum;
}

function play(
  worker: Worker,
  shift: { worlds: number; seed: number },
): Promise<SimulationReport> {
  return new Promise((resolve, reject) => {
    worker.once("error", reject);
    worker.once("message", (report: SimulationReport) => {
      worker.off("error", reject);
      resolve(report);
    });
    worker.postMessage(shift);
  });
}
