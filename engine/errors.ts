/**
 * Every error code of the engine and its hosts, with its remedy.
 *
 * Owns: the table from which errors are made and `docs/errors.md` is checked. A code that is not
 * here cannot be thrown; a code whose meaning changes gets a new name.
 * @module
 */
import {
  HoldfastError,
  type HoldfastErrorOptions,
  type Retry,
} from "../bindings/errors.ts";
import type { ErrorCode } from "./error_code.ts";
export { HoldfastError, type HoldfastErrorOptions, type Retry };
export type { ErrorCode } from "./error_code.ts";

interface CodeEntry {
  readonly retry: Retry;
  readonly remedy: string;
}

const never = (remedy: string): CodeEntry => ({ retry: "never", remedy });
const safe = (remedy: string): CodeEntry => ({ retry: "safe", remedy });
const sameKey = (remedy: string): CodeEntry => ({ retry: "same_key", remedy });

/** Code → retry class and remedy. Grouped by the room that throws it. */
export const ERROR_CODES: Readonly<Record<ErrorCode, CodeEntry>> = {
  // Ports: random, keys.
  RANDOM_UNAVAILABLE: safe(
    "no payment can be sealed until the system's random source answers",
  ),
  DEVICE_KEY_UNAVAILABLE: safe(
    "unlock the device or restore its key file, then try again",
  ),
  DEVICE_KEY_LOST: never(
    "delete nothing; put its key back, or salvage the store and import that into another",
  ),

  // A browser that may not run the engine, or does not get it.
  WASM_REFUSED: never(
    "allow 'wasm-unsafe-eval' in script-src where page and Worker are served",
  ),
  SQLITE_NOT_LOADED: safe(
    "serve sqlite3.wasm of the installed version beside the Worker, or at sqliteUrl",
  ),

  // Store.
  STORE_IN_USE: safe(
    "close the other process or tab that holds this store, then open again",
  ),
  STORE_NOT_ACCESSIBLE: safe(
    "check that the folder exists and this user may write to it",
  ),
  STORE_LOCK_UNAVAILABLE: never(
    "install flock(1) or use Deno; no store opens without a lock",
  ),
  STORE_FOREIGN_ACCESS: safe(
    "close other programs on the file, delete the file ending in -shm, reopen",
  ),
  STORE_FULL: safe(
    "free disk space; stored payments are untouched and can still be forwarded",
  ),
  STORE_CONSTRAINT: never(
    "the row breaks a rule of the schema; see the named constraint",
  ),
  STORE_IO: sameKey(
    "reopen the store and look the payment up before repeating it",
  ),
  STORE_COMMIT_UNKNOWN: sameKey(
    "reopen the store and look the payment up before repeating it",
  ),
  STORE_POISONED: sameKey(
    "reopen the store; the device failed a write or a sync",
  ),
  STORE_LEADER_CHANGED: sameKey(
    "look the payment up by its local id before repeating it",
  ),
  WORKER_GONE: sameKey(
    "open the terminal again, then look the payment up; it may have been stored",
  ),
  WORKER_SILENT: sameKey(
    "look the payment up before repeating it; if nothing answers, open again",
  ),
  TAB_OUTDATED: never("reload every tab of the app, the oldest one first"),
  STORE_NOT_PERSISTENT: safe(
    "install the app or grant persistent storage, or allow an evictable store",
  ),
  STORE_NOT_SETTLED: safe(
    "wait until the store is a minute old; open it once before the first shift",
  ),
  STORE_NOT_DURABLE: never(
    "open the store on a disk whose writes can be made durable",
  ),
  STORE_CLOSED: never("open the store again"),
  STORE_CORRUPT: never(
    "delete nothing; run `npx @holdfast/holdfast salvage --store FILE`, in a browser salvageStore(name)",
  ),
  STORE_NOT_HOLDFAST: never(
    "the file is another program's database; choose another path",
  ),
  STORE_TOO_NEW: never(
    "this store was written by a newer release; install that release or later",
  ),
  STORE_MIGRATION_LOSSY: never(
    "go on with the release before, nothing was changed; report this as a bug",
  ),
  STORE_KEY_MISMATCH: never(
    "open the store with the device key it was created with",
  ),
  STORE_GONE: never(
    "what waited is lost: see the relay's chains, then call forgetStore(name)",
  ),
  STORE_DELETED: never(
    "keep the tab that holds the store open until all is forwarded, or export it",
  ),

  STORE_WRITE_FAILED: safe(
    "the payment is not stored; mend the disk and take it again",
  ),
  EXPORT_FILE_DAMAGED: never(
    "get the file from its device again; nothing of it was imported",
  ),
  EXPORT_CODE_WRONG: safe(
    "type the code that belongs to this file; nothing was imported",
  ),
  EXPORT_NOT_FOR_HERE: never(
    "import it at a terminal of the account, mode and recipient it was made for",
  ),
  EXPORT_OF_THIS_DEVICE: never(
    "this device made the file; take it back instead, if it was imported nowhere",
  ),
  HANDOVER_NOT_FOUND: never(
    "list the hand-overs of this device; it made no such file, or took it back",
  ),
  BACKUP_INTERRUPTED: safe(
    "make the backup again; the store itself is untouched",
  ),
  PAYMENT_NOT_FOUND: never(
    "check the local id; the payment is not in this store",
  ),
  PAYMENT_STATE_CONFLICT: never("read the payment's state; it has moved on"),

  // Accepting a payment. Names as in Stripe Terminal where it has one.
  MISSING_EMV_DATA: safe(
    "present the card again; if it repeats, try another reader",
  ),
  CARD_SWIPE_NOT_AVAILABLE: safe(
    "insert or tap the card; a swipe is never accepted offline",
  ),
  INTERAC_NOT_SUPPORTED_OFFLINE: safe(
    "use another card, or wait for the connection",
  ),
  OFFLINE_AND_CARD_EXPIRED: safe("use another card"),
  ONLINE_PIN_NOT_SUPPORTED_OFFLINE: safe(
    "use another card, or wait for the connection",
  ),
  CARD_NETWORK_NOT_SUPPORTED_OFFLINE: safe(
    "use another card, or wait for the connection",
  ),
  OFFLINE_SCA_REQUIRED: safe("insert the card and enter the PIN"),
  PIN_BLOCK_NOT_ACCEPTED: never(
    "configure the reader not to send tag 99; PIN blocks are wiped",
  ),
  TEST_CARD_IN_LIVEMODE: never("use a real card, or test mode"),
  OFFLINE_TRANSACTION_DECLINED: safe("collect again or use another card"),
  DECLINED_BY_READER: safe("use another card; this one is not taken online"),
  INVALID_OFFLINE_CURRENCY: never(
    "add the currency to the offline limits, or go online",
  ),
  AMOUNT_EXCEEDS_MAX_OFFLINE_AMOUNT: safe(
    "take a smaller amount, or wait for the connection",
  ),
  OFFLINE_STORED_AMOUNT_LIMIT: safe(
    "forward stored payments first, or raise the limit",
  ),
  OFFLINE_PAYMENTS_DATABASE_TOO_LARGE: safe("forward stored payments first"),
  OFFLINE_CARD_COUNT_LIMIT: safe(
    "use another card, or wait for the connection",
  ),
  OFFLINE_STORED_AGE_LIMIT: safe(
    "forward stored payments first; the oldest waits too long",
  ),
  OFFLINE_BRAND_LIMIT: safe(
    "use a card of another brand, or wait for the connection",
  ),
  OFFLINE_READER_LIMIT: safe(
    "forward stored payments first, or use another reader",
  ),

  // The flow.
  INVALID_ARGUMENT: never("correct the named field"),
  AMOUNT_TOO_SMALL: never("take another means of payment for so little"),
  PAYMENT_INTENT_NOT_COLLECTED: safe(
    "call collectPaymentMethod before confirming",
  ),
  OFFLINE_COLLECT_AND_CONFIRM_MISMATCH: safe(
    "collect the payment method again",
  ),
  NOT_CONNECTED_TO_INTERNET_AND_REQUIRE_ONLINE_SET: safe(
    "wait for the connection",
  ),
  FORCE_OFFLINE_WITH_FEATURE_DISABLED: never(
    "enable offline mode in the configuration",
  ),
  STRIPE_API_CONNECTION_ERROR: safe(
    "enable offline mode, or wait for the connection",
  ),
  READER_NOT_CONNECTED: safe("connect a reader first"),
  TERMINAL_CLOSED: never("open the terminal again"),
  PAYMENT_ALREADY_SENT: never(
    "it may have reached Stripe; wait for its outcome, then refund",
  ),
  CAPTURE_NOT_POSSIBLE: safe("capture a manual payment once it is forwarded"),
  REFUND_NOT_POSSIBLE: never(
    "refund a captured payment, and no more than it took",
  ),
  REFUND_UNCLEAR: never(
    "look at Stripe's Dashboard whether the money went back, then decide",
  ),
  PAYMENT_INTENT_BUSY: safe(
    "wait for the step under way on this intent, or cancel the intent",
  ),
  UPDATE_PAYMENT_INTENT_UNAVAILABLE: never(
    "cancel this intent and create another; Stripe knows it already",
  ),
  PAYMENT_INTENT_TAKEN: never(
    "sell where it was retrieved, or cancel it there; else have the back end make another",
  ),
  PAYMENT_INTENT_UNEXPECTED_STATE: never(
    "have the back end make another PaymentIntent; this one takes no card any more",
  ),
  SETUP_INTENT_NOT_SUPPORTED: never(
    "save cards online, through Stripe itself; a card is never saved offline",
  ),
  AMOUNT_SURCHARGE_NOT_SUPPORTED_OFFLINE: never(
    "confirm without a surcharge; it is not supported",
  ),
  INCREMENTAL_AUTHORIZATION_NOT_SUPPORTED_OFFLINE: safe(
    "leave incremental authorisation out, or wait for the connection",
  ),
  SIMULATED_OFFLINE_MODE_NOT_AVAILABLE_IN_LIVEMODE: never(
    "simulate in test mode; real payments meet the real network",
  ),

  // Forwarding.
  FORWARDING_UNAUTHORIZED: safe(
    "renew the credentials, then resume; stored payments are kept",
  ),
  ACCOUNT_ID_MISMATCH_WHILE_FORWARDING: safe(
    "use credentials of the account that took them",
  ),
  OFFLINE_TESTMODE_PAYMENT_IN_LIVEMODE: safe(
    "use test credentials; the payments are kept",
  ),
  OFFLINE_LIVEMODE_PAYMENT_IN_TESTMODE: safe(
    "use live credentials; the payments are kept",
  ),
  FORWARDING_TAKEN_OVER: never("close the second forwarder of this store"),
  FORWARDING_STEP_FAILED: safe(
    "read the cause; the payment is kept and tried again",
  ),
  SECRET_KEY_IN_BROWSER: never("forward through a relay that holds the key"),
  RECIPIENT_KEY_UNKNOWN: safe(
    "give whoever forwards the private key they are sealed to, then resume; nothing is lost",
  ),
  FORWARDING_STOPPED: safe("check the disk, then open the terminal again"),

  // Configuration, and connecting a reader. Names as in Stripe Terminal where it has one.
  LOCATION_NOT_FOUND: never("check the Location's id, account and mode"),
  NO_LAST_SEEN_ACCOUNT: safe(
    "connect a reader online once; this device does not know the account yet",
  ),
  READER_CONNECTION_NOT_AVAILABLE_OFFLINE: safe(
    "connect this reader, or a mobile one of its type, online here first",
  ),
  LOCATION_CONNECTION_NOT_AVAILABLE_OFFLINE: safe(
    "use the Location it was connected at, or connect online here first",
  ),
  READER_CONNECTION_OFFLINE_NEEDS_UPDATE: safe(
    "connect the reader online and install its update",
  ),
  READER_CONNECTION_OFFLINE_PAIRING_UNSEEN_DISABLED: safe(
    "connect this very reader online once, or allow unseen readers",
  ),

  // Reader.
  READER_PAIRING_FAILED: safe(
    "let the reader show a new code and type it in within five minutes",
  ),
  READER_NOT_PAIRED: safe(
    "connect again; if it repeats, pair the reader anew",
  ),
  READER_SESSION_REQUIRED: never(
    "connect through a session; this side speaks no plain protocol on a network",
  ),
  READER_SESSION_NOT_AUTHENTIC: safe(
    "connect again; if it repeats, somebody on the network changes what is sent",
  ),
  READER_DISCONNECTED: safe(
    "reconnect the reader and collect again; nothing was stored",
  ),
  READER_FRAME_DAMAGED: safe(
    "collect again; if it keeps happening, check the cable or the radio",
  ),
  READER_BAD_MESSAGE: never(
    "update the reader software; its message breaks the protocol",
  ),
  READER_UNKNOWN_MESSAGE: never(
    "the other side is older and does not know this function",
  ),
  UNSUPPORTED_READER_VERSION: never(
    "update the reader or this package; protocol versions differ",
  ),
  READER_ERROR: safe(
    "the reader reported a failure of its own; details.code names it",
  ),
  READER_BUSY: safe(
    "cancel or finish what the reader is doing, then try again",
  ),
  READER_MISSING_ENCRYPTION_KEYS: never(
    "reboot and reconnect the reader; if it persists, replace it",
  ),
  READER_NO_COMMON_APPLICATION: never(
    "ask for another card; no network on this one may be used",
  ),
  FEATURE_NOT_AVAILABLE_ON_CONNECTED_READER: never(
    "connect a reader with this capability",
  ),
  CARD_READ_TIMED_OUT: safe("ask the customer to present the card again"),
  CARD_REMOVED: safe(
    "ask the customer to leave the card in until the reader says so",
  ),
  REQUEST_TIMED_OUT: safe(
    "check that the reader is on and near, then try again",
  ),
  CANCELED: safe("nothing was stored; start again when the customer is ready"),
};

/** Makes the error for `code`; the retry class and the remedy come from the table. */
export function failure(
  code: ErrorCode,
  message: string,
  options: Omit<HoldfastErrorOptions, "message" | "retry" | "remedy"> = {},
): HoldfastError {
  return new HoldfastError(code, { ...ERROR_CODES[code], ...options, message });
}
