/**
 * What a page, its Worker and the Workers of other tabs say to each other.
 *
 * Owns: the messages, which are plain values that survive structured cloning. Nothing here is
 * kept or versioned on disk: all tabs of an origin run what the origin serves, and a tab that was
 * loaded before an update is told so by {@link PROTOCOL_VERSION}.
 * @module
 */
import type { Approval, ApprovalRequest } from "../../engine/mod.ts";
import type { PlainError } from "./plain_error.ts";

/** Raised whenever a message changes meaning, or what the leading tab writes into the store. */
export const PROTOCOL_VERSION = 3;

/** A call of a terminal's method. */
export interface Call {
  kind: "call";
  /** Unique among the calls of one tab. */
  id: number;
  method: string;
  args: readonly unknown[];
}

/** The answer to a {@link Call}. */
export type Answer =
  | { kind: "answer"; id: number; value: unknown }
  | { kind: "answer"; id: number; error: PlainError };

/** An event of the terminal, for every page. */
export interface Told {
  kind: "told";
  type: string;
  detail: unknown;
}

/** Somebody on a page listens to events of this type: from now on they need not be kept. */
export interface Listen {
  kind: "listen";
  type: string;
}

/** Bytes to or from a reader that hangs on a tab; null ends the stream. */
export interface ReaderBytes {
  kind: "bytes";
  /** Which reader connection of the tab. */
  stream: number;
  bytes: Uint8Array | null;
}

/** Gives a {@link Call} up. */
export interface Cancel {
  kind: "cancel";
  /** The call's id. */
  id: number;
}

/** A manager is asked at the page whose sale it is. */
export interface Ask {
  kind: "ask";
  /** Unique among all tabs. */
  id: string;
  request: Omit<ApprovalRequest, "signal">;
}

/** An {@link Ask} needs no answer any more. */
export interface AskOver {
  kind: "ask_over";
  id: string;
}

/** The answer to an {@link Ask}; null is a no. */
export interface Reply {
  kind: "reply";
  id: string;
  approval: Approval | null;
}

/** What goes towards the terminal. */
export type ToTerminal = Call | Cancel | Listen | ReaderBytes | Reply;

/** What comes from the terminal. */
export type FromTerminal = Answer | Told | ReaderBytes | Ask | AskOver;

/** What a Worker says to its page besides the messages of a terminal. */
export type WorkerNews =
  /** The Worker hears from now on; what was said to it before may be lost. */
  | { kind: "awake" }
  /** The Worker runs; it holds the Web Lock `lock` for as long as it lives. */
  | { kind: "alive"; version: number; lock: string }
  /** A terminal serves this page, in the tab `leader`. */
  | { kind: "ready"; leads: boolean; leader: string }
  /** The Worker can be of no use. */
  | { kind: "failed"; error: PlainError };

/** Everything that a Worker posts to its page. */
export type ToPage = FromTerminal | WorkerNews;

/** A message between the Workers of different tabs. */
export interface Envelope {
  version: number;
  /** Tab it comes from. */
  from: string;
  /** Tab it is meant for, `leader`, or `all`. */
  to: string;
  message:
    | ToTerminal
    | FromTerminal
    | { kind: "leads" }
    | { kind: "who_leads" };
}

/** The Web Lock that the Worker of `tab` holds while it lives. */
export function lifeLock(tab: string): string {
  return `holdfast:tab:${tab}`;
}
