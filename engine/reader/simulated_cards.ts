/**
 * The simulated cards: Stripe's test numbers, as chip cards.
 *
 * Owns: one row per card with what its chip says. All numbers are public test numbers; none can
 * be charged.
 * @see https://docs.stripe.com/terminal/references/testing#simulated-test-cards
 * @module
 */

/** How a card is held to the reader. */
export type Presentation = "insert" | "tap" | "swipe";

/** What the chip asks for to know its holder, where the reader can do it. */
export type CardCvm = "none" | "offline_pin" | "online_pin";

/** One application on a chip. */
export interface SimulatedApplication {
  /** EMV tag 84, hex. */
  readonly aid: string;
  /** EMV tag 50. */
  readonly label: string;
  /** True for a scheme that is accepted everywhere, false for a domestic one. */
  readonly isInternational: boolean;
}

/** One card. */
export interface SimulatedCard {
  readonly pan: string;
  /** In the order of the card's own priority. */
  readonly applications: readonly SimulatedApplication[];
  /** ISO 3166-1 alpha-2. */
  readonly issuerCountry: string;
  readonly cvm: CardCvm;
  /** YYMM. */
  readonly expiry: string;
  /** The chip answers an AAC: it declines offline. */
  readonly isRefusedByChip: boolean;
  /** Read by its stripe only. */
  readonly isStripeOnly: boolean;
}

const application = (
  aid: string,
  label: string,
  isInternational = true,
): SimulatedApplication => ({ aid, label, isInternational });

const VISA = application("a0000000031010", "VISA CREDIT");
const VISA_DEBIT = application("a0000000031010", "VISA DEBIT");
const US_DEBIT = application("a0000000980840", "US DEBIT", false);
const MASTERCARD = application("a0000000041010", "MASTERCARD");
const MAESTRO = application("a0000000043060", "MAESTRO");
const AMEX = application("a000000025010801", "AMERICAN EXPRESS");
const DISCOVER = application("a0000001523010", "DISCOVER");
const DINERS = application("a0000001523010", "DINERS CLUB");
const JCB = application("a0000000651010", "JCB CREDIT");
const UNIONPAY = application("a000000333010102", "UNIONPAY CREDIT");
const EFTPOS = application("a00000038410", "EFTPOS SAV", false);
const CARTES_BANCAIRES = application("a0000000421010", "CB", false);
const GIROCARD = application("a0000003591010028001", "GIROCARD", false);
const INTERAC = application("a0000002771010", "INTERAC", false);

/** Stripe's test cards expire in December 2030. */
const EXPIRY = "3012";

function card(
  pan: string,
  applications: readonly SimulatedApplication[],
  rest: Partial<SimulatedCard> = {},
): SimulatedCard {
  return {
    pan,
    applications,
    issuerCountry: "US",
    cvm: "none",
    expiry: EXPIRY,
    isRefusedByChip: false,
    isStripeOnly: false,
    ...rest,
  };
}

/** Every simulated card by name; Stripe's own names in lower case where it has one. */
export const SIMULATED_CARDS = {
  visa: card("4242424242424242", [VISA]),
  visa_debit: card("4000056655665556", [VISA_DEBIT]),
  visa_us_common_debit: card("4000051230000072", [US_DEBIT, VISA_DEBIT]),
  mastercard: card("5555555555554444", [MASTERCARD]),
  mastercard_debit: card("5200828282828210", [MASTERCARD]),
  mastercard_prepaid: card("5105105105105100", [MASTERCARD]),
  maestro: card("6759649826438453", [MAESTRO], { issuerCountry: "GB" }),
  amex: card("378282246310005", [AMEX]),
  amex_2: card("371449635398431", [AMEX]),
  discover: card("6011111111111117", [DISCOVER]),
  discover_2: card("6011000990139424", [DISCOVER]),
  diners: card("3056930009020004", [DINERS]),
  diners_14_digits: card("36227206271667", [DINERS]),
  jcb: card("3566002020360505", [JCB], { issuerCountry: "JP" }),
  unionpay: card("6200000000000005", [UNIONPAY], { issuerCountry: "CN" }),
  interac: card("4506445006931933", [INTERAC], { issuerCountry: "CA" }),
  eftpos_au_debit: card("6280000360000978", [EFTPOS], { issuerCountry: "AU" }),
  eftpos_au_visa_debit: card("4000050360000001", [EFTPOS, VISA_DEBIT], {
    issuerCountry: "AU",
  }),
  eftpos_au_debit_mastercard: card("5555050360000080", [EFTPOS, MASTERCARD], {
    issuerCountry: "AU",
  }),
  cartes_bancaires_visa_debit: card(
    "4000002500001001",
    [CARTES_BANCAIRES, VISA_DEBIT],
    { issuerCountry: "FR", cvm: "offline_pin" },
  ),
  cartes_bancaires_mastercard_debit: card(
    "5555552500001001",
    [CARTES_BANCAIRES, MASTERCARD],
    { issuerCountry: "FR", cvm: "offline_pin" },
  ),
  girocard: card("4711009900000316877", [GIROCARD], { issuerCountry: "DE" }),

  // Cardholder verification.
  offline_pin_cvm: card("4001007020000002", [VISA_DEBIT], {
    issuerCountry: "SG",
    cvm: "offline_pin",
  }),
  offline_pin_sca_retry: card("4000008260000075", [VISA_DEBIT], {
    issuerCountry: "GB",
    cvm: "offline_pin",
  }),
  online_pin_cvm: card("4001000360000005", [VISA_DEBIT], {
    issuerCountry: "AU",
    cvm: "online_pin",
  }),
  online_pin_sca_retry: card("4000002760000008", [VISA_DEBIT], {
    issuerCountry: "DE",
    cvm: "online_pin",
  }),

  // Accepted offline, declined by the issuer when forwarded.
  charge_declined: card("4000000000000002", [VISA]),
  charge_declined_insufficient_funds: card("4000000000009995", [VISA]),
  charge_declined_lost_card: card("4000000000009987", [VISA]),
  charge_declined_stolen_card: card("4000000000009979", [VISA]),
  charge_declined_expired_card: card("4000000000000069", [VISA]),
  charge_declined_processing_error: card("4000000000000119", [VISA]),
  refund_fail: card("4000000000005126", [VISA]),

  // Refused on the spot.
  visa_swipe: card("4242424242424242", [VISA], { isStripeOnly: true }),
  visa_expired: card("4242424242424242", [VISA], { expiry: "2012" }),
  visa_refused_by_chip: card("4242424242424242", [VISA], {
    isRefusedByChip: true,
  }),
} as const satisfies Record<string, SimulatedCard>;

/** Name of a simulated card. */
export type SimulatedCardName = keyof typeof SIMULATED_CARDS;

/** Whether `name` is a simulated card. */
export function isSimulatedCardName(name: string): name is SimulatedCardName {
  return Object.hasOwn(SIMULATED_CARDS, name);
}

/** Cards accepted and authorised everywhere outside the EEA. */
const GOOD: readonly SimulatedCardName[] = [
  "visa",
  "visa_debit",
  "visa_us_common_debit",
  "mastercard",
  "mastercard_debit",
  "mastercard_prepaid",
  "maestro",
  "amex",
  "amex_2",
  "discover",
  "discover_2",
  "diners",
  "jcb",
  "unionpay",
  "eftpos_au_visa_debit",
  "eftpos_au_debit_mastercard",
  "cartes_bancaires_visa_debit",
  "cartes_bancaires_mastercard_debit",
  "offline_pin_cvm",
];
const DECLINED: readonly SimulatedCardName[] = [
  "charge_declined",
  "charge_declined_insufficient_funds",
  "charge_declined_lost_card",
  "charge_declined_stolen_card",
  "charge_declined_expired_card",
  "charge_declined_processing_error",
];
const REFUSED: readonly SimulatedCardName[] = [
  "visa_swipe",
  "interac",
  "girocard",
  "eftpos_au_debit",
  "online_pin_cvm",
  "visa_expired",
  "visa_refused_by_chip",
];

/**
 * A day at the till: of a hundred cards 86 are good, 8 are declined later and 6 refused now.
 * Declines are twice as frequent as in the field, so that short runs meet them.
 */
export function drawCard(
  below: (bound: number) => number,
): SimulatedCardName {
  const draw = below(100);
  const group = draw < 86 ? GOOD : draw < 94 ? DECLINED : REFUSED;
  return group[below(group.length)];
}
