/**
 * The checking of what an app passes for a PaymentIntent.
 *
 * Owns: every bound, with the field's name in the refusal. Nothing is corrected silently.
 * @module
 */
import { failure } from "./errors.ts";
import type {
  CreatePaymentIntentParams,
  UpdatePaymentIntentParams,
} from "./intents.ts";
import { AMOUNT_MAX, leastAmount } from "./money.ts";
import type { TipOptions } from "./reader/mod.ts";
import type { CallOptions, StepOptions } from "./step_limit.ts";

const BEHAVIORS: readonly string[] = [
  "prefer_online",
  "require_online",
  "force_offline",
];
const METADATA_KEYS_MAX = 44; // Stripe allows 50; six are ours or reserved for us.

/** What may be given, by name; a parameter without its name here does not compile. */
const CREATE_NAMES: Readonly<
  Record<keyof Required<CreatePaymentIntentParams>, true>
> = {
  amount: true,
  currency: true,
  captureMethod: true,
  metadata: true,
  onBehalfOf: true,
  transferData: true,
  transferGroup: true,
  applicationFeeAmount: true,
  receiptEmail: true,
  requestExtendedAuthorization: true,
  requestIncrementalAuthorizationSupport: true,
  tip: true,
  skipTipping: true,
  tipAmount: true,
};
const UPDATE_NAMES: Readonly<Record<keyof UpdatePaymentIntentParams, true>> = {
  amount: true,
  metadata: true,
  tip: true,
};

const CALL_NAMES: readonly (keyof CallOptions)[] = ["signal", "deadlineMs"];

/**
 * Throws for a parameter there is not: `capture_method` would have captured by itself.
 *
 * @throws {HoldfastError} `INVALID_ARGUMENT` with the field.
 */
export function checkNames(
  given: object,
  step: "create" | "update",
): void {
  const names = Object.keys(step === "create" ? CREATE_NAMES : UPDATE_NAMES);
  refuseUnknown("parameter", given, names);
}

/**
 * Throws for an option of a step that there is not: misspelt, `require_online` would not hold.
 *
 * @param also What this step takes besides what every step takes.
 * @throws {HoldfastError} `INVALID_ARGUMENT` with the field.
 */
export function checkStepOptions(
  options: StepOptions,
  also: readonly string[] = [],
): void {
  checkCallOptions(options, ["offlineBehavior", ...also]);
}

/**
 * Throws for an option of a call that there is not: misspelt, a deadline would not hold.
 *
 * @param also What this call takes besides what every call takes.
 * @throws {HoldfastError} `INVALID_ARGUMENT` with the field.
 */
export function checkCallOptions(
  options: CallOptions,
  also: readonly string[] = [],
): void {
  refuseUnknown("option", options, [...CALL_NAMES, ...also]);
}

function refuseUnknown(
  kind: string,
  given: object,
  names: readonly string[],
): void {
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  throw failure(
    "INVALID_ARGUMENT",
    `there is no ${kind} ${unknown}; there are ${names.join(", ")}`,
    { field: unknown },
  );
}

/**
 * Throws for the first thing that is wrong.
 *
 * @param isConnected Whether a platform acts for the account, so that fees need no destination.
 * @throws {HoldfastError} `INVALID_ARGUMENT` with the field; `AMOUNT_TOO_SMALL`.
 */
export function checkParams(
  params: CreatePaymentIntentParams,
  behavior: string,
  isConnected: boolean,
): void {
  checkMoney(params);
  const { captureMethod, tip, tipAmount } = params;
  if (
    captureMethod !== undefined &&
    !["automatic", "manual"].includes(captureMethod)
  ) {
    refuse("captureMethod", "automatic or manual");
  }
  checkConnect(params);
  checkFee(params, isConnected);
  checkReceiptEmail(params);
  checkBehavior(behavior);
  checkMetadata(params.metadata ?? {});
  if (tip !== undefined) checkTip(tip);
  if (tipAmount !== undefined) checkTipAmount(params, tipAmount);
}

/** Throws for a behaviour there is not; Stripe's React Native SDK takes it for a default. */
export function checkBehavior(behavior: string): void {
  if (!BEHAVIORS.includes(behavior)) {
    refuse("offlineBehavior", BEHAVIORS.join(", "));
  }
}

function refuse(field: string, expected: string): never {
  throw failure("INVALID_ARGUMENT", `expected ${field} to be ${expected}`, {
    field,
  });
}

function checkMoney({ amount, currency }: CreatePaymentIntentParams): void {
  if (!Number.isSafeInteger(amount) || amount < 1 || amount > AMOUNT_MAX) {
    refuse("amount", "an integer of 1..99,999,999 minor units");
  }
  if (typeof currency !== "string" || !/^[a-zA-Z]{3}$/.test(currency)) {
    refuse("currency", "a three-letter ISO 4217 code");
  }
  const least = leastAmount(currency.toLowerCase());
  if (amount < least) {
    throw failure(
      "AMOUNT_TOO_SMALL",
      `expected at least ${least} minor units of ${currency}`,
      { field: "amount", details: { least, currency } },
    );
  }
}

function checkConnect(params: CreatePaymentIntentParams): void {
  const { amount, onBehalfOf, transferData, transferGroup } = params;
  if (onBehalfOf !== undefined) checkAccount("onBehalfOf", onBehalfOf);
  if (transferData !== undefined) {
    checkAccount("transferData.destination", transferData.destination);
    const part = transferData.amount;
    if (part !== undefined) checkPart("transferData.amount", part, amount);
  }
  const isGroup = transferGroup === undefined ||
    typeof transferGroup === "string" && /^[^]{1,200}$/.test(transferGroup);
  if (!isGroup) refuse("transferGroup", "1..200 characters");
}

function checkAccount(field: string, account: unknown): void {
  const isFine = typeof account === "string" &&
    /^acct_[A-Za-z0-9]{1,64}$/.test(account);
  if (!isFine) refuse(field, "the id of a connected account, acct_…");
}

function checkPart(field: string, part: number, amount: number): void {
  const isFine = Number.isSafeInteger(part) && part >= 1 && part <= amount;
  if (!isFine) refuse(field, "minor units of 1..amount");
}

/**
 * Stripe applies a fee to a direct charge (`Stripe-Account`) or a destination charge only, and
 * takes one amount or the other. https://docs.stripe.com/connect/destination-charges
 */
function checkFee(
  { amount, applicationFeeAmount: fee, transferData }:
    CreatePaymentIntentParams,
  isConnected: boolean,
): void {
  if (fee === undefined) return;
  checkPart("applicationFeeAmount", fee, amount);
  if (transferData === undefined && !isConnected) {
    refuse(
      "applicationFeeAmount",
      "left out without transferData, or account.isConnected",
    );
  }
  if (transferData?.amount !== undefined) {
    refuse("applicationFeeAmount", "left out beside transferData.amount");
  }
}

function checkReceiptEmail({ receiptEmail }: CreatePaymentIntentParams): void {
  // Stripe checks it in earnest; a typing error must show while the customer is there.
  const isFine = receiptEmail === undefined ||
    receiptEmail.length <= 254 &&
      /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(receiptEmail);
  if (!isFine) refuse("receiptEmail", "an e-mail address");
}

function checkMetadata(metadata: Readonly<Record<string, string>>): void {
  const entries = Object.entries(metadata);
  if (entries.length > METADATA_KEYS_MAX) {
    refuse("metadata", `at most ${METADATA_KEYS_MAX} keys`);
  }
  for (const [key, value] of entries) {
    if (
      key.length < 1 || key.length > 40 || key.startsWith("holdfast_") ||
      /[[\]]/.test(key)
    ) {
      refuse(
        "metadata",
        "keys of 1..40 characters without brackets, not beginning with holdfast_",
      );
    }
    if (typeof value !== "string" || value.length > 500) {
      refuse("metadata", "values of at most 500 characters");
    }
  }
}

function checkTipAmount(
  { amount, tip }: CreatePaymentIntentParams,
  tipAmount: number,
): void {
  const isFine = Number.isSafeInteger(tipAmount) && tipAmount >= 0 &&
    tipAmount < amount;
  if (!isFine) refuse("tipAmount", "minor units below the amount");
  if (tip !== undefined) refuse("tipAmount", "left out where the reader asks");
}

function checkTip({ amountsMinor = [], percentages = [] }: TipOptions): void {
  const isFine = (list: readonly number[], most: number): boolean =>
    list.length <= 4 &&
    list.every((it) => Number.isSafeInteger(it) && it >= 0 && it <= most);
  if (!isFine(amountsMinor, AMOUNT_MAX) || !isFine(percentages, 100)) {
    refuse("tip", "at most four amounts, and four percentages of 0..100");
  }
}
