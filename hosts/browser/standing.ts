/**
 * What the browser promises about a store, as far as it is known now.
 *
 * Owns: keeping that current. A promise to keep the store may be given after it was opened (the
 * app is installed) and taken back while it is open, and the room shrinks when others use it; all
 * of that can only be asked asynchronously, so it is asked again and again, and at once when the
 * browser says that the permission changed.
 * @see https://storage.spec.whatwg.org/
 * @module
 */

/** What a disk over OPFS asks about the browser. */
export interface Standing {
  /** Whether the browser has promised not to evict the store by itself. */
  readonly isPersistent: boolean;
  /** Whether the files are still where they were; a browser deletes them under an open store. */
  readonly isThere: boolean;
  /** Whether the names of the files have had the time to become durable. */
  readonly isSettled: boolean;
  /**
   * Bytes this origin may still use, or null when the browser does not tell, and when that was
   * measured: another object for every measurement.
   */
  readonly room: { readonly freeBytes: number | null };
  /** Asks anew; resolves when all of the above is as it is now. Never rejects. */
  refresh(): Promise<void>;
  /** Stops asking. */
  stop(): void;
}

/** The folder of a store, as far as it is asked whether its files are there. */
export interface StoreFolder {
  getFileHandle(name: string): Promise<unknown>;
}

/**
 * Chromium writes the names of new files to its own log and does not sync it; the system does so
 * within half a minute. A power cut before that may lose the name of a file whose bytes were
 * flushed (docs/adr/0015).
 */
export const SETTLING_MS = 60_000;

/** Between two questions, where no sale and no event asks. */
const REFRESH_MS = 2_000;

/** The standing of a store in this browser. */
export class BrowserStanding implements Standing {
  readonly #folder: StoreFolder;
  readonly #settledAt: number;
  readonly #stopped = new AbortController();
  #isPersistent = false;
  #isThere = true;
  #room: { freeBytes: number | null } = { freeBytes: null };
  #timer: ReturnType<typeof setInterval> | null = null;

  private constructor(folder: StoreFolder, settlingMs: number) {
    this.#folder = folder;
    this.#settledAt = performance.now() + settlingMs;
  }

  /** Asks for the first time and goes on asking. */
  static async watch(
    folder: StoreFolder,
    createdAtMs: number | null,
  ): Promise<BrowserStanding> {
    const waitMs = settlingMs(createdAtMs, Date.now());
    const standing = new BrowserStanding(folder, waitMs);
    await standing.refresh();
    standing.#timer = setInterval(() => void standing.refresh(), REFRESH_MS);
    void standing.#listen();
    return standing;
  }

  get isPersistent(): boolean {
    return this.#isPersistent;
  }

  get isThere(): boolean {
    return this.#isThere;
  }

  get isSettled(): boolean {
    return performance.now() >= this.#settledAt;
  }

  get room(): { readonly freeBytes: number | null } {
    return this.#room;
  }

  async refresh(): Promise<void> {
    try {
      const [, isPersistent, { quota, usage }] = await Promise.all([
        this.#look(),
        navigator.storage.persisted(),
        navigator.storage.estimate(),
      ]);
      this.#isPersistent = isPersistent;
      const freeBytes = quota === undefined ? null : quota - (usage ?? 0);
      this.#room = { freeBytes };
    } catch {
      // Who gives no answer gives no promise.
      this.#isPersistent = false;
    }
  }

  stop(): void {
    this.#stopped.abort();
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  /** Files that were deleted once never come back: what has their name then is another store. */
  async #look(): Promise<void> {
    try {
      await this.#folder.getFileHandle("main");
    } catch (error) {
      const { name } = error as { name?: string };
      if (name === "NotFoundError") this.#isThere = false;
    }
  }

  /** Not every browser knows this permission; the timer is there for all. */
  async #listen(): Promise<void> {
    try {
      const status = await navigator.permissions.query({
        name: "persistent-storage",
      });
      status.addEventListener("change", () => void this.refresh(), {
        signal: this.#stopped.signal,
      });
    } catch {
      // The timer asks.
    }
  }
}

/** Milliseconds until a store made at `createdAtMs` has settled; null: long ago. */
function settlingMs(createdAtMs: number | null, nowMs: number): number {
  if (createdAtMs === null) return 0;
  const ageMs = nowMs - createdAtMs;
  // A clock that went back says nothing about the age: wait the whole time.
  if (ageMs < 0) return SETTLING_MS;
  return Math.max(0, SETTLING_MS - ageMs);
}
