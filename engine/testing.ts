/**
 * For tests of your own app: a reader in software with all of Stripe's simulated cards.
 *
 * Runtime neutral and deterministic: the same seed plays the same day everywhere. The Stripe-shaped
 * sandbox is `/sandbox`.
 * @module
 */
import { SIMULATED_CARDS } from "./reader/simulated_cards.ts";
export { createInProcessPair } from "./reader/in_process_transport.ts";
export {
  SimulatedReader,
  type SimulatedReaderOptions,
} from "./reader/simulated_reader.ts";
export type { CustomerScript } from "./reader/simulated_script.ts";

/** Names of every simulated card, for `SimulatedReader.enqueue`. */
export function simulatedCardNames(): string[] {
  return Object.keys(SIMULATED_CARDS);
}
