// Generated from core/abi.ts by scripts/build_core.ts; do not edit.

/** Raised whenever a layout or a code changes meaning. */
export const ABI_VERSION = 1;
/** Bytes the host may place for one call; large enough for a batch of 128 messages of 512 B. */
export const INPUT_BYTES = 65536;
/** Bytes a call may return. */
export const OUTPUT_BYTES = 65536;
/** An argument is outside its documented range: a bug of the caller, not of the data. */
export const CORE_ERR_ARGUMENT = -1;
/** The result does not fit the output arena. */
export const CORE_ERR_OUTPUT_FULL = -2;
/** Records one scheduler can hold; 112 bytes each, so a full one stays below 16 MiB. */
export const ORDER_RECORDS_MAX = 131072;
/** Lanes (account x mode) one scheduler can hold. */
export const ORDER_LANES_MAX = 1024;
/** Highest priority; 0 is the lowest. */
export const ORDER_PRIORITY_MAX = 255;
/** Longest backoff base, cap, spread and delay in ms: 24.8 days, so products fit 64 bits. */
export const ORDER_DELAY_MS_MAX = 2147483647;
/** Highest token rate and burst. */
export const ORDER_RATE_MAX = 1000000;
/** Settings of orderReset, i32 each, at these offsets of the input arena: records in flight. */
export const ORDER_SETTING_IN_FLIGHT = 0;
/** Records in flight in one lane, 1 … ORDER_RECORDS_MAX. */
export const ORDER_SETTING_IN_FLIGHT_PER_LANE = 4;
/** Tokens a second, 0 (unlimited) … ORDER_RATE_MAX. */
export const ORDER_SETTING_RATE = 8;
/** Tokens in a full bucket, 1 … ORDER_RATE_MAX. */
export const ORDER_SETTING_BURST = 12;
/** Ceiling of the first backoff in ms, at least 1. */
export const ORDER_SETTING_BASE_MS = 16;
/** Highest ceiling of a backoff in ms, at least the base. */
export const ORDER_SETTING_CAP_MS = 20;
/** What one step of priority is worth, in ms of waiting. */
export const ORDER_SETTING_PRIORITY_MS = 24;
/** How long before its deadline a record becomes urgent, in ms. */
export const ORDER_SETTING_URGENT_MS = 28;
/** The longest wait that is believed, in ms: a later due time came from another clock. */
export const ORDER_SETTING_DELAY_MS = 32;
/** Bytes of all settings. */
export const ORDER_SETTINGS_BYTES = 36;
/** Urgent records a lane hands out in a row before one goes by rank, so that none starves. */
export const ORDER_URGENT_RUN_MAX = 3;
/** Bytes of one lane's counts: queued, in flight, dead, parked, u32 each. */
export const ORDER_COUNTS_BYTES = 16;
/** What orderNext found: no record that could ever be taken. */
export const ORDER_NEXT_EMPTY = 0;
/** What orderNext found: a record, its handle (u32) at output offset 0. */
export const ORDER_NEXT_TAKE = 1;
/** What orderNext found: nothing before the time (f64, ms) at output offset 8. */
export const ORDER_NEXT_WAIT = 2;
/** What orderNext found: nothing before a record in flight is answered. */
export const ORDER_NEXT_BUSY = 3;
/** A handle's state: unused. */
export const ORDER_STATE_FREE = 0;
/** A handle's state: waits for its time, its turn or its card. */
export const ORDER_STATE_QUEUED = 1;
/** A handle's state: handed out by orderNext, not answered yet. */
export const ORDER_STATE_IN_FLIGHT = 2;
/** A handle's state: dead letter, kept for a person. */
export const ORDER_STATE_DEAD = 3;
/** orderReset was not called, or failed. */
export const ORDER_ERR_NOT_READY = -150;
/** Capacity outside 1 … ORDER_RECORDS_MAX. */
export const ORDER_ERR_CAPACITY = -151;
/** Linear memory could not grow; the previous state is untouched. */
export const ORDER_ERR_MEMORY = -152;
/** A time that is not an integer in 0 … 2^46 ms, or a clock that jumped 65,536 lifetimes. */
export const ORDER_ERR_TIME = -153;
/** A setting outside its range. */
export const ORDER_ERR_SETTING = -154;
/** A handle outside the capacity. */
export const ORDER_ERR_HANDLE = -155;
/** A handle that is already in use. */
export const ORDER_ERR_HANDLE_USED = -156;
/** A handle that is not in use. */
export const ORDER_ERR_HANDLE_FREE = -157;
/** A lane outside 0 … ORDER_LANES_MAX - 1. */
export const ORDER_ERR_LANE = -158;
/** A sequence number that is not an integer in 0 … 2^53 - 1. */
export const ORDER_ERR_SEQ = -159;
/** A priority outside 0 … ORDER_PRIORITY_MAX. */
export const ORDER_ERR_PRIORITY = -160;
/** The operation needs a record in flight. */
export const ORDER_ERR_NOT_IN_FLIGHT = -161;
/** The operation is refused while the record is in flight. */
export const ORDER_ERR_IN_FLIGHT = -162;
/** A delay outside 0 … ORDER_DELAY_MS_MAX. */
export const ORDER_ERR_DELAY = -163;
/** Longest TLV message; every offset then fits 16 bits. */
export const BER_INPUT_BYTES_MAX = 4096;
/** Most data objects in one message. */
export const BER_NODES_MAX = 512;
/** Most templates around one object; depth is counted from 0. */
export const BER_DEPTH_MAX = 8;
/** Longest tag field. */
export const BER_TAG_BYTES_MAX = 4;
/** Bytes came from a card: FF inside 70, 77, 6F and A5 is padding. */
export const BER_SOURCE_CARD = 0;
/** Bytes came from a reader: FF starts a tag everywhere. */
export const BER_SOURCE_READER = 1;
/** The message is longer than BER_INPUT_BYTES_MAX. */
export const BER_ERR_INPUT_TOO_LONG = -20;
/** The message or its template ends inside a tag field. */
export const BER_ERR_TAG_TRUNCATED = -21;
/** A tag field is longer than BER_TAG_BYTES_MAX. */
export const BER_ERR_TAG_TOO_LONG = -22;
/** The message or its template ends inside a length field. */
export const BER_ERR_LENGTH_TRUNCATED = -23;
/** Length 80, the indefinite form: EMV knows definite lengths only. */
export const BER_ERR_LENGTH_INDEFINITE = -24;
/** Length form 83 or above: no EMV object is that long. */
export const BER_ERR_LENGTH_FORM = -25;
/** A value runs past the end of the message. */
export const BER_ERR_VALUE_TRUNCATED = -26;
/** A value runs past the end of its template. */
export const BER_ERR_VALUE_OVERRUN = -27;
/** A template sits deeper than BER_DEPTH_MAX. */
export const BER_ERR_DEPTH = -28;
/** More than BER_NODES_MAX objects. */
export const BER_ERR_NODES = -29;
/** A status word 9000 was left at the end of a response. */
export const BER_ERR_STATUS_WORD = -30;
/** Bytes of one node record: the layout is drawn in core/ber.ts. */
export const BER_NODE_BYTES = 16;
/** u32: the tag field, most significant byte first. */
export const BER_NODE_TAG = 0;
/** u16: offset of the tag field in the message. */
export const BER_NODE_OFFSET = 4;
/** u16: offset of the value. */
export const BER_NODE_VALUE_OFFSET = 6;
/** u16: length of the value. */
export const BER_NODE_LENGTH = 8;
/** u8: number of templates around the object. */
export const BER_NODE_DEPTH = 10;
/** u8: BER_FLAG_* bits. */
export const BER_NODE_FLAGS = 11;
/** u16: index of the first node after this object and everything in it. */
export const BER_NODE_NEXT = 12;
/** u16: index of the template around the object, or BER_NO_PARENT. */
export const BER_NODE_PARENT = 14;
/** The object is at the top level. */
export const BER_NO_PARENT = 65535;
/** The object is a template. */
export const BER_FLAG_CONSTRUCTED = 1;
/** The length field is longer than needed; legal in BER, seen on cards. */
export const BER_FLAG_LONG_LENGTH = 2;
/** Zero bytes were skipped at the top level, where no specification allows them. */
export const BER_NOTE_TOP_LEVEL_PADDING = 1;
/** Zero bytes were skipped inside a template. */
export const BER_NOTE_TEMPLATE_PADDING = 2;
/** FF bytes were skipped inside a card template. */
export const BER_NOTE_FF_PADDING = 4;
/** At least one length field is longer than needed. */
export const BER_NOTE_LONG_LENGTH = 8;
/** The record ends before its header, or before the length its header announces. */
export const SEAL_ERR_TRUNCATED = -100;
/** Bytes follow the length the header announces. */
export const SEAL_ERR_TRAILING = -101;
/** The first four bytes are not SAF1. */
export const SEAL_ERR_MAGIC = -102;
/** A version of the format this release does not know. */
export const SEAL_ERR_VERSION = -103;
/** A suite that is unknown, or not the one this function serves. */
export const SEAL_ERR_SUITE = -104;
/** A mode that is unknown, or does not fit the sequence number or the function. */
export const SEAL_ERR_MODE = -105;
/** A field has a value the format does not allow; the offset tells which. */
export const SEAL_ERR_FIELD = -106;
/** More plaintext than SEAL_PLAINTEXT_BYTES_MAX. */
export const SEAL_ERR_PLAINTEXT_LENGTH = -107;
/** Not authentic: wrong key, wrong chain secret or an altered record; which one is not told. */
export const SEAL_ERR_OPEN = -108;
/** Authentic, but the inside breaks the format: a sender's bug. */
export const SEAL_ERR_PADDING = -109;
/** The recipient's public key is a point of small order. */
export const SEAL_ERR_PUBLIC_KEY = -110;
/** The same record stands twice in the chain. */
export const SEAL_ERR_CHAIN_REPEATED = -120;
/** Two different records claim one place in the chain: a copied or restored device. */
export const SEAL_ERR_CHAIN_FORK = -121;
/** Records are missing between this one and the one before. */
export const SEAL_ERR_CHAIN_GAP = -122;
/** The record belongs before the one that precedes it. */
export const SEAL_ERR_CHAIN_ORDER = -123;
/** The previous hash is not the hash of the record before. */
export const SEAL_ERR_CHAIN_HASH = -124;
/** The record is of another device. */
export const SEAL_ERR_CHAIN_DEVICE = -125;
/** The record is of another epoch of the device. */
export const SEAL_ERR_CHAIN_EPOCH = -126;
/** Live and test records are mixed. */
export const SEAL_ERR_CHAIN_LIVEMODE = -127;
/** Records of two accounts are mixed. */
export const SEAL_ERR_CHAIN_ACCOUNT = -128;
/** Not authentic; no more is told. */
export const CRYPTO_ERR_OPEN = -140;
/** The Diffie-Hellman result is all zero: a public key of small order. */
export const CRYPTO_ERR_SHARED_SECRET = -141;
/** Mode and PSK do not fit, or the PSK is shorter than 32 bytes. */
export const CRYPTO_ERR_PSK = -142;
/** Most plaintext bytes in one record. */
export const SEAL_PLAINTEXT_BYTES_MAX = 4096;
/** Padded plaintext is a multiple of this. */
export const SEAL_PADDING_BYTES = 256;
/** Bytes in front of the plaintext that hold its length. */
export const SEAL_LENGTH_PREFIX_BYTES = 2;
/** Padded length of the longest plaintext: 4,096 + 2 in steps of 256. */
export const SEAL_PADDED_BYTES_MAX = 4352;
/** SAF1 header, big-endian throughout: "SAF1". */
export const SEAL_HEADER_MAGIC = 0;
/** u8: 1. */
export const SEAL_HEADER_VERSION = 4;
/** u8: 1 X25519 and ChaCha20-Poly1305, 2 P-256 and AES-256-GCM. */
export const SEAL_HEADER_SUITE = 5;
/** u8: 0 Base (genesis), 1 PSK. */
export const SEAL_HEADER_MODE = 6;
/** u8: 1 live, 0 test. */
export const SEAL_HEADER_LIVEMODE = 7;
/** 8 bytes: names the recipient's key. */
export const SEAL_HEADER_KEY_ID = 8;
/** 16 bytes. */
export const SEAL_HEADER_DEVICE_ID = 16;
/** u32. */
export const SEAL_HEADER_EPOCH = 32;
/** u64: 0 for the genesis, then 1, 2, 3… */
export const SEAL_HEADER_SEQ = 36;
/** 32 bytes: SHA-256 of the whole record before. */
export const SEAL_HEADER_PREVIOUS_HASH = 44;
/** 16 bytes. */
export const SEAL_HEADER_LOCAL_ID = 76;
/** u64: epoch milliseconds. */
export const SEAL_HEADER_CREATED_AT_MS = 92;
/** u64. */
export const SEAL_HEADER_MONOTONIC_MS = 100;
/** 16 bytes. */
export const SEAL_HEADER_BOOT_ID = 108;
/** u64: minor units, below 2^53; 0 in a genesis. */
export const SEAL_HEADER_AMOUNT_MINOR = 124;
/** 3 bytes: ISO 4217, A to Z. */
export const SEAL_HEADER_CURRENCY = 132;
/** 16 bytes. */
export const SEAL_HEADER_ACCOUNT_HASH = 135;
/** 32 bytes. */
export const SEAL_HEADER_IDEMPOTENCY_KEY = 151;
/** 16 bytes. */
export const SEAL_HEADER_CARD_TRANSACTION_HMAC = 183;
/** u32. */
export const SEAL_HEADER_POLICY_VERSION = 199;
/** u16. */
export const SEAL_HEADER_SCHEMA_VERSION = 203;
/** u16: length of the padded plaintext. */
export const SEAL_HEADER_PADDED_LENGTH = 205;
/** Bytes of a header. */
export const SEAL_HEADER_BYTES = 207;
/** Bytes of enc in suite 1: an X25519 public key. */
export const SEAL_ENC_BYTES_SUITE_1 = 32;
/** Bytes of enc in suite 2: an uncompressed P-256 point. */
export const SEAL_ENC_BYTES_SUITE_2 = 65;
/** Bytes of the tag behind the ciphertext, in both suites. */
export const SEAL_TAG_BYTES = 16;
/** Arguments of a seal or an open in the input arena: the header, for a seal. */
export const SEAL_INPUT_HEADER = 0;
/** 32 bytes: the recipient's public key for a seal, private key for an open. */
export const SEAL_INPUT_KEY = 208;
/** 32 bytes of fresh randomness, for a seal. */
export const SEAL_INPUT_ENTROPY = 240;
/** 32 bytes: the chain secret of this record; for the open of a genesis unused. */
export const SEAL_INPUT_CHAIN_SECRET = 272;
/** The plaintext of a seal, or the record of an open. */
export const SEAL_INPUT_BODY = 304;
/** Results in the output arena: 32 bytes, SHA-256 of the record. */
export const SEAL_OUTPUT_HASH = 0;
/** 32 bytes: the chain secret of the next record. */
export const SEAL_OUTPUT_NEXT_SECRET = 32;
/** The record of a seal. */
export const SEAL_OUTPUT_RECORD = 64;
/** The plaintext of an open, behind its length prefix. */
export const SEAL_OUTPUT_PLAINTEXT = 66;

/** Name of every negative status. */
export const STATUS_NAMES: Readonly<Record<number, string>> = {
  [CORE_ERR_ARGUMENT]: "CORE_ERR_ARGUMENT",
  [CORE_ERR_OUTPUT_FULL]: "CORE_ERR_OUTPUT_FULL",
  [ORDER_ERR_NOT_READY]: "ORDER_ERR_NOT_READY",
  [ORDER_ERR_CAPACITY]: "ORDER_ERR_CAPACITY",
  [ORDER_ERR_MEMORY]: "ORDER_ERR_MEMORY",
  [ORDER_ERR_TIME]: "ORDER_ERR_TIME",
  [ORDER_ERR_SETTING]: "ORDER_ERR_SETTING",
  [ORDER_ERR_HANDLE]: "ORDER_ERR_HANDLE",
  [ORDER_ERR_HANDLE_USED]: "ORDER_ERR_HANDLE_USED",
  [ORDER_ERR_HANDLE_FREE]: "ORDER_ERR_HANDLE_FREE",
  [ORDER_ERR_LANE]: "ORDER_ERR_LANE",
  [ORDER_ERR_SEQ]: "ORDER_ERR_SEQ",
  [ORDER_ERR_PRIORITY]: "ORDER_ERR_PRIORITY",
  [ORDER_ERR_NOT_IN_FLIGHT]: "ORDER_ERR_NOT_IN_FLIGHT",
  [ORDER_ERR_IN_FLIGHT]: "ORDER_ERR_IN_FLIGHT",
  [ORDER_ERR_DELAY]: "ORDER_ERR_DELAY",
  [BER_ERR_INPUT_TOO_LONG]: "BER_ERR_INPUT_TOO_LONG",
  [BER_ERR_TAG_TRUNCATED]: "BER_ERR_TAG_TRUNCATED",
  [BER_ERR_TAG_TOO_LONG]: "BER_ERR_TAG_TOO_LONG",
  [BER_ERR_LENGTH_TRUNCATED]: "BER_ERR_LENGTH_TRUNCATED",
  [BER_ERR_LENGTH_INDEFINITE]: "BER_ERR_LENGTH_INDEFINITE",
  [BER_ERR_LENGTH_FORM]: "BER_ERR_LENGTH_FORM",
  [BER_ERR_VALUE_TRUNCATED]: "BER_ERR_VALUE_TRUNCATED",
  [BER_ERR_VALUE_OVERRUN]: "BER_ERR_VALUE_OVERRUN",
  [BER_ERR_DEPTH]: "BER_ERR_DEPTH",
  [BER_ERR_NODES]: "BER_ERR_NODES",
  [BER_ERR_STATUS_WORD]: "BER_ERR_STATUS_WORD",
  [SEAL_ERR_TRUNCATED]: "SEAL_ERR_TRUNCATED",
  [SEAL_ERR_TRAILING]: "SEAL_ERR_TRAILING",
  [SEAL_ERR_MAGIC]: "SEAL_ERR_MAGIC",
  [SEAL_ERR_VERSION]: "SEAL_ERR_VERSION",
  [SEAL_ERR_SUITE]: "SEAL_ERR_SUITE",
  [SEAL_ERR_MODE]: "SEAL_ERR_MODE",
  [SEAL_ERR_FIELD]: "SEAL_ERR_FIELD",
  [SEAL_ERR_PLAINTEXT_LENGTH]: "SEAL_ERR_PLAINTEXT_LENGTH",
  [SEAL_ERR_OPEN]: "SEAL_ERR_OPEN",
  [SEAL_ERR_PADDING]: "SEAL_ERR_PADDING",
  [SEAL_ERR_PUBLIC_KEY]: "SEAL_ERR_PUBLIC_KEY",
  [SEAL_ERR_CHAIN_REPEATED]: "SEAL_ERR_CHAIN_REPEATED",
  [SEAL_ERR_CHAIN_FORK]: "SEAL_ERR_CHAIN_FORK",
  [SEAL_ERR_CHAIN_GAP]: "SEAL_ERR_CHAIN_GAP",
  [SEAL_ERR_CHAIN_ORDER]: "SEAL_ERR_CHAIN_ORDER",
  [SEAL_ERR_CHAIN_HASH]: "SEAL_ERR_CHAIN_HASH",
  [SEAL_ERR_CHAIN_DEVICE]: "SEAL_ERR_CHAIN_DEVICE",
  [SEAL_ERR_CHAIN_EPOCH]: "SEAL_ERR_CHAIN_EPOCH",
  [SEAL_ERR_CHAIN_LIVEMODE]: "SEAL_ERR_CHAIN_LIVEMODE",
  [SEAL_ERR_CHAIN_ACCOUNT]: "SEAL_ERR_CHAIN_ACCOUNT",
  [CRYPTO_ERR_OPEN]: "CRYPTO_ERR_OPEN",
  [CRYPTO_ERR_SHARED_SECRET]: "CRYPTO_ERR_SHARED_SECRET",
  [CRYPTO_ERR_PSK]: "CRYPTO_ERR_PSK",
};
