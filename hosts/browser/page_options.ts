/**
 * What a page's terminal is made with.
 *
 * Owns: the options, and how often a Worker that dies is started again.
 * @module
 */
import type { HoldfastError } from "../../engine/mod.ts";
import type { Deadlines } from "./page_patience.ts";
import type { WorkerLink } from "./worker_link.ts";

/** A Worker that dies this often within a minute is not started again. */
const RESTARTS_MAX = 3;
const RESTARTS_WINDOW_MS = 60_000;

/** What a page's terminal is made with. */
export interface PageOptions extends Deadlines {
  /** Makes a Worker in the place of one that died. @default the terminal is over then */
  restart?: () => WorkerLink;
}

/** Counts the deaths of a page's Workers. */
export class Restarts {
  #atMs: number[] = [];

  /** Whether another Worker is to be started; counts it. */
  mayRestart({ code }: HoldfastError): boolean {
    if (code !== "WORKER_GONE") return false;
    const nowMs = performance.now();
    this.#atMs = this.#atMs.filter((atMs) => nowMs - atMs < RESTARTS_WINDOW_MS);
    this.#atMs.push(nowMs);
    return this.#atMs.length <= RESTARTS_MAX;
  }
}
