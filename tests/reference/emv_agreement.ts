/**
 * Compares the core's decision with the twin's, word by word.
 *
 * Owns: the flattening of a decision into the twin's shape.
 */
import type { Decision } from "../../bindings/emv_types.ts";
import { toHex } from "./core_instance.ts";
import type { ReferenceDecision } from "./emv_reference.ts";

/** The core's decision in the twin's shape. */
export function flatten(decision: Decision): ReferenceDecision {
  const { explanation, card } = decision;
  return {
    decision: decision.decision,
    code: decision.code,
    rule: explanation.rule,
    tag: explanation.tag,
    offset: explanation.offset,
    bit: explanation.bit?.split(":")[0] ?? null,
    riskFlags: [...explanation.riskFlags],
    card: card === null ? null : {
      brand: card.brand,
      last4: card.last4,
      expiry: `${card.expiryYear}-${card.expiryMonth}`,
      aid: card.aid,
      cardHmac: toHex(card.cardHmac),
      cardTransactionHmac: toHex(card.cardTransactionHmac),
    },
  };
}
