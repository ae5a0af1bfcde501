/**
 * What forwarding works with, and how one attempt can end.
 *
 * Owns: the narrow view of the store that forwarding has. Each member is the part of a store
 * class that is really used, so that a simulation can put another store in its place and a reader
 * sees at once what forwarding can touch.
 * @module
 */
import type { Gateway } from "../gateway.ts";
import type { Clock, Database } from "../ports.ts";
import type { ActivityLog } from "../store/activity.ts";
import type { Leases } from "../store/lease.ts";
import type { Payments } from "../store/payments.ts";
import type { Steps } from "../store/steps.ts";
import type { Vault } from "../vault.ts";
import type { CardsAtHand } from "./cards_at_hand.ts";
import type { PresentAgain } from "./present_again.ts";

/** The store as forwarding sees it; the classes under `engine/store/` have these members. */
export interface ForwardStore {
  /** Commits, and mends a poisoned connection. */
  database: Pick<Database, "transaction" | "reopen">;
  /** Rows, states and sealed records. */
  payments: Pick<
    Payments,
    "byRowId" | "sealedRecord" | "move" | "waiting" | "totals"
  >;
  /** Keys and the one intent id. */
  steps: Pick<Steps, "latest" | "begin" | "spend" | "adoptIntent" | "plan">;
  /** Who drains. */
  leases: Pick<Leases, "acquire" | "renew" | "isCurrent" | "release">;
  /** The timeline. */
  activity: Pick<ActivityLog, "add" | "ofPayment">;
  /** This device's id and the first record of an epoch. */
  vault: Pick<Vault, "deviceId" | "genesis">;
}

/** What forwarding works with; all owned by the engine. */
export interface ForwardContext extends ForwardStore {
  clock: Clock;
  gateway: Gateway;
  /** Milliseconds one call may take. */
  callDeadlineMs: number;
  /** Cards of payments that the issuer is asked about now. @default none */
  atHand?: CardsAtHand;
  /** Presents declined payments again. @default every decline is final */
  presentAgain?: PresentAgain;
}

/** How one attempt ended. */
export type ForwardResult =
  /** The payment has its outcome (or had it already). */
  | { kind: "settled" }
  /** Try again later with the same keys. */
  | {
    kind: "retry";
    code: string;
    retryAfterMs: number | null;
    isAnswered: boolean;
  }
  /** The issuer wants a PIN: whoever has the card holder asks for it and adds the payment again. */
  | { kind: "pin_wanted" }
  /** Nothing of this lane can be forwarded until a person acts. */
  | { kind: "parked"; code: string }
  /** Another drainer holds a newer lease. */
  | { kind: "fenced" };
