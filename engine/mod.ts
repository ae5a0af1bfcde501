/**
 * Holdfast: card payments while the internet is down, forwarded exactly once.
 *
 * This entry is runtime neutral: it takes its store, clock, randomness, keys, network and gateway
 * as ports. Most apps use `/deno`, `/node` or `/browser`, which bring them.
 * @module
 */
export type { DecisionPolicy } from "../bindings/mod.ts";
export { type Core, loadCore } from "../bindings/mod.ts";
export * from "./errors.ts";
export * from "./events.ts";
export * from "./gateway.ts";
export {
  type CreatePaymentIntentParams,
  type PaymentIntent,
} from "./intents.ts";
export { DEFAULT_LIMITS, type OfflineLimits } from "./limits.ts";
export { createOpener, type Opener } from "./opener.ts";
export * from "./payment.ts";
export * from "./ports.ts";
export * from "./reader/mod.ts";
export type { Activity } from "./store/activity.ts";
export type { CurrencyTotal, PaymentFilter } from "./store/payments.ts";
export type { ReconcileOptions } from "./reconcile/reconcile.ts";
export type { Disagreement, ReconciliationReport } from "./reconcile/report.ts";
export { createCardPresentGateway } from "./stripe/card_present_gateway.ts";
export { openTerminal, Terminal } from "./terminal.ts";
export type {
  OfflineReadiness,
  TerminalConfiguration,
} from "./terminal_configuration.ts";
export type { TerminalPorts } from "./terminal_ports.ts";
export type { ForwarderOptions } from "./forward/forwarder.ts";
export type { Recipient } from "./vault.ts";
