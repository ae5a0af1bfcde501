/**
 * From a decision request to the record the core reads.
 *
 * Owns: the checks of everything a caller can get wrong, each with the name of the field.
 * @module
 */
import {
  BER_SOURCE_CARD,
  BER_SOURCE_READER,
  EMV_IAC_DEFAULT_ALWAYS,
  EMV_IAC_DEFAULT_APPROVAL,
  EMV_IAC_DEFAULT_NEVER,
  EMV_REQUEST_AMOUNT,
  EMV_REQUEST_BRANDS,
  EMV_REQUEST_BYTES,
  EMV_REQUEST_COUNTRY,
  EMV_REQUEST_CURRENCY,
  EMV_REQUEST_FLAG_HMAC,
  EMV_REQUEST_FLAG_LIVEMODE,
  EMV_REQUEST_FLAG_ONLINE,
  EMV_REQUEST_FLAGS,
  EMV_REQUEST_HIGH_WATER,
  EMV_REQUEST_IAC_DEFAULT,
  EMV_REQUEST_KEY,
  EMV_REQUEST_NOW,
  EMV_REQUEST_SOURCE,
  EMV_REQUEST_TAC_DEFAULT,
  EMV_REQUEST_TAC_DENIAL,
  EMV_REQUEST_TAC_ONLINE,
  EMV_REQUEST_TYPE,
} from "./_wasm/abi.ts";
import { type Brand, BRANDS, type DecisionRequest } from "./emv_types.ts";
import { bindingFailure } from "./error_codes.ts";
import type { HoldfastError } from "./errors.ts";
import { countryNumeric, currencyNumeric } from "./iso_codes.ts";

/** 9F02 has twelve digits. */
const AMOUNT_MINOR_MAX = 999_999_999_999;
/** ECMA-262 §21.4.1.1: the range of a time value. */
const TIME_MS_MAX = 8_640_000_000_000_000;
const KEY_BYTES = 32;
const ACTION_CODE_BYTES = 5;

/** Writes the request at `record`; throws `EMV_REQUEST` and names the field when it cannot. */
export function writeRequest(
  bytes: Uint8Array,
  view: DataView,
  record: number,
  request: DecisionRequest,
): void {
  const { amountMinor, nowMs, highWaterMs, policy, deviceKey } = request;
  const currency = currencyNumeric(request.currency);
  if (currency === undefined) throw wrong("currency", "an ISO 4217 code");
  const country = countryNumeric(request.terminalCountry);
  if (country === undefined) {
    throw wrong("terminalCountry", "an ISO 3166-1 alpha-2 code");
  }
  checkInteger("amountMinor", amountMinor, AMOUNT_MINOR_MAX);
  checkInteger("nowMs", nowMs, TIME_MS_MAX);
  checkInteger("highWaterMs", highWaterMs, TIME_MS_MAX);
  const type = request.transactionType ?? 0;
  checkInteger("transactionType", type, 0xff);
  if (deviceKey.length !== KEY_BYTES) throw wrong("deviceKey", "32 bytes");

  bytes.fill(0, record, record + EMV_REQUEST_BYTES);
  // Two halves: a 64-bit write would need a BigInt for every amount.
  view.setUint32(record + EMV_REQUEST_AMOUNT, amountMinor % 2 ** 32, true);
  view.setUint32(
    record + EMV_REQUEST_AMOUNT + 4,
    Math.floor(amountMinor / 2 ** 32),
    true,
  );
  view.setFloat64(record + EMV_REQUEST_NOW, nowMs, true);
  view.setFloat64(record + EMV_REQUEST_HIGH_WATER, highWaterMs, true);
  view.setUint16(record + EMV_REQUEST_CURRENCY, currency, true);
  view.setUint16(record + EMV_REQUEST_COUNTRY, country, true);
  bytes[record + EMV_REQUEST_TYPE] = type;
  bytes[record + EMV_REQUEST_FLAGS] = EMV_REQUEST_FLAG_HMAC |
    (request.isLivemode ? EMV_REQUEST_FLAG_LIVEMODE : 0) |
    (request.isOnline ? EMV_REQUEST_FLAG_ONLINE : 0);
  bytes[record + EMV_REQUEST_SOURCE] = request.source === "card"
    ? BER_SOURCE_CARD
    : BER_SOURCE_READER;
  bytes[record + EMV_REQUEST_IAC_DEFAULT] = iacDefault(
    policy.respectIacDefault,
  );
  const brands = brandMask(policy.allowedBrands);
  view.setUint32(record + EMV_REQUEST_BRANDS, brands, true);
  writeCode(bytes, record + EMV_REQUEST_TAC_DENIAL, policy.tacDenial);
  writeCode(bytes, record + EMV_REQUEST_TAC_DEFAULT, policy.tacDefault);
  writeCode(bytes, record + EMV_REQUEST_TAC_ONLINE, policy.tacOnline);
  bytes.set(deviceKey, record + EMV_REQUEST_KEY);
}

function wrong(field: string, expected: string): HoldfastError {
  return bindingFailure("EMV_REQUEST", `${field} must be ${expected}`, {
    field,
  });
}

function checkInteger(field: string, value: number, maximum: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= maximum) return;
  throw wrong(field, `an integer 0..${maximum}`);
}

function iacDefault(respect: boolean | null): number {
  if (respect === null) return EMV_IAC_DEFAULT_APPROVAL;
  return respect ? EMV_IAC_DEFAULT_ALWAYS : EMV_IAC_DEFAULT_NEVER;
}

function brandMask(brands: readonly Brand[] | null): number {
  if (brands === null) return 0xffffffff;
  let mask = 0;
  for (const brand of brands) {
    const bit = BRANDS.indexOf(brand);
    if (bit < 0) throw wrong("policy.allowedBrands", "known brands");
    mask |= 1 << bit;
  }
  return mask >>> 0;
}

function writeCode(
  bytes: Uint8Array,
  at: number,
  code: Uint8Array | undefined,
): void {
  if (code === undefined) return;
  if (code.length !== ACTION_CODE_BYTES) {
    throw wrong("policy.tac", "action codes of five bytes");
  }
  bytes.set(code, at);
}
