/**
 * What the sandbox's tests share: chip data by hand, a client, a clock.
 * @module
 */
import Stripe from "stripe";
import {
  type Sandbox,
  type SandboxOptions,
  startSandbox,
} from "../../../hosts/sandbox/mod.ts";

/** A fixed start, so that nothing depends on the day of the run. */
export const START_MS = Date.UTC(2026, 10, 24, 12);

/** Starts a sandbox whose clock stands still, without rate limits. */
export function startFrozen(options: SandboxOptions = {}): Promise<Sandbox> {
  return startSandbox({
    clock: { startMs: START_MS, isRunning: false },
    rateLimits: null,
    ...options,
  });
}

/** An official client; it repeats nothing by itself unless told to. */
export function clientOf(
  sandbox: Sandbox,
  key = "sk_test_shop",
  config: Stripe.StripeConfig = {},
): Stripe {
  return new Stripe(key, {
    ...sandbox.stripeConfig,
    maxNetworkRetries: 0,
    telemetry: false,
    ...config,
  });
}

/** What is on the chip. */
export interface ChipOptions {
  number?: string;
  amount?: number;
  /** Application transaction counter, as hex of two bytes. */
  counter?: string;
  cryptogram?: string;
  /** Puts the card number in 57 instead of 5A. */
  isTrack?: boolean;
}

function tlv(tag: string, value: string): string {
  return tag + (value.length / 2).toString(16).padStart(2, "0") + value;
}

/** Returns a reader's message for one sale, lower-case hex. */
export function chipHex(options: ChipOptions = {}): string {
  const { number = "4242424242424242", amount = 1000 } = options;
  const { counter = "0001", cryptogram = "a1b2c3d4e5f60718" } = options;
  const even = (digits: string) => digits.length % 2 ? digits + "f" : digits;
  const card = options.isTrack
    ? tlv("57", even(`${number}d3012201000000000`))
    : tlv("5a", even(number)) + tlv("5f24", "301231");
  return card + tlv("9f02", String(amount).padStart(12, "0")) +
    tlv("84", "a0000000031010") + tlv("50", "56495341") +
    tlv("95", "0000008000") + tlv("9f26", cryptogram) +
    tlv("9f36", counter);
}

/** Form fields of a confirmation, which the client's types do not know. */
export function confirmParams(
  chip: ChipOptions = {},
  fields: { readMethod?: string; storedAt?: number } = {},
): Stripe.PaymentIntentConfirmParams {
  const { readMethod = "contact_emv", storedAt } = fields;
  return {
    payment_method_data: {
      type: "card_present",
      card_present: {
        emv_data: chipHex(chip),
        read_method: readMethod,
        ...(storedAt
          ? { offline: { stored_at: storedAt, type: "deferred" } }
          : {}),
      },
    },
  } as unknown as Stripe.PaymentIntentConfirmParams;
}

/** Parameters of a card-present intent of 1,000 US cents. */
export const SALE: Stripe.PaymentIntentCreateParams = {
  amount: 1000,
  currency: "usd",
  allowed_payment_method_types: ["card_present"],
  capture_method: "automatic",
};
