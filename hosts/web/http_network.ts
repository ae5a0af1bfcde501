/**
 * Whether the far side answers, asked over HTTP now.
 *
 * Owns: the meaning of "online": an answer with any status, since a 404 of the API shows too that
 * the way is open. With an https URL a captive portal cannot give that answer.
 * @module
 */
import type { Network } from "../../engine/ports.ts";

/** A till that must wait longer than this for a HEAD would better sell offline. */
const DEADLINE_MS = 3000;

/** Probes one URL. */
export class HttpNetwork implements Network {
  readonly #url: string;
  readonly #deadlineMs: number;

  /** Makes a probe of `url`. */
  constructor(url: string, deadlineMs = DEADLINE_MS) {
    this.#url = url;
    this.#deadlineMs = deadlineMs;
  }

  /** @inheritdoc */
  async probe(signal: AbortSignal): Promise<boolean> {
    const deadline = AbortSignal.timeout(this.#deadlineMs);
    try {
      const response = await fetch(this.#url, {
        method: "HEAD",
        redirect: "manual",
        cache: "no-store",
        signal: AbortSignal.any([signal, deadline]),
      });
      await response.body?.cancel();
      return true;
    } catch {
      // Every reason, the caller's own abort included, means: not reached.
      return false;
    }
  }
}
