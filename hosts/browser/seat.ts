/**
 * One tab's Worker among those of all tabs: it leads, or it passes on to the one that does.
 *
 * Owns: leadership. The tab that holds the Web Lock has the store open and the terminal; the
 * others send their pages' calls to it. When the leader is gone, the lock goes to the next tab,
 * which opens the store; calls under way that may have changed a payment are answered with
 * `STORE_LEADER_CHANGED`, because nobody can know how far they got. There is never a second store and never one in memory.
 * @see https://w3c.github.io/web-locks/
 * @module
 */
import { failure, type Terminal } from "../../engine/mod.ts";
import { MessageTransport } from "./message_transport.ts";
import {
  type Answer,
  type Call,
  type Envelope,
  type Message,
  PROTOCOL_VERSION,
  toPlain,
} from "./protocol.ts";
import { ServedTerminal } from "./served_terminal.ts";

/** Calls that change no payment: a new leader is simply asked again. */
const REPEATABLE: ReadonlySet<string> = new Set([
  "canOperateOffline",
  "createPaymentIntent",
  "dailyCloses",
  "forwardNow",
  "getPayment",
  "listPayments",
  "offlineStatus",
  "pauseForwarding",
  "probeNetwork",
  "resumeForwarding",
  "timeline",
]);

/** What a seat needs of the browser; the Worker passes the real ones. */
export interface SeatPorts {
  /** This tab, unique. */
  tab: string;
  /** Opens store and terminal; called when this tab becomes the leader. */
  open(): Promise<Terminal>;
  /** Runs `lead` while this tab holds the lock of the store. */
  lock(lead: () => Promise<void>): Promise<void>;
  /** Posts to the Workers of all other tabs. */
  broadcast(envelope: Envelope): void;
  /** Posts to this tab's page. */
  toPage(message: Message | { kind: "ready"; leads: boolean }): void;
}

/** A seat; made once per Worker. */
export class Seat {
  readonly #ports: SeatPorts;
  readonly #streams = new Map<string, MessageTransport>();
  readonly #pending = new Map<number, Call>();
  #served: ServedTerminal | null = null;
  #leader: string | null = null;
  #release: () => void = () => {};

  constructor(ports: SeatPorts) {
    this.#ports = ports;
  }

  /** Takes part: asks who leads, and waits for its own turn. Rejects when leading fails. */
  async take(): Promise<void> {
    this.#post("all", { kind: "who_leads" });
    await this.#ports.lock(async () => {
      const terminal = await this.#ports.open();
      this.#served = new ServedTerminal(terminal, (type, detail) => {
        this.#ports.toPage({ kind: "told", type, detail });
        this.#post("all", { kind: "told", type, detail });
      });
      this.#follow(this.#ports.tab);
      this.#post("all", { kind: "leads" });
      await new Promise<void>((resolve) => this.#release = resolve);
    });
  }

  /** Leaves: closes the store if this tab leads. */
  async leave(): Promise<void> {
    await this.#served?.close();
    this.#served = null;
    this.#release();
  }

  /** A message of this tab's page. */
  onPage(message: Message): void {
    if (message.kind === "cancel") {
      if (this.#served === null) this.#post("leader", message);
      else this.#served.cancel(this.#ports.tab, message.id);
    } else if (message.kind === "call") {
      this.#pending.set(message.id, message);
      if (this.#served !== null) void this.#serve(this.#ports.tab, message);
      else if (this.#leader !== null) this.#post("leader", message);
      // Without a leader the call waits: there will be one, if only this tab.
    } else if (message.kind === "bytes") {
      if (this.#served !== null) this.#onBytes(this.#ports.tab, message);
      else this.#post("leader", message);
    }
  }

  /** A message of another tab's Worker. */
  onEnvelope({ version, from, to, message }: Envelope): void {
    if (version !== PROTOCOL_VERSION || from === this.#ports.tab) return;
    const isLeader = this.#served !== null;
    const isForUs = to === "all" || to === this.#ports.tab ||
      (to === "leader" && isLeader);
    if (!isForUs) return;
    switch (message.kind) {
      case "who_leads":
        if (isLeader) this.#post("all", { kind: "leads" });
        return;
      case "leads":
        this.#follow(from);
        return;
      case "call":
        void this.#serve(from, message);
        return;
      case "cancel":
        this.#served?.cancel(from, message.id);
        return;
      case "answer":
        this.#answer(message);
        return;
      case "told":
        this.#ports.toPage(message);
        return;
      case "bytes":
        if (isLeader) this.#onBytes(from, message);
        else this.#ports.toPage(message);
    }
  }

  /** Someone leads now: calls sent to the one before are lost, waiting ones are sent. */
  #follow(leader: string): void {
    if (leader === this.#leader) return;
    const hadLeader = this.#leader !== null;
    this.#leader = leader;
    const leads = leader === this.#ports.tab;
    for (const call of [...this.#pending.values()]) {
      const mayHaveActed = hadLeader && !REPEATABLE.has(call.method);
      if (mayHaveActed) this.#answer({ ...changed(), id: call.id });
      else if (leads) void this.#serve(leader, call);
      else this.#post("leader", call);
    }
    this.#ports.toPage({ kind: "ready", leads });
  }

  async #serve(from: string, call: Call): Promise<void> {
    const answer = call.method === "connectReader"
      ? await this.#connectReader(from, call)
      : await this.#served!.execute(from, call);
    if (from === this.#ports.tab) this.#answer(answer);
    else this.#post(from, answer);
  }

  #connectReader(from: string, call: Call): Promise<Answer> {
    const [stream] = call.args as [number];
    const transport = new MessageTransport((bytes) => {
      const message = { kind: "bytes", stream, bytes } as const;
      if (from === this.#ports.tab) this.#ports.toPage(message);
      else this.#post(from, message);
    });
    this.#streams.set(`${from} ${stream}`, transport);
    return this.#served!.connectReader(call.id, transport);
  }

  #onBytes(
    from: string,
    { stream, bytes }: { stream: number; bytes: Uint8Array | null },
  ): void {
    const key = `${from} ${stream}`;
    this.#streams.get(key)?.accept(bytes);
    if (bytes === null) this.#streams.delete(key);
  }

  #answer(answer: Answer): void {
    if (this.#pending.delete(answer.id)) this.#ports.toPage(answer);
  }

  #post(to: string, message: Envelope["message"]): void {
    const from = this.#ports.tab;
    this.#ports.broadcast({ version: PROTOCOL_VERSION, from, to, message });
  }
}

function changed(): { kind: "answer"; error: ReturnType<typeof toPlain> } {
  const error = failure(
    "STORE_LEADER_CHANGED",
    "the tab that held the store closed while the call was under way",
  );
  return { kind: "answer", error: toPlain(error) };
}
