/**
 * Webhooks: signed, repeated until answered, sometimes twice.
 *
 * Owns: signature and delivery. As at Stripe, order is not promised, an event
 * may come twice, and a receiver that does not answer 2xx is tried again: here
 * after each delay of `retryMs` of virtual time.
 * @see https://docs.stripe.com/webhooks#verify-manually
 * @see https://docs.stripe.com/webhooks/process-undelivered-events
 * @module
 */
import { createHmac } from "node:crypto";
import type Stripe from "stripe";
import type { SandboxClock } from "./clock.ts";
import { SeededRandom } from "./random.ts";

/** Where events go. */
export interface WebhookEndpoint {
  /** Address that takes POST. */
  url: string;
  /**
   * Secret of the signature.
   * @default one derived from the seed, in the answer
   */
  secret?: string;
  /**
   * Types of events; `*` for all.
   * @default ["*"]
   */
  enabled_events?: string[];
  /**
   * Chance that an event is sent twice, 0 to 1.
   * @default 0
   */
  duplicate_probability?: number;
}

/** One attempt to deliver one event. */
export interface WebhookDelivery {
  event: string;
  type: string;
  url: string;
  /** 1 for the first. */
  attempt: number;
  /** Status of the receiver, or null when it could not be reached. */
  status: number | null;
}

/** Sandboxes at Stripe try three times "over the course of a few hours". */
export const RETRY_MS: readonly number[] = [60_000, 3_600_000, 7_200_000];
// A receiver must answer soon; Stripe publishes no figure.
const DEADLINE_MS = 10_000;
const LOG_CAPACITY = 10_000;

/** The endpoints of one sandbox. */
export class Webhooks {
  readonly #clock: SandboxClock;
  readonly #random: SeededRandom;
  readonly #endpoints: Required<WebhookEndpoint>[] = [];
  readonly #deliveries: WebhookDelivery[] = [];
  #running: Promise<void> = Promise.resolve();

  /** Starts without endpoints. */
  constructor(clock: SandboxClock, seed: number) {
    this.#clock = clock;
    this.#random = new SeededRandom(seed ^ 0x3eb);
  }

  /** Endpoints in force. */
  get endpoints(): readonly Required<WebhookEndpoint>[] {
    return this.#endpoints;
  }

  /** Attempts so far, oldest first. */
  get deliveries(): readonly WebhookDelivery[] {
    return this.#deliveries;
  }

  /** Adds an endpoint; returns it with its secret. */
  add(endpoint: WebhookEndpoint): Required<WebhookEndpoint> {
    if (!/^https?:\/\//.test(String(endpoint.url))) {
      throw new RangeError("url must be an http or https address");
    }
    const added = {
      url: endpoint.url,
      secret: endpoint.secret ?? `whsec_${this.#random.text(32)}`,
      enabled_events: endpoint.enabled_events ?? ["*"],
      duplicate_probability: endpoint.duplicate_probability ?? 0,
    };
    this.#endpoints.push(added);
    return added;
  }

  /** Removes every endpoint and the log. */
  clear(): void {
    this.#endpoints.length = 0;
    this.#deliveries.length = 0;
  }

  /** Resolves when everything that is due has been tried. */
  async settled(): Promise<void> {
    let seen: Promise<void>;
    do {
      seen = this.#running;
      await seen;
    } while (seen !== this.#running);
  }

  /** Sends `event` to every endpoint that wants it. */
  send(event: Stripe.Event): void {
    for (const endpoint of this.#endpoints) {
      const { enabled_events, duplicate_probability } = endpoint;
      const isWanted = enabled_events.includes("*") ||
        enabled_events.includes(event.type);
      if (!isWanted) continue;
      // Serialised now: the receiver sees the object as it was.
      const body = JSON.stringify(event, null, 2);
      this.#enqueue(endpoint, event, body, 1);
      if (this.#random.fraction() < duplicate_probability) {
        this.#enqueue(endpoint, event, body, 1);
      }
    }
  }

  #enqueue(
    endpoint: Required<WebhookEndpoint>,
    event: Stripe.Event,
    body: string,
    attempt: number,
  ): void {
    this.#running = this.#running.then(async () => {
      const status = await this.#post(endpoint, body);
      const { id, type } = event;
      const { url } = endpoint;
      this.#deliveries.push({ event: id, type, url, attempt, status });
      if (this.#deliveries.length > LOG_CAPACITY) this.#deliveries.shift();
      if (status !== null && status >= 200 && status < 300) return;
      const delayMs = RETRY_MS[attempt - 1];
      if (delayMs === undefined) return;
      this.#clock.after(
        delayMs,
        () => this.#enqueue(endpoint, event, body, attempt + 1),
      );
    });
  }

  async #post(
    endpoint: Required<WebhookEndpoint>,
    body: string,
  ): Promise<number | null> {
    const signature = signatureOf(
      body,
      endpoint.secret,
      this.#clock.nowSeconds(),
    );
    try {
      const response = await fetch(endpoint.url, {
        method: "POST",
        headers: {
          "content-type": "application/json; charset=utf-8",
          "stripe-signature": signature,
        },
        body,
        signal: AbortSignal.timeout(DEADLINE_MS),
      });
      await response.body?.cancel();
      return response.status;
    } catch {
      // Unreachable or too late is an outcome here, logged as null.
      return null;
    }
  }
}

/** Returns the `Stripe-Signature` header: `t=…,v1=…`. */
export function signatureOf(
  body: string,
  secret: string,
  atSeconds: number,
): string {
  const mac = createHmac("sha256", secret).update(`${atSeconds}.${body}`);
  return `t=${atSeconds},v1=${mac.digest("hex")}`;
}
