/**
 * Rows about forwarding, accounts, status, limits and simulation.
 * @see https://docs.stripe.com/terminal/features/operate-offline/overview
 * @module
 */
import { differs, missing, type ParitySection, shown } from "./row.ts";

const AFTER = "hosts/after_forwarding";
const OFFLINE = "hosts/terminal_offline";
const ONLINE = "hosts/terminal_online";
const TROUBLE = "hosts/terminal_trouble";
const TERMS = "hosts/terminal_terms";
const SMART = "hosts/smart_reader";
const INCIDENTS = "hosts/incidents";

/** From the stored payment on. */
export const AFTER_SECTIONS: readonly ParitySection[] = [
  {
    title: "Forwarding",
    rows: [
      shown(
        "`card_present.offline` of the charge: `stored_at` in seconds, `type` `deferred`",
        [
          TERMS,
          "the charge of a forwarded payment says when it was stored, and that it was deferred",
        ],
      ),
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
      differs(
        "Manual captures have two days, and nobody reminds",
        "an event six hours before the window closes",
        [
          AFTER,
          "the alarm rings six hours before an authorisation lapses, and not before",
        ],
      ),
      shown(
        "Refund a forwarded payment, whole or in parts",
        [
          AFTER,
          "refundPayment() gives back parts and then the rest, and no more",
        ],
        [
          AFTER,
          "refundPayment() without an answer asks for the same refund again, also after a restart",
        ],
      ),
      missing(
        "Interac refunds, which need the card",
        "refunds with a card are not built: `REFUND_NOT_POSSIBLE`, refund it on a Stripe reader",
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
        "a backup made while selling asks Stripe before it charges, and seals in a new epoch; a bare copy of the file opens with its own key only, and the relay notices a fork",
        [
          "hosts/backup",
          "a backup restored after its payments were forwarded charges none again, days later too",
        ],
        [
          TROUBLE,
          "openTerminal() with another device key throws STORE_KEY_MISMATCH and keeps the store",
        ],
        [
          "hosts/relay_guard",
          "the relay quarantines a fork, reports it and remembers over a restart",
        ],
      ),
      shown(
        "Sealed export and restore on another device",
        [
          "hosts/transfer",
          "exportStored() hands every open payment over, and another device forwards each once",
        ],
        [
          "hosts/transfer",
          "importStored() twice, and on two devices at once, charges each payment once",
        ],
        [
          "crash/transfer_cut",
          "exportStored() cut at every disk operation hands all over or nothing, and its file can be made again",
        ],
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
        "`clearCachedCredentials` forgets the account and its counters",
        "no credential is kept: who opens the terminal says the account, and every lane stays counted",
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
      shown(
        "Connect: `transfer_data` with its amount, `transfer_group` and application fees of an offline payment",
        [
          TERMS,
          "a transfer, a fee and receipt_email of an offline payment reach Stripe, also through a restart",
        ],
        [
          TERMS,
          "transferData with an amount reaches the charge, through a relay too",
        ],
      ),
      shown(
        "Connect: an application fee needs a destination or a direct charge, and no `transfer_data.amount` beside it",
        [
          TERMS,
          "createPaymentIntent() refuses transfers and fees that Stripe would refuse, with the field",
        ],
        [
          TERMS,
          "a direct charge of a connected account carries a fee without a destination",
        ],
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
      differs(
        "A smart reader's counters lag by up to a minute",
        "the reader tells of every change at once, and is asked again after every reconnection",
        [
          SMART,
          "showSmartReader() puts a smart reader's counters into offlineStatus and tells of their changes",
        ],
      ),
      shown(
        "A smart reader's own status reaches the point of sale",
        [
          SMART,
          "SmartReader.onEvent() tells of outcomes, of the status and of coming back",
        ],
      ),
      shown(
        "`offlineStatus.reader` of a smart reader that stores by itself, beside `sdk`",
        [
          SMART,
          "showSmartReader() puts a smart reader's counters into offlineStatus and tells of their changes",
        ],
      ),
    ],
  },
];
