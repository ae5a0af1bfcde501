/**
 * Rows about risk, paper and simulation.
 * @see https://docs.stripe.com/terminal/features/operate-offline/overview
 * @see https://docs.stripe.com/terminal/features/receipts
 * @see https://docs.stripe.com/terminal/references/testing
 * @module
 */
import { differs, type ParitySection, shown } from "./row.ts";

const OFFLINE = "hosts/terminal_offline";
const REFUSALS = "hosts/terminal_refusals";
const OFFICE = "hosts/terminal_office";
const TERMS = "hosts/terminal_terms";
const SIMULATED = "hosts/simulated_offline";
const APPROVAL = "hosts/terminal_approval";

/** The sections. */
export const RISK_SECTIONS: readonly ParitySection[] = [
  {
    title: "Managing risk",
    rows: [
      shown(
        "At most 10,000 USD a payment",
        [
          APPROVAL,
          "no manager can lift Stripe's ceiling, the currencies, or a refusal of the card",
        ],
      ),
      differs(
        "The equivalent in other currencies",
        "needs a rate that an offline device does not have; the app's own limit holds",
        [
          REFUSALS,
          "confirmPaymentIntent() in a currency without a limit throws INVALID_OFFLINE_CURRENCY",
        ],
      ),
      differs(
        "Stored sums are limited by the app, by counters that do not include the payment at hand",
        "limits hold inside the transaction and include it",
        [
          REFUSALS,
          "confirmPaymentIntent() at a limit accepts, one above it refuses",
        ],
        [REFUSALS, "voiding or forwarding frees what a limit held"],
      ),
      differs(
        "The number of stored payments has a limit nobody knows",
        "10,000 unless set",
        [
          REFUSALS,
          "confirmPaymentIntent() at a limit accepts, one above it refuses",
        ],
      ),
      differs(
        "No limits by age, card, brand or reader, and nobody to ask",
        "all of them, and a manager may lift one, which a signed log keeps",
        [
          REFUSALS,
          "confirmPaymentIntent() with the oldest payment too old throws OFFLINE_STORED_AGE_LIMIT",
        ],
        [
          APPROVAL,
          "confirmPaymentIntent() over a brand's limit throws OFFLINE_BRAND_LIMIT, other brands go on",
        ],
        [
          APPROVAL,
          "confirmPaymentIntent() over a reader's limit throws OFFLINE_READER_LIMIT",
        ],
        [
          APPROVAL,
          "a manager's approval stores the payment and is written into its timeline",
        ],
        [
          APPROVAL,
          "verifyActivityLog() finds a line that was changed, taken out, or written by another",
        ],
      ),
    ],
  },
  {
    title: "Receipts and reports",
    rows: [
      shown(
        "Required fields; account type and response code unavailable offline",
        [
          OFFICE,
          "receipt() of a stored payment says that it is not authorised and what is not available",
        ],
      ),
      shown(
        "The receipt of a declined payment",
        [
          OFFICE,
          "receipt() of a declined payment says that nothing was charged, and why",
        ],
      ),
      shown(
        "Stripe's e-mail receipts (`receipt_email`) of an offline payment",
        [
          TERMS,
          "a transfer, a fee and receipt_email of an offline payment reach Stripe, also through a restart",
        ],
      ),
      differs(
        "No daily close",
        "totals by currency, brand and outcome with anchors",
        [
          OFFICE,
          "closeDay() adds up each payment in exactly one close, by currency, brand and outcome",
        ],
      ),
    ],
  },
  {
    title: "Testing",
    rows: [
      shown(
        "`disabled` and `offlineImmediate`",
        [
          SIMULATED,
          "setSimulatedOfflineMode() offlineImmediate stores at once, disabled forwards again",
        ],
      ),
      shown(
        "`offlineTimeout` hangs 15 seconds",
        [
          SIMULATED,
          "offlineTimeout hangs for fifteen seconds of the clock, then fails",
        ],
      ),
      shown(
        "`offlineIntermittent` fails about half of the requests",
        [SIMULATED, "offlineIntermittent fails about half of the requests"],
        [SIMULATED, "offlineIntermittent loses nothing and doubles nothing"],
      ),
      differs(
        "One configuration sets the SDK's and the reader's mode",
        "each engine has its own: the point of sale's, and the one inside the smart reader",
        [
          SIMULATED,
          "two engines on one network have a weather each, as POS and smart reader do",
        ],
      ),
      shown(
        "Not in live mode",
        [
          SIMULATED,
          "setSimulatedOfflineMode() in live mode throws SIMULATED_OFFLINE_MODE_NOT_AVAILABLE_IN_LIVEMODE",
        ],
      ),
      differs(
        "`SIMULATED_OFFLINE_MODE_NOT_AVAILABLE_FOR_ACCOUNT`: a preview that Stripe must grant",
        "every account has it, in test mode",
        [
          SIMULATED,
          "two engines on one network have a weather each, as POS and smart reader do",
        ],
      ),
      shown(
        "Test card numbers and amounts decline when forwarded",
        [
          OFFLINE,
          "a decline after forwarding is an outcome with Stripe's decline code",
        ],
        [
          "unit/sandbox/declines",
          "declineOf() knows exactly the cards and amounts of the tables",
        ],
      ),
      shown(
        "Simulated cards play PIN, SCA retry, co-brand, Interac, girocard, expired and swipe",
        [
          "unit/engine/reader_simulated",
          "SimulatedReader.collect() gives every card the decision it stands for",
        ],
        [
          "unit/engine/reader_simulated",
          "SimulatedReader.collect() in the EEA inserts and verifies a PIN, or is refused",
        ],
      ),
      shown(
        "Simulated readers have each model's abilities, updates and restarts",
        [
          "unit/engine/reader_simulated_device",
          "SimulatedReader.hello() tells each model's abilities",
        ],
        [
          "unit/engine/reader_simulated_device",
          "SimulatedReader announces an update, installs it and starts again",
        ],
        [
          "unit/engine/reader_life",
          "SimulatedReader announces which kind of update it wants, until it is installed",
        ],
      ),
      differs(
        "Battery events, with one for a low battery",
        "the reader tells its battery whenever it changes; what is low is the app's to say",
        [
          "unit/engine/reader_life",
          "SimulatedReader's battery drains with use, and every change is told",
        ],
      ),
      differs(
        "Simulated readers cannot be made to disconnect at a chosen moment",
        "the simulator does so at every single frame, by number",
        [
          "unit/engine/reader_fault",
          "ReaderClient ends every call whichever frame the connection breaks at",
        ],
      ),
    ],
  },
];
