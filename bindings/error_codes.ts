/**
 * Every error code of the bindings, with its remedy.
 *
 * Owns: the table from which the bindings make their errors; one section per room of the core.
 * A status `BER_ERR_TAG_TRUNCATED` of `core/abi.ts` is thrown as `BER_TAG_TRUNCATED`.
 * @module
 */
import { STATUS_NAMES } from "./_wasm/abi.ts";
import {
  HoldfastError,
  type HoldfastErrorOptions,
  type Retry,
} from "./errors.ts";

/** What a caller may do about a code. */
export interface BindingCodeEntry {
  /** Whether repeating the call makes sense. */
  readonly retry: Retry;
  /** What a person can do about it. */
  readonly remedy: string;
}

const never = (remedy: string): BindingCodeEntry => ({
  retry: "never",
  remedy,
});

const REREAD = "collect the card again; the reader sent damaged data";

/** Code → retry class and remedy. */
export const BINDING_ERROR_CODES: Readonly<
  Record<BindingErrorCode, BindingCodeEntry>
> = {
  // --- loading ---
  CORE_ABI_MISMATCH: never(
    "rebuild with `deno task build`, or install one version of the package",
  ),
  CORE_INPUT_TOO_LARGE: never("split the input"),

  // --- tlv: BER-TLV, data object lists, EMV ---
  BER_INPUT_TOO_LONG: never("send at most 4,096 bytes as one message"),
  BER_TAG_TRUNCATED: never(REREAD),
  BER_TAG_TOO_LONG: never("use tags of at most four bytes"),
  BER_LENGTH_TRUNCATED: never(REREAD),
  BER_LENGTH_INDEFINITE: never("encode a definite length"),
  BER_LENGTH_FORM: never("encode lengths in at most three bytes"),
  BER_VALUE_TRUNCATED: never(REREAD),
  BER_VALUE_OVERRUN: never(REREAD),
  BER_DEPTH: never("nest at most eight templates"),
  BER_NODES: never("send at most 512 data objects as one message"),
  BER_STATUS_WORD: never("cut the status word off the card's response"),
  BER_TAG_INVALID: never("use a tag of one to four bytes in BER form"),
  TLV_INDEX_STALE: never("read the index before the next parse or decision"),
  DOL_TOO_LONG: never("a data object list has at most 252 bytes"),
  DOL_TAG_TRUNCATED: never(REREAD),
  DOL_TAG_TOO_LONG: never(REREAD),
  DOL_LENGTH_MISSING: never(REREAD),
  DOL_RESULT_TOO_LONG: never("a command carries at most 252 bytes"),
  EMV_REQUEST: never("correct the named field of the decision request"),
  EMV_BATCH: never("one message takes at most 4,096 bytes"),

  // --- order: the forwarding order ---
  ORDER_NOT_READY: never("construct the scheduler before it is used"),
  ORDER_CAPACITY: never("ask for 1 to 131,072 records"),
  ORDER_MEMORY: {
    retry: "safe",
    remedy: "free memory or ask for a smaller capacity",
  },
  ORDER_TIME: never("pass whole epoch milliseconds"),
  ORDER_SETTING: never("correct the setting; its range is in the docs"),
  ORDER_HANDLE: never("report this as a bug"),
  ORDER_HANDLE_USED: never("report this as a bug"),
  ORDER_HANDLE_FREE: never("report this as a bug"),
  ORDER_LANE: never("use at most 1,024 lanes"),
  ORDER_SEQ: never("pass a sequence number of 0 to 2^53 - 1"),
  ORDER_SEQ_USED: never("add each stored record once"),
  ORDER_FULL: {
    retry: "safe",
    remedy: "add the rest when records are done; the store keeps them",
  },
  ORDER_PRIORITY: never("pass a priority of 0 to 255"),
  ORDER_CARD_KEY: never("pass at least 8 bytes of the card's keyed hash"),
  ORDER_UNKNOWN: never("add the record first"),
  ORDER_NOT_IN_FLIGHT: never("answer only what next() handed out"),
  ORDER_IN_FLIGHT: never("answer the record before it is removed"),
  ORDER_DELAY: never("pass whole milliseconds, 0 to 2,147,483,647"),
  ORDER_RANDOM: never("pass at least 8 random bytes"),

  // --- seal: cryptography and SAF1 ---
  SEAL_TRUNCATED: never("fetch the whole record; a prefix cannot be opened"),
  SEAL_TRAILING: never("pass exactly one record, without bytes behind it"),
  SEAL_MAGIC: never("pass a SAF1 record"),
  SEAL_VERSION: never("install a release that knows this format version"),
  SEAL_SUITE: never("use the functions of the record's suite"),
  SEAL_MODE: never("use the genesis functions for seq 0, the others after it"),
  SEAL_FIELD: never("correct the named field; see docs/formats/saf1.md"),
  SEAL_PLAINTEXT_LENGTH: never("seal at most 4,096 bytes in one record"),
  SEAL_OPEN: never("check key, chain secret and record; keep the record"),
  SEAL_PADDING: never("keep the record and report the sending release"),
  SEAL_PUBLIC_KEY: never("replace the recipient key; this one is unusable"),
  SEAL_KEY_UNKNOWN: never("give the opener the private key of this key id"),
  SEAL_CHAIN_REPEATED: never("drop the copy; one record counts once"),
  SEAL_CHAIN_FORK: never("stop the device: its store was copied or restored"),
  SEAL_CHAIN_GAP: never("look for the missing records before forwarding"),
  SEAL_CHAIN_ORDER: never("sort the records by seq"),
  SEAL_CHAIN_HASH: never("a record was replaced; compare with receipts"),
  SEAL_CHAIN_DEVICE: never("verify each device's records by themselves"),
  SEAL_CHAIN_EPOCH: never("verify each epoch's records by themselves"),
  SEAL_CHAIN_LIVEMODE: never("keep live and test records apart"),
  SEAL_CHAIN_ACCOUNT: never("keep the accounts' records apart"),
  CRYPTO_OPEN: never("check key, nonce, additional data and ciphertext"),
  CRYPTO_SHARED_SECRET: never("replace the public key; it has small order"),
  CRYPTO_PSK: never("pass psk of 32 bytes or more and a psk id"),
  CRYPTO_ARGUMENT: never("correct the named argument"),
};

/** A code of {@link BINDING_ERROR_CODES}. */
export type BindingErrorCode =
  | "CORE_ABI_MISMATCH"
  | "CORE_INPUT_TOO_LARGE"
  | "BER_INPUT_TOO_LONG"
  | "BER_TAG_TRUNCATED"
  | "BER_TAG_TOO_LONG"
  | "BER_LENGTH_TRUNCATED"
  | "BER_LENGTH_INDEFINITE"
  | "BER_LENGTH_FORM"
  | "BER_VALUE_TRUNCATED"
  | "BER_VALUE_OVERRUN"
  | "BER_DEPTH"
  | "BER_NODES"
  | "BER_STATUS_WORD"
  | "BER_TAG_INVALID"
  | "TLV_INDEX_STALE"
  | "DOL_TOO_LONG"
  | "DOL_TAG_TRUNCATED"
  | "DOL_TAG_TOO_LONG"
  | "DOL_LENGTH_MISSING"
  | "DOL_RESULT_TOO_LONG"
  | "EMV_REQUEST"
  | "EMV_BATCH"
  | "ORDER_NOT_READY"
  | "ORDER_CAPACITY"
  | "ORDER_MEMORY"
  | "ORDER_TIME"
  | "ORDER_SETTING"
  | "ORDER_HANDLE"
  | "ORDER_HANDLE_USED"
  | "ORDER_HANDLE_FREE"
  | "ORDER_LANE"
  | "ORDER_SEQ"
  | "ORDER_SEQ_USED"
  | "ORDER_FULL"
  | "ORDER_PRIORITY"
  | "ORDER_CARD_KEY"
  | "ORDER_UNKNOWN"
  | "ORDER_NOT_IN_FLIGHT"
  | "ORDER_IN_FLIGHT"
  | "ORDER_DELAY"
  | "ORDER_RANDOM"
  | "SEAL_TRUNCATED"
  | "SEAL_TRAILING"
  | "SEAL_MAGIC"
  | "SEAL_VERSION"
  | "SEAL_SUITE"
  | "SEAL_MODE"
  | "SEAL_FIELD"
  | "SEAL_PLAINTEXT_LENGTH"
  | "SEAL_OPEN"
  | "SEAL_PADDING"
  | "SEAL_PUBLIC_KEY"
  | "SEAL_KEY_UNKNOWN"
  | "SEAL_CHAIN_REPEATED"
  | "SEAL_CHAIN_FORK"
  | "SEAL_CHAIN_GAP"
  | "SEAL_CHAIN_ORDER"
  | "SEAL_CHAIN_HASH"
  | "SEAL_CHAIN_DEVICE"
  | "SEAL_CHAIN_EPOCH"
  | "SEAL_CHAIN_LIVEMODE"
  | "SEAL_CHAIN_ACCOUNT"
  | "CRYPTO_OPEN"
  | "CRYPTO_SHARED_SECRET"
  | "CRYPTO_PSK"
  | "CRYPTO_ARGUMENT";

/** Makes the error for `code`; retry class and remedy come from the table. */
export function bindingFailure(
  code: BindingErrorCode,
  message: string,
  options: Omit<HoldfastErrorOptions, "message" | "retry" | "remedy"> = {},
): HoldfastError {
  return new HoldfastError(code, {
    ...BINDING_ERROR_CODES[code],
    ...options,
    message,
  });
}

/** Makes the error for a negative status of the core; `offset` is where reading stopped. */
export function statusFailure(status: number, offset?: number): HoldfastError {
  const name = STATUS_NAMES[status] ?? "CORE_ERR_UNKNOWN";
  const code = name.replace("_ERR_", "_");
  const entry: BindingCodeEntry =
    (BINDING_ERROR_CODES as Record<string, BindingCodeEntry>)[code] ??
      never("report this status of the core as a bug");
  const where = offset === undefined ? "" : ` at offset ${offset}`;
  return new HoldfastError(code, {
    ...entry,
    message: `core answered ${name}${where}`,
    ...(offset === undefined ? {} : { offset }),
    details: { status },
  });
}
