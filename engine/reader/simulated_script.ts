/**
 * What a simulated customer is told to do.
 *
 * Owns: the little language of scripts, `visa`, `amex:tap`, `online_pin_cvm:insert:9999`, `no_card`.
 * @module
 */
import {
  isSimulatedCardName,
  type Presentation,
  SIMULATED_CARDS,
  type SimulatedCard,
} from "./simulated_cards.ts";

/**
 * What the next customer does: a card's name, optionally `:insert` (the default), `:tap` or
 * `:swipe`, then the PIN entered when one is asked for, `:1234` (the default) or `:no_pin`;
 * `removes_early` (pulls the card out) or `no_card` (never presents one).
 */
export type CustomerScript = string;

/** The PIN of every simulated card. */
export const SIMULATED_PIN = "1234";

/** Throws a RangeError for a script nobody can play. */
export function checkScript(script: CustomerScript): void {
  if (script !== "no_card" && script !== "removes_early") parseScript(script);
}

/** The card of a script and how it is presented. */
export function parseScript(
  script: CustomerScript,
): { card: SimulatedCard; presentation: Presentation; pin: string | null } {
  const [name, how = "insert", pin = SIMULATED_PIN] = script.split(":");
  const isPlayable = isSimulatedCardName(name) &&
    /^(insert|tap|swipe)$/.test(how) && /^([0-9]{4,12}|no_pin)$/.test(pin);
  if (!isPlayable) {
    throw new RangeError(`expected a simulated card, got ${script}`);
  }
  const card: SimulatedCard = SIMULATED_CARDS[name];
  const presentation = card.isStripeOnly ? "swipe" : how as Presentation;
  return { card, presentation, pin: pin === "no_pin" ? null : pin };
}
