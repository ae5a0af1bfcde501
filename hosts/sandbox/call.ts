/**
 * One call of one endpoint, as its handler sees it.
 * @module
 */
import type { ParameterReader } from "./parameters.ts";
import type { ModeState, SandboxState } from "./state.ts";

/** Where a change comes from; events name it. */
export interface Origin {
  readonly state: SandboxState;
  /** The account and mode of the key. */
  readonly mode: ModeState;
  /** The request, or null for what the sandbox does by itself. */
  readonly requestId: string | null;
  readonly idempotencyKey: string | null;
}

/** A call on its way through a handler. */
export interface Call extends Origin {
  readonly parameters: ParameterReader;
  /** Whether the key's owner acts for another account (`Stripe-Account`): a direct charge. */
  readonly isDirect: boolean;
  /** The identifier in the path, or empty. */
  readonly id: string;
}

/** Answers a call with an object, or throws an `ApiFailure`. */
export type Handler = (call: Call) => unknown;
