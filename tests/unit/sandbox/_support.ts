/**
 * What the sandbox's tests share: chip data by hand, a client, a clock.
 * @module
 */
import Stripe from "stripe";
import type { ApiRequest } from "../../../hosts/sandbox/api.ts";
import {
  createSandboxWorld,
  type Sandbox,
  type SandboxOptions,
  type SandboxWorld,
  type SandboxWorldOptions,
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

/** Runs `body` with a frozen sandbox and a client of it, and closes it. */
export async function withSandbox(
  body: (sandbox: Sandbox, stripe: Stripe) => Promise<void>,
): Promise<void> {
  const sandbox = await startFrozen();
  try {
    await body(sandbox, clientOf(sandbox));
  } finally {
    await sandbox.close();
  }
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
  /** Application, hex. @default Visa's */
  aid?: string;
  /** 9F34, hex. @default none */
  cvm?: string;
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
    tlv("84", options.aid ?? "a0000000031010") + tlv("50", "56495341") +
    (options.cvm ? tlv("9f34", options.cvm) : "") +
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

/** A sandbox without sockets whose clock stands still, without limits. */
export function frozenWorld(options: SandboxWorldOptions = {}): SandboxWorld {
  return createSandboxWorld({
    clock: { startMs: START_MS, isRunning: false },
    rateLimits: null,
    ...options,
  });
}

/** Fields of a form; lists and records nest. */
export type Fields = { [name: string]: string | number | boolean | Fields };

/** Encodes fields as the official client does. */
export function encodeForm(fields: Fields, prefix = ""): string {
  return Object.entries(fields).map(([name, value]) => {
    const path = prefix ? `${prefix}[${name}]` : name;
    return typeof value === "object"
      ? encodeForm(value, path)
      : `${encodeURIComponent(path)}=${encodeURIComponent(value)}`;
  }).join("&");
}

/** What a request of a test may say besides method and path. */
export interface RequestOptions {
  fields?: Fields;
  key?: string;
  idempotencyKey?: string;
  account?: string;
}

/** Makes a request by hand. */
export function requestOf(
  method: string,
  path: string,
  options: RequestOptions = {},
): ApiRequest {
  const form = encodeForm(options.fields ?? {});
  return {
    method,
    path,
    query: method === "POST" ? "" : form,
    headers: {
      authorization: `Bearer ${options.key ?? "sk_test_shop"}`,
      "idempotency-key": options.idempotencyKey,
      "stripe-account": options.account,
    },
    body: method === "POST" ? form : "",
  };
}

/** A decoded answer. */
export interface Answer {
  status: number;
  headers: Readonly<Record<string, string>>;
  // deno-lint-ignore no-explicit-any
  body: any;
}

/** Sends a request straight to the API, past the faults. */
export function send(
  world: SandboxWorld,
  method: string,
  path: string,
  options: RequestOptions = {},
): Answer {
  const response = world.api.handle(requestOf(method, path, options));
  return { ...response, body: JSON.parse(response.body) };
}

/** Fields of a sale of 1,000 US cents. */
export const SALE_FIELDS: Fields = {
  amount: 1000,
  currency: "usd",
  payment_method_types: { 0: "card_present" },
  capture_method: "automatic",
};

/** Fields of a confirmation. */
export function confirmFields(chip: ChipOptions = {}): Fields {
  return confirmParams(chip) as unknown as Fields;
}

/** Creates and confirms an intent; returns the confirmation's answer. */
export function pay(
  world: SandboxWorld,
  fields: Fields = {},
  chip: ChipOptions = {},
): Answer {
  const sale = { ...SALE_FIELDS, ...fields };
  const made = send(world, "POST", "/v1/payment_intents", { fields: sale });
  const path = `/v1/payment_intents/${made.body.id}/confirm`;
  const amount = made.body.amount;
  const confirmation = confirmFields({ amount, ...chip });
  return send(world, "POST", path, { fields: confirmation });
}
