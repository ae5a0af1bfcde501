/**
 * A stateful Stripe-shaped server for tests, demos and simulations.
 *
 * It keeps state as Stripe does, so that a forwarder can be wrong against it:
 * idempotency keys that expire, intents that know they were confirmed, limits,
 * declines, lost answers. It charges nobody and proves nothing about Stripe
 * itself; where Stripe is not documented, `docs/sandbox.md` says what was
 * chosen.
 * @module
 */
import type { SandboxClock } from "./clock.ts";
import { control } from "./control.ts";
import { SandboxControl } from "./control_client.ts";
import { HttpServer } from "./http_server.ts";
import type { SandboxParts } from "./parts.ts";
import type { SandboxState } from "./state.ts";
import type { Webhooks } from "./webhooks.ts";
import { createSandboxWorld, type SandboxWorldOptions } from "./world.ts";
export { SandboxControl, SandboxControlError } from "./control_client.ts";
export { inProcessFetch } from "./in_process.ts";
export {
  createSandboxWorld,
  DEFAULT_BEHAVIOUR,
  type SandboxWorld,
  type SandboxWorldOptions,
} from "./world.ts";
export type { FaultKind, FaultRule } from "./faults.ts";
export type { JournalEntry } from "./journal.ts";
export type { Duplicate, IntentSummary, SandboxReport } from "./report.ts";
export type { RateLimits } from "./rate_limit.ts";
export type { WebhookDelivery, WebhookEndpoint } from "./webhooks.ts";
export type { EmvReader } from "./card_present.ts";

/** How a sandbox starts. */
export interface SandboxOptions extends SandboxWorldOptions {
  /**
   * Port of the API; 0 for any free one.
   * @default 0
   */
  port?: number;
  /**
   * Port of the control API and the page; 0 for any free one.
   * @default 0
   */
  controlPort?: number;
  /**
   * Address both listen on.
   * @default "127.0.0.1"
   */
  host?: string;
}

/** A running sandbox. */
export interface Sandbox {
  /** Where the `stripe` client connects. */
  readonly url: string;
  /** Where the control API and the page are. */
  readonly controlUrl: string;
  /** The control API as functions. */
  readonly control: SandboxControl;
  /** `host`, `port` and `protocol` for the `stripe` client's configuration. */
  readonly stripeConfig: { host: string; port: number; protocol: "http" };
  /** The world itself, for tests in the same process. */
  readonly state: SandboxState;
  /** The virtual clock. */
  readonly clock: SandboxClock;
  /** The webhooks, to await their delivery. */
  readonly webhooks: Webhooks;
  /** Breaks every connection and stops both servers. */
  close(): Promise<void>;
}

/**
 * Starts a sandbox on two ports of this process.
 *
 * @returns the running sandbox; both servers accept connections
 */
export async function startSandbox(
  options: SandboxOptions = {},
): Promise<Sandbox> {
  const { host = "127.0.0.1", port = 0, controlPort = 0 } = options;
  const world = createSandboxWorld(options);
  const apiServer = new HttpServer((request) => world.deliver(request));
  const parts: SandboxParts = {
    ...world,
    setOffline: (isOffline) => apiServer.setOffline(isOffline),
  };
  const controlServer = new HttpServer((request) => control(parts, request));
  const url = await apiServer.listen(port, host);
  const controlUrl = await controlServer.listen(controlPort, host);
  return {
    url,
    controlUrl,
    control: new SandboxControl(controlUrl),
    stripeConfig: { host, port: Number(new URL(url).port), protocol: "http" },
    state: world.state,
    clock: world.clock,
    webhooks: world.webhooks,
    close: async () => {
      world.clock.clear();
      await Promise.all([apiServer.close(), controlServer.close()]);
    },
  };
}
