/**
 * What every `Gateway` must do, whoever is behind it: a contract for any test runner.
 *
 * What is asked of a gateway is little: say the truth about what is known, never throw for what
 * the world did, and take money once per intent. Run it over a test double of your acquirer that
 * can lose requests and answers.
 * @module
 */
import { checkFinding } from "./finding_checks.ts";
import type { GatewayPlace, Trouble } from "./gateway_place.ts";
import { checkOffered } from "./offered_checks.ts";
import { checkTrouble, TROUBLES } from "./trouble_checks.ts";
import { checkVerbs } from "./verb_checks.ts";

/** One promise of the contract; hand both to your test runner. */
export interface GatewayCheck {
  name: string;
  /** Makes a far side, checks the promise and closes it; rejects with an `Error` that says why. */
  run(): Promise<void>;
}

/** What the far side knows. */
export interface GatewayCheckOptions {
  /** Troubles that it can have. @default all of them */
  troubles?: readonly Trouble[];
  /** Whether back ends make intents for a till to take up. @default true */
  hasOffers?: boolean;
}

/** The contract; `makePlace` makes a fresh far side for each check. */
export function gatewayChecks(
  makePlace: () => Promise<GatewayPlace>,
  { troubles = TROUBLES, hasOffers = true }: GatewayCheckOptions = {},
): GatewayCheck[] {
  const checks: GatewayCheck[] = [];
  const check = (
    name: string,
    body: (place: GatewayPlace) => Promise<void>,
  ): void => {
    const run = async (): Promise<void> => {
      const place = await makePlace();
      try {
        await body(place);
      } finally {
        await place.close();
      }
    };
    checks.push({ name, run });
  };
  checkVerbs(check);
  checkFinding(check);
  if (hasOffers) checkOffered(check);
  checkTrouble(check, troubles);
  return checks;
}
