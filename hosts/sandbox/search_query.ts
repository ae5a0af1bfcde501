/**
 * The part of Stripe's search language that finds a payment.
 *
 * Owns: parsing `field:"value"`, comparisons, `-` and `AND`. `OR` and mixed
 * queries are refused, because a silently wrong search is worse than none.
 * @see https://docs.stripe.com/search#search-query-language
 * @module
 */
import { invalidParameter } from "./api_error.ts";

/** One comparison of a query. */
export interface Condition {
  readonly field: string;
  readonly operator: ":" | "~" | ">" | "<" | ">=" | "<=";
  /** The value as text; null stands for `null`, an absent field. */
  readonly value: string | null;
  readonly isNegated: boolean;
}

const CONDITION =
  /^\s*(-?)([a-z_]+(?:\[(?:"[^"]*"|'[^']*')\])?)\s*(>=|<=|[:~<>])\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|-?\d+|null)\s*/;

/** Returns the conditions of `query`, all of which must hold. */
export function parseSearch(query: string): Condition[] {
  const conditions: Condition[] = [];
  let rest = query;
  for (;;) {
    const match = CONDITION.exec(rest);
    if (!match) {
      throw invalidParameter(
        "query",
        "We were unable to parse your search query. Try using the format " +
          'metadata["key"]:"value".',
      );
    }
    const [text, minus, field, operator, raw] = match;
    conditions.push({
      field,
      operator: operator as Condition["operator"],
      value: unquote(raw),
      isNegated: minus === "-",
    });
    rest = rest.slice(text.length);
    if (rest === "") return conditions;
    const and = /^and\s+/i.exec(rest);
    if (!and) throw invalidParameter("query", "Only AND joins are supported.");
    rest = rest.slice(and[0].length);
  }
}

function unquote(raw: string): string | null {
  if (raw === "null") return null;
  if (!/^["']/.test(raw)) return raw;
  return raw.slice(1, -1).replace(/\\(.)/g, "$1");
}
