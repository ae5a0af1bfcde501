/**
 * For tests of your own: a reader in software with all of Stripe's simulated cards, and the
 * contract that your own `Gateway` must keep.
 *
 * Runtime neutral and deterministic: the same seed plays the same day everywhere. The Stripe-shaped
 * sandbox is `/sandbox`.
 * @module
 */
import { SIMULATED_CARDS } from "./reader/simulated_cards.ts";
export { createInProcessPair } from "./reader/in_process_transport.ts";
export {
  type GatewayCheck,
  type GatewayCheckOptions,
  gatewayChecks,
} from "./testing/gateway_checks.ts";
export type {
  GatewayPlace,
  Offer,
  SaleKind,
  SaleRequests,
  Trouble,
} from "./testing/gateway_place.ts";
export { TROUBLES } from "./testing/trouble_checks.ts";
export {
  SimulatedReader,
  type SimulatedReaderOptions,
} from "./reader/simulated_reader.ts";
export type { CustomerScript } from "./reader/simulated_script.ts";

/** Names of every simulated card, for `SimulatedReader.enqueue`. */
export function simulatedCardNames(): string[] {
  return Object.keys(SIMULATED_CARDS);
}
