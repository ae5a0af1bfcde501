/**
 * What cannot cross to another thread.
 *
 * Owns: naming it. The platform says only that something cannot be cloned; an app wants to know
 * which field.
 * @module
 */
import { failure } from "../../engine/errors.ts";

/**
 * Runs `post`; a value in `values` that it cannot clone is refused by name.
 *
 * @param what What the values are of, for the message.
 * @throws {HoldfastError} `INVALID_ARGUMENT` with the field, such as `offline.approve`.
 */
export function postCloneable(
  what: string,
  values: readonly unknown[],
  post: () => void,
): void {
  try {
    post();
  } catch (cause) {
    const isClone = cause instanceof DOMException &&
      cause.name === "DataCloneError";
    if (!isClone) throw cause;
    const seen = new Set<object>();
    const field = values.map((value) => find(value, "", seen))
      .find((path) => path !== null) ?? "";
    throw failure(
      "INVALID_ARGUMENT",
      `${what} cannot pass ${field || "this"} on: it is a function or the like`,
      { field: field || what, cause },
    );
  }
}

/** Path of the first thing in `value` that cannot be cloned, or null. */
function find(value: unknown, path: string, seen: Set<object>): string | null {
  if (typeof value === "function" || typeof value === "symbol") return path;
  if (typeof value !== "object" || value === null || seen.has(value)) {
    return null;
  }
  seen.add(value);
  const isPlain = Array.isArray(value) ||
    [Object.prototype, null].includes(Object.getPrototypeOf(value));
  if (!isPlain) return isCloneable(value) ? null : path;
  for (const [key, inner] of Object.entries(value)) {
    const found = find(inner, path === "" ? key : `${path}.${key}`, seen);
    if (found !== null) return found;
  }
  return null;
}

function isCloneable(value: object): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}
