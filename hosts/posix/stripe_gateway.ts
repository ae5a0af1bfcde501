/**
 * The official `stripe` client behind the gateway port, for servers.
 *
 * Owns: how the client is set up. Retrying is the forwarder's work, so the client retries
 * nothing; its timeout is above the forwarder's own deadline, so that an answer that comes a
 * moment late is not thrown away by two parties at once.
 * @module
 */
import Stripe from "stripe";
import type { Backend, Core, Gateway, RecipientKey } from "../../engine/mod.ts";
import {
  createCardPresentGateway,
  createOpener,
  createTerminalBackend,
} from "../../engine/mod.ts";

/** How to reach Stripe, or a sandbox, and how to open records. */
export interface StripeGatewayOptions {
  /** Secret key; it decides account and mode. */
  apiKey: string;
  /** Base URL of a sandbox. @default Stripe's own API */
  apiBase?: string;
  /** Private keys of the recipient by key id in lower-case hex. */
  recipientKeys: ReadonlyMap<string, RecipientKey>;
  /** Connected account on whose behalf to act (`Stripe-Account`). */
  stripeAccount?: string;
}

/** Makes a gateway for profile `stripe/card-present`; see {@link createCardPresentGateway}. */
export function createStripeGateway(
  core: Core,
  options: StripeGatewayOptions,
): Gateway {
  return createCardPresentGateway(
    createStripeClient(options),
    createOpener(core, options.recipientKeys),
  );
}

/** Makes the port to Locations, configurations and registered readers. */
export function createStripeBackend(
  options: Omit<StripeGatewayOptions, "recipientKeys">,
): Backend {
  return createTerminalBackend(createStripeClient(options));
}

/** The ports to Stripe of a terminal: made from client settings, or as the app brings them. */
export function stripePorts(
  core: Core,
  options: { gateway: StripeGatewayOptions | Gateway; backend?: Backend },
): { gateway: Gateway; backend?: Backend } {
  const { gateway, backend } = options;
  if ("apiKey" in gateway) {
    return {
      gateway: createStripeGateway(core, gateway),
      backend: backend ?? createStripeBackend(gateway),
    };
  }
  return backend === undefined ? { gateway } : { gateway, backend };
}

/**
 * Makes a client of the `stripe` package that retries nothing by itself.
 *
 * It goes over `fetch` on every runtime: over `node:http` the package sends a request whose
 * connection broke once more, half a second later, whatever `maxNetworkRetries` says
 * (`RequestSender._shouldRetry`), and a sale waited for that before it went offline.
 */
export function createStripeClient(
  options: Omit<StripeGatewayOptions, "recipientKeys">,
): Stripe {
  return new Stripe(options.apiKey, {
    maxNetworkRetries: 0,
    timeout: 20_000,
    telemetry: false,
    httpClient: Stripe.createFetchHttpClient(),
    ...(options.stripeAccount === undefined
      ? {}
      : { stripeAccount: options.stripeAccount }),
    ...address(options.apiBase),
  });
}

function address(
  apiBase: string | undefined,
): { protocol?: "http" | "https"; host?: string; port?: number } {
  if (apiBase === undefined) return {};
  const url = new URL(apiBase);
  const protocol = url.protocol === "http:" ? "http" : "https";
  const port = url.port === ""
    ? (protocol === "http" ? 80 : 443)
    : Number(url.port);
  return { protocol, host: url.hostname, port };
}
