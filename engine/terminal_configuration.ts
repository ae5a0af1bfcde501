/**
 * What an app decides about its terminal.
 *
 * Owns: the configuration's shape and the defaults of everything that is left out.
 * @module
 */
import type { DecisionPolicy } from "../bindings/mod.ts";
import type { Approver } from "./approval.ts";
import type { ForwarderOptions } from "./forward/forwarder.ts";
import type { RetryPolicy } from "./forward/retry_policy.ts";
import type { OfflineLimits } from "./limits.ts";
import type { SimulatedOfflineModes } from "./simulated_offline.ts";
import type { Recipient } from "./vault.ts";

/** What the app decides. */
export interface TerminalConfiguration {
  /** Stripe account whose payments these are, and its mode. */
  account: {
    id: string;
    isLivemode: boolean;
    /**
     * Whether a platform's credentials act for it (`Stripe-Account`): its payments are direct
     * charges, and a fee needs no destination.
     * @default whether the client settings of the server hosts say `stripeAccount`, else false
     */
    isConnected?: boolean;
  };
  /**
   * Where the reader stands; the rules of its country apply (ISO 3166-1 alpha-2). With Stripe's
   * `id` (`tml_…`) its configuration decides about offline mode and tips, is kept for the time
   * without a connection, and readers may connect offline only as Stripe's rules allow.
   */
  location: { country: string; id?: string };
  /** To whom payments are sealed; the private half lives with the Stripe key, never here. */
  recipient: Recipient;
  /** Offline mode and its bounds. @default {} */
  offline?: {
    /** What the app itself decides. @default what the Location's configuration says, else false */
    isEnabled?: boolean;
    /**
     * Whether payments may wait in a store that the platform may lose: a browser that did not
     * grant persistent storage may evict it, and one that made it less than a minute ago may have
     * no durable name for it yet. @default false: such a store refuses offline payments
     */
    isEvictableStoreAllowed?: boolean;
    /** Whether a mobile reader never seen before may be connected offline. @default true */
    isUnseenReaderAllowed?: boolean;
    /**
     * Asked when a limit refuses an offline payment, before the card is forgotten; what it
     * answers is written into the signed activity log. @default every limit refuses
     */
    approve?: Approver;
    /** Replaces single limits of {@link DEFAULT_LIMITS}; a name there is none of is refused. */
    limits?: Partial<OfflineLimits>;
    /** Replaces single rules of the card decision. */
    policy?: Partial<DecisionPolicy>;
    /** Version of limits and policy, sealed into every record. @default 1 */
    policyVersion?: number;
  };
  /** Replaces single settings of the drain. */
  forwarding?: Partial<ForwarderOptions>;
  /** Whether and when declined offline payments are presented again. @default {isEnabled: false} */
  declineRetry?: Partial<RetryPolicy>;
  /** Milliseconds before a manual capture's window closes that the app is told. @default 6 hours */
  captureAlarmMs?: number;
  /** Milliseconds a call to Stripe may take. @default 15_000 */
  callDeadlineMs?: number;
  /** Milliseconds the customer has to present a card. @default 60_000 */
  collectDeadlineMs?: number;
  /** Milliseconds creating, confirming and connecting may take. @default 30_000 */
  stepDeadlineMs?: number;
  /** Plays a bad network, in test mode only. @default {sdk: "disabled"} */
  simulatedOffline?: SimulatedOfflineModes;
}

/** Milliseconds used where the app gives none. */
export const DEFAULT_DEADLINES = {
  callDeadlineMs: 15_000,
  collectDeadlineMs: 60_000,
  stepDeadlineMs: 30_000,
  /** Confirming, where a manager may have to come over to the till. */
  approvalDeadlineMs: 5 * 60_000,
} as const;

/** How long one step may take. */
export function stepDeadlineOf(
  { stepDeadlineMs = DEFAULT_DEADLINES.stepDeadlineMs }: Pick<
    TerminalConfiguration,
    "stepDeadlineMs"
  >,
): number {
  return stepDeadlineMs;
}

/** The card rules used where the app gives none. */
export const DEFAULT_POLICY: DecisionPolicy = {
  allowedBrands: null,
  respectIacDefault: null,
};
