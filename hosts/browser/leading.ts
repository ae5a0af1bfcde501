/**
 * The tab that leads: its terminal, and what hangs on it from every tab.
 *
 * Owns: what belongs to which tab. When a tab is gone its calls are given up, its reader is let go
 * and its manager has said no.
 * @module
 */
import type { Approval, ApprovalRequest, Terminal } from "../../engine/mod.ts";
import { MessageTransport } from "./message_transport.ts";
import { toPlain } from "./plain_error.ts";
import type {
  Answer,
  Call,
  FromTerminal,
  ReaderBytes,
  ToTerminal,
} from "./protocol.ts";
import { ServedTerminal } from "./served_terminal.ts";

/** Posts to one tab, the leading one included, or to `all`. */
export type PostTo = (to: string, message: FromTerminal) => void;

interface Asked {
  to: string;
  end: (approval: Approval | null) => void;
}

/** The leading tab's work for all tabs. */
export class Leading {
  readonly #tab: string;
  readonly #served: ServedTerminal;
  readonly #post: PostTo;
  readonly #streams = new Map<string, MessageTransport>();
  readonly #asked = new Map<string, Asked>();
  #nextAsk = 1;
  #isLeaving = false;

  /** Serves `terminal` to all tabs; `isTakeover`: another one was served before it. */
  constructor(
    tab: string,
    terminal: Terminal,
    isTakeover: boolean,
    post: PostTo,
  ) {
    this.#tab = tab;
    this.#post = post;
    this.#served = new ServedTerminal(
      terminal,
      isTakeover,
      (type, detail) => post("all", { kind: "told", type, detail }),
    );
  }

  /** A message of the tab `from`. */
  onMessage(from: string, message: ToTerminal): void {
    switch (message.kind) {
      case "call":
        return void this.#serve(from, message);
      case "cancel":
        return this.#served.cancel(from, message.id);
      case "listen":
        return this.#served.listen(message.type);
      case "bytes":
        return this.#onBytes(from, message);
      case "reply": {
        const asked = this.#asked.get(message.id);
        if (asked?.to === from) asked.end(message.approval);
      }
    }
  }

  /** Asks a manager at the page whose sale it is; no when there is none, or it goes. */
  ask({ signal, ...request }: ApprovalRequest): Promise<Approval | null> {
    const to = this.#served.confirming(request.localId);
    if (to === null || signal.aborted) return Promise.resolve(null);
    const id = `${this.#tab} ${this.#nextAsk++}`;
    return new Promise((resolve) => {
      const end = (approval: Approval | null): void => {
        if (!this.#asked.delete(id)) return;
        signal.removeEventListener("abort", giveUp);
        resolve(approval);
      };
      const giveUp = (): void => {
        this.#post(to, { kind: "ask_over", id });
        end(null);
      };
      this.#asked.set(id, { to, end });
      signal.addEventListener("abort", giveUp, { once: true });
      this.#post(to, { kind: "ask", id, request });
    });
  }

  /** A tab is gone. */
  forget(tab: string): void {
    for (const { to, end } of [...this.#asked.values()]) {
      if (to === tab) end(null);
    }
    this.#served.cancelAll(tab);
    for (const [key, stream] of [...this.#streams]) {
      if (!key.startsWith(`${tab} `)) continue;
      this.#streams.delete(key);
      stream.accept(null);
    }
  }

  /** Closes the store. The readers of other tabs stay open, for the tab that takes over. */
  async leave(): Promise<void> {
    this.#isLeaving = true;
    await this.#served.close();
  }

  async #serve(from: string, call: Call): Promise<void> {
    const answer = call.method === "connectReader"
      ? await this.#connectReader(from, call)
      : await this.#served.execute(from, call);
    // What closing has broken off is for the next leader to say: the page has not left the call.
    const isOthers = from !== this.#tab;
    if (this.#isLeaving && isOthers && "error" in answer) return;
    try {
      this.#post(from, answer);
    } catch (error) {
      // What cannot be cloned must not leave the page waiting.
      this.#post(from, {
        kind: "answer",
        id: call.id,
        error: toPlain(error),
      });
    }
  }

  #connectReader(from: string, call: Call): Promise<Answer> {
    const [stream] = call.args as [number];
    const transport = new MessageTransport((bytes) => {
      const isOthers = from !== this.#tab;
      if (bytes === null && this.#isLeaving && isOthers) return;
      this.#post(from, { kind: "bytes", stream, bytes });
    });
    this.#streams.set(`${from} ${stream}`, transport);
    return this.#served.connectReader(from, call, transport);
  }

  #onBytes(from: string, { stream, bytes }: ReaderBytes): void {
    const key = `${from} ${stream}`;
    this.#streams.get(key)?.accept(bytes);
    if (bytes === null) this.#streams.delete(key);
  }
}
