/**
 * Saying something before going on, whatever happens next.
 *
 * Owns: that it is in the pipe when the call returns, so that a process killed in the next
 * instant has said it. A pipe that is full answers EAGAIN where the runtime made it non-blocking.
 * @module
 */
import { writeSync } from "node:fs";

/** Writes `text` to standard output, synchronously and whole. */
export function sayText(text: string): void {
  const bytes = new TextEncoder().encode(text);
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let done = 0; done < bytes.length;) {
    try {
      done += writeSync(1, bytes, done);
    } catch (error) {
      if ((error as { code?: string }).code !== "EAGAIN") throw error;
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}

/** Writes `value` as one line to standard output, synchronously and whole. */
export function sayLine(value: string): void {
  sayText(`${value}\n`);
}
