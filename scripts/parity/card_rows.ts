/**
 * Rows about cards, and about the incidents users reported.
 * @see https://docs.stripe.com/terminal/features/operate-offline/overview
 * @module
 */
import { differs, missing, type ParitySection, shown } from "./row.ts";

const REFUSALS = "hosts/terminal_refusals";
const OFFLINE = "hosts/terminal_offline";
const INCIDENTS = "hosts/incidents";
const READER = "unit/engine/reader_simulated";
const DECIDE = "unit/core/emv_decide";
const CODES = "hosts/error_codes";
const NOW_ONLY = "hosts/terminal_now_only";

/** Payment methods, refusals, incidents. */
export const CARD_SECTIONS: readonly ParitySection[] = [
  {
    title: "Payment methods",
    rows: [
      shown(
        "Visa, Mastercard, Discover, American Express, JCB, UnionPay, Maestro",
        [
          OFFLINE,
          "the forwarder on reconnect charges each stored payment once",
        ],
        [
          READER,
          "SimulatedReader.collect() gives every accepted card its brand",
        ],
      ),
      shown(
        "Cards and NFC wallets, never a swipe",
        [
          REFUSALS,
          "confirmPaymentIntent() of visa:swipe offline throws CARD_SWIPE_NOT_AVAILABLE",
        ],
        [READER, "SimulatedReader.collect() taps outside the EEA"],
      ),
      shown(
        "eftpos and Cartes Bancaires: co-branded cards over the international scheme",
        [
          READER,
          "SimulatedReader.collect() gives every card the decision it stands for",
        ],
      ),
      shown(
        "Interac is refused with its own code",
        [
          REFUSALS,
          "confirmPaymentIntent() of interac offline throws INTERAC_NOT_SUPPORTED_OFFLINE",
        ],
      ),
      shown(
        "girocard is refused",
        [
          REFUSALS,
          "confirmPaymentIntent() of girocard offline throws CARD_NETWORK_NOT_SUPPORTED_OFFLINE",
        ],
      ),
      differs(
        "NYCE, PULSE and STAR are refused",
        "they share one application of US common debit, and a US card that has Visa or Mastercard beside it goes over that",
        [
          READER,
          "SimulatedReader.collect() selects a co-badged card's other network when one is blocked",
        ],
      ),
      missing("QR codes", "no code is read at all"),
      shown(
        "In the EEA: insert and PIN",
        [
          CODES,
          "confirmPaymentIntent() in the EEA without a PIN throws OFFLINE_SCA_REQUIRED",
        ],
        [
          DECIDE,
          "decide() all EEA countries ask for a PIN, the rest of Europe does not",
        ],
      ),
      differs(
        "Taps are also refused in other markets with SCA, which are not listed",
        "the EEA's 30 countries only, as the footnote says; the United Kingdom and Switzerland are not in them",
        [
          DECIDE,
          "decide() all EEA countries ask for a PIN, the rest of Europe does not",
        ],
      ),
    ],
  },
  {
    title: "Refusals at confirmation",
    rows: [
      shown(
        "Expired card: `OFFLINE_AND_CARD_EXPIRED`",
        [
          REFUSALS,
          "confirmPaymentIntent() of visa_expired offline throws OFFLINE_AND_CARD_EXPIRED",
        ],
      ),
      shown(
        "Online PIN: `ONLINE_PIN_NOT_SUPPORTED_OFFLINE`",
        [
          REFUSALS,
          "confirmPaymentIntent() of online_pin_cvm offline throws ONLINE_PIN_NOT_SUPPORTED_OFFLINE",
        ],
      ),
      shown(
        "Declined by the card: `OFFLINE_TRANSACTION_DECLINED`",
        [
          REFUSALS,
          "confirmPaymentIntent() of visa_refused_by_chip offline throws OFFLINE_TRANSACTION_DECLINED",
        ],
      ),
      shown(
        "Failed read: `MISSING_EMV_DATA`",
        [
          REFUSALS,
          "confirmPaymentIntent() of damaged TLV throws MISSING_EMV_DATA with an offset",
        ],
      ),
      shown(
        "Too large: `AMOUNT_EXCEEDS_MAX_OFFLINE_AMOUNT`",
        [
          REFUSALS,
          "confirmPaymentIntent() at a limit accepts, one above it refuses",
        ],
      ),
      shown(
        "Currency: `INVALID_OFFLINE_CURRENCY`",
        [
          REFUSALS,
          "confirmPaymentIntent() in a currency without a limit throws INVALID_OFFLINE_CURRENCY",
        ],
      ),
      shown(
        "Too many stored: `OFFLINE_PAYMENTS_DATABASE_TOO_LARGE`",
        [REFUSALS, "voiding or forwarding frees what a limit held"],
      ),
      differs(
        "`OFFLINE_PAYMENT_INTENT_NOT_FOUND`: an intent forwarded before it was confirmed",
        "cannot happen: only confirmed payments are forwarded",
        [
          REFUSALS,
          "confirmPaymentIntent() before collecting throws PAYMENT_INTENT_NOT_COLLECTED",
        ],
      ),
      differs(
        "Connection token errors while forwarding",
        "there are no tokens; refused credentials park the lane with `FORWARDING_UNAUTHORIZED`",
        [
          "hosts/terminal_trouble",
          "credentials that expire mid-drain park the lane until resumeForwarding()",
        ],
      ),
      shown(
        "Online PIN while online",
        [
          NOW_ONLY,
          "confirmPaymentIntent() online of online_pin_cvm in AU is forwarded and not deferred",
        ],
        [
          "hosts/terminal_pin",
          "the PIN block is on no disk and in no answer, only on its way to the issuer",
        ],
      ),
      shown(
        "Interac in Canada while online; money is taken at once, also where capture is manual",
        [
          NOW_ONLY,
          "confirmPaymentIntent() online of interac in CA is forwarded and not deferred",
        ],
        [
          NOW_ONLY,
          "confirmPaymentIntent() of a manual Interac payment takes the money at once, of a Visa it waits",
        ],
      ),
      shown(
        "girocard in Germany, eftpos in Australia and taps in the EEA while online",
        [
          NOW_ONLY,
          "confirmPaymentIntent() online of girocard in DE is forwarded and not deferred",
        ],
        [
          NOW_ONLY,
          "confirmPaymentIntent() online of eftpos_au_debit in AU is forwarded and not deferred",
        ],
        [
          NOW_ONLY,
          "confirmPaymentIntent() online of visa:tap in DE is forwarded and not deferred",
        ],
      ),
      differs(
        "Swipes while online",
        "refused online too: without a cryptogram a sale cannot be told from its repetition",
        [
          DECIDE,
          "decide() a swipe is refused online too, by 3 swipe_or_manual 9F39",
        ],
      ),
      differs(
        "Expired cards while online: the issuer decides",
        "refused before it is asked, `DECLINED_BY_READER`",
        [
          NOW_ONLY,
          "confirmPaymentIntent() online of visa_expired in US is DECLINED_BY_READER",
        ],
      ),
      shown(
        "SCA: after a tap the issuer asks for the online PIN",
        [
          "hosts/terminal_pin",
          "confirmPaymentIntent() of a tap whose issuer wants the PIN asks for it and is forwarded",
        ],
      ),
      differs(
        "SCA: after a tap the issuer asks for an offline PIN, and the reader for the card",
        "declined with `offline_pin_required`; the app collects again, inserted",
        [
          "hosts/terminal_pin",
          "a tap whose issuer wants an offline PIN is declined, and the card inserted then pays",
        ],
      ),
      differs(
        "`SESSION_EXPIRED`: the reader's session ends and the SDK disconnects",
        "no session ends by the clock; one whose records do not fit ends as `READER_DISCONNECTED`",
        [
          "unit/engine/reader_session",
          "a record that is repeated, dropped or swapped ends the session",
        ],
      ),
      differs(
        "`ENCRYPTION_KEY_STILL_INITIALIZING`: the store's key is not ready yet",
        "opening waits for the key; with another key it refuses, and keeps the store",
        [
          "hosts/terminal_trouble",
          "openTerminal() with another device key throws STORE_KEY_MISMATCH and keeps the store",
        ],
      ),
      missing("Tap to Pay's own session errors", "no Tap to Pay"),
    ],
  },
  {
    title: "Reported incidents",
    rows: [
      shown(
        "stripe-terminal-android #747: double charges while the queue drains",
        [
          INCIDENTS,
          "incident android 747: new sales while the queue drains are charged once, under one key each",
        ],
      ),
      shown(
        "stripe-terminal-android #731: an upgrade that drops stored payments",
        [
          INCIDENTS,
          "incident android 731: an upgrade that fails at any statement keeps every stored payment",
        ],
      ),
      shown(
        "stripe-terminal-android #640: offline for minutes after the internet is back",
        [
          INCIDENTS,
          "incident android 640: the internet lost in the middle of a confirm is found again in seconds",
        ],
      ),
      shown(
        "stripe-terminal-ios #294: confirmed offline unnoticed",
        [
          INCIDENTS,
          "incident ios 294: a payment created online is never silently confirmed offline as a success",
        ],
      ),
      shown(
        "stripe-terminal-ios #355: errors that stay after the device was locked",
        [
          INCIDENTS,
          "incident ios 355: a key that cannot be read now is one typed error, and gone when it can",
        ],
      ),
    ],
  },
];
