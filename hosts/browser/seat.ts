/**
 * One tab's Worker among those of all tabs: it leads, or it passes on to the one that does.
 *
 * Owns: leadership. The tab that holds the Web Lock has the store open and the terminal; the
 * others send their pages' calls to it. When the leader is gone, the lock goes to the next tab,
 * which opens the store; calls that had been sent and may have changed a payment are answered with
 * `STORE_LEADER_CHANGED`, because nobody can know how far they got. There is never a second store
 * and never one in memory.
 * @see https://w3c.github.io/web-locks/
 * @module
 */
import { type Approver, failure, type Terminal } from "../../engine/mod.ts";
import { Leading } from "./leading.ts";
import { PendingCalls } from "./pending_calls.ts";
import { toPlain } from "./plain_error.ts";
import {
  type Call,
  type Envelope,
  type FromTerminal,
  PROTOCOL_VERSION,
  type ToPage,
  type ToTerminal,
} from "./protocol.ts";

/** After a takeover that failed, the other tabs have their turn, and then this one again. */
const RETRY_MS = 1_000;

/** What a seat needs of the browser; the Worker passes the real ones. */
export interface SeatPorts {
  /** This tab, unique. */
  tab: string;
  /** Opens store and terminal; called when this tab becomes the leader. */
  open(approve: Approver): Promise<Terminal>;
  /** Runs `lead` while this tab holds the lock of the store. */
  lock(lead: () => Promise<void>): Promise<void>;
  /** Resolves when the Worker of another tab is gone. */
  whenGone(tab: string): Promise<void>;
  /** Posts to the Workers of all other tabs. */
  broadcast(envelope: Envelope): void;
  /** Posts to this tab's page. */
  toPage(message: ToPage): void;
}

/** A seat; made once per Worker. */
export class Seat {
  readonly #ports: SeatPorts;
  readonly #pending: PendingCalls;
  readonly #listened = new Set<string>();
  /** Managers asked at this page. */
  readonly #asks = new Set<string>();
  /** Tabs whose end is waited for. */
  readonly #watched = new Set<string>();
  #leading: Leading | null = null;
  #leader: string | null = null;
  /** A tab that leads and runs another release, or null. */
  #foreigner: string | null = null;
  #hadLeader: boolean;
  #isLeft = false;
  #release: () => void = () => {};

  /** `isAgain`: a Worker before this one served the same page. */
  constructor(ports: SeatPorts, isAgain = false) {
    this.#ports = ports;
    this.#hadLeader = isAgain;
    this.#pending = new PendingCalls({
      send: (message) => this.#toLeader(message),
      answer: (message) => ports.toPage(message),
    });
  }

  /** Takes part: asks who leads, and waits for its own turn. Rejects when leading fails at first. */
  async take(): Promise<void> {
    this.#post("all", { kind: "who_leads" });
    while (!this.#isLeft) {
      try {
        return await this.#ports.lock(() => this.#lead());
      } catch (error) {
        if (!this.#hadLeader) throw error;
        this.#pending.fail(error);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  /** Leaves: closes the store if this tab leads. */
  async leave(): Promise<void> {
    this.#isLeft = true;
    await this.#leading?.leave();
    this.#leading = null;
    this.#release();
  }

  /** A message of this tab's page. */
  onPage(message: ToTerminal): void {
    switch (message.kind) {
      case "call":
        return this.#onCall(message);
      case "cancel":
        return this.#pending.cancel(message);
      case "listen":
        this.#listened.add(message.type);
        break;
      case "reply":
        this.#asks.delete(message.id);
    }
    // Without a leader there is nobody who asked, and no reader that is connected.
    if (this.#leader !== null) this.#toLeader(message);
  }

  /** A message of another tab's Worker. */
  onEnvelope({ version, from, to, message }: Envelope): void {
    if (from === this.#ports.tab) return;
    if (version !== PROTOCOL_VERSION) {
      return this.#onForeign(from, message.kind);
    }
    const leading = this.#leading;
    const isForUs = to === "all" || to === this.#ports.tab ||
      (to === "leader" && leading !== null);
    if (!isForUs) return;
    switch (message.kind) {
      case "who_leads":
        if (leading !== null) this.#post("all", { kind: "leads" });
        return;
      case "leads":
        return this.#follow(from);
      case "answer":
      case "told":
      case "ask":
      case "ask_over":
        return this.#fromLeader(message);
      case "bytes":
        if (leading === null) return this.#fromLeader(message);
    }
    if (leading === null) return;
    this.#watch(from);
    leading.onMessage(from, message as ToTerminal);
  }

  async #lead(): Promise<void> {
    const { tab } = this.#ports;
    const terminal = await this.#ports.open((request) =>
      this.#leading?.ask(request) ?? Promise.resolve(null)
    );
    if (this.#isLeft) return await terminal.close();
    this.#leading = new Leading(
      tab,
      terminal,
      this.#hadLeader,
      (to, message) => {
        if (to === tab || to === "all") this.#fromLeader(message);
        if (to !== tab) this.#post(to, message);
      },
    );
    this.#follow(tab);
    this.#post("all", { kind: "leads" });
    await new Promise<void>((resolve) => this.#release = resolve);
  }

  #onCall(call: Call): void {
    if (this.#foreigner !== null) {
      return this.#pending.refuse(call, outdated());
    }
    // Without a leader the call waits: there will be one, if only this tab.
    this.#pending.add(call, this.#leader);
  }

  /** Someone leads now: calls sent to the one before are lost, waiting ones are sent. */
  #follow(leader: string): void {
    if (leader === this.#leader) return;
    this.#leader = leader;
    this.#foreigner = null;
    this.#hadLeader = true;
    this.#endAsks();
    if (leader !== this.#ports.tab) this.#watch(leader);
    for (const type of this.#listened) {
      this.#toLeader({ kind: "listen", type });
    }
    this.#pending.follow(leader);
    const leads = leader === this.#ports.tab;
    this.#ports.toPage({ kind: "ready", leads, leader });
  }

  /** Another release leads: what it says means something else. */
  #onForeign(from: string, kind: Envelope["message"]["kind"]): void {
    if (this.#leading !== null) {
      // Its tab learns the same of ours.
      const isAsking = kind === "who_leads" || kind === "call";
      if (isAsking) this.#post("all", { kind: "leads" });
      return;
    }
    if (kind !== "leads") return;
    this.#leader = null;
    this.#foreigner = from;
    this.#watch(from);
    this.#endAsks();
    this.#pending.lose();
    this.#pending.fail(outdated());
    if (!this.#hadLeader) {
      this.#ports.toPage({ kind: "failed", error: toPlain(outdated()) });
    }
  }

  #watch(tab: string): void {
    if (this.#watched.has(tab)) return;
    this.#watched.add(tab);
    void this.#ports.whenGone(tab).then(() => this.#onGone(tab));
  }

  #onGone(tab: string): void {
    this.#watched.delete(tab);
    this.#leading?.forget(tab);
    if (tab === this.#foreigner) this.#foreigner = null;
    if (tab !== this.#leader) return;
    this.#leader = null;
    this.#endAsks();
    this.#pending.lose();
  }

  #fromLeader(message: FromTerminal): void {
    if (message.kind === "answer") return this.#pending.answer(message);
    if (message.kind === "ask") this.#asks.add(message.id);
    if (message.kind === "ask_over") this.#asks.delete(message.id);
    this.#ports.toPage(message);
  }

  /** Nobody waits any more for what a manager says. */
  #endAsks(): void {
    for (const id of this.#asks) this.#ports.toPage({ kind: "ask_over", id });
    this.#asks.clear();
  }

  /** True when the message went to another tab. */
  #toLeader(message: ToTerminal): boolean {
    if (this.#leading === null) this.#post("leader", message);
    else this.#leading.onMessage(this.#ports.tab, message);
    return this.#leading === null;
  }

  #post(to: string, message: Envelope["message"]): void {
    const from = this.#ports.tab;
    this.#ports.broadcast({ version: PROTOCOL_VERSION, from, to, message });
  }
}

function outdated(): Error {
  return failure(
    "TAB_OUTDATED",
    "the tabs of this app run different releases of it",
  );
}
