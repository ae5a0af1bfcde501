/**
 * The parts of a running sandbox, for the control API and the page.
 * @module
 */
import type { SandboxClock } from "./clock.ts";
import type { FaultPlanner } from "./faults.ts";
import type { Journal } from "./journal.ts";
import type { SandboxState } from "./state.ts";
import type { Webhooks } from "./webhooks.ts";

/** Everything the switches can reach. */
export interface SandboxParts {
  readonly clock: SandboxClock;
  readonly state: SandboxState;
  readonly faults: FaultPlanner;
  readonly journal: Journal;
  readonly webhooks: Webhooks;
  /** Cuts the API's network, or mends it. */
  setOffline(isOffline: boolean): void;
}
