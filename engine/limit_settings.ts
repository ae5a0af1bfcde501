/**
 * The limits an app gives, checked before one of them is relied on.
 *
 * Owns: refusing what would silently be no limit: a name there is none of, a currency in upper
 * case, a value that no amount is compared with. TypeScript refuses most of it; a configuration
 * file and an app in JavaScript do not.
 * @module
 */
import { BRANDS } from "../bindings/emv_types.ts";
import { failure } from "./errors.ts";
import type { BrandLimits, OfflineLimits } from "./limits.ts";

const COUNTS: readonly string[] = [
  "storedCountMax",
  "cardCountMax",
  "storedAgeMsMax",
  "freeBytesMin",
];
const SUMS: readonly string[] = [
  "paymentAmountMax",
  "storedAmountMax",
  "readerStoredAmountMax",
];
const SUMS_OF_BRAND = ["paymentAmountMax", "storedAmountMax"];

/**
 * The limits in force: those of `defaults` that the app does not replace. What is undefined counts
 * as left out.
 *
 * @param path What the app calls them.
 * @throws {HoldfastError} `INVALID_ARGUMENT`; `field` is the path, such as
 *   `offline.limits.storedAmountMax.USD`.
 */
export function mergeLimits(
  defaults: OfflineLimits,
  given: Partial<OfflineLimits> = {},
  path = "offline.limits",
): OfflineLimits {
  const merged: Record<string, unknown> = { ...defaults };
  for (const [name, value] of membersOf(given, path)) {
    const field = `${path}.${name}`;
    if (COUNTS.includes(name)) merged[name] = amountOf(value, field);
    else if (SUMS.includes(name)) merged[name] = sumsOf(value, field);
    else if (name === "brands") merged[name] = brandsOf(value, field);
    else throw wrong(field, `one of ${Object.keys(defaults).join(", ")}`);
  }
  return merged as unknown as OfflineLimits;
}

/** Members that are there. */
function membersOf(value: unknown, field: string): [string, unknown][] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw wrong(field, "an object");
  }
  return Object.entries(value).filter(([, member]) => member !== undefined);
}

function amountOf(value: unknown, field: string): number {
  const isAmount = Number.isInteger(value) || value === Infinity;
  if (isAmount && (value as number) >= 0) return value as number;
  throw wrong(field, "a whole number, 0 or more");
}

function sumsOf(value: unknown, field: string): Record<string, number> {
  const sums = membersOf(value, field).map(([currency, amount]) => {
    const member = `${field}.${currency}`;
    if (/^[a-z]{3}$/.test(currency)) {
      return [currency, amountOf(amount, member)];
    }
    throw wrong(member, "a currency in lower case, such as usd");
  });
  return Object.fromEntries(sums);
}

function brandsOf(value: unknown, field: string): Record<string, BrandLimits> {
  const known: readonly string[] = BRANDS;
  const brands = membersOf(value, field).map(([brand, limits]) => {
    const member = `${field}.${brand}`;
    if (known.includes(brand)) return [brand, ofBrand(limits, member)];
    throw wrong(member, `one of ${known.join(", ")}`);
  });
  return Object.fromEntries(brands);
}

function ofBrand(value: unknown, field: string): BrandLimits {
  const limits = membersOf(value, field).map(([name, sums]) => {
    const member = `${field}.${name}`;
    if (SUMS_OF_BRAND.includes(name)) return [name, sumsOf(sums, member)];
    throw wrong(member, `one of ${SUMS_OF_BRAND.join(", ")}`);
  });
  return Object.fromEntries(limits);
}

function wrong(field: string, expected: string): Error {
  return failure("INVALID_ARGUMENT", `expected ${field} to be ${expected}`, {
    field,
  });
}
