/**
 * The sandbox over real sockets as the far side of the gateway contract.
 * @module
 */
import type Stripe from "stripe";
import { bindingFailure } from "../../bindings/error_codes.ts";
import type { Gateway } from "../../engine/gateway.ts";
import type { Opener } from "../../engine/opener.ts";
import { formatUuid } from "../../engine/uuid.ts";
import { createStripeClient } from "../../hosts/posix/stripe_gateway.ts";
import type { Delivery } from "../../hosts/sandbox/delivery.ts";
import { HttpServer } from "../../hosts/sandbox/http_server.ts";
import { createSandboxWorld } from "../../hosts/sandbox/mod.ts";
import type {
  GatewayPlace,
  Offer,
  SaleKind,
  SaleRequests,
  Trouble,
} from "../../engine/testing/gateway_place.ts";
import { chipHex, START_MS } from "../unit/sandbox/_support.ts";

/** Key of the account whose money the contract moves. */
export const API_KEY = "sk_test_contract";
/** The sandbox decides by card number. */
const NUMBERS = {
  approved: "4242424242424242",
  declined: "4000000000009995",
  unreadable: "4242424242424242",
};
const UNREADABLE = 0;

/** Makes the gateway under test of a client of the sandbox and an opener of its records. */
export type GatewayMaker = (
  stripe: Stripe,
  opener: Opener,
) => Gateway | Promise<Gateway>;

/** The sandbox behind a real server that somebody can speak in place of. */
export class SandboxPlace implements GatewayPlace {
  readonly isOneIntentPerPayment = false;
  readonly cardNumbers = Object.values(NUMBERS);
  readonly #world = createSandboxWorld({
    clock: { startMs: START_MS, isRunning: false },
    rateLimits: null,
  });
  readonly #server = new HttpServer((request) =>
    this.#canned ?? this.#world.deliver(request)
  );
  #stripe!: Stripe;
  #canned: Delivery | null = null;
  #sales = 0;
  gateway!: GatewayPlace["gateway"];
  identity!: GatewayPlace["identity"];

  /** Opens it with the gateway that `make` makes. */
  static async open(make: GatewayMaker): Promise<SandboxPlace> {
    const place = new SandboxPlace();
    const apiBase = await place.#server.listen(0, "127.0.0.1");
    const stripe = createStripeClient({ apiKey: API_KEY, apiBase });
    place.#stripe = stripe;
    const account = await stripe.accounts.retrieveCurrent();
    place.identity = { account: account.id, isLivemode: false };
    place.gateway = await make(stripe, place.#opener());
    return place;
  }

  sale(kind: SaleKind): SaleRequests {
    const number = ++this.#sales;
    const localId = formatUuid(new Uint8Array(16).fill(number));
    const record = Uint8Array.from(
      chipHex({
        number: NUMBERS[kind],
        amount: 1250,
        counter: number.toString(16).padStart(4, "0"),
      }).match(/../g)!,
      (pair) => parseInt(pair, 16),
    );
    if (kind === "unreadable") record[0] = UNREADABLE;
    return {
      create: {
        amount: 1250,
        currency: "usd",
        captureMethod: "automatic",
        metadata: { holdfast_local_id: localId, order: `order ${number}` },
      },
      confirm: {
        localId,
        amount: 1250,
        currency: "usd",
        genesis: new Uint8Array(0),
        record,
        storedAtMs: START_MS,
        readMethod: "contact_emv",
      },
    };
  }

  offer = async (): Promise<Offer> => {
    const intent = await this.#stripe.paymentIntents.create({
      amount: 1250,
      currency: "usd",
      allowed_payment_method_types: ["card_present"],
      capture_method: "manual",
      metadata: { order: "17" },
      on_behalf_of: "acct_1Seller",
      transfer_data: { destination: "acct_1Seller", amount: 1100 },
      transfer_group: "order 17",
      receipt_email: "jo@example.com",
      payment_method_options: {
        card_present: { request_extended_authorization: true },
      },
    });
    return { id: intent.id, clientSecret: intent.client_secret! };
  };

  trouble(trouble: Trouble): void {
    const { faults, state } = this.#world;
    switch (trouble) {
      case "request_lost":
        return faults.add({ kind: "drop_request" });
      case "response_lost":
        return faults.add({ kind: "drop_response" });
      case "silence":
        return void (this.#canned = "hold");
      case "saved_500_before":
        return faults.add({ kind: "error_before", is_saved: true });
      case "saved_500_after":
        return faults.add({ kind: "error_after" });
      case "rate_limited":
        return void (this.#canned = canned(429, stripeError("rate_limit"), {
          "retry-after": "2",
        }));
      case "locked":
        return void (this.#canned = canned(409, stripeError("lock_timeout")));
      case "expired_key":
        return void state.keyStatus.set(API_KEY, "expired");
      case "restricted_key":
        return void state.keyStatus.set(API_KEY, "restricted");
      case "captive_portal":
        return void (this.#canned = canned(200, '{"login":"please"}'));
      case "foreign_503":
        return void (this.#canned = canned(503, '{"message":"unavailable"}'));
      case "bad_gateway_page":
        return void (this.#canned = canned(502, "<h1>Bad gateway</h1>"));
    }
  }

  calm(): void {
    this.#canned = null;
    this.#world.faults.clear();
    this.#world.state.keyStatus.delete(API_KEY);
  }

  nowMs(): number {
    return this.#world.clock.nowMs();
  }

  async pass(ms: number): Promise<void> {
    await this.#world.clock.advance(ms);
  }

  charges(localId: string): number {
    const { state } = this.#world;
    const { test: mode } = state.account(this.identity.account);
    const intents = [...mode.intents]
      .filter(({ metadata }) => metadata.holdfast_local_id === localId)
      .map(({ id }) => id);
    return [...mode.charges].filter((charge) =>
      charge.status === "succeeded" &&
      intents.includes(charge.payment_intent as string)
    ).length;
  }

  async close(): Promise<void> {
    this.#world.clock.clear();
    await this.#server.close();
  }

  /** The sealed record is opened by others' tests; here it is the plaintext. */
  #opener(): Opener {
    return {
      open: (_genesis, record) => {
        if (record[0] !== UNREADABLE) return record.slice();
        throw bindingFailure("SEAL_OPEN", "the record was changed");
      },
    };
  }
}

function canned(
  status: number,
  body: string,
  headers: Record<string, string> = {},
): Delivery {
  const type = body.startsWith("{") ? "application/json" : "text/html";
  return { status, body, headers: { "content-type": type, ...headers } };
}

function stripeError(code: string): string {
  return JSON.stringify({ error: { type: "invalid_request_error", code } });
}
