/**
 * The shape and the limits of every message of the reader protocol, version 1.
 *
 * Owns: each range and length a peer may send; see `messages.ts` for the meaning.
 * @see docs/formats/reader-protocol.md
 * @module
 */
import {
  bytes,
  type Field,
  flag,
  integer,
  list,
  nullable,
  oneOf,
  optional,
  pattern,
  record,
  REJECTED,
  type Schema,
  text,
} from "./payload.ts";
import {
  type CancelRequest,
  type CancelResult,
  type CollectInputsRequest,
  type CollectInputsResult,
  type CollectMessage,
  type CollectPinRequest,
  type CollectPinResult,
  type CollectResult,
  type ConfigureRequest,
  DEVICE_TYPES,
  type DisplayLine,
  type DisplayRequest,
  type Empty,
  type ErrorMessage,
  type HelloRequest,
  INPUT_KINDS,
  type InputRequest,
  type InputResult,
  type OnlinePin,
  type PromptEvent,
  PROMPTS,
  READ_METHODS,
  type ReaderCapabilities,
  type ReaderInfo,
  type ReaderStatus,
  type RebootingEvent,
  type TipOptions,
  type UpdateRequiredEvent,
} from "./messages.ts";

/** ISO 4217 minor units fit the 12 digits of EMV tag 9F02. */
const AMOUNT_MAX = 999_999_999_999;
const amount = integer(0, AMOUNT_MAX);
/** Ten minutes: longer than any customer stands at a reader. */
const deadlineMs = integer(1, 600_000);
const country = pattern(/^[A-Z]{2}$/);
const currency = pattern(/^[a-z]{3}$/);
const battery = nullable(integer(0, 100));
/** Largest EMV message the core takes (`architecture.md`: input at most 4,096 bytes). */
const EMV_LENGTH_MAX = 4096;

/** EMV tag 84 is 5..16 bytes; a prefix of it at least the 5 bytes of the RID. */
const aidPrefix: Field<Uint8Array> = bytes(16);

/** Shape of {@link Empty}. */
export const EMPTY: Schema<Empty> = {};
/** Shape of {@link HelloRequest}. */
export const HELLO_REQUEST: Schema<HelloRequest> = {
  client: text(64),
  timeMs: integer(0, Number.MAX_SAFE_INTEGER),
};
const CAPABILITIES: Schema<ReaderCapabilities> = {
  canStoreAndForward: flag(),
  canOfflinePin: flag(),
  canOnlinePin: flag(),
  canContactless: flag(),
  canSwipe: flag(),
  canTipOnReader: flag(),
  canCollectInputs: flag(),
  canDisplay: flag(),
  canRunApps: flag(),
};
/** Shape of {@link ReaderInfo}. */
export const READER_INFO: Schema<ReaderInfo> = {
  deviceType: oneOf(DEVICE_TYPES),
  serialNumber: text(32),
  softwareVersion: text(64),
  batteryPercent: battery,
  hasEncryptionKeys: flag(),
  country,
  capabilities: record(CAPABILITIES),
};
/** Shape of {@link ConfigureRequest}. */
export const CONFIGURE_REQUEST: Schema<ConfigureRequest> = {
  country: optional(country),
  merchantName: optional(text(40)),
  merchantId: optional(text(15)),
  terminalId: optional(text(8)),
  language: optional(text(16)),
};
/** Shape of {@link CollectMessage}. */
export const COLLECT_REQUEST: Schema<CollectMessage> = {
  amountMinor: amount,
  currency,
  isOffline: flag(),
  terminalCountry: country,
  transactionType: integer(0, 0xff),
  blockedAids: optional(list(aidPrefix, 32)),
  deadlineMs,
  swipe: oneOf(["refuse", "return"]),
  tip: optional(record<TipOptions>({
    amountsMinor: optional(list(amount, 4)),
    percentages: optional(list(integer(0, 100), 4)),
  })),
};
/** 8 bytes under TDES, 16 under AES (ISO 9564-1 §9.3, §9.4). */
const pinBlock: Field<Uint8Array> = (value) =>
  value instanceof Uint8Array && (value.length === 8 || value.length === 16)
    ? value
    : REJECTED;
const onlinePin = record<OnlinePin>({
  block: pinBlock,
  keySerial: bytes(16),
});
/** Shape of {@link CollectResult}. */
export const COLLECT_RESULT: Schema<CollectResult> = {
  emvData: bytes(EMV_LENGTH_MAX),
  readMethod: oneOf(READ_METHODS),
  tipAmountMinor: optional(amount),
  onlinePin: optional(onlinePin),
};
/** Shape of {@link CollectPinRequest}. */
export const COLLECT_PIN_REQUEST: Schema<CollectPinRequest> = {
  amountMinor: amount,
  currency,
  deadlineMs,
};
/** Shape of {@link CollectPinResult}. */
export const COLLECT_PIN_RESULT: Schema<CollectPinResult> = { onlinePin };
/** Shape of {@link CollectInputsRequest}. */
export const COLLECT_INPUTS_REQUEST: Schema<CollectInputsRequest> = {
  inputs: list(
    record<InputRequest>({
      kind: oneOf(INPUT_KINDS),
      title: text(80),
      isRequired: flag(),
      choices: optional(list(text(40), 8)),
    }),
    8,
  ),
  deadlineMs,
};
/** Shape of {@link CollectInputsResult}. */
export const COLLECT_INPUTS_RESULT: Schema<CollectInputsResult> = {
  inputs: list(
    record<InputResult>({
      kind: oneOf(INPUT_KINDS),
      isSkipped: flag(),
      text: optional(text(500)),
      image: optional(bytes(8192)),
    }),
    8,
  ),
};
/** Shape of {@link DisplayRequest}. */
export const DISPLAY_REQUEST: Schema<DisplayRequest> = {
  currency,
  totalMinor: amount,
  lines: list(
    record<DisplayLine>({
      description: text(60),
      amountMinor: amount,
      quantity: integer(1, 9999),
    }),
    100,
  ),
};
/** Shape of {@link ReaderStatus}. */
export const READER_STATUS: Schema<ReaderStatus> = {
  batteryPercent: battery,
  isCharging: flag(),
  uptimeMs: integer(0, Number.MAX_SAFE_INTEGER),
  hasEncryptionKeys: flag(),
};
/** Shape of {@link PromptEvent}. */
export const PROMPT_EVENT: Schema<PromptEvent> = { prompt: oneOf(PROMPTS) };
/** Shape of {@link UpdateRequiredEvent}. */
export const UPDATE_REQUIRED_EVENT: Schema<UpdateRequiredEvent> = {
  softwareVersion: text(64),
  isRequiredForOffline: flag(),
};
/** Shape of {@link RebootingEvent}. */
export const REBOOTING_EVENT: Schema<RebootingEvent> = {
  reason: oneOf(["requested", "security", "update"]),
};
/** Shape of {@link CancelRequest}. */
export const CANCEL_REQUEST: Schema<CancelRequest> = {
  requestId: integer(1, 0xffffffff),
};
/** Shape of {@link CancelResult}. */
export const CANCEL_RESULT: Schema<CancelResult> = { wasActive: flag() };
/** Shape of {@link ErrorMessage}. */
export const ERROR_MESSAGE: Schema<ErrorMessage> = {
  code: pattern(/^[A-Z][A-Z0-9_]{2,63}$/),
  field: optional(text(64)),
};
