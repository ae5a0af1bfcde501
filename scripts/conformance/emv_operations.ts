/**
 * Conformance operations on TLV, data object lists and the offline decision.
 *
 * Owns: their request and answer shapes. A decision answers without the card's facts: an outside
 * suite compares what was decided and why.
 * @module
 */
import {
  type Brand,
  type DecisionPolicy,
  type DecisionRequest,
  hasNamedBits,
  namedBits,
} from "../../bindings/emv.ts";
import { tagHex } from "../../bindings/tlv.ts";
import type { EmvApi, TlvApi } from "./core_api.ts";
import type { Operation } from "./crypto_operations.ts";
import {
  bytesOf,
  bytesOr,
  type Fields,
  flagOf,
  numberOf,
  objectOf,
  objectOr,
  RequestError,
  textOf,
  toHex,
  wordOf,
} from "./fields.ts";

const SOURCES = ["card", "reader"] as const;

const tagShown = (tag: number): string => tagHex(tag).toLowerCase();

function tagOf(fields: Fields, field: string): number {
  const bytes = bytesOf(fields, field);
  if (bytes.length < 1 || bytes.length > 4) {
    throw new RequestError(
      "REQUEST_FIELD",
      `${field} must be a tag of one to four bytes`,
      field,
    );
  }
  return bytes.reduce((tag, byte) => tag * 256 + byte, 0);
}

function parse(core: TlvApi, fields: Fields): unknown {
  const source = wordOf(fields, "source", SOURCES);
  const nodes = core.parse(bytesOf(fields, "data"), source);
  return {
    nodes: nodes.map((node) => ({
      tag: tagShown(node.tag),
      offset: node.offset,
      value_offset: node.valueOffset,
      length: node.length,
      depth: node.depth,
      constructed: node.isConstructed,
    })),
  };
}

function policyOf(fields: Fields): DecisionPolicy {
  const brands = fields.allowed_brands ?? null;
  if (brands !== null && !Array.isArray(brands)) {
    throw new RequestError(
      "REQUEST_FIELD",
      "policy.allowed_brands must be a list of brands or null",
      "policy.allowed_brands",
    );
  }
  const respect = fields.respect_iac_default ?? null;
  return {
    // A word that is no brand is refused by the binding, with the field's name.
    allowedBrands: brands as readonly Brand[] | null,
    respectIacDefault: respect === null
      ? null
      : flagOf(fields, "respect_iac_default", false),
    tacDenial: bytesOr(fields, "tac_denial", new Uint8Array(5)),
    tacDefault: bytesOr(fields, "tac_default", new Uint8Array(5)),
    tacOnline: bytesOr(fields, "tac_online", new Uint8Array(5)),
  };
}

function requestOf(fields: Fields): DecisionRequest {
  const request = objectOf(fields, "request");
  const terminal = objectOf(fields, "terminal");
  const nowMs = numberOf(request, "now_ms");
  return {
    amountMinor: numberOf(request, "amount_minor"),
    currency: textOf(request, "currency"),
    transactionType: numberOf(request, "transaction_type", 0),
    nowMs,
    highWaterMs: numberOf(request, "high_water_ms", nowMs),
    isLivemode: flagOf(request, "livemode", false),
    isOnline: flagOf(request, "online", false),
    terminalCountry: textOf(terminal, "country"),
    // The decision does not depend on it; only HMACs that are not shown do.
    deviceKey: bytesOr(terminal, "device_key", new Uint8Array(32)),
    source: wordOf(terminal, "source", SOURCES, "reader"),
    policy: policyOf(objectOr(fields, "policy")),
  };
}

function decide(core: EmvApi, fields: Fields): unknown {
  const { decision, code, explanation } = core.decide(
    bytesOf(fields, "data"),
    requestOf(fields),
  );
  const { rule, tag, offset, riskFlags, ...detail } = explanation;
  return {
    decision,
    code,
    explanation: {
      rule,
      tag: tag === null ? null : tag.toLowerCase(),
      offset,
      ...detail,
      risk_flags: riskFlags,
    },
  };
}

function bits(fields: Fields): unknown {
  const tag = tagOf(fields, "tag");
  const value = bytesOf(fields, "value");
  if (!hasNamedBits(tag)) {
    throw new RequestError("REQUEST_FIELD", "tag has no named bits", "tag");
  }
  try {
    return { bits: namedBits(tag, value) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RequestError("REQUEST_FIELD", error.message, "value");
  }
}

/** The operations over both rooms. */
export function emvOperations(
  tlv: TlvApi,
  emv: EmvApi,
): Record<string, Operation> {
  return {
    tlv_parse: (fields) => parse(tlv, fields),
    emv_decide: (fields) => decide(emv, fields),
    aid_brand: (fields) => ({
      brand: emv.aidBrand(toHex(bytesOf(fields, "aid"))),
    }),
    bits,
  };
}
