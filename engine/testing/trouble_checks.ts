/**
 * What a gateway says when something goes wrong on the way; part of `gatewayChecks`.
 * @module
 */
import type { GatewayCall, GatewayResult, Unavailable } from "../gateway.ts";
import { assert } from "./assertions.ts";
import {
  type AddCheck,
  callOf,
  create,
  expectIntent,
  type GatewayPlace,
  type SaleRequests,
  type Trouble,
} from "./gateway_place.ts";

/** What each trouble must be called. */
const CALLED: Readonly<
  Record<Trouble, Partial<Unavailable> | { kind: "unauthorized" }>
> = {
  request_lost: lost(),
  response_lost: lost(),
  silence: lost(),
  saved_500_before: fault(),
  saved_500_after: fault(),
  rate_limited: {
    kind: "unavailable",
    mayHaveExecuted: false,
    isAnswered: true,
    isSaved: false,
    retryAfterMs: 2000,
  },
  locked: {
    kind: "unavailable",
    mayHaveExecuted: true,
    isAnswered: true,
    isSaved: false,
  },
  expired_key: { kind: "unauthorized" },
  restricted_key: { kind: "unauthorized" },
  captive_portal: lost(),
  foreign_503: lost(),
  bad_gateway_page: lost(),
};

function lost(): Partial<Unavailable> {
  return { kind: "unavailable", mayHaveExecuted: true, isAnswered: false };
}

function fault(): Partial<Unavailable> {
  const may = { mayHaveExecuted: true, isSaved: true, isAnswered: true };
  return { kind: "unavailable", ...may };
}

/** Milliseconds a call may take: little where nobody will answer, enough where somebody does. */
function deadlineOf(trouble: Trouble): number {
  return trouble === "silence" ? 50 : 10_000;
}
/** A machine under load is late with everything. */
const GRACE_MS = 2000;

/** `result`, unless it does not come soon after the deadline of its call. */
function inTime<R>(
  name: string,
  deadlineMs: number,
  result: Promise<R>,
): Promise<R> {
  const limit = AbortSignal.timeout(deadlineMs + GRACE_MS);
  return new Promise((resolve, reject) => {
    limit.addEventListener("abort", () => {
      reject(new Error(`${name} went on after its deadline`));
    }, { once: true });
    result.then(resolve, reject);
  });
}

/** Every verb, called for one prepared intent with a deadline. */
function verbs(
  place: GatewayPlace,
  id: string,
  sale: SaleRequests,
  deadlineMs: number,
): [string, () => Promise<{ kind: string }>][] {
  const { gateway } = place;
  const call = (key: string | null): GatewayCall => ({
    idempotencyKey: key,
    signal: AbortSignal.timeout(deadlineMs),
  });
  const { localId } = sale.confirm;
  const range = { createdFromMs: 0, createdToMs: place.nowMs() };
  const all = { amount: null, mark: "t:m" };
  return [
    ["identify", () => gateway.identify(call(null).signal)],
    ["createIntent", () => gateway.createIntent(sale.create, call("t:c"))],
    [
      "confirmIntent",
      () => gateway.confirmIntent(id, sale.confirm, call("t:k")),
    ],
    ["captureIntent", () => gateway.captureIntent(id, call("t:p"))],
    ["cancelIntent", () => gateway.cancelIntent(id, call("t:x"))],
    ["refundIntent", () => gateway.refundIntent(id, all, call("t:r"))],
    ["listRefunds", () => gateway.listRefunds(id, call(null))],
    ["retrieveIntent", () => gateway.retrieveIntent(id, call(null))],
    ["findIntent", () => gateway.findIntent(localId, 0, call(null))],
    ["listIntents", () => gateway.listIntents(range, null, call(null))],
  ];
}

/** Adds the checks of each of `troubles`. */
export function checkTrouble(
  check: AddCheck,
  troubles: readonly Trouble[],
): void {
  checkAnswers(check, troubles);
  checkRepeating(check, troubles);
  checkAborted(check);
}

/** What each trouble is called. */
function checkAnswers(check: AddCheck, troubles: readonly Trouble[]): void {
  for (const trouble of troubles) {
    const expected = CALLED[trouble];
    const deadlineMs = deadlineOf(trouble);
    check(
      `every verb under ${trouble} says ${expected.kind} and throws nothing`,
      async (place) => {
        const { id, sale } = await create(place, "approved");
        for (const [name, send] of verbs(place, id, sale, deadlineMs)) {
          await place.trouble(trouble);
          const result = await inTime(name, deadlineMs, send());
          await place.calm();
          for (const [field, value] of Object.entries(expected)) {
            const facts = result as unknown as Record<string, unknown>;
            const isReading = /^(retrieve|find|list|identify)/.test(name);
            // Reading changes nothing, so nothing of it can be saved or executed.
            if (isReading && /^(isSaved|mayHave)/.test(field)) continue;
            assert.equal(facts[field], value, `${name}: ${field}`);
          }
          const text = JSON.stringify(result);
          for (const number of place.cardNumbers) {
            assert.ok(!text.includes(number), `${name} tells a card number`);
          }
        }
      },
    );
  }
}

/** One charge, whatever came in between. */
function checkRepeating(check: AddCheck, troubles: readonly Trouble[]): void {
  for (const trouble of troubles) {
    check(
      `confirmIntent() repeated after ${trouble} ends in one charge`,
      async (place) => {
        const { id, sale, localId } = await create(place, "approved");
        const confirm = (key: string): Promise<GatewayResult> =>
          place.gateway.confirmIntent(id, sale.confirm, callOf(key));
        await place.trouble(trouble);
        await place.gateway.confirmIntent(id, sale.confirm, {
          idempotencyKey: "k:0",
          signal: AbortSignal.timeout(deadlineOf(trouble)),
        });
        await place.calm();
        const second = await confirm("k:0");
        const isSaved = second.kind === "unavailable" && second.isSaved;
        // A saved failure is all that this key will ever give; the intent knows more.
        if (isSaved) {
          const state = expectIntent(
            await place.gateway.retrieveIntent(id, callOf(null)),
          );
          if (state.status !== "succeeded") await confirm("k:1");
        } else expectIntent(second);
        const end = await place.gateway.retrieveIntent(id, callOf(null));
        assert.equal(expectIntent(end).status, "succeeded");
        assert.equal(await place.charges(localId), 1);
      },
    );
  }
}

/** Calls that are over before they begin. */
function checkAborted(check: AddCheck): void {
  check(
    "a call whose signal is aborted already ends at once",
    async (place) => {
      const { id } = await create(place, "approved");
      const result = await place.gateway.retrieveIntent(id, {
        idempotencyKey: null,
        signal: AbortSignal.abort(),
      });
      assert.equal(result.kind, "unavailable");
    },
  );
}

/** Every trouble there is. */
export const TROUBLES: readonly Trouble[] = Object.keys(CALLED) as Trouble[];
