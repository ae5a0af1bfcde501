// `interface emv` of core/wit/emv.wit: the request record from a sale and a terminal, the answer
// from the decision record.
//
// Owns: the checks of what the record cannot express, and the wiping of the device key's copy.
import {
  BER_INPUT_BYTES_MAX, EMV_CODE_ACCEPTED, EMV_DECISION_BYTES, EMV_ERR_REQUEST, EMV_REQUEST_AMOUNT,
  EMV_REQUEST_BRANDS, EMV_REQUEST_BYTES, EMV_REQUEST_COUNTRY, EMV_REQUEST_CURRENCY,
  EMV_REQUEST_FLAGS, EMV_REQUEST_FLAG_HMAC, EMV_REQUEST_FLAG_LIVEMODE, EMV_REQUEST_FLAG_ONLINE,
  EMV_REQUEST_HIGH_WATER, EMV_REQUEST_IAC_DEFAULT, EMV_REQUEST_KEY, EMV_REQUEST_NOW,
  EMV_REQUEST_SOURCE, EMV_REQUEST_TAC_DEFAULT, EMV_REQUEST_TAC_DENIAL, EMV_REQUEST_TAC_ONLINE,
  EMV_REQUEST_TYPE,
} from "../abi";
import { forgetKeys } from "../emv_card";
import { decideMessage } from "../emv_decide";
import { emvAidBrand, emvNetworkCode, errorOffset } from "../tlv_exports";
import { ANSWER_BYTES, writeAnswer } from "./emv_answer";
import { okList, PAYLOAD, RESULT, take } from "./memory";

const REQUEST: usize = memory.data(EMV_REQUEST_BYTES, 16);
const KEY_BYTES: u32 = 32;
const ACTION_CODE_MAX: u64 = (1 << 40) - 1;
/** ISO 3166-1 and ISO 4217 numeric codes have three digits. */
const NUMERIC_MAX: u32 = 999;

// record sale
const SALE_CURRENCY: usize = 8;
const SALE_TYPE: usize = 10;
const SALE_ONLINE: usize = 11;
const SALE_NOW: usize = 16;
const SALE_HIGH_WATER: usize = 24;
// record offer
const OFFER_SALE: usize = 8;
const OFFER_BYTES: usize = 40;

// variant decide-error as case | field << 8, enum request-field
const BAD_REQUEST: i32 = 0;
const MESSAGE_TOO_LONG: i32 = 1;
const FIELD_AMOUNT: i32 = 0;
const FIELD_CURRENCY: i32 = 1;
const FIELD_COUNTRY: i32 = 2;
const FIELD_NOW: i32 = 3;
const FIELD_HIGH_WATER: i32 = 4;
const FIELD_DEVICE_KEY: i32 = 5;
const FIELD_ACTION_CODE: i32 = 6;
const FINE: i32 = -1;

/**
 * The arguments of `decide` as they stand in memory, because they are more than 16 values:
 *   0 message | 8 sale, 32 bytes | 40 country u16 | 42 livemode u8 | 43 source u8 | 44 device key |
 *   52 has brands u8 | 56 brands u32 | 60 default codes u8 | 64 denial u64 | 72 default | 80 online
 */
export function decide(call: usize): usize {
  let fault = putTerminal(
    load<u16>(call, 40), load<u8>(call, 42), load<u8>(call, 43), load<u32>(call, 44),
    load<u32>(call, 48), load<u8>(call, 52), load<u32>(call, 56), load<u8>(call, 60),
    load<u64>(call, 64), load<u64>(call, 72), load<u64>(call, 80),
  );
  const record = take(EMV_DECISION_BYTES);
  if (fault == FINE) fault = decideOne(call, call + OFFER_SALE, record);
  forget();
  if (fault != FINE) return failedAt(PAYLOAD, fault);
  store<u8>(RESULT, 0);
  writeAnswer(PAYLOAD, record);
  return RESULT;
}

export function decideBatch(
  offers: usize, count: u32, country: u32, livemode: u32, source: u32, key: usize, keyLength: u32,
  hasBrands: u32, brands: u32, defaultCodes: u32, denial: u64, fallback: u64, online: u64,
): usize {
  let fault = putTerminal(
    country, livemode, source, key, keyLength, hasBrands, brands, defaultCodes, denial, fallback,
    online,
  );
  const answers = take(<usize>count * ANSWER_BYTES);
  const records = take(<usize>count * EMV_DECISION_BYTES);
  let at: u32 = 0;
  while (at < count && fault == FINE) {
    const offer = offers + at * OFFER_BYTES;
    const record = records + at * EMV_DECISION_BYTES;
    fault = decideOne(offer, offer + OFFER_SALE, record);
    if (fault != FINE) break;
    writeAnswer(answers + at * ANSWER_BYTES, record);
    at += 1;
  }
  forget();
  if (fault == FINE) return okList(answers, count);
  store<u32>(PAYLOAD, at);
  return failedAt(PAYLOAD + 4, fault);
}

export function aidBrand(aid: usize, length: u32): u32 {
  return length < 5 || length > 16 ? 0 : emvAidBrand(aid, length);
}

export function networkRefusal(brand: u32, country: u32): usize {
  const code = emvNetworkCode(brand, bcd3(min(country, NUMERIC_MAX)));
  store<u8>(RESULT, u8(code != EMV_CODE_ACCEPTED));
  store<u8>(RESULT, <u8>code, 1);
  return RESULT;
}

/** Writes what stays the same for all messages of a call; FINE or a fault. */
function putTerminal(
  country: u32, livemode: u32, source: u32, key: usize, keyLength: u32, hasBrands: u32,
  brands: u32, defaultCodes: u32, denial: u64, fallback: u64, online: u64,
): i32 {
  if (country > NUMERIC_MAX) return badRequest(FIELD_COUNTRY);
  if (keyLength != KEY_BYTES) return badRequest(FIELD_DEVICE_KEY);
  if (max(denial, max(fallback, online)) > ACTION_CODE_MAX) return badRequest(FIELD_ACTION_CODE);
  const flags = EMV_REQUEST_FLAG_HMAC | (livemode != 0 ? EMV_REQUEST_FLAG_LIVEMODE : 0);
  store<u16>(REQUEST + EMV_REQUEST_COUNTRY, <u16>bcd3(country));
  store<u8>(REQUEST + EMV_REQUEST_FLAGS, <u8>flags);
  store<u8>(REQUEST + EMV_REQUEST_SOURCE, <u8>source);
  store<u8>(REQUEST + EMV_REQUEST_IAC_DEFAULT, <u8>defaultCodes);
  store<u32>(REQUEST + EMV_REQUEST_BRANDS, hasBrands != 0 ? brands : u32.MAX_VALUE);
  putActionCode(REQUEST + EMV_REQUEST_TAC_DENIAL, denial);
  putActionCode(REQUEST + EMV_REQUEST_TAC_DEFAULT, fallback);
  putActionCode(REQUEST + EMV_REQUEST_TAC_ONLINE, online);
  memory.copy(REQUEST + EMV_REQUEST_KEY, key, KEY_BYTES);
  return FINE;
}

/** Decides about the message whose list stands at `message` under the sale at `sale`. */
function decideOne(message: usize, sale: usize, record: usize): i32 {
  const length = load<u32>(message, 4);
  if (length > <u32>BER_INPUT_BYTES_MAX) return MESSAGE_TOO_LONG;
  const currency = <u32>load<u16>(sale, SALE_CURRENCY);
  if (currency > NUMERIC_MAX) return badRequest(FIELD_CURRENCY);
  store<u64>(REQUEST + EMV_REQUEST_AMOUNT, load<u64>(sale));
  store<u16>(REQUEST + EMV_REQUEST_CURRENCY, <u16>bcd3(currency));
  store<u8>(REQUEST + EMV_REQUEST_TYPE, load<u8>(sale, SALE_TYPE));
  const flags = load<u8>(REQUEST + EMV_REQUEST_FLAGS) & ~<u8>EMV_REQUEST_FLAG_ONLINE;
  const online = load<u8>(sale, SALE_ONLINE) != 0 ? <u8>EMV_REQUEST_FLAG_ONLINE : 0;
  store<u8>(REQUEST + EMV_REQUEST_FLAGS, flags | online);
  store<f64>(REQUEST + EMV_REQUEST_NOW, <f64>load<u64>(sale, SALE_NOW));
  store<f64>(REQUEST + EMV_REQUEST_HIGH_WATER, <f64>load<u64>(sale, SALE_HIGH_WATER));
  const status = decideMessage(REQUEST, load<u32>(message), length, record);
  if (status >= 0) return FINE;
  assert(status == EMV_ERR_REQUEST);
  const field = errorOffset();
  if (field == EMV_REQUEST_AMOUNT) return badRequest(FIELD_AMOUNT);
  if (field == EMV_REQUEST_NOW) return badRequest(FIELD_NOW);
  assert(field == EMV_REQUEST_HIGH_WATER); // The others are enumerations of the interface.
  return badRequest(FIELD_HIGH_WATER);
}

function forget(): void {
  forgetKeys();
  memory.fill(REQUEST, 0, EMV_REQUEST_BYTES);
}

function badRequest(field: i32): i32 {
  return BAD_REQUEST | field << 8;
}

function failedAt(target: usize, fault: i32): usize {
  store<u8>(RESULT, 1);
  store<u16>(target, <u16>fault);
  return RESULT;
}

/** Five bytes, most significant first. */
function putActionCode(target: usize, code: u64): void {
  store<u32>(target, bswap<u32>(<u32>(code >>> 8)));
  store<u8>(target, <u8>code, 4);
}

/** Three digits as binary-coded decimals. */
function bcd3(value: u32): u32 {
  return value / 100 << 8 | value / 10 % 10 << 4 | value % 10;
}
