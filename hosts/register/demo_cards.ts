/**
 * The cards of the demo.
 * @module
 */

/** The cards the cashier can put into the next customer's hand, in the order of the switch. */
export const DEMO_CARDS: readonly string[] = [
  "mix",
  "visa:tap",
  "visa",
  "mastercard:tap",
  "amex:tap",
  "offline_pin_cvm",
  "charge_declined_insufficient_funds",
  "charge_declined_lost_card",
  "visa_expired",
  "visa_refused_by_chip",
  "interac",
  "online_pin_cvm",
  "removes_early",
  "no_card",
];
