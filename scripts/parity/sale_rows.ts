/**
 * Rows about the steps of a sale.
 * @see https://docs.stripe.com/terminal/features/operate-offline/collect-card-payments
 * @module
 */
import { differs, missing, type ParitySection, shown } from "./row.ts";

const STEPS = "hosts/terminal_steps";
const OFFLINE = "hosts/terminal_offline";
const ONLINE = "hosts/terminal_online";
const REFUSALS = "hosts/terminal_refusals";
const RETRIEVE = "hosts/retrieve";
const TERMS = "hosts/terminal_terms";
const OFFICE = "hosts/terminal_office";

/** The sections. */
export const SALE_SECTIONS: readonly ParitySection[] = [
  {
    title: "Creating a PaymentIntent",
    rows: [
      shown(
        "Offline the id is null; the app's own metadata travels",
        [
          OFFLINE,
          "confirmPaymentIntent() offline returns a stored payment without an id",
        ],
        [
          STEPS,
          "updatePaymentIntent() offline changes the amount, and the card must be collected again",
        ],
      ),
      shown(
        "`prefer_online` is the default and stores when Stripe cannot be reached",
        [
          ONLINE,
          "confirmPaymentIntent() whose requests are lost goes on as an offline payment",
        ],
      ),
      shown(
        "`require_online` offline fails with its own code",
        [
          REFUSALS,
          "createPaymentIntent() with require_online offline throws Stripe's own code",
        ],
      ),
      shown(
        "`force_offline` stores while online and is forwarded in the background",
        [
          STEPS,
          "collectPaymentMethod() with its own behaviour decides for that step alone",
        ],
      ),
      shown(
        "`force_offline` without the feature fails with its own code",
        [
          REFUSALS,
          "createPaymentIntent() without offline mode refuses force_offline, and prefer_online offline",
        ],
      ),
      differs(
        "An unknown behaviour silently becomes `prefer_online` in React Native",
        "it is an error with the field's name",
        [
          REFUSALS,
          "createPaymentIntent() of anything malformed throws INVALID_ARGUMENT with the field",
        ],
      ),
      differs(
        "The behaviour is set at creation only",
        "every step may have its own",
        [
          STEPS,
          "confirmPaymentIntent() with its own require_online refuses what create would have stored",
        ],
        [
          STEPS,
          "collectPaymentMethod() with its own behaviour decides for that step alone",
        ],
      ),
      shown(
        "An intent is updated before it is confirmed, offline too",
        [
          STEPS,
          "updatePaymentIntent() offline changes the amount, and the card must be collected again",
        ],
        [
          STEPS,
          "updatePaymentIntent() of an intent Stripe knows throws UPDATE_PAYMENT_INTENT_UNAVAILABLE",
        ],
      ),
      shown(
        "`retrievePaymentIntent` takes up an intent that a backend made, with its amount, capture method, metadata and accounts",
        [
          RETRIEVE,
          "retrievePaymentIntent() of a back end's intent sells it with everything the back end agreed",
        ],
        [
          RETRIEVE,
          "retrievePaymentIntent() through a relay takes the client secret, and an id alone is refused",
        ],
      ),
      shown(
        "An intent cannot be retrieved offline",
        [
          RETRIEVE,
          "retrievePaymentIntent() offline is refused as Stripe has it, and asks nothing",
        ],
      ),
      shown(
        "A retrieved intent may be confirmed offline, and is forwarded under its own id",
        [
          RETRIEVE,
          "a retrieved intent is confirmed offline under its own id, and charged once when it is forwarded",
        ],
        [
          RETRIEVE,
          "a retrieved intent whose connection goes while it is confirmed stays its own id's, and is charged once",
        ],
        [
          RETRIEVE,
          "a stored payment whose back end's intent was canceled gets no other intent",
        ],
      ),
      differs(
        "A retrieved intent carries no `offlineBehavior`, so it cannot opt out of offline",
        "`retrievePaymentIntent` takes one, and so does every step",
        [
          RETRIEVE,
          "a retrieved intent that requires a connection is taken back when nothing was sent, and can be sold later",
        ],
      ),
      differs(
        "Several terminals may retrieve one intent",
        "one at a time has it, by a claim in the intent's metadata that one of two gets; canceling gives it back",
        [
          RETRIEVE,
          "retrievePaymentIntent() on two tills at once gives one of them the intent, and it is charged once",
        ],
        [
          RETRIEVE,
          "a retrieved intent that was lost in memory is taken up again by its till, and by no other",
        ],
      ),
      differs(
        "A declined intent may be collected again with another card",
        "an intent is one payment with one card, so the app or the backend makes another",
        [
          RETRIEVE,
          "retrievePaymentIntent() of an intent that takes no card is refused with what it is",
        ],
      ),
    ],
  },
  {
    title: "Collecting and confirming",
    rows: [
      shown(
        "Collected online, confirmed offline: `OFFLINE_COLLECT_AND_CONFIRM_MISMATCH`",
        [
          REFUSALS,
          "confirmPaymentIntent() offline of a card collected online throws the mismatch",
        ],
      ),
      shown(
        "Created online, confirmed offline is allowed, under the same id",
        [
          REFUSALS,
          "confirmPaymentIntent() offline of a card collected online throws the mismatch",
        ],
        [
          STEPS,
          "collectPaymentMethod() with its own behaviour decides for that step alone",
        ],
      ),
      shown(
        "`updatePaymentIntent` while collecting: the card is visible online, absent offline",
        [
          STEPS,
          "collectPaymentMethod() with updatePaymentIntent shows the card online and not offline",
        ],
      ),
      shown(
        "Collecting can be canceled",
        [
          STEPS,
          "cancelPaymentIntent() while the reader waits for a card ends the collect with CANCELED",
        ],
        [
          STEPS,
          "collectPaymentMethod() ends by its signal and at its deadline, and may be called again",
        ],
      ),
      differs(
        "Creating and confirming cannot be canceled, and may hang",
        "every call has a deadline and takes a signal; after the commit they end the waiting only",
        [
          "hosts/call_limits",
          "every asynchronous method of Terminal takes a deadline and a signal, or says why not",
        ],
        [
          STEPS,
          "createPaymentIntent() over a network that never answers ends at its deadline",
        ],
        [
          STEPS,
          "confirmPaymentIntent() canceled before the commit stores nothing",
        ],
        [
          STEPS,
          "confirmPaymentIntent() left after the commit keeps the payment and ends the waiting",
        ],
      ),
      shown(
        "Confirmed means on disk: a restart of the point of sale keeps it",
        [OFFLINE, "openTerminal() after a restart finds every stored payment"],
        [
          "crash/kill",
          "the store keeps every acknowledged row through ${KILL_COUNT} kills",
        ],
      ),
      differs(
        "Locally `succeeded` or `requires_capture`, though nothing is authorised",
        "our own `state` says `stored`; Stripe's word stands beside it for ported apps",
        [
          OFFLINE,
          "confirmPaymentIntent() offline returns a stored payment without an id",
        ],
        [
          TERMS,
          "requestExtendedAuthorization of an offline payment reaches Stripe when it is forwarded",
        ],
      ),
      differs(
        "Canceling is impossible until it is forwarded",
        "a stored payment that was never sent can be voided",
        [
          OFFLINE,
          "cancelPaymentIntent() voids a stored payment and never one that was sent",
        ],
      ),
      shown(
        "SetupIntents are not for offline use",
        [STEPS, "createSetupIntent() is refused offline and online"],
      ),
      missing(
        "SetupIntents online, `onSetupIntentForwarded`, `offlineSetupIntentsCount`",
        "saving cards is not part of this engine",
      ),
      shown(
        "A surcharge is refused offline (iOS 6907)",
        [
          TERMS,
          "confirmPaymentIntent() with a surcharge is refused offline with its own code",
        ],
      ),
      missing("Surcharges and currency conversion online", "not built"),
      shown(
        "On-reader tipping: smart readers yes, mobile readers no; the tip is in `amountDetails`",
        [
          TERMS,
          "a tip on a smart reader is in the amount the card signed, and in amountDetails",
        ],
        [
          TERMS,
          "a tip on a mobile reader throws FEATURE_NOT_AVAILABLE_ON_CONNECTED_READER",
        ],
        [
          TERMS,
          "the Location's tipping is offered on a smart reader, never on a mobile one, and can be skipped",
        ],
      ),
      shown(
        "Extended authorisation works offline",
        [
          TERMS,
          "requestExtendedAuthorization of an offline payment reaches Stripe when it is forwarded",
        ],
      ),
      shown(
        "Incremental authorisation does not work offline",
        [
          TERMS,
          "requestIncrementalAuthorizationSupport is refused offline and passed on online",
        ],
      ),
      shown(
        "On-screen inputs: smart readers yes, mobile readers no",
        [
          TERMS,
          "collectInputs() asks on a smart reader and is refused on a mobile one",
        ],
      ),
      shown(
        "`offlineDetails`: stored at, requires upload, amounts, card, receipt",
        [
          OFFICE,
          "offlineDetails of a stored payment has the card, the receipt and the time, and no more",
        ],
      ),
    ],
  },
];
