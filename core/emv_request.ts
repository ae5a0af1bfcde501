// What a decision is asked with: the request record, refused where a number has no meaning.
//
// Owns: the ranges of its fields, and the day that the rules go by.
import {
  BER_SOURCE_READER,
  EMV_IAC_DEFAULT_APPROVAL,
  EMV_REQUEST_AMOUNT,
  EMV_REQUEST_HIGH_WATER,
  EMV_REQUEST_IAC_DEFAULT,
  EMV_REQUEST_NOW,
  EMV_REQUEST_SOURCE,
} from "./abi";
import { dayOfMs } from "./emv_calendar";

/** 9F02 has twelve digits. */
const AMOUNT_MAX: u64 = 999999999999;
/** ECMA-262 §21.4.1.1: the range of a time value. */
const TIME_MS_MAX: f64 = 8640000000000000;

/** Offset of the first field out of its range, or -1. */
export function badRequestField(request: usize): i32 {
  if (load<u64>(request + EMV_REQUEST_AMOUNT) > AMOUNT_MAX) return EMV_REQUEST_AMOUNT;
  const now = load<f64>(request + EMV_REQUEST_NOW);
  if (!(now >= 0 && now <= TIME_MS_MAX)) return EMV_REQUEST_NOW;
  const highWater = load<f64>(request + EMV_REQUEST_HIGH_WATER);
  if (!(highWater >= 0 && highWater <= TIME_MS_MAX)) return EMV_REQUEST_HIGH_WATER;
  if (load<u8>(request + EMV_REQUEST_SOURCE) > <u8>BER_SOURCE_READER) return EMV_REQUEST_SOURCE;
  if (load<u8>(request + EMV_REQUEST_IAC_DEFAULT) > <u8>EMV_IAC_DEFAULT_APPROVAL) {
    return EMV_REQUEST_IAC_DEFAULT;
  }
  return -1;
}

/** Day of the trusted clock: never before the latest day this device ever saw. */
export function trustedDay(request: usize): i32 {
  const now = load<f64>(request + EMV_REQUEST_NOW);
  return dayOfMs(max(now, load<f64>(request + EMV_REQUEST_HIGH_WATER)));
}
