/** What a browser runs instead of `node:test`: it collects tests, and a Worker runs them. @module */

/** A registered test. */
export interface Collected {
  name: string;
  body: () => Promise<void> | void;
}

/** Everything registered so far. */
export const collected: Collected[] = [];

/** Registers a test. */
export default function test(name: string, body: Collected["body"]): void {
  collected.push({ name, body });
}
