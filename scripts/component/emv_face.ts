/**
 * The component's `emv` behind the methods of the bindings' {@link EmvCore}.
 *
 * Owns: the way from a request of the bindings to a sale and a terminal, and from the answer back
 * to the decision record, which the bindings then read: their words (names of bits, expected and
 * actual values) belong to them and are no part of the component.
 * @module
 */
import * as abi from "../../bindings/_wasm/abi.ts";
import { readDecision } from "../../bindings/emv_decision.ts";
import {
  type Brand,
  BRANDS,
  type Decision,
  DECISION_CODES,
  type DecisionRequest,
  OUTCOMES,
  RISK_FLAGS,
} from "../../bindings/emv_types.ts";
import { bindingFailure } from "../../bindings/error_codes.ts";
import { countryNumeric, currencyNumeric } from "../../bindings/iso_codes.ts";
import type * as wit from "../../core/component/_jco/interfaces/holdfast-core-emv.d.ts";
import { camelCase, type Component, snakeCase, unwrap } from "./load.ts";
import type { EmvApi } from "../conformance/core_api.ts";
import { tlvStatus } from "./tlv_face.ts";

/** Spans of a card in the order of the record, from `EMV_DECISION_AID` on. */
const SPANS = [
  "aid",
  "label",
  "preferredName",
  "languages",
  "dfName",
  "cryptogram",
  "tvr",
  "tsi",
] as const;

const FIELDS: Partial<Record<wit.RequestField, string>> = {
  country: "terminalCountry",
  "action-code": "policy.tac",
};

function wrong(field: string): Error {
  return bindingFailure("EMV_REQUEST", `${field} is out of range`, { field });
}

function describe(error: wit.DecideError): Error {
  return error.tag === "message-too-long"
    ? bindingFailure("EMV_BATCH", "a message is too long")
    : wrong(FIELDS[error.val] ?? camelCase(error.val));
}

/** A number that survives the interface: what jco is given beyond the type's range, it wraps. */
function whole(field: string, value: number, maximum: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= maximum) return value;
  throw wrong(field);
}

/** The same as the u64 of the interface; the range below 2^53 is the component's. */
function wholeBig(field: string, value: number): bigint {
  return BigInt(whole(field, value, Number.MAX_SAFE_INTEGER));
}

/** Binary-coded decimals to the number of the same digits. */
function numeric(field: string, bcd: number | undefined): number {
  if (bcd === undefined) throw wrong(field);
  return Number(bcd.toString(16));
}

function saleOf(request: DecisionRequest): wit.Sale {
  return {
    currency: numeric("currency", currencyNumeric(request.currency)),
    amountMinor: wholeBig("amountMinor", request.amountMinor),
    nowMs: wholeBig("nowMs", request.nowMs),
    highWaterMs: wholeBig("highWaterMs", request.highWaterMs),
    transactionType: whole(
      "transactionType",
      request.transactionType ?? 0,
      0xff,
    ),
    online: request.isOnline ?? false,
  };
}

function actionCode(code: Uint8Array | undefined): bigint {
  if (code === undefined) return 0n;
  if (code.length !== 5) throw wrong("policy.tac");
  return code.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
}

function allowedBrands(brands: readonly Brand[]): wit.Brands {
  if (!brands.every((brand) => BRANDS.includes(brand))) {
    throw wrong("policy.allowedBrands");
  }
  return Object.fromEntries(brands.map((brand) => [camelCase(brand), true]));
}

function terminalOf(request: DecisionRequest): wit.Terminal {
  const { policy } = request;
  const respect = policy.respectIacDefault;
  return {
    country: numeric(
      "terminalCountry",
      countryNumeric(request.terminalCountry),
    ),
    livemode: request.isLivemode,
    source: request.source ?? "reader",
    deviceKey: request.deviceKey,
    ...(policy.allowedBrands === null
      ? {}
      : { allowedBrands: allowedBrands(policy.allowedBrands) }),
    defaultCodes: respect === null ? "approvals" : respect ? "always" : "never",
    tacDenial: actionCode(policy.tacDenial),
    tacDefault: actionCode(policy.tacDefault),
    tacOnline: actionCode(policy.tacOnline),
  };
}

/** Number of a word in one of the bindings' vocabularies. */
function indexOf(words: readonly string[], word: string): number {
  const index = words.indexOf(snakeCase(word));
  if (index < 0) throw new Error(`the bindings do not know "${word}"`);
  return index;
}

function recordOf(decision: wit.Decision): Uint8Array {
  const bytes = new Uint8Array(abi.EMV_DECISION_BYTES);
  const view = new DataView(bytes.buffer);
  const risk = RISK_FLAGS.reduce((bits, flag, bit) => {
    const isSet = decision.risk[camelCase(flag) as keyof wit.Risk] === true;
    return isSet ? bits | 1 << bit : bits;
  }, 0);
  bytes[abi.EMV_DECISION_OUTCOME] = indexOf(OUTCOMES, decision.outcome);
  bytes[abi.EMV_DECISION_CODE] = indexOf(DECISION_CODES, decision.code);
  bytes[abi.EMV_DECISION_RULE] = decision.rule;
  bytes[abi.EMV_DECISION_BYTE] = decision.bit?.byte ?? 0;
  bytes[abi.EMV_DECISION_MASK] = decision.bit?.mask ?? 0;
  bytes[abi.EMV_DECISION_BRAND] = indexOf(BRANDS, decision.brand);
  view.setUint32(abi.EMV_DECISION_TAG, decision.tag ?? 0, true);
  view.setUint16(abi.EMV_DECISION_OFFSET, decision.offset ?? 0xffff, true);
  view.setUint16(abi.EMV_DECISION_RISK, risk, true);
  const status = decision.status === undefined ? 0 : tlvStatus(decision.status);
  view.setInt16(abi.EMV_DECISION_STATUS, status, true);
  if (decision.card !== undefined) putCard(bytes, view, decision.card);
  return bytes;
}

function putCard(bytes: Uint8Array, view: DataView, card: wit.Card): void {
  bytes[abi.EMV_DECISION_HAS_CARD] = 1;
  bytes[abi.EMV_DECISION_EXPIRY_MONTH] = card.expiryMonth;
  view.setUint16(abi.EMV_DECISION_EXPIRY_YEAR, card.expiryYear, true);
  bytes[abi.EMV_DECISION_CODE_TABLE] = card.codeTable;
  bytes[abi.EMV_DECISION_ENTRY_MODE] = card.entryMode ?? 0xff;
  bytes[abi.EMV_DECISION_CVM] = card.cvm ?? 0xff;
  bytes[abi.EMV_DECISION_CID] = card.cid ?? 0xff;
  bytes.set(new TextEncoder().encode(card.last4), abi.EMV_DECISION_LAST4);
  SPANS.forEach((name, index) => {
    const at = abi.EMV_DECISION_AID + 4 * index;
    view.setUint16(at, card[name].offset, true);
    view.setUint16(at + 2, card[name].length, true);
  });
  if (card.hmacs === undefined) return;
  bytes.set(card.hmacs.card, abi.EMV_DECISION_CARD_HMAC);
  bytes.set(card.hmacs.transaction, abi.EMV_DECISION_TRANSACTION_HMAC);
}

/** The offline decision, by the component. */
export class ComponentEmv implements EmvApi {
  readonly #emv: Component["emv"];

  constructor({ emv }: Component) {
    this.#emv = emv;
  }

  decide(data: Uint8Array, request: DecisionRequest): Decision {
    const sale = saleOf(request);
    const terminal = terminalOf(request);
    const decision = unwrap(
      () => this.#emv.decide(data, sale, terminal),
      describe,
    );
    return readDecision(recordOf(decision), 0, data, request);
  }

  /** All requests must be of one terminal: what differs between sales is the sale. */
  decideBatch(
    messages: readonly Uint8Array[],
    requests: readonly DecisionRequest[],
  ): Decision[] {
    if (messages.length === 0) return [];
    const offers = messages.map((message, index) => ({
      message,
      sale: saleOf(requests[index]),
    }));
    const terminal = terminalOf(requests[0]);
    const decisions = unwrap(
      () => this.#emv.decideBatch(offers, terminal),
      ({ error }: wit.BatchError) => describe(error),
    );
    return decisions.map((decision, index) =>
      readDecision(recordOf(decision), 0, messages[index], requests[index])
    );
  }

  aidBrand(aidHex: string): Brand {
    const bytes = aidHex.match(/../g) ?? [];
    const aid = Uint8Array.from(bytes, (byte) => parseInt(byte, 16));
    return BRANDS[indexOf(BRANDS, this.#emv.aidBrand(aid))];
  }
}
