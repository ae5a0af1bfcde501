/**
 * Checks what a terminal is opened with, field by field, before anything is opened.
 *
 * Owns: that a slip of the pen is an error with the field's name. A limit under a name that nobody
 * reads, or a country in small letters, would silently not hold, and the till would take payments
 * that its owner thought it refuses. No message shows a value: there are keys among them.
 * @module
 */
import { BRANDS } from "../bindings/emv_types.ts";
import { countryNumeric } from "../bindings/iso_codes.ts";
import { failure } from "./errors.ts";
import type { ForwarderOptions } from "./forward/forwarder_options.ts";
import type { RetryPolicy } from "./forward/retry_policy.ts";
import type { BrandLimits, OfflineLimits } from "./limits.ts";
import type { TerminalConfiguration } from "./terminal_configuration.ts";

/** Throws unless a value is what it must be; `at` is its place, as in `offline.limits`. */
export type Shape = (value: unknown, at: string) => void;

type Shapes<T> = Readonly<Record<keyof Required<T>, Shape>>;

/** What `holds` accepts; `expected` says it to people. */
export function is(
  expected: string,
  holds: (value: unknown) => boolean,
): Shape {
  return (value, at) => {
    if (!holds(value)) refuse(`expected ${at} to be ${expected}`, at);
  };
}

/** The same, or nothing. */
export function optional(shape: Shape): Shape {
  return (value, at) => {
    if (value !== undefined) shape(value, at);
  };
}

/** Text with something in it. */
export const text: Shape = is(
  "text",
  (value) => typeof value === "string" && value !== "",
);

/** An object of any kind, such as a port that the app brings. */
export const anyObject: Shape = is("an object", isObject);

const flag = is("true or false", (value) => typeof value === "boolean");
const bytes = (...lengths: readonly number[]): Shape =>
  is(
    `a Uint8Array of ${lengths.join(" or ")} bytes`,
    (value) => value instanceof Uint8Array && lengths.includes(value.length),
  );
const actionCode = bytes(5);
const amount = is(
  "a number of 0 or more",
  (value) => typeof value === "number" && value >= 0,
);

/** Whether `value` is an object and no list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An object with these fields and no others; `names` null: with others too. */
export function object<T>(
  shapes: Shapes<T>,
  names: readonly string[] | null = Object.keys(shapes),
): Shape {
  return (value, at) => {
    anyObject(value, at || "the configuration");
    const fields = value as Readonly<Record<string, unknown>>;
    const place = (name: string): string => at === "" ? name : `${at}.${name}`;
    for (const name of names === null ? [] : Object.keys(fields)) {
      if (names!.includes(name)) continue;
      refuse(
        `there is no field ${place(name)}; there are ${names!.join(", ")}`,
        place(name),
      );
    }
    for (const [name, shape] of Object.entries<Shape>(shapes)) {
      shape(fields[name], place(name));
    }
  };
}

/** All fields may be left out. */
function partial<T>(shapes: Shapes<T>): Shape {
  const each = Object.entries<Shape>(shapes)
    .map(([name, shape]) => [name, optional(shape)]);
  return optional(object(Object.fromEntries(each)));
}

/** An object from names that `isName` accepts to values of one shape. */
function recordOf(
  expected: string,
  isName: (name: string) => boolean,
  shape: Shape,
): Shape {
  return (value, at) => {
    is(`an object by ${expected}`, isObject)(value, at);
    for (const [name, held] of Object.entries(value as object)) {
      const place = `${at}.${name}`;
      if (!isName(name)) refuse(`expected ${expected}, at ${place}`, place);
      shape(held, place);
    }
  };
}

function listOf(expected: string, holds: (item: unknown) => boolean): Shape {
  return is(
    `an array of ${expected}`,
    (value) => Array.isArray(value) && value.every(holds),
  );
}

const isBrand = (name: unknown): boolean =>
  (BRANDS as readonly unknown[]).includes(name);
const amounts = recordOf(
  "currency in small letters, as usd",
  (name) => /^[a-z]{3}$/.test(name),
  amount,
);
const delays = listOf(
  "milliseconds",
  (item) => typeof item === "number" && item >= 0,
);

const LIMITS: Shapes<OfflineLimits> = {
  paymentAmountMax: amounts,
  storedAmountMax: amounts,
  storedCountMax: amount,
  cardCountMax: amount,
  storedAgeMsMax: amount,
  freeBytesMin: amount,
  brands: recordOf(
    `brand: ${BRANDS.join(", ")}`,
    isBrand,
    partial<BrandLimits>({
      paymentAmountMax: amounts,
      storedAmountMax: amounts,
    }),
  ),
  readerStoredAmountMax: amounts,
};

/** Checks limits by themselves, as a program's file has them; `at` is what it calls them. */
export const checkLimits: Shape = partial(LIMITS);

const POLICY: Shapes<
  NonNullable<NonNullable<TerminalConfiguration["offline"]>["policy"]>
> = {
  allowedBrands: is(
    `null or an array of ${BRANDS.join(", ")}`,
    (value) => value === null || Array.isArray(value) && value.every(isBrand),
  ),
  respectIacDefault: is(
    "true, false or null",
    (value) => value === null || typeof value === "boolean",
  ),
  tacDenial: actionCode,
  tacDefault: actionCode,
  tacOnline: actionCode,
};

const FORWARDING: Shapes<ForwarderOptions> = {
  probeDelayMsMin: amount,
  probeDelayMsMax: amount,
  probeDeadlineMs: amount,
  silentCallsMax: amount,
  reconnectSpreadMs: amount,
};

const DECLINE_RETRY: Shapes<RetryPolicy> = {
  isEnabled: flag,
  laterDelaysMs: delays,
  onceDelaysMs: delays,
  moneyDelaysMs: delays,
  ageMsMax: amount,
};

const CONFIGURATION: Shapes<TerminalConfiguration> = {
  account: object<TerminalConfiguration["account"]>({
    id: text,
    isLivemode: flag,
    isConnected: optional(flag),
  }),
  location: object<TerminalConfiguration["location"]>({
    country: is(
      "two capital letters of ISO 3166-1, as US",
      (value) =>
        typeof value === "string" && /^[A-Z]{2}$/.test(value) &&
        countryNumeric(value) !== undefined,
    ),
    id: optional(text),
  }),
  recipient: object<TerminalConfiguration["recipient"]>({
    keyId: bytes(8),
    publicKey: bytes(32, 65), // X25519, or an uncompressed point of P-256.
  }),
  offline: partial<NonNullable<TerminalConfiguration["offline"]>>({
    isEnabled: flag,
    isEvictableStoreAllowed: flag,
    isUnseenReaderAllowed: flag,
    approve: is("a function", (value) => typeof value === "function"),
    limits: checkLimits,
    policy: partial(POLICY),
    // As wide as the field of the sealed record.
    policyVersion: is(
      "an integer of 0..4294967295",
      (value) =>
        Number.isInteger(value) && value as number >= 0 &&
        value as number <= 0xffffffff,
    ),
  }),
  forwarding: partial(FORWARDING),
  declineRetry: partial(DECLINE_RETRY),
  captureAlarmMs: optional(amount),
  callDeadlineMs: optional(amount),
  collectDeadlineMs: optional(amount),
  stepDeadlineMs: optional(amount),
  simulatedOffline: optional(anyObject), // Its modes are checked where they are set.
};

/**
 * Checks a configuration.
 *
 * @param hostFields What the host reads besides; null: whatever is there besides is the host's.
 * @throws {HoldfastError} `INVALID_ARGUMENT` with the field.
 */
export function checkConfiguration(
  configuration: unknown,
  hostFields: Readonly<Record<string, Shape>> | null,
): void {
  const shapes = { ...CONFIGURATION, ...hostFields };
  object(shapes, hostFields === null ? null : Object.keys(shapes))(
    configuration,
    "",
  );
}

function refuse(message: string, field: string): never {
  throw failure("INVALID_ARGUMENT", message, { field });
}
