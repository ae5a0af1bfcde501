/** Plays the worlds its parent asks for, on a core of its own. @module */
import { parentPort } from "node:worker_threads";
import {
  simulate,
  type SimulateOptions,
} from "../tests/sim/forward/simulate.ts";

parentPort?.on("message", (options: SimulateOptions) => {
  void simulate(options).then((report) => parentPort!.postMessage(report));
});
