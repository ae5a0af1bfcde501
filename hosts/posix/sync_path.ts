/**
 * Making a file or a folder's names durable.
 * @module
 */
import { closeSync, fsyncSync, openSync } from "node:fs";

/** Returns once what was written at `path`, or the names in that folder, survive power loss. */
export function syncPath(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
