// The one source of every number that crosses the WASM boundary.
//
// Owns: arena capacities, record layouts, status codes, enumerations. The build generates
// `bindings/_wasm/abi.ts` from this file, so no number is typed twice; a start-up check
// compares ABI_VERSION on both sides. Every line is `export const NAME: i32 = <expression>;`
// and the generator reads nothing else. Convention for results: negative is a status
// (`*_ERR_*`), zero or positive is a count or a length.

/** Raised whenever a layout or a code changes meaning. */
export const ABI_VERSION: i32 = 1;

// --- Arenas -----------------------------------------------------------------------------
/** Bytes the host may place for one call; large enough for a batch of 128 messages of 512 B. */
export const INPUT_BYTES: i32 = 65536;
/** Bytes a call may return. */
export const OUTPUT_BYTES: i32 = 65536;

// --- Order: which record is forwarded next, and when (-150 … -199) ------------------------
/** Records one scheduler can hold; 112 bytes each, so a full one stays below 16 MiB. */
export const ORDER_RECORDS_MAX: i32 = 131072;
/** Lanes (account x mode) one scheduler can hold. */
export const ORDER_LANES_MAX: i32 = 1024;
/** Highest priority; 0 is the lowest. */
export const ORDER_PRIORITY_MAX: i32 = 255;
/** Longest backoff base, cap, spread and delay in ms: 24.8 days, so products fit 64 bits. */
export const ORDER_DELAY_MS_MAX: i32 = 2147483647;
/** Highest token rate and burst. */
export const ORDER_RATE_MAX: i32 = 1000000;
/** Settings of orderReset, i32 each, at these offsets of the input arena: records in flight. */
export const ORDER_SETTING_IN_FLIGHT: i32 = 0;
/** Records in flight in one lane, 1 … ORDER_RECORDS_MAX. */
export const ORDER_SETTING_IN_FLIGHT_PER_LANE: i32 = 4;
/** Tokens a second, 0 (unlimited) … ORDER_RATE_MAX. */
export const ORDER_SETTING_RATE: i32 = 8;
/** Tokens in a full bucket, 1 … ORDER_RATE_MAX. */
export const ORDER_SETTING_BURST: i32 = 12;
/** Ceiling of the first backoff in ms, at least 1. */
export const ORDER_SETTING_BASE_MS: i32 = 16;
/** Highest ceiling of a backoff in ms, at least the base. */
export const ORDER_SETTING_CAP_MS: i32 = 20;
/** What one step of priority is worth, in ms of waiting. */
export const ORDER_SETTING_PRIORITY_MS: i32 = 24;
/** How long before its deadline a record becomes urgent, in ms. */
export const ORDER_SETTING_URGENT_MS: i32 = 28;
/** The longest wait that is believed, in ms: a later due time came from another clock. */
export const ORDER_SETTING_DELAY_MS: i32 = 32;
/** Bytes of all settings. */
export const ORDER_SETTINGS_BYTES: i32 = 36;
/** Urgent records a lane hands out in a row before one goes by rank, so that none starves. */
export const ORDER_URGENT_RUN_MAX: i32 = 3;
/** Bytes of one lane's counts: queued, in flight, dead, parked, u32 each. */
export const ORDER_COUNTS_BYTES: i32 = 16;
/** What orderNext found: no record that could ever be taken. */
export const ORDER_NEXT_EMPTY: i32 = 0;
/** What orderNext found: a record, its handle (u32) at output offset 0. */
export const ORDER_NEXT_TAKE: i32 = 1;
/** What orderNext found: nothing before the time (f64, ms) at output offset 8. */
export const ORDER_NEXT_WAIT: i32 = 2;
/** What orderNext found: nothing before a record in flight is answered. */
export const ORDER_NEXT_BUSY: i32 = 3;
/** A handle's state: unused. */
export const ORDER_STATE_FREE: i32 = 0;
/** A handle's state: waits for its time, its turn or its card. */
export const ORDER_STATE_QUEUED: i32 = 1;
/** A handle's state: handed out by orderNext, not answered yet. */
export const ORDER_STATE_IN_FLIGHT: i32 = 2;
/** A handle's state: dead letter, kept for a person. */
export const ORDER_STATE_DEAD: i32 = 3;
/** orderReset was not called, or failed. */
export const ORDER_ERR_NOT_READY: i32 = -150;
/** Capacity outside 1 … ORDER_RECORDS_MAX. */
export const ORDER_ERR_CAPACITY: i32 = -151;
/** Linear memory could not grow; the previous state is untouched. */
export const ORDER_ERR_MEMORY: i32 = -152;
/** A time that is not an integer in 0 … 2^46 ms, or a clock that jumped 65,536 lifetimes. */
export const ORDER_ERR_TIME: i32 = -153;
/** A setting outside its range. */
export const ORDER_ERR_SETTING: i32 = -154;
/** A handle outside the capacity. */
export const ORDER_ERR_HANDLE: i32 = -155;
/** A handle that is already in use. */
export const ORDER_ERR_HANDLE_USED: i32 = -156;
/** A handle that is not in use. */
export const ORDER_ERR_HANDLE_FREE: i32 = -157;
/** A lane outside 0 … ORDER_LANES_MAX - 1. */
export const ORDER_ERR_LANE: i32 = -158;
/** A sequence number that is not an integer in 0 … 2^53 - 1. */
export const ORDER_ERR_SEQ: i32 = -159;
/** A priority outside 0 … ORDER_PRIORITY_MAX. */
export const ORDER_ERR_PRIORITY: i32 = -160;
/** The operation needs a record in flight. */
export const ORDER_ERR_NOT_IN_FLIGHT: i32 = -161;
/** The operation is refused while the record is in flight. */
export const ORDER_ERR_IN_FLIGHT: i32 = -162;
/** A delay outside 0 … ORDER_DELAY_MS_MAX. */
export const ORDER_ERR_DELAY: i32 = -163;

// --- TLV and EMV ------------------------------------------------------------------------
/** Longest TLV message; every offset then fits 16 bits. */
export const BER_INPUT_BYTES_MAX: i32 = 4096;
/** Most data objects in one message. */
export const BER_NODES_MAX: i32 = 512;
/** Most templates around one object; depth is counted from 0. */
export const BER_DEPTH_MAX: i32 = 8;
/** Longest tag field. */
export const BER_TAG_BYTES_MAX: i32 = 4;

/** Bytes came from a card: FF inside 70, 77, 6F and A5 is padding. */
export const BER_SOURCE_CARD: i32 = 0;
/** Bytes came from a reader: FF starts a tag everywhere. */
export const BER_SOURCE_READER: i32 = 1;

/** The message is longer than BER_INPUT_BYTES_MAX. */
export const BER_ERR_INPUT_TOO_LONG: i32 = -20;
/** The message or its template ends inside a tag field. */
export const BER_ERR_TAG_TRUNCATED: i32 = -21;
/** A tag field is longer than BER_TAG_BYTES_MAX. */
export const BER_ERR_TAG_TOO_LONG: i32 = -22;
/** The message or its template ends inside a length field. */
export const BER_ERR_LENGTH_TRUNCATED: i32 = -23;
/** Length 80, the indefinite form: EMV knows definite lengths only. */
export const BER_ERR_LENGTH_INDEFINITE: i32 = -24;
/** Length form 83 or above: no EMV object is that long. */
export const BER_ERR_LENGTH_FORM: i32 = -25;
/** A value runs past the end of the message. */
export const BER_ERR_VALUE_TRUNCATED: i32 = -26;
/** A value runs past the end of its template. */
export const BER_ERR_VALUE_OVERRUN: i32 = -27;
/** A template sits deeper than BER_DEPTH_MAX. */
export const BER_ERR_DEPTH: i32 = -28;
/** More than BER_NODES_MAX objects. */
export const BER_ERR_NODES: i32 = -29;
/** A status word 9000 was left at the end of a response. */
export const BER_ERR_STATUS_WORD: i32 = -30;

/** Bytes of one node record: the layout is drawn in core/ber.ts. */
export const BER_NODE_BYTES: i32 = 16;
/** u32: the tag field, most significant byte first. */
export const BER_NODE_TAG: i32 = 0;
/** u16: offset of the tag field in the message. */
export const BER_NODE_OFFSET: i32 = 4;
/** u16: offset of the value. */
export const BER_NODE_VALUE_OFFSET: i32 = 6;
/** u16: length of the value. */
export const BER_NODE_LENGTH: i32 = 8;
/** u8: number of templates around the object. */
export const BER_NODE_DEPTH: i32 = 10;
/** u8: BER_FLAG_* bits. */
export const BER_NODE_FLAGS: i32 = 11;
/** u16: index of the first node after this object and everything in it. */
export const BER_NODE_NEXT: i32 = 12;
/** u16: index of the template around the object, or BER_NO_PARENT. */
export const BER_NODE_PARENT: i32 = 14;
/** The object is at the top level. */
export const BER_NO_PARENT: i32 = 65535;

/** The object is a template. */
export const BER_FLAG_CONSTRUCTED: i32 = 1;
/** The length field is longer than needed; legal in BER, seen on cards. */
export const BER_FLAG_LONG_LENGTH: i32 = 2;

/** Zero bytes were skipped at the top level, where no specification allows them. */
export const BER_NOTE_TOP_LEVEL_PADDING: i32 = 1;
/** Zero bytes were skipped inside a template. */
export const BER_NOTE_TEMPLATE_PADDING: i32 = 2;
/** FF bytes were skipped inside a card template. */
export const BER_NOTE_FF_PADDING: i32 = 4;
/** At least one length field is longer than needed. */
export const BER_NOTE_LONG_LENGTH: i32 = 8;

/** Longest data object list, and the longest data a command carries. */
export const DOL_BYTES_MAX: i32 = 252;
/** Bytes of one entry: tag u32, offset u16, length u8, one spare. */
export const DOL_ENTRY_BYTES: i32 = 8;
/** u16: offset of the entry's tag field in the list. */
export const DOL_ENTRY_OFFSET: i32 = 4;
/** u8: number of bytes the entry asks for. */
export const DOL_ENTRY_LENGTH: i32 = 6;
/** The list is longer than DOL_BYTES_MAX. */
export const DOL_ERR_TOO_LONG: i32 = -40;
/** The list ends inside a tag field. */
export const DOL_ERR_TAG_TRUNCATED: i32 = -41;
/** A tag field is longer than BER_TAG_BYTES_MAX. */
export const DOL_ERR_TAG_TOO_LONG: i32 = -42;
/** The list ends before an entry's length byte. */
export const DOL_ERR_LENGTH_MISSING: i32 = -43;
/** The entries ask for more than DOL_BYTES_MAX bytes together. */
export const DOL_ERR_RESULT_TOO_LONG: i32 = -44;

/** A field of the request record is outside its range. */
export const EMV_ERR_REQUEST: i32 = -50;
/** A batch or one of its messages does not fit the arenas. */
export const EMV_ERR_BATCH: i32 = -51;

/** Most messages of one batch: their decision records fill the output arena. */
export const EMV_BATCH_MAX: i32 = 256;
/** Bytes of one request record. */
export const EMV_REQUEST_BYTES: i32 = 96;
/** u64: amount in minor units, at most 999,999,999,999 (9F02 has twelve digits). */
export const EMV_REQUEST_AMOUNT: i32 = 0;
/** f64: wall time in epoch milliseconds. */
export const EMV_REQUEST_NOW: i32 = 8;
/** f64: the latest time this device ever saw. */
export const EMV_REQUEST_HIGH_WATER: i32 = 16;
/** u16: ISO 4217 numeric code as BCD, 0x0978. */
export const EMV_REQUEST_CURRENCY: i32 = 24;
/** u16: ISO 3166-1 numeric code of the terminal's country as BCD, 0x0250. */
export const EMV_REQUEST_COUNTRY: i32 = 26;
/** u8: transaction type as in tag 9C. */
export const EMV_REQUEST_TYPE: i32 = 28;
/** u8: EMV_REQUEST_FLAG_* bits. */
export const EMV_REQUEST_FLAGS: i32 = 29;
/** u8: BER_SOURCE_*. */
export const EMV_REQUEST_SOURCE: i32 = 30;
/** u8: EMV_IAC_DEFAULT_*. */
export const EMV_REQUEST_IAC_DEFAULT: i32 = 31;
/** u32: bit by brand number; a brand without its bit is refused. */
export const EMV_REQUEST_BRANDS: i32 = 32;
/** 5 bytes: Terminal Action Code, Denial. */
export const EMV_REQUEST_TAC_DENIAL: i32 = 40;
/** 5 bytes: Terminal Action Code, Default. */
export const EMV_REQUEST_TAC_DEFAULT: i32 = 45;
/** 5 bytes: Terminal Action Code, Online. */
export const EMV_REQUEST_TAC_ONLINE: i32 = 50;
/** u32: offset of the message in the input arena; batch only. */
export const EMV_REQUEST_MESSAGE: i32 = 56;
/** u32: length of the message; batch only. */
export const EMV_REQUEST_LENGTH: i32 = 60;
/** 32 bytes: the device key. */
export const EMV_REQUEST_KEY: i32 = 64;
/** The payment is real: cards published for tests are refused. */
export const EMV_REQUEST_FLAG_LIVEMODE: i32 = 1;
/** Compute the two card HMACs under the device key. */
export const EMV_REQUEST_FLAG_HMAC: i32 = 2;
/** The issuer is asked now: what only an offline payment lacks refuses nothing. */
export const EMV_REQUEST_FLAG_ONLINE: i32 = 4;
/** Ignore the default action codes. */
export const EMV_IAC_DEFAULT_NEVER: i32 = 0;
/** Apply the default action codes to every cryptogram. */
export const EMV_IAC_DEFAULT_ALWAYS: i32 = 1;
/** Apply the default action codes to offline approvals only. */
export const EMV_IAC_DEFAULT_APPROVAL: i32 = 2;

/** Bytes of one decision record; a `span` is an offset u16 and a length u16 in the message. */
export const EMV_DECISION_BYTES: i32 = 96;
/** u8: EMV_OUTCOME_*. */
export const EMV_DECISION_OUTCOME: i32 = 0;
/** u8: EMV_CODE_*. */
export const EMV_DECISION_CODE: i32 = 1;
/** u8: number of the rule that decided, 1..12. */
export const EMV_DECISION_RULE: i32 = 2;
/** u8: byte of the named object in which a bit decided, from 1; 0 for none. */
export const EMV_DECISION_BYTE: i32 = 3;
/** u8: that bit as a mask. */
export const EMV_DECISION_MASK: i32 = 4;
/** u8: EMV_BRAND_*. */
export const EMV_DECISION_BRAND: i32 = 5;
/** u8: value of 9F39, FF when absent. */
export const EMV_DECISION_ENTRY_MODE: i32 = 6;
/** u8: first byte of 9F34, FF when absent. */
export const EMV_DECISION_CVM: i32 = 7;
/** u32: tag of the object that decided, 0 for none. */
export const EMV_DECISION_TAG: i32 = 8;
/** u16: offset of that object, or of the malformed field; FFFF for none. */
export const EMV_DECISION_OFFSET: i32 = 12;
/** i16: BER_ERR_* of a message that could not be read, else 0. */
export const EMV_DECISION_STATUS: i32 = 14;
/** u16: EMV_RISK_* bits. */
export const EMV_DECISION_RISK: i32 = 16;
/** u8: 1 when the card fields below are filled. */
export const EMV_DECISION_HAS_CARD: i32 = 18;
/** u8: month of expiry. */
export const EMV_DECISION_EXPIRY_MONTH: i32 = 19;
/** u16: year of expiry. */
export const EMV_DECISION_EXPIRY_YEAR: i32 = 20;
/** u8: Issuer Code Table Index, 0 when absent. */
export const EMV_DECISION_CODE_TABLE: i32 = 22;
/** u8: value of 9F27, FF when absent. */
export const EMV_DECISION_CID: i32 = 23;
/** 4 ASCII digits: the last of the PAN. */
export const EMV_DECISION_LAST4: i32 = 24;
/** span: the AID that named the brand. */
export const EMV_DECISION_AID: i32 = 28;
/** span: Application Label. */
export const EMV_DECISION_LABEL: i32 = 32;
/** span: Application Preferred Name. */
export const EMV_DECISION_PREFERRED_NAME: i32 = 36;
/** span: Language Preference. */
export const EMV_DECISION_LANGUAGES: i32 = 40;
/** span: Dedicated File Name. */
export const EMV_DECISION_DF_NAME: i32 = 44;
/** span: Application Cryptogram. */
export const EMV_DECISION_CRYPTOGRAM: i32 = 48;
/** span: Terminal Verification Results. */
export const EMV_DECISION_TVR: i32 = 52;
/** span: Transaction Status Information. */
export const EMV_DECISION_TSI: i32 = 56;
/** 16 bytes: HMAC of the card under the device key. */
export const EMV_DECISION_CARD_HMAC: i32 = 64;
/** 16 bytes: HMAC of this chip transaction under the device key. */
export const EMV_DECISION_TRANSACTION_HMAC: i32 = 80;

/** The payment must not be taken. */
export const EMV_OUTCOME_REFUSED: i32 = 0;
/** The card asked for the issuer: store and ask later. */
export const EMV_OUTCOME_DEFERRED: i32 = 1;
/** The card approved by itself. */
export const EMV_OUTCOME_OFFLINE_APPROVED: i32 = 2;
/** Only if the issuer is asked now; the code says what would refuse it offline. */
export const EMV_OUTCOME_ONLINE_ONLY: i32 = 3;

/** No rule refused. */
export const EMV_CODE_ACCEPTED: i32 = 0;
/** Rule 1: not readable, a repeated, empty or misshapen object. */
export const EMV_CODE_EMV_MALFORMED: i32 = 1;
/** Rule 1: a PIN block is in the message. */
export const EMV_CODE_PIN_BLOCK_PRESENT: i32 = 2;
/** Rule 2: amount, currency, type, country or date differ from the request. */
export const EMV_CODE_EMV_MISMATCH: i32 = 3;
/** Rule 3: not a chip transaction. */
export const EMV_CODE_SWIPE_OR_MANUAL: i32 = 4;
/** Rule 4: the card said no. */
export const EMV_CODE_CARD_DECLINED: i32 = 5;
/** Rule 5: the cryptogram is of no known kind. */
export const EMV_CODE_CRYPTOGRAM_UNKNOWN: i32 = 6;
/** Rule 6: this network takes no offline payment here. */
export const EMV_CODE_NETWORK_NOT_OFFLINE: i32 = 7;
/** Rule 6: Interac is online only. */
export const EMV_CODE_INTERAC_NOT_SUPPORTED: i32 = 8;
/** Rule 6: the policy does not allow the brand. */
export const EMV_CODE_BRAND_NOT_ALLOWED: i32 = 9;
/** Rule 6: a card published for tests in a real payment. */
export const EMV_CODE_TEST_CARD_IN_LIVEMODE: i32 = 10;
/** Rule 7: PAN, expiry, ATC or TVR is missing. */
export const EMV_CODE_DATA_MISSING: i32 = 11;
/** Rule 7: the card is expired. */
export const EMV_CODE_EXPIRED: i32 = 12;
/** Rule 7: the card is not yet effective. */
export const EMV_CODE_NOT_EFFECTIVE: i32 = 13;
/** Rule 8: the card does not allow this service here. */
export const EMV_CODE_SERVICE_NOT_ALLOWED: i32 = 14;
/** Rule 9: offline data authentication failed. */
export const EMV_CODE_AUTH_FAILED: i32 = 15;
/** Rule 9: the card is on the terminal's exception file. */
export const EMV_CODE_EXCEPTION_FILE: i32 = 16;
/** Rule 9: cardholder verification failed. */
export const EMV_CODE_CVM_FAILED: i32 = 17;
/** Rule 10: verified by online PIN, which cannot be checked later. */
export const EMV_CODE_ONLINE_PIN: i32 = 18;
/** Rule 11: the EEA requires an inserted chip and an offline PIN. */
export const EMV_CODE_SCA_REQUIRED: i32 = 19;
/** Rule 12: a denial action code matches. */
export const EMV_CODE_IAC_DENIED: i32 = 20;
/** Rule 12: a default action code matches. */
export const EMV_CODE_IAC_DEFAULT: i32 = 21;

/** Rule 13: the service code asks for online authorisation. */
export const EMV_RISK_SERVICE_CODE_ONLINE: i32 = 1;
/** Zero bytes between top-level objects. */
export const EMV_RISK_TOP_LEVEL_PADDING: i32 = 2;
/** A length field longer than needed. */
export const EMV_RISK_LONG_LENGTH: i32 = 4;
/** No Application Usage Control: rule 8 could not look. */
export const EMV_RISK_NO_USAGE_CONTROL: i32 = 8;
/** No CVM Results. */
export const EMV_RISK_NO_CVM_RESULTS: i32 = 16;
/** An online action code matches: the issuer would rather be asked. */
export const EMV_RISK_ONLINE_PREFERRED: i32 = 32;
/** The clock is behind the latest time this device ever saw. */
export const EMV_RISK_CLOCK_BEHIND: i32 = 64;

/** No known RID. */
export const EMV_BRAND_UNKNOWN: i32 = 0;
/** Visa, with Electron, V PAY, Interlink and Plus. */
export const EMV_BRAND_VISA: i32 = 1;
/** Mastercard, with Cirrus. */
export const EMV_BRAND_MASTERCARD: i32 = 2;
/** American Express, China included. */
export const EMV_BRAND_AMEX: i32 = 3;
/** Discover and Diners Club, with ZIP. */
export const EMV_BRAND_DISCOVER: i32 = 4;
/** JCB. */
export const EMV_BRAND_JCB: i32 = 5;
/** UnionPay. */
export const EMV_BRAND_UNIONPAY: i32 = 6;
/** Maestro, with Maestro UK. */
export const EMV_BRAND_MAESTRO: i32 = 7;
/** eftpos, Australia. */
export const EMV_BRAND_EFTPOS_AU: i32 = 8;
/** Cartes Bancaires, France. */
export const EMV_BRAND_CARTES_BANCAIRES: i32 = 9;
/** girocard, Germany. */
export const EMV_BRAND_GIROCARD: i32 = 10;
/** Interac, Canada. */
export const EMV_BRAND_INTERAC: i32 = 11;
/** US common debit of Visa, Mastercard, Discover and UnionPay. */
export const EMV_BRAND_US_COMMON_DEBIT: i32 = 12;
/** US common debit of the Debit Network Alliance (NYCE, PULSE, STAR and others ride on it). */
export const EMV_BRAND_DEBIT_NETWORK_ALLIANCE: i32 = 13;
/** Dankort, Denmark. */
export const EMV_BRAND_DANKORT: i32 = 14;
/** RuPay, India. */
export const EMV_BRAND_RUPAY: i32 = 15;
/** Mir, Russia. */
export const EMV_BRAND_MIR: i32 = 16;
/** Verve, Nigeria. */
export const EMV_BRAND_VERVE: i32 = 17;
/** Meeza, Egypt. */
export const EMV_BRAND_MEEZA: i32 = 18;
/** Bancomat, Italy. */
export const EMV_BRAND_BANCOMAT: i32 = 19;
/** BankAxept, Norway. */
export const EMV_BRAND_BANKAXEPT: i32 = 20;

// --- Seal: cryptography and SAF1 (-100 … -149) ------------------------------------------
/** The record ends before its header, or before the length its header announces. */
export const SEAL_ERR_TRUNCATED: i32 = -100;
/** Bytes follow the length the header announces. */
export const SEAL_ERR_TRAILING: i32 = -101;
/** The first four bytes are not SAF1. */
export const SEAL_ERR_MAGIC: i32 = -102;
/** A version of the format this release does not know. */
export const SEAL_ERR_VERSION: i32 = -103;
/** A suite that is unknown, or not the one this function serves. */
export const SEAL_ERR_SUITE: i32 = -104;
/** A mode that is unknown, or does not fit the sequence number or the function. */
export const SEAL_ERR_MODE: i32 = -105;
/** A field has a value the format does not allow; the offset tells which. */
export const SEAL_ERR_FIELD: i32 = -106;
/** More plaintext than SEAL_PLAINTEXT_BYTES_MAX. */
export const SEAL_ERR_PLAINTEXT_LENGTH: i32 = -107;
/** Not authentic: wrong key, wrong chain secret or an altered record; which one is not told. */
export const SEAL_ERR_OPEN: i32 = -108;
/** Authentic, but the inside breaks the format: a sender's bug. */
export const SEAL_ERR_PADDING: i32 = -109;
/** The recipient's public key is a point of small order. */
export const SEAL_ERR_PUBLIC_KEY: i32 = -110;
/** The same record stands twice in the chain. */
export const SEAL_ERR_CHAIN_REPEATED: i32 = -120;
/** Two different records claim one place in the chain: a copied or restored device. */
export const SEAL_ERR_CHAIN_FORK: i32 = -121;
/** Records are missing between this one and the one before. */
export const SEAL_ERR_CHAIN_GAP: i32 = -122;
/** The record belongs before the one that precedes it. */
export const SEAL_ERR_CHAIN_ORDER: i32 = -123;
/** The previous hash is not the hash of the record before. */
export const SEAL_ERR_CHAIN_HASH: i32 = -124;
/** The record is of another device. */
export const SEAL_ERR_CHAIN_DEVICE: i32 = -125;
/** The record is of another epoch of the device. */
export const SEAL_ERR_CHAIN_EPOCH: i32 = -126;
/** Live and test records are mixed. */
export const SEAL_ERR_CHAIN_LIVEMODE: i32 = -127;
/** Records of two accounts are mixed. */
export const SEAL_ERR_CHAIN_ACCOUNT: i32 = -128;
/** Not authentic; no more is told. */
export const CRYPTO_ERR_OPEN: i32 = -140;
/** The Diffie-Hellman result is all zero: a public key of small order. */
export const CRYPTO_ERR_SHARED_SECRET: i32 = -141;
/** Mode and PSK do not fit, or the PSK is shorter than 32 bytes. */
export const CRYPTO_ERR_PSK: i32 = -142;

/** Most plaintext bytes in one record. */
export const SEAL_PLAINTEXT_BYTES_MAX: i32 = 4096;
/** Padded plaintext is a multiple of this. */
export const SEAL_PADDING_BYTES: i32 = 256;
/** Bytes in front of the plaintext that hold its length. */
export const SEAL_LENGTH_PREFIX_BYTES: i32 = 2;
/** Padded length of the longest plaintext: 4,096 + 2 in steps of 256. */
export const SEAL_PADDED_BYTES_MAX: i32 = 4352;

/** SAF1 header, big-endian throughout: "SAF1". */
export const SEAL_HEADER_MAGIC: i32 = 0;
/** u8: 1. */
export const SEAL_HEADER_VERSION: i32 = 4;
/** u8: 1 X25519 and ChaCha20-Poly1305, 2 P-256 and AES-256-GCM. */
export const SEAL_HEADER_SUITE: i32 = 5;
/** u8: 0 Base (genesis), 1 PSK. */
export const SEAL_HEADER_MODE: i32 = 6;
/** u8: 1 live, 0 test. */
export const SEAL_HEADER_LIVEMODE: i32 = 7;
/** 8 bytes: names the recipient's key. */
export const SEAL_HEADER_KEY_ID: i32 = 8;
/** 16 bytes. */
export const SEAL_HEADER_DEVICE_ID: i32 = 16;
/** u32. */
export const SEAL_HEADER_EPOCH: i32 = 32;
/** u64: 0 for the genesis, then 1, 2, 3… */
export const SEAL_HEADER_SEQ: i32 = 36;
/** 32 bytes: SHA-256 of the whole record before. */
export const SEAL_HEADER_PREVIOUS_HASH: i32 = 44;
/** 16 bytes. */
export const SEAL_HEADER_LOCAL_ID: i32 = 76;
/** u64: epoch milliseconds. */
export const SEAL_HEADER_CREATED_AT_MS: i32 = 92;
/** u64. */
export const SEAL_HEADER_MONOTONIC_MS: i32 = 100;
/** 16 bytes. */
export const SEAL_HEADER_BOOT_ID: i32 = 108;
/** u64: minor units, below 2^53; 0 in a genesis. */
export const SEAL_HEADER_AMOUNT_MINOR: i32 = 124;
/** 3 bytes: ISO 4217, A to Z. */
export const SEAL_HEADER_CURRENCY: i32 = 132;
/** 16 bytes. */
export const SEAL_HEADER_ACCOUNT_HASH: i32 = 135;
/** 32 bytes. */
export const SEAL_HEADER_IDEMPOTENCY_KEY: i32 = 151;
/** 16 bytes. */
export const SEAL_HEADER_CARD_TRANSACTION_HMAC: i32 = 183;
/** u32. */
export const SEAL_HEADER_POLICY_VERSION: i32 = 199;
/** u16. */
export const SEAL_HEADER_SCHEMA_VERSION: i32 = 203;
/** u16: length of the padded plaintext. */
export const SEAL_HEADER_PADDED_LENGTH: i32 = 205;
/** Bytes of a header. */
export const SEAL_HEADER_BYTES: i32 = 207;

/** Bytes of enc in suite 1: an X25519 public key. */
export const SEAL_ENC_BYTES_SUITE_1: i32 = 32;
/** Bytes of enc in suite 2: an uncompressed P-256 point. */
export const SEAL_ENC_BYTES_SUITE_2: i32 = 65;
/** Bytes of the tag behind the ciphertext, in both suites. */
export const SEAL_TAG_BYTES: i32 = 16;

/** Arguments of a seal or an open in the input arena: the header, for a seal. */
export const SEAL_INPUT_HEADER: i32 = 0;
/** 32 bytes: the recipient's public key for a seal, private key for an open. */
export const SEAL_INPUT_KEY: i32 = 208;
/** 32 bytes of fresh randomness, for a seal. */
export const SEAL_INPUT_ENTROPY: i32 = 240;
/** 32 bytes: the chain secret of this record; for the open of a genesis unused. */
export const SEAL_INPUT_CHAIN_SECRET: i32 = 272;
/** The plaintext of a seal, or the record of an open. */
export const SEAL_INPUT_BODY: i32 = 304;
/** Results in the output arena: 32 bytes, SHA-256 of the record. */
export const SEAL_OUTPUT_HASH: i32 = 0;
/** 32 bytes: the chain secret of the next record. */
export const SEAL_OUTPUT_NEXT_SECRET: i32 = 32;
/** The record of a seal. */
export const SEAL_OUTPUT_RECORD: i32 = 64;
/** The plaintext of an open, behind its length prefix. */
export const SEAL_OUTPUT_PLAINTEXT: i32 = 66;
