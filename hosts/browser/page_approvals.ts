/**
 * The manager, asked at the page.
 *
 * Owns: that every question gets an answer, and that it is no unless the app's callback says yes:
 * it is not there, it throws, or it is asked about a sale that is over.
 * @module
 */
import type { Approver } from "../../engine/mod.ts";
import type { Ask, Reply } from "./protocol.ts";

/** Questions under way. */
export class PageApprovals {
  readonly #approve: Approver | null;
  readonly #post: (reply: Reply) => void;
  readonly #asked = new Map<string, AbortController>();

  constructor(approve: Approver | null, post: (reply: Reply) => void) {
    this.#approve = approve;
    this.#post = post;
  }

  /** Asks the app and posts what it answered. */
  async onAsk({ id, request }: Ask): Promise<void> {
    const over = new AbortController();
    this.#asked.set(id, over);
    try {
      const { signal } = over;
      const approval = await this.#approve?.({ ...request, signal }) ?? null;
      // Only what a manager's yes consists of crosses.
      const { by, reason } = approval ?? {};
      const isYes = typeof by === "string";
      this.#reply(
        id,
        isYes ? { by, reason: String(reason ?? "") } : null,
      );
    } catch (error) {
      this.#reply(id, null);
      // Not ours to hide: as with a listener's bug, the page hears of it as uncaught.
      if (!over.signal.aborted) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  /** The question needs no answer any more. */
  onOver(id: string): void {
    this.#asked.get(id)?.abort();
    this.#asked.delete(id);
  }

  /** No question needs an answer any more. */
  clear(): void {
    for (const id of [...this.#asked.keys()]) this.onOver(id);
  }

  #reply(id: string, approval: Reply["approval"]): void {
    if (this.#asked.delete(id)) this.#post({ kind: "reply", id, approval });
  }
}
