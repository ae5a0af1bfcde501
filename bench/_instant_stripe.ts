/**
 * A far side that answers at once and keeps nothing, under the real `stripe` package.
 *
 * Owns: that whatever grows while a queue drains is the till's. The books of a sandbox would grow
 * with every payment, so which sale an intent is for is in its id.
 * @module
 */
import Stripe from "stripe";

/** Whose account it is. */
export const INSTANT_ACCOUNT = "acct_bench";

const CREATE = "/v1/payment_intents";

/** The `stripe` package over {@link answer}. */
export function createInstantStripe(): Stripe {
  const fetchNow: typeof fetch = (input, init) => {
    const { pathname } = new URL(String(input));
    const body = answer(pathname, new URLSearchParams(String(init?.body)));
    return Promise.resolve(Response.json(body));
  };
  return new Stripe("sk_test_bench", {
    httpClient: Stripe.createFetchHttpClient(fetchNow),
    maxNetworkRetries: 0,
    telemetry: false,
  });
}

/** What Stripe would say, as far as the forwarder reads it. */
function answer(path: string, form: URLSearchParams): object {
  if (path === "/v1/account") return { object: "account", id: INSTANT_ACCOUNT };
  if (path === "/v1/balance") return { object: "balance", livemode: false };
  if (path === CREATE) {
    const localId = form.get("metadata[holdfast_local_id]")!;
    const money = `${form.get("amount")}_${form.get("currency")}`;
    return intent(`pi_${localId}_${money}`, "requires_payment_method");
  }
  const id = path.slice(CREATE.length + 1).replace(/\/confirm$/, "");
  return intent(id, "succeeded");
}

function intent(id: string, status: string): object {
  const [, localId, amount, currency] = id.split("_");
  return {
    object: "payment_intent",
    id,
    status,
    currency,
    amount: Number(amount),
    livemode: false,
    metadata: { holdfast_local_id: localId },
    last_payment_error: null,
  };
}
