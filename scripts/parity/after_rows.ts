/**
 * Rows about forwarding, accounts, status, limits and simulation.
 * @see https://docs.stripe.com/terminal/features/operate-offline/overview
 * @module
 */
import { differs, missing, type ParitySection, shown } from "./row.ts";

const OFFLINE = "hosts/terminal_offline";
const ONLINE = "hosts/terminal_online";
const REFUSALS = "hosts/terminal_refusals";
const TROUBLE = "hosts/terminal_trouble";
const TERMS = "hosts/terminal_terms";
const OFFICE = "hosts/terminal_office";
const SIMULATED = "hosts/simulated_offline";
const APPROVAL = "hosts/terminal_approval";
const INCIDENTS = "hosts/incidents";

/** From the stored payment on. */
export const AFTER_SECTIONS: readonly ParitySection[] = [
  {
    title: "Forwarding",
    rows: [
      shown(
        "Automatic when the network returns; each payment is charged once",
        [
          OFFLINE,
          "the forwarder on reconnect charges each stored payment once",
        ],
        [
          OFFLINE,
          "the forwarder over a lossy network loses nothing and doubles nothing",
        ],
      ),
      shown(
        "Attempts go on while the status says offline",
        [
          INCIDENTS,
          "incident android 640: the internet lost in the middle of a confirm is found again in seconds",
        ],
        [
          ONLINE,
          "offlineStatus turns online by itself when the network returns and nothing waits",
        ],
      ),
      differs(
        "There is no way to force forwarding, pause it, or order it",
        "`forwardNow`, `pauseForwarding`, `retryPayment`",
        [
          OFFLINE,
          "pauseForwarding() holds everything until resumeForwarding()",
        ],
      ),
      shown(
        "Forwarded callback with payment and error",
        [
          OFFLINE,
          "the forwarder on reconnect charges each stored payment once",
        ],
        [
          INCIDENTS,
          "incident ios 294: a payment created online is never silently confirmed offline as a success",
        ],
      ),
      differs(
        "A decline ends differently on iOS and Android",
        "one outcome, `declined`, with Stripe's decline code, everywhere",
        [
          OFFLINE,
          "a decline after forwarding is an outcome with Stripe's decline code",
        ],
      ),
      shown(
        "Failures that are no payment's have an event of their own",
        [
          TROUBLE,
          "credentials that expire mid-drain park the lane until resumeForwarding()",
        ],
      ),
      shown(
        "Manual capture after forwarding, once",
        [
          ONLINE,
          "capturePaymentIntent() captures a manual payment once, however often it is called",
        ],
        [
          ONLINE,
          "capturePaymentIntent() whose answer was lost is repeated with the same key",
        ],
      ),
      shown(
        "An authorisation not captured within two days is gone",
        [
          "unit/sandbox/payment_intents",
          "captureIntent() ${ms} ms from the end of the window leaves ${status}",
        ],
      ),
      shown(
        "The point of sale may restart while forwarding",
        [OFFLINE, "openTerminal() after a restart finds every stored payment"],
        [
          "sim/forward/forwarder",
          "the forwarder in ${WORLDS} worlds of flapping networks, deaths and sleep drains them all",
        ],
      ),
      differs(
        "Reinstalling the app, or a restored backup, loses the stored payments",
        "a restored store opens with its own key only, and the relay notices a fork; moving a store to another device is missing",
        [
          TROUBLE,
          "openTerminal() with another device key throws STORE_KEY_MISMATCH and keeps the store",
        ],
        [
          "hosts/relay",
          "the relay quarantines a fork, reports it and remembers over a restart",
        ],
      ),
      missing(
        "Sealed export and restore on another device",
        "promised in the design, not built",
      ),
      differs(
        "Which payments are stored cannot be seen",
        "`listPayments`, `getPayment`, `timeline`",
        [TROUBLE, "timeline() tells what happened to a payment in order"],
        [OFFLINE, "openTerminal() after a restart finds every stored payment"],
      ),
    ],
  },
  {
    title: "Accounts and modes",
    rows: [
      shown(
        "Another account's token: `ACCOUNT_ID_MISMATCH_WHILE_FORWARDING`",
        [
          TROUBLE,
          "forwarding with another account's key sends nothing and keeps everything",
        ],
      ),
      differs(
        "Counters show the active account only",
        "the active account and all accounts of the device",
        [
          TERMS,
          "two accounts on one device: each sees its own, nobody sends the other's, none is deleted",
        ],
      ),
      differs(
        "A test payment met by live keys is deleted",
        "it is kept; no lane is ever deleted",
        [
          TROUBLE,
          "forwarding test payments with a live key sends nothing and keeps everything",
        ],
      ),
      shown(
        "A live payment met by test keys is kept",
        [
          TERMS,
          "live payments met by a test key are kept and sent with live credentials later",
        ],
      ),
      shown(
        "A published test card is refused in live mode",
        [
          "hosts/error_codes",
          "confirmPaymentIntent() of a published test card in live mode throws TEST_CARD_IN_LIVEMODE",
        ],
      ),
      shown(
        "Connect: `on_behalf_of` travels with the stored payment",
        [
          TERMS,
          "onBehalfOf of an offline payment reaches Stripe, also through a restart",
        ],
      ),
      missing(
        "Connect: transfers and application fees of an offline payment",
        "not built; set them on the PaymentIntent from a backend after forwarding",
      ),
      shown(
        "A key that cannot be read while the device is locked is typed, and recoverable",
        [
          INCIDENTS,
          "incident ios 355: a key that cannot be read now is one typed error, and gone when it can",
        ],
      ),
    ],
  },
  {
    title: "Status",
    rows: [
      shown(
        "`sdk` with network status, count and sums by lower-case currency",
        [
          OFFLINE,
          "confirmPaymentIntent() offline returns a stored payment without an id",
        ],
      ),
      shown(
        "Status changes are events",
        [ONLINE, "offlineStatusChange tells of every sale and every outcome"],
      ),
      shown(
        "A smart reader's own status reaches the point of sale",
        [
          "hosts/smart_reader",
          "SmartReader.onEvent() tells of outcomes, of the status and of coming back",
        ],
      ),
      missing(
        "`offlineStatus.reader` of a terminal that drives a smart reader",
        "it is null; the smart reader's status is read through its own client",
      ),
    ],
  },
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
      missing(
        "Stripe's e-mail receipts (`receipt_email`) of an offline payment",
        "not passed on yet",
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
    ],
  },
];
