/**
 * The log of requests, for the inspection page and for tests.
 *
 * Owns: what may be remembered of a request. Never its body: a confirmation
 * carries card data.
 * @module
 */

/** One delivery of one request to the server. */
export interface JournalEntry {
  /** 1 for the first. */
  sequence: number;
  /** Virtual time in epoch milliseconds. */
  at_ms: number;
  method: string;
  path: string;
  /** Account the key belongs to, or null without a usable key. */
  account: string | null;
  idempotency_key: string | null;
  /** Whether the answer was a saved one. */
  replayed: boolean;
  /** Faults that hit, in order. */
  faults: string[];
  /** Status of the answer, or null when nothing was executed. */
  status: number | null;
  request_id: string | null;
  /** Identifier of the answered object, or null. */
  object: string | null;
}

// About 300 bytes each: 30 MB at most.
const CAPACITY = 100_000;

/** The latest requests. */
export class Journal {
  #entries: JournalEntry[] = [];
  #sequence = 0;

  /** Adds an entry and numbers it. */
  add(entry: Omit<JournalEntry, "sequence">): void {
    this.#sequence += 1;
    this.#entries.push({ sequence: this.#sequence, ...entry });
    // Dropping a tenth at a time keeps adding cheap.
    if (this.#entries.length > CAPACITY) this.#entries.splice(0, CAPACITY / 10);
  }

  /** Entries kept, oldest first. */
  get entries(): readonly JournalEntry[] {
    return this.#entries;
  }

  /** How many requests there were, kept or not. */
  get total(): number {
    return this.#sequence;
  }

  /** Forgets everything. */
  clear(): void {
    this.#entries = [];
    this.#sequence = 0;
  }
}
