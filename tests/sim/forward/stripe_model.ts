/**
 * A small Stripe for fast worlds, written from Stripe's documented rules.
 *
 * Owns: PaymentIntents as a state machine, v1 idempotency with pruning, list (exact) and search
 * (late), what the issuer says, and who was charged how often. It executes a request completely
 * or not at all; when, how often and whether the client hears of it is the world's business.
 * `stripe_model_test.ts` holds it to the sandbox's answers.
 * @see https://docs.stripe.com/api/idempotent_requests
 * @see https://docs.stripe.com/payments/paymentintents/lifecycle
 * @module
 */

/** Stripe keeps a key "at least 24 hours". */
export const KEY_LIFETIME_MS = 24 * 60 * 60 * 1000;
/** Stripe warns that search may lag; our rule for the worst day is an hour. */
const SEARCH_LAG_MS = 60 * 60 * 1000;
/** How long Stripe holds a card-present authorisation that nobody captures. */
const CAPTURE_WINDOW_MS = 2 * KEY_LIFETIME_MS;
/** How long a payment is `processing` before it succeeds. */
const PROCESSING_MS = 10 * 60 * 1000;

/** What the issuer does when a card is presented. */
export type CardTemper =
  | "approves"
  | "declines"
  /** Says no the first time and yes when asked again. */
  | "relents"
  /** Takes its time: `processing`, then `succeeded`. */
  | "ponders"
  /** Data that Stripe refuses as a request. */
  | "malformed";

/** A request, as it leaves the client. */
export interface ModelRequest {
  method: "GET" | "POST";
  path: string;
  parameters: Readonly<Record<string, unknown>>;
  key: string | null;
  account: string;
}

/** An answer, as JSON would carry it. */
export interface ModelAnswer {
  status: number;
  // deno-lint-ignore no-explicit-any -- Stripe's JSON; the gateway under test checks its shape
  body: any;
}

/** A PaymentIntent with what only Stripe knows. */
export interface ModelIntent {
  id: string;
  account: string;
  createdMs: number;
  status: string;
  amount: number;
  currency: string;
  captureMethod: string;
  metadata: Readonly<Record<string, string>>;
  error: Record<string, string> | null;
  succeedsAtMs: number;
  /** When an authorisation that nobody captures goes; Infinity for none. */
  lapsesAtMs: number;
  /** Whether it went. */
  hasLapsed: boolean;
  /** Whether a request gave it back. */
  isReleased: boolean;
  /** The card transaction it was authorised with; 0 for none. */
  card: number;
  /** How often money was taken on it. */
  charges: number;
}

interface SavedKey {
  request: ModelRequest;
  firstMs: number;
  answer: ModelAnswer;
}

/** No Error: worlds refuse often, and a stack for each would cost more than the refusal. */
class Refusal {
  readonly answer: ModelAnswer;

  constructor(
    status: number,
    type: string,
    code: string,
    extra: Record<string, string> = {},
  ) {
    this.answer = { status, body: { error: { type, code, ...extra } } };
  }
}

/** All accounts of one world. */
export class StripeModel {
  /** Intents in the order in which they were made. */
  intents: ModelIntent[] = [];
  /** Keys that were forgotten and then used again. */
  prunedCount = 0;
  /** Successful charges by the card transaction they used. */
  chargesOfCard: number[] = [];
  // New for each world: a cleared Map that has grown old keeps its old entries alive.
  #keys = new Map<string, Map<string, SavedKey>>();
  #askedOfCard: number[] = [];
  readonly #temperOf: (card: number) => CardTemper;

  /** @param temperOf What the issuer of a card transaction does. */
  constructor(temperOf: (card: number) => CardTemper) {
    this.#temperOf = temperOf;
  }

  /** Forgets everything: another world. */
  reset(): void {
    this.intents = [];
    this.prunedCount = 0;
    this.chargesOfCard = [];
    this.#keys = new Map();
    this.#askedOfCard = [];
  }

  /** Executes a request, or replays what it answered before. */
  execute(request: ModelRequest, nowMs: number): ModelAnswer {
    const known = this.#known(request, nowMs);
    if (known !== null) return known;
    const { answer, isExecuting } = this.#run(request, nowMs);
    if (isExecuting) this.#save(request, answer, nowMs);
    return answer;
  }

  /** Answers 500 and saves it under the key, after executing the request or without. */
  failAndSave(
    request: ModelRequest,
    isExecuting: boolean,
    nowMs: number,
  ): ModelAnswer {
    const known = this.#known(request, nowMs);
    if (known !== null) return known;
    if (isExecuting) this.#run(request, nowMs);
    const answer = { status: 500, body: { error: { type: "api_error" } } };
    this.#save(request, answer, nowMs);
    return answer;
  }

  #save(request: ModelRequest, answer: ModelAnswer, nowMs: number): void {
    if (request.key === null || request.method === "GET") return;
    const saved = { request, firstMs: nowMs, answer };
    this.#keysOf(request.account).set(request.key, saved);
  }

  /** An account's keys; another account may use the same. */
  #keysOf(account: string): Map<string, SavedKey> {
    let keys = this.#keys.get(account);
    if (keys === undefined) this.#keys.set(account, keys = new Map());
    return keys;
  }

  /** What is saved under the request's key, an idempotency error, or null. */
  #known(request: ModelRequest, nowMs: number): ModelAnswer | null {
    if (request.key === null || request.method === "GET") return null;
    const keys = this.#keysOf(request.account);
    const saved = keys.get(request.key);
    if (saved === undefined) return null;
    if (nowMs - saved.firstMs >= KEY_LIFETIME_MS) {
      keys.delete(request.key);
      this.prunedCount++;
      return null;
    }
    if (isSameRequest(saved.request, request)) return saved.answer;
    return {
      status: 400,
      body: { error: { type: "idempotency_error" } },
    };
  }

  #run(
    request: ModelRequest,
    nowMs: number,
  ): { answer: ModelAnswer; isExecuting: boolean } {
    try {
      const body = this.#route(request, nowMs);
      return { answer: { status: 200, body }, isExecuting: true };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      // Refused before anything was executed: not saved.
      const isExecuting = error.answer.body.error.code !== "parameter_invalid";
      return { answer: error.answer, isExecuting };
    }
  }

  #route(request: ModelRequest, nowMs: number): unknown {
    const { method, account, parameters } = request;
    const { noun, id, verb, query } = routeOf(request.path);
    if (noun === "account") return { object: "account", id: account };
    if (noun === "balance") return { object: "balance", livemode: false };
    if (noun !== "payment_intents") throw missing();
    if (method === "GET") {
      if (id === undefined) return this.#list(account, query, nowMs, 0);
      if (id === "search") {
        return this.#list(account, query, nowMs, SEARCH_LAG_MS);
      }
      return view(this.#intent(account, id, nowMs));
    }
    if (id === undefined) return this.#create(account, parameters, nowMs);
    const intent = this.#intent(account, id, nowMs);
    switch (verb) {
      case "confirm":
        return this.#confirm(intent, parameters, nowMs);
      case "cancel":
        return this.#cancel(intent);
      case "capture":
        return capture(intent);
      default:
        throw missing();
    }
  }

  #create(
    account: string,
    parameters: Readonly<Record<string, unknown>>,
    nowMs: number,
  ): unknown {
    const intent: ModelIntent = {
      id: `pi_${this.intents.length + 1}`,
      account,
      createdMs: nowMs,
      status: "requires_payment_method",
      amount: parameters.amount as number,
      currency: parameters.currency as string,
      captureMethod: parameters.capture_method as string,
      metadata: { ...parameters.metadata as Record<string, string> },
      error: null,
      succeedsAtMs: Infinity,
      lapsesAtMs: Infinity,
      hasLapsed: false,
      isReleased: false,
      card: 0,
      charges: 0,
    };
    this.intents.push(intent);
    return parameters.confirm === true
      ? this.#confirm(intent, parameters, nowMs)
      : view(intent);
  }

  #confirm(
    intent: ModelIntent,
    parameters: Readonly<Record<string, unknown>>,
    nowMs: number,
  ): unknown {
    const card = cardOf(parameters);
    const temper = this.#temperOf(card);
    if (temper === "malformed") {
      throw new Refusal(400, "invalid_request_error", "parameter_invalid");
    }
    if (intent.status !== "requires_payment_method") throw unexpectedState();
    const asked = (this.#askedOfCard[card] ?? 0) + 1;
    this.#askedOfCard[card] = asked;
    if (temper === "declines" || (temper === "relents" && asked === 1)) {
      intent.error = {
        type: "card_error",
        code: "card_declined",
        decline_code: "insufficient_funds",
      };
      throw new Refusal(402, "card_error", "card_declined", intent.error);
    }
    intent.error = null;
    if (temper === "ponders") {
      intent.status = "processing";
      intent.succeedsAtMs = nowMs + PROCESSING_MS;
    } else succeed(intent, nowMs);
    intent.charges++;
    intent.card = card;
    this.chargesOfCard[card] = (this.chargesOfCard[card] ?? 0) + 1;
    return view(intent);
  }

  #intent(account: string, id: string, nowMs: number): ModelIntent {
    const intent = this.intents[Number(id.slice(3)) - 1];
    if (intent === undefined || intent.account !== account) throw missing();
    if (intent.status === "processing" && nowMs >= intent.succeedsAtMs) {
      succeed(intent, intent.succeedsAtMs);
    }
    if (nowMs >= intent.lapsesAtMs) this.#lapse(intent);
    return intent;
  }

  /** Two days without a capture: the authorisation is gone, and the sale. */
  #lapse(intent: ModelIntent): void {
    intent.lapsesAtMs = Infinity;
    if (intent.status !== "requires_capture") return;
    intent.hasLapsed = true;
    this.#release(intent);
  }

  #cancel(intent: ModelIntent): unknown {
    if (intent.status === "requires_capture") {
      intent.isReleased = true;
      this.#release(intent);
    } else if (intent.status !== "requires_payment_method") {
      throw unexpectedState();
    }
    intent.status = "canceled";
    return view(intent);
  }

  /** Gives an authorisation back to its card. */
  #release(intent: ModelIntent): void {
    intent.status = "canceled";
    intent.charges--;
    this.chargesOfCard[intent.card]--;
  }

  /** A page of the list, newest first; `lagMs` makes it the page of a search. */
  #list(
    account: string,
    query: string,
    nowMs: number,
    lagMs: number,
  ): unknown {
    const form = formOf(query);
    const fromMs = Number(form["created[gte]"] ?? 0) * 1000;
    const toMs = Number(form["created[lt]"] ?? Infinity) * 1000;
    const limit = Number(form.limit ?? 10);
    const after = Number((form.starting_after ?? "pi_Infinity").slice(3));
    const data = [];
    let hasMore = false;
    for (let i = Math.min(this.intents.length, after - 1); i >= 1; i--) {
      const intent = this.#intent(
        this.intents[i - 1].account,
        `pi_${i}`,
        nowMs,
      );
      const isSeen = intent.account === account &&
        seconds(intent.createdMs) * 1000 >= fromMs &&
        seconds(intent.createdMs) * 1000 < toMs &&
        intent.createdMs + lagMs <= nowMs;
      if (!isSeen) continue;
      if (data.length === limit) {
        hasMore = true;
        break;
      }
      data.push(view(intent));
    }
    return { object: "list", data, has_more: hasMore };
  }
}

function succeed(intent: ModelIntent, nowMs: number): void {
  const isManual = intent.captureMethod === "manual";
  intent.status = isManual ? "requires_capture" : "succeeded";
  if (isManual) intent.lapsesAtMs = nowMs + CAPTURE_WINDOW_MS;
}

function capture(intent: ModelIntent): unknown {
  if (intent.status !== "requires_capture") throw unexpectedState();
  intent.status = "succeeded";
  return view(intent);
}

function view(intent: ModelIntent): unknown {
  return {
    object: "payment_intent",
    id: intent.id,
    status: intent.status,
    amount: intent.amount,
    currency: intent.currency,
    livemode: false,
    created: seconds(intent.createdMs),
    metadata: intent.metadata,
    last_payment_error: intent.error,
  };
}

/** The number of the card transaction, which the worlds put at the end of the chip data. */
function cardOf(parameters: Readonly<Record<string, unknown>>): number {
  const data = parameters.payment_method_data as {
    card_present: { emv_data: string };
  };
  return parseInt(data.card_present.emv_data.slice(-4), 16);
}

/** Whether two requests ask for the same, as idempotency sees it. */
export function isSameRequest(one: ModelRequest, two: ModelRequest): boolean {
  return one.method === two.method && one.path === two.path &&
    isSameValue(one.parameters, two.parameters);
}

/** Whether two values of JSON are equal; the order of names does not count. */
function isSameValue(one: unknown, two: unknown): boolean {
  if (one === two) return true;
  if (typeof one !== "object" || typeof two !== "object") return false;
  if (one === null || two === null) return false;
  const names = Object.keys(one);
  if (names.length !== Object.keys(two).length) return false;
  for (const name of names) {
    const value = (one as Record<string, unknown>)[name];
    if (!isSameValue(value, (two as Record<string, unknown>)[name])) {
      return false;
    }
  }
  return true;
}

interface Route {
  noun: string;
  id: string | undefined;
  verb: string | undefined;
  query: string;
}

/** Paths without a query, as they were read before: worlds ask for the same few again and again. */
const ROUTES = new Map<string, Route>();

function routeOf(path: string): Route {
  const known = ROUTES.get(path);
  if (known !== undefined) return known;
  const [place, query = ""] = path.split("?");
  const [, , noun, id, verb] = place.split("/");
  const route = { noun, id, verb, query };
  if (query === "") ROUTES.set(path, route);
  return route;
}

/** What a query asks for by name; the package percent-encodes names and values. */
function formOf(query: string): Partial<Record<string, string>> {
  const form: Partial<Record<string, string>> = {};
  for (const pair of query.split("&")) {
    const at = pair.indexOf("=");
    form[decodeURIComponent(pair.slice(0, at))] = decodeURIComponent(
      pair.slice(at + 1),
    );
  }
  return form;
}

function missing(): Refusal {
  return new Refusal(404, "invalid_request_error", "resource_missing");
}

function unexpectedState(): Refusal {
  return new Refusal(
    400,
    "invalid_request_error",
    "payment_intent_unexpected_state",
  );
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
