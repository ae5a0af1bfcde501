/**
 * What a terminal on a server runtime is opened with.
 * @module
 */
import type {
  Backend,
  Gateway,
  TerminalConfiguration,
} from "../../engine/mod.ts";
import type { StripeGatewayOptions } from "./stripe_gateway.ts";

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
