/**
 * The calls of one page, between the page and whoever leads.
 *
 * Owns: what becomes of a call when the leader goes. One that was never sent, or that changes no
 * payment, goes to the next leader; any other is answered with `STORE_LEADER_CHANGED`. A call that
 * its page gave up is not asked again.
 * @module
 */
import { failure, type Reading } from "../../engine/mod.ts";
import { toPlain } from "./plain_error.ts";
import { REPEATABLE } from "./method_traits.ts";
import type { Answer, Call, Cancel, ToTerminal } from "./protocol.ts";

interface Pending {
  call: Call;
  /** The leader it was sent to, or null. */
  sentTo: string | null;
  isCanceled: boolean;
}

/** Where calls and answers go. */
export interface PendingCallsPorts {
  /** Posts to the leader; true when what it got is a copy. */
  send(message: ToTerminal): boolean;
  answer(answer: Answer): void;
}

/** Calls that are not answered yet. */
export class PendingCalls {
  readonly #ports: PendingCallsPorts;
  readonly #pending = new Map<number, Pending>();

  constructor(ports: PendingCallsPorts) {
    this.#ports = ports;
  }

  /** Takes a call and sends it to `leader`, where there is one. */
  add(call: Call, leader: string | null): void {
    const pending = { call, sentTo: null, isCanceled: false };
    this.#pending.set(call.id, pending);
    if (leader !== null) this.#send(pending, leader);
  }

  /** Answers a call that is not taken. */
  refuse({ id }: Call, error: unknown): void {
    this.#ports.answer({ kind: "answer", id, error: toPlain(error) });
  }

  /** The page gives a call up; one that nobody has yet ends here. */
  cancel(message: Cancel): void {
    const pending = this.#pending.get(message.id);
    if (pending === undefined) return;
    pending.isCanceled = true;
    if (pending.sentTo === null) this.#end(pending, canceled());
    else this.#ports.send(message);
  }

  /** Passes an answer on; one that nobody waits for is dropped. */
  answer(answer: Answer): void {
    if (this.#pending.delete(answer.id)) this.#ports.answer(answer);
  }

  /** Whoever led is gone, and nobody leads yet. */
  lose(): void {
    for (const pending of [...this.#pending.values()]) {
      if (pending.sentTo === null) continue;
      if (!REPEATABLE.has(pending.call.method)) this.#end(pending, changed());
      else if (pending.isCanceled) this.#end(pending, canceled());
      else pending.sentTo = null;
    }
  }

  /** `leader` leads from now on. */
  follow(leader: string): void {
    this.lose();
    for (const pending of [...this.#pending.values()]) {
      this.#send(pending, leader);
    }
  }

  /** Every call that still waits ends with `error`. */
  fail(error: unknown): void {
    for (const pending of [...this.#pending.values()]) {
      this.#end(pending, error);
    }
  }

  #send(pending: Pending, leader: string): void {
    pending.sentTo = leader;
    const { method, args } = pending.call;
    const isCopied = this.#ports.send(pending.call);
    // Card data is nowhere twice: the call that waits here for its answer has none.
    if (isCopied && method === "storePayments") {
      for (const { emvData } of args[0] as Reading[]) emvData.fill(0);
    }
  }

  #end({ call }: Pending, error: unknown): void {
    const { id } = call;
    this.answer({ kind: "answer", id, error: toPlain(error) });
  }
}

function changed(): Error {
  return failure(
    "STORE_LEADER_CHANGED",
    "the tab that held the store closed while the call was under way",
  );
}

function canceled(): Error {
  return failure("CANCELED", "the call was canceled by its caller");
}
