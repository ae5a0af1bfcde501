/**
 * What a simulated customer is told to do.
 *
 * Owns: the little language of scripts, `visa`, `amex:tap`, `no_card`.
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
 * `:swipe`; `removes_early` (pulls the card out) or `no_card` (never presents one).
 */
export type CustomerScript = string;

/** Throws a RangeError for a script nobody can play. */
export function checkScript(script: CustomerScript): void {
  if (script !== "no_card" && script !== "removes_early") parseScript(script);
}

/** The card of a script and how it is presented. */
export function parseScript(
  script: CustomerScript,
): { card: SimulatedCard; presentation: Presentation } {
  const [name, how = "insert"] = script.split(":");
  if (!isSimulatedCardName(name) || !/^(insert|tap|swipe)$/.test(how)) {
    throw new RangeError(`expected a simulated card, got ${script}`);
  }
  const card: SimulatedCard = SIMULATED_CARDS[name];
  const presentation = card.isStripeOnly ? "swipe" : how as Presentation;
  return { card, presentation };
}
