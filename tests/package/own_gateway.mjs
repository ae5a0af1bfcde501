// A gateway to an acquirer of one's own, and a double of that acquirer which can lose requests and
// answers: what a stranger writes, besides the real thing, to run the contract (run_contract.mjs).
// It needs nothing but JavaScript, so that it shows what the port asks for and no more.

const ACCOUNT = "acct_own";
const START_MS = Date.UTC(2026, 10, 24, 12);
const DAY_MS = 24 * 3600_000;
const DIGITS = { approved: "4111", declined: "4000", unreadable: "0000" };
const CARD_NUMBER = "4111111111111111";

/** The acquirer's double: payments with states, keys that live for a day, and a bad line to it. */
class Acquirer {
  nowMs = START_MS;
  trouble = null;
  intents = [];
  #keys = new Map();

  /** One request over the line; rejects when nothing of the acquirer's comes back. */
  async request(verb, args, { idempotencyKey: key, signal }) {
    signal.throwIfAborted();
    await Promise.resolve();
    const run = () =>
      this.#once(key, verb, args, () => this.#execute(verb, args));
    switch (this.trouble) {
      case "request_lost":
        throw new Error("the connection broke");
      case "response_lost":
        run();
        throw new Error("the connection broke");
      case "silence":
        return await silence(signal);
      case "saved_500_before":
        return this.#once(key, verb, args, () => own(500, {}));
      case "saved_500_after":
        return this.#once(key, verb, args, () => {
          this.#execute(verb, args);
          return own(500, {});
        });
      case "rate_limited":
        return own(429, { waitMs: 2000 });
      case "locked":
        return own(409, {});
      case "expired_key":
        return own(401, { code: "key_expired" });
      case "restricted_key":
        return own(403, { code: "not_allowed" });
      case "captive_portal":
        return { status: 200, body: { login: "please" } };
      case "foreign_503":
        return { status: 503, body: { message: "unavailable" } };
      case "bad_gateway_page":
        throw new SyntaxError("a page came, not JSON");
      default:
        return run();
    }
  }

  charges(localId) {
    return this.intents
      .filter(({ metadata }) => metadata.holdfast_local_id === localId)
      .reduce((sum, { charges }) => sum + charges, 0);
  }

  /** The first answer to a key is its answer for a day. */
  #once(key, verb, args, run) {
    if (key === null) return run();
    const asked = JSON.stringify([verb, args]);
    const saved = this.#keys.get(key);
    if (saved !== undefined && this.nowMs - saved.atMs < DAY_MS) {
      return saved.asked === asked
        ? saved.answer
        : own(422, { code: "key_used" });
    }
    const answer = run();
    this.#keys.set(key, { asked, answer, atMs: this.nowMs });
    return answer;
  }

  #execute(verb, args) {
    if (verb === "account") return own(200, { id: ACCOUNT });
    if (verb === "create") return own(200, this.#create(args));
    if (verb === "list") return own(200, this.#list(args));
    const intent = this.intents.find(({ id }) => id === args.id);
    if (intent === undefined) return own(404, {});
    switch (verb) {
      case "read":
        return own(200, view(intent));
      case "confirm":
        return confirm(intent, args);
      case "capture":
        return step(intent, ["requires_capture"], "succeeded");
      case "cancel":
        return step(
          intent,
          ["requires_payment_method", "requires_capture"],
          "canceled",
        );
      case "refund":
        return refund(intent, args);
      case "refunds":
        return own(200, intent.refunds);
      default:
        return own(400, { code: "unknown_verb" });
    }
  }

  #create({ amount, currency, captureMethod, metadata }) {
    const intent = {
      id: `own_${this.intents.length + 1}`,
      status: "requires_payment_method",
      ...{ amount, currency, captureMethod, metadata },
      isLivemode: false,
      error: null,
      createdAtMs: this.nowMs,
      charges: 0,
      refunds: [],
    };
    this.intents.push(intent);
    return view(intent);
  }

  #list({ createdFromMs, createdToMs, cursor, localId }) {
    const found = this.intents.filter((intent) =>
      intent.createdAtMs >= createdFromMs && intent.createdAtMs < createdToMs &&
      (localId === undefined || intent.metadata.holdfast_local_id === localId)
    );
    const start = Number(cursor ?? 0);
    const hasMore = found.length > start + 100;
    return {
      intents: found.slice(start, start + 100).map(view),
      next: hasMore ? String(start + 100) : null,
    };
  }
}

/** Every true answer is signed: whatever else says 200 is not the acquirer. */
function own(status, body) {
  return { status, signed: "own", body: structuredClone(body) };
}

/** Nothing until the caller gives up; an open socket keeps a program running, so does this. */
function silence(signal) {
  return new Promise((_, reject) => {
    const socket = setInterval(() => {}, 1000);
    signal.addEventListener("abort", () => {
      clearInterval(socket);
      reject(signal.reason);
    });
  });
}

function view({ charges: _, refunds: __, captureMethod: ___, ...intent }) {
  return { ...intent, metadata: { ...intent.metadata } };
}

function confirm(intent, { digits }) {
  if (digits === DIGITS.unreadable) return own(400, { code: "unreadable" });
  if (intent.status !== "requires_payment_method") return own(410, {});
  if (digits === DIGITS.declined) {
    intent.error = {
      code: "card_declined",
      declineCode: "insufficient_funds",
      adviceCode: null,
    };
    return own(402, intent.error);
  }
  intent.charges++;
  const isManual = intent.captureMethod === "manual";
  intent.status = isManual ? "requires_capture" : "succeeded";
  return own(200, view(intent));
}

function step(intent, from, to) {
  if (!from.includes(intent.status)) return own(410, {});
  intent.status = to;
  return own(200, view(intent));
}

function refund(intent, { amount, mark }) {
  const gone = intent.refunds.reduce((sum, made) => sum + made.amount, 0);
  const wanted = amount ?? intent.amount - gone;
  if (wanted === 0 || wanted > intent.amount - gone) {
    return own(400, { code: "nothing_left" });
  }
  const made = {
    id: `${intent.id}_r${intent.refunds.length + 1}`,
    status: "succeeded",
    amount: wanted,
    currency: intent.currency,
    mark,
  };
  intent.refunds.push(made);
  return own(200, made);
}

/** The gateway: one request for each verb, and what its answer means. */
export function createOwnGateway(acquirer) {
  const ask = async (verb, args, call, read) => {
    let answer;
    try {
      answer = await acquirer.request(verb, args, call);
    } catch {
      return silent(call.signal.aborted ? "timeout" : "connection");
    }
    if (answer.signed !== "own") return silent("foreign_answer");
    return answer.status === 200 ? read(answer.body) : failed(answer);
  };
  const intentOf = (intent) => ({ kind: "intent", intent });
  const none = () => Promise.resolve({ kind: "not_found" });
  return {
    identify: (signal) =>
      ask("account", {}, { idempotencyKey: null, signal }, ({ id }) => ({
        kind: "identity",
        account: id,
        isLivemode: false,
      })),
    createIntent: (request, call) => ask("create", request, call, intentOf),
    // A real one opens request.record first, and sends what the card said.
    confirmIntent: (id, { record }, call) => {
      const digits = new TextDecoder().decode(record);
      return ask("confirm", { id, digits }, call, intentOf);
    },
    captureIntent: (id, call) => ask("capture", { id }, call, intentOf),
    cancelIntent: (id, call) => ask("cancel", { id }, call, intentOf),
    retrieveIntent: (id, call) => ask("read", { id }, call, intentOf),
    findIntent: (localId, createdFromMs, call) =>
      ask(
        "list",
        { createdFromMs, createdToMs: Infinity, cursor: null, localId },
        call,
        ({ intents }) => {
          const paid = intents.find(({ status }) => status === "succeeded");
          const found = paid ?? intents[0];
          return found === undefined ? { kind: "not_found" } : intentOf(found);
        },
      ),
    listIntents: (range, cursor, call) =>
      ask("list", { ...range, cursor }, call, ({ intents, next }) => ({
        kind: "page",
        intents,
        nextCursor: next,
      })),
    refundIntent: (id, request, call) =>
      ask("refund", { id, ...request }, call, ({ mark: _, ...made }) => ({
        kind: "refund",
        refund: made,
      })),
    listRefunds: (id, call) =>
      ask("refunds", { id }, call, (refunds) => ({ kind: "refunds", refunds })),
    // This acquirer knows no payments that a back end began.
    lookUpIntent: none,
    claimIntent: none,
  };
}

function failed({ status, body }) {
  switch (status) {
    case 401:
    case 403:
      return { kind: "unauthorized", code: body.code };
    case 402:
      return { kind: "declined", error: body };
    case 404:
      return { kind: "not_found" };
    case 410:
      return { kind: "unexpected_state" };
    case 422:
      return { kind: "idempotency_conflict" };
    case 409:
      return unavailable("lock", { mayHaveExecuted: true });
    case 429:
      return unavailable("rate_limit", { retryAfterMs: body.waitMs });
    case 500:
      return unavailable("server_error", {
        mayHaveExecuted: true,
        isSaved: true,
      });
    default:
      return { kind: "rejected", code: body.code };
  }
}

function unavailable(code, facts) {
  return {
    kind: "unavailable",
    code,
    mayHaveExecuted: false,
    isSaved: false,
    isAnswered: true,
    retryAfterMs: null,
    ...facts,
  };
}

function silent(code) {
  return unavailable(code, { mayHaveExecuted: true, isAnswered: false });
}

/** What the contract works with: a fresh double, and the gateway that `make` makes to it. */
export function openPlace(make = createOwnGateway) {
  const acquirer = new Acquirer();
  let sales = 0;
  return Promise.resolve({
    gateway: make(acquirer),
    identity: { account: ACCOUNT, isLivemode: false },
    isOneIntentPerPayment: false,
    cardNumbers: [CARD_NUMBER],
    sale(kind) {
      const tail = String(++sales).padStart(12, "0");
      const localId = `00000000-0000-7000-8000-${tail}`;
      const money = { amount: 1250, currency: "usd" };
      return {
        create: {
          ...money,
          captureMethod: "automatic",
          metadata: { holdfast_local_id: localId },
        },
        confirm: {
          ...money,
          localId,
          genesis: new Uint8Array(0),
          record: new TextEncoder().encode(DIGITS[kind]),
          storedAtMs: START_MS,
          readMethod: "contact_emv",
        },
      };
    },
    offer: () => Promise.reject(new Error("there are none")),
    trouble: (trouble) => void (acquirer.trouble = trouble),
    calm: () => void (acquirer.trouble = null),
    nowMs: () => acquirer.nowMs,
    pass: (ms) => void (acquirer.nowMs += ms),
    charges: (localId) => acquirer.charges(localId),
    close: () => Promise.resolve(),
  });
}
