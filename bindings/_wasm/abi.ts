// Generated from core/abi.ts by scripts/build_core.ts; do not edit.

/** Raised whenever a layout or a code changes meaning. */
export const ABI_VERSION = 1;
/** Bytes the host may place for one call; large enough for a batch of 128 messages of 512 B. */
export const INPUT_BYTES = 65536;
/** Bytes a call may return. */
export const OUTPUT_BYTES = 65536;
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
/** Longest data object list, and the longest data a command carries. */
export const DOL_BYTES_MAX = 252;
/** Bytes of one entry: tag u32, offset u16, length u8, one spare. */
export const DOL_ENTRY_BYTES = 8;
/** u16: offset of the entry's tag field in the list. */
export const DOL_ENTRY_OFFSET = 4;
/** u8: number of bytes the entry asks for. */
export const DOL_ENTRY_LENGTH = 6;
/** The list is longer than DOL_BYTES_MAX. */
export const DOL_ERR_TOO_LONG = -40;
/** The list ends inside a tag field. */
export const DOL_ERR_TAG_TRUNCATED = -41;
/** A tag field is longer than BER_TAG_BYTES_MAX. */
export const DOL_ERR_TAG_TOO_LONG = -42;
/** The list ends before an entry's length byte. */
export const DOL_ERR_LENGTH_MISSING = -43;
/** The entries ask for more than DOL_BYTES_MAX bytes together. */
export const DOL_ERR_RESULT_TOO_LONG = -44;
/** A field of the request record is outside its range. */
export const EMV_ERR_REQUEST = -50;
/** A batch or one of its messages does not fit the arenas. */
export const EMV_ERR_BATCH = -51;
/** Most messages of one batch: their decision records fill the output arena. */
export const EMV_BATCH_MAX = 256;
/** Bytes of one request record. */
export const EMV_REQUEST_BYTES = 96;
/** u64: amount in minor units, at most 999,999,999,999 (9F02 has twelve digits). */
export const EMV_REQUEST_AMOUNT = 0;
/** f64: wall time in epoch milliseconds. */
export const EMV_REQUEST_NOW = 8;
/** f64: the latest time this device ever saw. */
export const EMV_REQUEST_HIGH_WATER = 16;
/** u16: ISO 4217 numeric code as BCD, 0x0978. */
export const EMV_REQUEST_CURRENCY = 24;
/** u16: ISO 3166-1 numeric code of the terminal's country as BCD, 0x0250. */
export const EMV_REQUEST_COUNTRY = 26;
/** u8: transaction type as in tag 9C. */
export const EMV_REQUEST_TYPE = 28;
/** u8: EMV_REQUEST_FLAG_* bits. */
export const EMV_REQUEST_FLAGS = 29;
/** u8: BER_SOURCE_*. */
export const EMV_REQUEST_SOURCE = 30;
/** u8: EMV_IAC_DEFAULT_*. */
export const EMV_REQUEST_IAC_DEFAULT = 31;
/** u32: bit by brand number; a brand without its bit is refused. */
export const EMV_REQUEST_BRANDS = 32;
/** 5 bytes: Terminal Action Code, Denial. */
export const EMV_REQUEST_TAC_DENIAL = 40;
/** 5 bytes: Terminal Action Code, Default. */
export const EMV_REQUEST_TAC_DEFAULT = 45;
/** 5 bytes: Terminal Action Code, Online. */
export const EMV_REQUEST_TAC_ONLINE = 50;
/** u32: offset of the message in the input arena; batch only. */
export const EMV_REQUEST_MESSAGE = 56;
/** u32: length of the message; batch only. */
export const EMV_REQUEST_LENGTH = 60;
/** 32 bytes: the device key. */
export const EMV_REQUEST_KEY = 64;
/** The payment is real: cards published for tests are refused. */
export const EMV_REQUEST_FLAG_LIVEMODE = 1;
/** Compute the two card HMACs under the device key. */
export const EMV_REQUEST_FLAG_HMAC = 2;
/** The issuer is asked now: what only an offline payment lacks refuses nothing. */
export const EMV_REQUEST_FLAG_ONLINE = 4;
/** Ignore the default action codes. */
export const EMV_IAC_DEFAULT_NEVER = 0;
/** Apply the default action codes to every cryptogram. */
export const EMV_IAC_DEFAULT_ALWAYS = 1;
/** Apply the default action codes to offline approvals only. */
export const EMV_IAC_DEFAULT_APPROVAL = 2;
/** Bytes of one decision record; a `span` is an offset u16 and a length u16 in the message. */
export const EMV_DECISION_BYTES = 96;
/** u8: EMV_OUTCOME_*. */
export const EMV_DECISION_OUTCOME = 0;
/** u8: EMV_CODE_*. */
export const EMV_DECISION_CODE = 1;
/** u8: number of the rule that decided, 1..12. */
export const EMV_DECISION_RULE = 2;
/** u8: byte of the named object in which a bit decided, from 1; 0 for none. */
export const EMV_DECISION_BYTE = 3;
/** u8: that bit as a mask. */
export const EMV_DECISION_MASK = 4;
/** u8: EMV_BRAND_*. */
export const EMV_DECISION_BRAND = 5;
/** u8: value of 9F39, FF when absent. */
export const EMV_DECISION_ENTRY_MODE = 6;
/** u8: first byte of 9F34, FF when absent. */
export const EMV_DECISION_CVM = 7;
/** u32: tag of the object that decided, 0 for none. */
export const EMV_DECISION_TAG = 8;
/** u16: offset of that object, or of the malformed field; FFFF for none. */
export const EMV_DECISION_OFFSET = 12;
/** i16: BER_ERR_* of a message that could not be read, else 0. */
export const EMV_DECISION_STATUS = 14;
/** u16: EMV_RISK_* bits. */
export const EMV_DECISION_RISK = 16;
/** u8: 1 when the card fields below are filled. */
export const EMV_DECISION_HAS_CARD = 18;
/** u8: month of expiry. */
export const EMV_DECISION_EXPIRY_MONTH = 19;
/** u16: year of expiry. */
export const EMV_DECISION_EXPIRY_YEAR = 20;
/** u8: Issuer Code Table Index, 0 when absent. */
export const EMV_DECISION_CODE_TABLE = 22;
/** u8: value of 9F27, FF when absent. */
export const EMV_DECISION_CID = 23;
/** 4 ASCII digits: the last of the PAN. */
export const EMV_DECISION_LAST4 = 24;
/** span: the AID that named the brand. */
export const EMV_DECISION_AID = 28;
/** span: Application Label. */
export const EMV_DECISION_LABEL = 32;
/** span: Application Preferred Name. */
export const EMV_DECISION_PREFERRED_NAME = 36;
/** span: Language Preference. */
export const EMV_DECISION_LANGUAGES = 40;
/** span: Dedicated File Name. */
export const EMV_DECISION_DF_NAME = 44;
/** span: Application Cryptogram. */
export const EMV_DECISION_CRYPTOGRAM = 48;
/** span: Terminal Verification Results. */
export const EMV_DECISION_TVR = 52;
/** span: Transaction Status Information. */
export const EMV_DECISION_TSI = 56;
/** 16 bytes: HMAC of the card under the device key. */
export const EMV_DECISION_CARD_HMAC = 64;
/** 16 bytes: HMAC of this chip transaction under the device key. */
export const EMV_DECISION_TRANSACTION_HMAC = 80;
/** The payment must not be taken. */
export const EMV_OUTCOME_REFUSED = 0;
/** The card asked for the issuer: store and ask later. */
export const EMV_OUTCOME_DEFERRED = 1;
/** The card approved by itself. */
export const EMV_OUTCOME_OFFLINE_APPROVED = 2;
/** Only if the issuer is asked now; the code says what would refuse it offline. */
export const EMV_OUTCOME_ONLINE_ONLY = 3;
/** No rule refused. */
export const EMV_CODE_ACCEPTED = 0;
/** Rule 1: not readable, a repeated, empty or misshapen object. */
export const EMV_CODE_EMV_MALFORMED = 1;
/** Rule 1: a PIN block is in the message. */
export const EMV_CODE_PIN_BLOCK_PRESENT = 2;
/** Rule 2: amount, currency, type, country or date differ from the request. */
export const EMV_CODE_EMV_MISMATCH = 3;
/** Rule 3: not a chip transaction. */
export const EMV_CODE_SWIPE_OR_MANUAL = 4;
/** Rule 4: the card said no. */
export const EMV_CODE_CARD_DECLINED = 5;
/** Rule 5: the cryptogram is of no known kind. */
export const EMV_CODE_CRYPTOGRAM_UNKNOWN = 6;
/** Rule 6: this network takes no offline payment here. */
export const EMV_CODE_NETWORK_NOT_OFFLINE = 7;
/** Rule 6: Interac is online only. */
export const EMV_CODE_INTERAC_NOT_SUPPORTED = 8;
/** Rule 6: the policy does not allow the brand. */
export const EMV_CODE_BRAND_NOT_ALLOWED = 9;
/** Rule 6: a card published for tests in a real payment. */
export const EMV_CODE_TEST_CARD_IN_LIVEMODE = 10;
/** Rule 7: PAN, expiry, ATC or TVR is missing. */
export const EMV_CODE_DATA_MISSING = 11;
/** Rule 7: the card is expired. */
export const EMV_CODE_EXPIRED = 12;
/** Rule 7: the card is not yet effective. */
export const EMV_CODE_NOT_EFFECTIVE = 13;
/** Rule 8: the card does not allow this service here. */
export const EMV_CODE_SERVICE_NOT_ALLOWED = 14;
/** Rule 9: offline data authentication failed. */
export const EMV_CODE_AUTH_FAILED = 15;
/** Rule 9: the card is on the terminal's exception file. */
export const EMV_CODE_EXCEPTION_FILE = 16;
/** Rule 9: cardholder verification failed. */
export const EMV_CODE_CVM_FAILED = 17;
/** Rule 10: verified by online PIN, which cannot be checked later. */
export const EMV_CODE_ONLINE_PIN = 18;
/** Rule 11: the EEA requires an inserted chip and an offline PIN. */
export const EMV_CODE_SCA_REQUIRED = 19;
/** Rule 12: a denial action code matches. */
export const EMV_CODE_IAC_DENIED = 20;
/** Rule 12: a default action code matches. */
export const EMV_CODE_IAC_DEFAULT = 21;
/** Rule 13: the service code asks for online authorisation. */
export const EMV_RISK_SERVICE_CODE_ONLINE = 1;
/** Zero bytes between top-level objects. */
export const EMV_RISK_TOP_LEVEL_PADDING = 2;
/** A length field longer than needed. */
export const EMV_RISK_LONG_LENGTH = 4;
/** No Application Usage Control: rule 8 could not look. */
export const EMV_RISK_NO_USAGE_CONTROL = 8;
/** No CVM Results. */
export const EMV_RISK_NO_CVM_RESULTS = 16;
/** An online action code matches: the issuer would rather be asked. */
export const EMV_RISK_ONLINE_PREFERRED = 32;
/** The clock is behind the latest time this device ever saw. */
export const EMV_RISK_CLOCK_BEHIND = 64;
/** No known RID. */
export const EMV_BRAND_UNKNOWN = 0;
/** Visa, with Electron, V PAY, Interlink and Plus. */
export const EMV_BRAND_VISA = 1;
/** Mastercard, with Cirrus. */
export const EMV_BRAND_MASTERCARD = 2;
/** American Express, China included. */
export const EMV_BRAND_AMEX = 3;
/** Discover and Diners Club, with ZIP. */
export const EMV_BRAND_DISCOVER = 4;
/** JCB. */
export const EMV_BRAND_JCB = 5;
/** UnionPay. */
export const EMV_BRAND_UNIONPAY = 6;
/** Maestro, with Maestro UK. */
export const EMV_BRAND_MAESTRO = 7;
/** eftpos, Australia. */
export const EMV_BRAND_EFTPOS_AU = 8;
/** Cartes Bancaires, France. */
export const EMV_BRAND_CARTES_BANCAIRES = 9;
/** girocard, Germany. */
export const EMV_BRAND_GIROCARD = 10;
/** Interac, Canada. */
export const EMV_BRAND_INTERAC = 11;
/** US common debit of Visa, Mastercard, Discover and UnionPay. */
export const EMV_BRAND_US_COMMON_DEBIT = 12;
/** US common debit of the Debit Network Alliance (NYCE, PULSE, STAR and others ride on it). */
export const EMV_BRAND_DEBIT_NETWORK_ALLIANCE = 13;
/** Dankort, Denmark. */
export const EMV_BRAND_DANKORT = 14;
/** RuPay, India. */
export const EMV_BRAND_RUPAY = 15;
/** Mir, Russia. */
export const EMV_BRAND_MIR = 16;
/** Verve, Nigeria. */
export const EMV_BRAND_VERVE = 17;
/** Meeza, Egypt. */
export const EMV_BRAND_MEEZA = 18;
/** Bancomat, Italy. */
export const EMV_BRAND_BANCOMAT = 19;
/** BankAxept, Norway. */
export const EMV_BRAND_BANKAXEPT = 20;
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
  [DOL_ERR_TOO_LONG]: "DOL_ERR_TOO_LONG",
  [DOL_ERR_TAG_TRUNCATED]: "DOL_ERR_TAG_TRUNCATED",
  [DOL_ERR_TAG_TOO_LONG]: "DOL_ERR_TAG_TOO_LONG",
  [DOL_ERR_LENGTH_MISSING]: "DOL_ERR_LENGTH_MISSING",
  [DOL_ERR_RESULT_TOO_LONG]: "DOL_ERR_RESULT_TOO_LONG",
  [EMV_ERR_REQUEST]: "EMV_ERR_REQUEST",
  [EMV_ERR_BATCH]: "EMV_ERR_BATCH",
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
