/**
 * What an app decides about its terminal.
 *
 * Owns: the configuration's shape and the defaults of everything that is left out.
 * @module
 */
import type { DecisionPolicy } from "../bindings/mod.ts";
import type { ForwarderOptions } from "./forward/forwarder.ts";
import type { OfflineLimits } from "./limits.ts";
import type { Recipient } from "./vault.ts";

/** What the app decides. */
export interface TerminalConfiguration {
  /** Stripe account whose payments these are, and its mode. */
  account: { id: string; isLivemode: boolean };
  /** Where the reader stands; the rules of its country apply (ISO 3166-1 alpha-2). */
  location: { country: string };
  /** To whom payments are sealed; the private half lives with the Stripe key, never here. */
  recipient: Recipient;
  /** Offline mode is off until it is enabled. @default {isEnabled: false} */
  offline?: {
    isEnabled: boolean;
    /** Replaces single limits of {@link DEFAULT_LIMITS}. */
    limits?: Partial<OfflineLimits>;
    /** Replaces single rules of the card decision. */
    policy?: Partial<DecisionPolicy>;
    /** Version of limits and policy, sealed into every record. @default 1 */
    policyVersion?: number;
  };
  /** Replaces single settings of the drain. */
  forwarding?: Partial<ForwarderOptions>;
  /** Milliseconds a call to Stripe may take. @default 15_000 */
  callDeadlineMs?: number;
  /** Milliseconds the customer has to present a card. @default 60_000 */
  collectDeadlineMs?: number;
}

/** Whether a payment could be taken offline now, and if not, every reason why. */
export interface OfflineReadiness {
  isReady: boolean;
  reasons: readonly string[];
}

/** The card rules used where the app gives none. */
export const DEFAULT_POLICY: DecisionPolicy = {
  allowedBrands: null,
  respectIacDefault: null,
};
