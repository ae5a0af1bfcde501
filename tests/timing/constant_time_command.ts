/**
 * How far the time of the core's secret operations depends on the secret.
 *
 *   deno run -A tests/timing/constant_time_command.ts [--samples 100000]
 *
 * Reports Welch's t for each; a leak put there on purpose shows that the method works, and only
 * that decides the exit status. |t| from 10 on deserves a look: repeat it on a quiet machine with
 * other seeds and more samples before believing it. Last line JSON.
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { coreSubjects, leakyComparison } from "./subjects.ts";
import { measure } from "./welch.ts";

const { values } = parseArgs({
  options: { samples: { type: "string", default: "20000" } },
});
const samples = Number(values.samples);
if (!Number.isInteger(samples) || samples < 100) {
  throw new RangeError("--samples expects a whole number from 100 on");
}

const control = measure(leakyComparison(), Math.min(samples, 2000));
const verdicts = [control, ...coreSubjects().map((s) => measure(s, samples))];
console.log("      t   fixed ns  random ns");
for (const { name, t, meanNs } of verdicts) {
  const cells = [t.toFixed(1).padStart(7)];
  for (const mean of meanNs) cells.push(mean.toFixed(0).padStart(10));
  console.log(`${cells.join(" ")}  ${name}${Math.abs(t) >= 10 ? "  ←" : ""}`);
}
const isSharp = control.t < -10;
process.exitCode = isSharp ? 0 : 1;
console.log(JSON.stringify({ ok: isSharp, samples, verdicts }));
