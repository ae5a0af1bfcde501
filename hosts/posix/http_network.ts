/**
 * Whether the far side can be reached, by asking it.
 * @module
 */
import type { Network } from "../../engine/mod.ts";

/** A {@link Network} that requests one URL; an answer of any status counts. */
export class HttpNetwork implements Network {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async probe(signal: AbortSignal): Promise<boolean> {
    try {
      const response = await fetch(this.#url, {
        method: "HEAD",
        signal,
        redirect: "manual",
      });
      await response.body?.cancel();
      return true;
    } catch {
      // Refused, reset, timed out, no name, no route: all mean the same here.
      return false;
    }
  }
}
