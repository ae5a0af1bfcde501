/**
 * Conformance cases on the offline decision: the table of all rules, and wrong requests.
 *
 * Owns: the way from a row of the table to a request line. What must come out is what the row says
 * and, for offset and risk flags, what the reference twin says.
 */
import assert from "node:assert/strict";
import type { DecisionRequest } from "../../bindings/emv_types.ts";
import { toHex } from "../reference/core_instance.ts";
import { referenceDecide } from "../reference/emv_reference.ts";
import { ACCEPTED, REFUSALS, requestWith } from "../unit/core/emv_cases.ts";
import { message, REQUEST } from "../unit/core/emv_message.ts";
import {
  ONLINE_ACCEPTED,
  ONLINE_ONLY,
  ONLINE_REFUSALS,
} from "../unit/core/emv_online_cases.ts";
import { type Answer, type ConformanceCase, refuses } from "./cases.ts";

function hexOf(code: Uint8Array | undefined): string | undefined {
  return code === undefined ? undefined : toHex(code);
}

/** The request line; absent members vanish in JSON. */
function requestOf(
  data: Uint8Array,
  request: DecisionRequest,
): Record<string, unknown> {
  const { policy } = request;
  return {
    op: "emv_decide",
    data: toHex(data),
    request: {
      amount_minor: request.amountMinor,
      currency: request.currency,
      transaction_type: request.transactionType,
      now_ms: request.nowMs,
      high_water_ms: request.highWaterMs,
      livemode: request.isLivemode,
      online: request.isOnline,
    },
    terminal: {
      country: request.terminalCountry,
      device_key: toHex(request.deviceKey),
      source: request.source,
    },
    policy: {
      allowed_brands: policy.allowedBrands,
      respect_iac_default: policy.respectIacDefault,
      tac_denial: hexOf(policy.tacDenial),
      tac_default: hexOf(policy.tacDefault),
      tac_online: hexOf(policy.tacOnline),
    },
  };
}

interface Explanation {
  rule: number;
  tag: string | null;
  offset: number | null;
  bit?: string;
  risk_flags: string[];
}

function decisionCase(
  data: Uint8Array,
  request: DecisionRequest,
  expected: string,
): ConformanceCase {
  const { card: _card, ...twin } = referenceDecide(data, request);
  return {
    request: requestOf(data, request),
    check({ ok }: Answer): void {
      const explanation = ok!.explanation as Explanation;
      const tag = explanation.tag?.toUpperCase() ?? null;
      const bit = explanation.bit?.split(":")[0] ?? null;
      const refusal = [explanation.rule, ok!.code, tag, bit ?? undefined]
        .filter((part) => part !== undefined).join(" ");
      assert.equal(ok!.code === "accepted" ? ok!.decision : refusal, expected);
      assert.deepEqual({
        decision: ok!.decision,
        code: ok!.code,
        rule: explanation.rule,
        tag,
        offset: explanation.offset,
        bit,
        riskFlags: explanation.risk_flags,
      }, twin);
    },
  };
}

const WRONG: [change: Record<string, unknown>, field: string][] = [
  [{ amountMinor: 0.5 }, "amount_minor"],
  [{ amountMinor: -1 }, "amount_minor"],
  [{ amountMinor: 1e12 }, "amount_minor"],
  // Modulo 2^64 and 2^8 these would be 0: what a 64-bit and an 8-bit argument make of them.
  [{ amountMinor: 2 ** 64 }, "amount_minor"],
  [{ nowMs: 2 ** 64 }, "now_ms"],
  [{ transactionType: 256 }, "transaction_type"],
  [{ nowMs: 8.64e15 + 1 }, "now_ms"],
  [{ highWaterMs: 8.64e15 + 1 }, "high_water_ms"],
  [{ currency: "XQQ" }, "currency"],
  [{ terminalCountry: "QQ" }, "country"],
  [{ deviceKey: new Uint8Array(31) }, "device_key"],
];

/** The cases. */
export function decisionCases(): ConformanceCase[] {
  const rows = [
    ...REFUSALS,
    ...ACCEPTED,
    ...ONLINE_ONLY,
    ...ONLINE_REFUSALS,
    ...ONLINE_ACCEPTED,
  ];
  assert.ok(rows.length > 100, "the table of rules is gone");
  return [
    ...rows.map(([, expected, changes, change = {}]) =>
      decisionCase(message(changes), requestWith(change), expected)
    ),
    ...WRONG.map(([change, field]) => {
      const request = { ...REQUEST, ...change } as DecisionRequest;
      return refuses(requestOf(message({}), request), {
        code: "EMV_REQUEST",
        field,
      });
    }),
    refuses(
      requestOf(new Uint8Array(4097), REQUEST),
      { code: "EMV_BATCH" },
    ),
  ];
}
