/**
 * The messages of the reader protocol, version 1: numbers and fields.
 *
 * Owns: what either side may say; `message_schemas.ts` has the limits. A number is never reused; a field may be added (receivers
 * drop what they do not know) but never change its meaning. Requests go from the point of sale
 * to the reader and are answered under the same request id, with the reply's type or `ERROR`.
 * @see docs/formats/reader-protocol.md
 * @module
 */
/** Message types. Replies are the request's number with the high bit set. */
export const MESSAGE = {
  HELLO: 0x01,
  CONFIGURE: 0x02,
  COLLECT: 0x03,
  COLLECT_INPUTS: 0x04,
  DISPLAY: 0x05,
  STATUS: 0x06,
  REBOOT: 0x07,
  HEARTBEAT: 0x08,
  CANCEL: 0x09,
  UPDATE: 0x0a,
  COLLECT_PIN: 0x0b,
  // 0x10..0x1f: a smart reader's own store; answered by READER_UNKNOWN_MESSAGE where there is
  // none. See `store_messages.ts`.
  STORE_STATUS: 0x10,
  STORE_FORWARD_NOW: 0x11,
  STORE_LIST: 0x12,
  STORE_SUBSCRIBE: 0x13,
  STORE_SALE: 0x14,
  STORE_FIND: 0x15,
  // 0x40..0x5f: events of the reader, never answered.
  PROMPT: 0x40,
  STATUS_CHANGED: 0x41,
  UPDATE_REQUIRED: 0x42,
  REBOOTING: 0x43,
  STORE_EVENT: 0x50,
  ERROR: 0x7f,
} as const;

/** Set in the type of a reply. */
export const REPLY_BIT = 0x80;

/** Reader models the protocol knows; Stripe's own names for them. */
export const DEVICE_TYPES = [
  "chipper_2x",
  "stripe_m2",
  "wisepad_3",
  "stripe_s700",
  "wisepos_e",
] as const;
/** One of {@link DEVICE_TYPES}. */
export type DeviceType = typeof DEVICE_TYPES[number];

/** How the card was read; the words of Stripe's `read_method`. */
export const READ_METHODS = [
  "contact_emv",
  "contactless_emv",
  "magnetic_stripe_track2",
  "magnetic_stripe_fallback",
  "contactless_magstripe_mode",
] as const;
/** One of {@link READ_METHODS}. */
export type ReadMethod = typeof READ_METHODS[number];

/** What the reader asks of the cardholder, or tells the cashier. */
export const PROMPTS = [
  "insert_or_tap",
  "insert",
  "swipe_refused",
  "tap_refused",
  "application_selection",
  "tip_selection",
  "pin",
  "pin_wrong",
  "remove_card",
  "card_removed_early",
] as const;
/** One of {@link PROMPTS}. */
export type Prompt = typeof PROMPTS[number];

/** Kinds of on-screen input. */
export const INPUT_KINDS = [
  "signature",
  "selection",
  "text",
  "numeric",
  "email",
  "phone",
] as const;
/** One of {@link INPUT_KINDS}. */
export type InputKind = typeof INPUT_KINDS[number];

/** What a reader can do; a client must not ask for more. */
export interface ReaderCapabilities {
  /** It stores and forwards by itself, and the point of sale sees its store over the link. */
  canStoreAndForward: boolean;
  /** It can verify an offline PIN. */
  canOfflinePin: boolean;
  /** It can capture an online PIN. */
  canOnlinePin: boolean;
  canContactless: boolean;
  canSwipe: boolean;
  canTipOnReader: boolean;
  canCollectInputs: boolean;
  canDisplay: boolean;
  canRunApps: boolean;
}

/** HELLO. */
export interface HelloRequest {
  /** Name and version of the client, for the reader's log. */
  client: string;
  /** Wall time of the client, epoch milliseconds; a reader without a clock takes it over. */
  timeMs: number;
}

/** Reply to HELLO: who the reader is. */
export interface ReaderInfo {
  deviceType: DeviceType;
  serialNumber: string;
  softwareVersion: string;
  /** 0..100, or null for a reader on mains power. */
  batteryPercent: number | null;
  /** False when the reader has lost its keys and cannot take payments. */
  hasEncryptionKeys: boolean;
  /** ISO 3166-1 alpha-2 code of the country it is configured for. */
  country: string;
  capabilities: ReaderCapabilities;
}

/** CONFIGURE: what the reader keeps until it is configured again. */
export interface ConfigureRequest {
  /** ISO 3166-1 alpha-2. */
  country?: string;
  /** Merchant name and location, EMV tag 9F4E. */
  merchantName?: string;
  /** EMV tag 9F16 and 9F1C, as printable text. */
  merchantId?: string;
  terminalId?: string;
  /** BCP 47 language of the prompts. */
  language?: string;
}

/** Tip choices a smart reader shows before it asks for the card. */
export interface TipOptions {
  /** Fixed tips in minor units, at most four. */
  amountsMinor?: readonly number[];
  /** Percentages of the amount, at most four. */
  percentages?: readonly number[];
}

/** COLLECT: read a card for this payment. */
export interface CollectMessage {
  amountMinor: number;
  /** ISO 4217 alpha code, lower case as in Stripe's API. */
  currency: string;
  /** The payment will be stored, not authorised now. */
  isOffline: boolean;
  /** ISO 3166-1 alpha-2 code that decides the rules, EMV tag 9F1A. */
  terminalCountry: string;
  /** EMV tag 9C; 0x00 is goods and services. */
  transactionType: number;
  /** AID prefixes never to select, so that a co-badged card uses another of its networks. */
  blockedAids?: readonly Uint8Array[];
  /** The reader gives up by itself after this time, should the link be gone. */
  deadlineMs: number;
  /** `refuse` makes the reader ask for another card; `return` hands the swipe over. */
  swipe: "refuse" | "return";
  tip?: TipOptions;
}

/** What the customer entered for the issuer; opaque to everyone on the way. */
export interface OnlinePin {
  /** The enciphered PIN block, 8 or 16 bytes (ISO 9564-1). Wipe it after use; never store it. */
  block: Uint8Array;
  /** Which key enciphered it: the key serial number, at most 16 bytes. */
  keySerial: Uint8Array;
}

/** COLLECT_PIN: the PIN for the card that was read last. */
export interface CollectPinRequest {
  /** Shown above the PIN; minor units. */
  amountMinor: number;
  currency: string;
  /** The reader gives up by itself after this time. */
  deadlineMs: number;
}

/** Reply to COLLECT_PIN. */
export interface CollectPinResult {
  onlinePin: OnlinePin;
}

/** Reply to COLLECT. */
export interface CollectResult {
  /** EMV data objects, BER-TLV, 1..4,096 bytes. Card data: wipe it after use. */
  emvData: Uint8Array;
  readMethod: ReadMethod;
  /** Part of tag 9F02 that is a tip; missing when no tip was asked for. */
  tipAmountMinor?: number;
  /** Present when 9F34 says that the PIN is verified online; never in an offline COLLECT. */
  onlinePin?: OnlinePin;
}

/** One question on the reader's screen. */
export interface InputRequest {
  kind: InputKind;
  title: string;
  isRequired: boolean;
  /** Choices of a `selection`. */
  choices?: readonly string[];
}

/** COLLECT_INPUTS. */
export interface CollectInputsRequest {
  inputs: readonly InputRequest[];
  /** The reader gives up by itself after this time. */
  deadlineMs: number;
}

/** One answer; a skipped question has neither value. */
export interface InputResult {
  kind: InputKind;
  isSkipped: boolean;
  /** Every kind but `signature`. */
  text?: string;
  /** An SVG document of a `signature`. */
  image?: Uint8Array;
}

/** Reply to COLLECT_INPUTS, in the order of the questions. */
export interface CollectInputsResult {
  inputs: readonly InputResult[];
}

/** One line of the cart on the reader's screen. */
export interface DisplayLine {
  description: string;
  amountMinor: number;
  quantity: number;
}

/** DISPLAY; no lines clears the screen. */
export interface DisplayRequest {
  currency: string;
  totalMinor: number;
  lines: readonly DisplayLine[];
}

/** Reply to STATUS, and the event STATUS_CHANGED. */
export interface ReaderStatus {
  batteryPercent: number | null;
  isCharging: boolean;
  uptimeMs: number;
  hasEncryptionKeys: boolean;
}

/** The event PROMPT; its request id is the collect's. */
export interface PromptEvent {
  prompt: Prompt;
}

/** The event UPDATE_REQUIRED. */
export interface UpdateRequiredEvent {
  softwareVersion: string;
  /** The reader takes no offline payment until it is updated. */
  isRequiredForOffline: boolean;
}

/** The event REBOOTING: the link is about to end. */
export interface RebootingEvent {
  reason: "requested" | "security" | "update";
}

/** CANCEL: give up the request with this id. */
export interface CancelRequest {
  requestId: number;
}

/** Reply to CANCEL. */
export interface CancelResult {
  /** False when that request had already been answered. */
  wasActive: boolean;
}

/** ERROR. */
export interface ErrorMessage {
  /** A code of `docs/errors.md`. */
  code: string;
  /** Offending field of the request, where there is one. */
  field?: string;
}

/** A message without fields. */
export type Empty = Record<string, never>;
