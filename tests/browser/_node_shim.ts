/** What a browser runs instead of `node:test`: tests are collected, then run in order. @module */

/** A registered test. */
export interface Collected {
  name: string;
  body: () => Promise<void> | void;
}

/** Everything registered so far. */
export const collected: Collected[] = [];

/** Registers a test. */
export function test(name: string, body: Collected["body"]): void {
  collected.push({ name, body });
}
export default test;

/** What became of one test; null is success. */
export interface Result {
  name: string;
  error: string | null;
}

/** Runs everything registered, in order. */
export async function runCollected(): Promise<Result[]> {
  const results: Result[] = [];
  for (const { name, body } of collected) {
    let error: string | null = null;
    try {
      await body();
    } catch (thrown) {
      error = thrown instanceof Error
        ? thrown.stack ?? String(thrown)
        : "threw";
    }
    results.push({ name, error });
  }
  return results;
}
