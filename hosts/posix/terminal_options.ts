/**
 * What a terminal on a server runtime is opened with.
 * @module
 */
import type {
  Backend,
  Gateway,
  TerminalConfiguration,
} from "../../engine/mod.ts";
import {
  anyObject,
  checkConfiguration,
  is,
  object,
  optional,
  type Shape,
  text,
} from "../../engine/configuration_check.ts";
import type { StripeGatewayOptions } from "./stripe_gateway.ts";

const url = is("a URL", (value) => URL.canParse(String(value)));

const settings: Shape = object<StripeGatewayOptions>({
  // A publishable key moves no money; it is given by mistake, and Stripe would say so much later.
  apiKey: is(
    "a secret key (sk_… or rk_…)",
    (value) => typeof value === "string" && /^[rs]k_/.test(value),
  ),
  apiBase: optional(url),
  recipientKeys: is("a Map", (value) => value instanceof Map),
  stripeAccount: optional(text),
});

const HOST_FIELDS = {
  path: text,
  keyPath: optional(text),
  probeUrl: url,
  gateway: ((gateway, at) => {
    anyObject(gateway, at);
    if ("apiKey" in (gateway as object)) settings(gateway, at);
  }) as Shape,
  backend: optional(anyObject),
};

/** Checks the options of an app before a file is made. @throws {HoldfastError} `INVALID_ARGUMENT` */
export function checkOptions(options: ServerTerminalOptions): void {
  checkConfiguration(options, HOST_FIELDS);
}

/** The engine's configuration of a terminal that is opened with `options`. */
export function configurationOf(
  options: ServerTerminalOptions,
): TerminalConfiguration {
  const { account, gateway } = options;
  const isConnected = "apiKey" in gateway &&
    gateway.stripeAccount !== undefined;
  return { ...options, account: { isConnected, ...account } };
}

/** Configuration, file and gateway of one terminal. */
export interface ServerTerminalOptions extends TerminalConfiguration {
  /** The database file; `<path>-wal`, `<path>.lock` and `<path>.key` stand beside it. */
  path: string;
  /** The device key's file. @default `<path>.key` */
  keyPath?: string;
  /** Any URL of the far side; an answer of any status means it can be reached. */
  probeUrl: string;
  /** Stripe's client settings, or a gateway of your own. */
  gateway: StripeGatewayOptions | Gateway;
  /**
   * Where Locations and configurations come from.
   * @default Stripe, when `gateway` has its client settings; else nowhere
   */
  backend?: Backend;
}
