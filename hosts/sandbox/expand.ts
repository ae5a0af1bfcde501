/**
 * Embeds objects in place of their identifiers, as `expand[]` asks.
 * @see https://docs.stripe.com/api/expanding_objects
 * @module
 */
import { invalidParameter } from "./api_error.ts";
import type { ModeState } from "./state.ts";

// https://docs.stripe.com/expand: "a maximum depth of four levels".
const MAX_DEPTH = 4;

/** Returns a copy of `answer` with every path of `paths` expanded. */
export function expand(
  answer: unknown,
  paths: readonly string[],
  mode: ModeState,
): unknown {
  if (paths.length === 0) return answer;
  const copy = structuredClone(answer);
  for (const path of paths) {
    const steps = path.split(".");
    if (steps.length > MAX_DEPTH + (steps[0] === "data" ? 1 : 0)) {
      throw invalidParameter("expand", "You cannot expand so many levels.");
    }
    expandPath(copy, steps, mode, path);
  }
  return copy;
}

function expandPath(
  node: unknown,
  steps: readonly string[],
  mode: ModeState,
  path: string,
): void {
  if (steps.length === 0 || node === null || typeof node !== "object") return;
  if (Array.isArray(node)) {
    for (const item of node) expandPath(item, steps, mode, path);
    return;
  }
  const record = node as Record<string, unknown>;
  const [step, ...rest] = steps;
  if (!(step in record)) {
    throw invalidParameter(
      "expand",
      `This property cannot be expanded (${path}).`,
    );
  }
  const value = record[step];
  if (typeof value === "string") {
    const found = findById(value, mode);
    if (found) record[step] = structuredClone(found);
  }
  expandPath(record[step], rest, mode, path);
}

function findById(id: string, mode: ModeState): object | undefined {
  return mode.intents.find(id) ?? mode.charges.find(id) ??
    mode.refunds.find(id) ?? mode.locations.find(id) ?? mode.readers.find(id);
}
