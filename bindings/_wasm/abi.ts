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
};
