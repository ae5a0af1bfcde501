/**
 * One piece of work after the other.
 *
 * Owns: the order of sends over links that take one operation at a time or take a send in parts.
 * @module
 */

/** A queue of asynchronous work. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `work` when all before it has ended, however it ended. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
