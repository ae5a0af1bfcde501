/**
 * What every `Gateway` must do, whoever is behind it.
 *
 * `testGateway` registers the tests; run it against your own gateway over a test double of your
 * acquirer that can lose requests and answers. What is asked of a gateway is little: say the truth
 * about what is known, never throw for what the world did, and take money once per intent.
 * @module
 */
import assert from "node:assert/strict";
import test from "node:test";
import type {
  ConfirmIntentRequest,
  CreateIntentRequest,
  Gateway,
  GatewayCall,
  GatewayResult,
  Intent,
  Unavailable,
} from "../../engine/gateway.ts";

import { checkOffered, type Offer } from "./offered_contract.ts";

/** What the way to the far side does to every request until `calm`. */
export type Trouble =
  /** The connection breaks before anything is executed. */
  | "request_lost"
  /** It is executed, and the connection breaks. */
  | "response_lost"
  /** Nobody answers, for ever; nothing is executed. */
  | "silence"
  /** 500, remembered under the key; nothing was executed. */
  | "saved_500_before"
  /** 500, remembered under the key; it was executed. */
  | "saved_500_after"
  /** Too many requests; wait two seconds. */
  | "rate_limited"
  /** The key or the object is in use. */
  | "locked"
  /** The credentials have expired. */
  | "expired_key"
  /** The credentials may not do this. */
  | "restricted_key"
  /** Somebody on the way answers 200 with JSON of his own. */
  | "captive_portal"
  /** Somebody on the way answers 503 with JSON of his own. */
  | "foreign_503"
  /** Somebody on the way answers 502 with a page. */
  | "bad_gateway_page";

/** How the issuer, or the opener, takes a sale. */
export type SaleKind = "approved" | "declined" | "unreadable";

/** What a gateway is asked for one sale. */
export interface SaleRequests {
  create: CreateIntentRequest;
  confirm: ConfirmIntentRequest;
}

/** One gateway and its far side. */
export interface GatewayPlace {
  gateway: Gateway;
  /** Account and mode of the gateway's credentials. */
  identity: { account: string; isLivemode: boolean };
  /** A new sale of 12.50 usd with a card that goes as `kind` says. */
  sale(kind: SaleKind): SaleRequests;
  /** An intent that a back end made; see `offered_contract.ts`. */
  offer(): Promise<Offer>;
  /** Makes every request meet `trouble` until `calm`. */
  trouble(trouble: Trouble): Promise<void> | void;
  /** Ends all trouble. */
  calm(): Promise<void> | void;
  /** Milliseconds of the far side's clock. */
  nowMs(): number;
  /** Moves the far side's clock on. */
  pass(ms: number): Promise<void> | void;
  /** How often money was taken for a sale, by the far side's own books. */
  charges(localId: string): Promise<number> | number;
  /** Whether the far side binds a payment to its first intent and never makes a second. */
  readonly isOneIntentPerPayment: boolean;
  /** Digits of the cards of `sale`, which must be in no result. */
  cardNumbers: readonly string[];
  close(): Promise<void>;
}

type Check = (
  name: string,
  body: (place: GatewayPlace) => Promise<void>,
) => void;

/** Registers the contract under `label`; `makePlace` makes a fresh far side. */
export function testGateway(
  label: string,
  makePlace: () => Promise<GatewayPlace>,
): void {
  const check: Check = (name, body) => {
    test(`${label}: ${name}`, async () => {
      const place = await makePlace();
      try {
        await body(place);
      } finally {
        await place.close();
      }
    });
  };
  checkVerbs(check);
  checkFinding(check);
  checkOffered(check);
  checkTrouble(check);
}

/** A call with a key and nobody who aborts it. */
export function callOf(idempotencyKey: string | null): GatewayCall {
  return { idempotencyKey, signal: new AbortController().signal };
}

/** Asserts that the result is an intent and returns it. */
export function expectIntent(result: GatewayResult): Intent {
  assert.equal(result.kind, "intent", JSON.stringify(result));
  return (result as { intent: Intent }).intent;
}

async function create(
  place: GatewayPlace,
  kind: SaleKind,
  changes: Partial<CreateIntentRequest> = {},
): Promise<{ id: string; sale: SaleRequests; localId: string }> {
  const sale = place.sale(kind);
  const { localId } = sale.confirm;
  const result = await place.gateway.createIntent(
    { ...sale.create, ...changes },
    callOf(`${localId}:c:0`),
  );
  return { id: expectIntent(result).id, sale, localId };
}

function checkVerbs(check: Check): void {
  check("identify() tells whose money it moves", async (place) => {
    const signal = new AbortController().signal;
    assert.deepEqual(await place.gateway.identify(signal), {
      kind: "identity",
      ...place.identity,
    });
  });

  check("createIntent() makes an intent and takes no money", async (place) => {
    const sale = place.sale("approved");
    const { localId } = sale.confirm;
    const intent = expectIntent(
      await place.gateway.createIntent(sale.create, callOf(`${localId}:c:0`)),
    );
    assert.equal(intent.status, "requires_payment_method");
    assert.equal(intent.amount, 1250);
    assert.equal(intent.currency, "usd");
    assert.equal(intent.isLivemode, place.identity.isLivemode);
    assert.deepEqual(intent.metadata, sale.create.metadata);
    assert.equal(intent.error, null);
    assert.equal(await place.charges(localId), 0);
  });

  check(
    "createIntent() with the same key returns the same intent",
    async (place) => {
      const { id, sale, localId } = await create(place, "approved");
      const again = await place.gateway.createIntent(
        sale.create,
        callOf(`${localId}:c:0`),
      );
      assert.equal(expectIntent(again).id, id);
      const other = await place.gateway.createIntent(
        sale.create,
        callOf(`${localId}:c:1`),
      );
      const isSame = expectIntent(other).id === id;
      assert.equal(isSame, place.isOneIntentPerPayment);
    },
  );

  check(
    "createIntent() with a key of other parameters is idempotency_conflict",
    async (place) => {
      const { sale, localId } = await create(place, "approved");
      const result = await place.gateway.createIntent(
        { ...sale.create, amount: 999 },
        callOf(`${localId}:c:0`),
      );
      const { isOneIntentPerPayment } = place;
      const expected = isOneIntentPerPayment
        ? "rejected"
        : "idempotency_conflict";
      assert.equal(result.kind, expected);
    },
  );

  check(
    "confirmIntent() takes the money once, however often it is called",
    async (place) => {
      const { id, sale, localId } = await create(place, "approved");
      const confirm = (key: string): Promise<GatewayResult> =>
        place.gateway.confirmIntent(id, sale.confirm, callOf(key));
      const first = expectIntent(await confirm("k:0"));
      assert.equal(first.status, "succeeded");
      assert.equal(first.id, id);
      assert.deepEqual(expectIntent(await confirm("k:0")), first);
      assert.deepEqual(await confirm("k:1"), { kind: "unexpected_state" });
      await place.pass(25 * 3600_000);
      // The key is forgotten; the intent is not.
      assert.deepEqual(await confirm("k:0"), { kind: "unexpected_state" });
      assert.equal(await place.charges(localId), 1);
    },
  );

  check("confirmIntent() twice at once takes the money once", async (place) => {
    const { id, sale, localId } = await create(place, "approved");
    const results = await Promise.all(
      [1, 2, 3].map(() =>
        place.gateway.confirmIntent(id, sale.confirm, callOf("k:0"))
      ),
    );
    for (const result of results) {
      const isFine = result.kind === "intent" ||
        (result.kind === "unavailable" && result.mayHaveExecuted);
      assert.ok(isFine, JSON.stringify(result));
    }
    assert.equal(await place.charges(localId), 1);
  });

  check(
    "confirmIntent() of a refused card is declined, with the reason",
    async (place) => {
      const { id, sale, localId } = await create(place, "declined");
      const result = await place.gateway.confirmIntent(
        id,
        sale.confirm,
        callOf("k:0"),
      );
      assert.equal(result.kind, "declined");
      const { error } = result as { error: { declineCode: string } };
      assert.equal(error.declineCode, "insufficient_funds");
      const intent = expectIntent(
        await place.gateway.retrieveIntent(id, callOf(null)),
      );
      assert.equal(intent.status, "requires_payment_method");
      assert.equal(intent.error?.declineCode, "insufficient_funds");
      assert.equal(await place.charges(localId), 0);
    },
  );

  check(
    "confirmIntent() of a damaged record is rejected and takes nothing",
    async (place) => {
      const { id, sale, localId } = await create(place, "unreadable");
      const result = await place.gateway.confirmIntent(
        id,
        sale.confirm,
        callOf("k:0"),
      );
      assert.equal(result.kind, "rejected");
      assert.equal(await place.charges(localId), 0);
    },
  );

  check(
    "captureIntent() captures a manual payment and then says unexpected_state",
    async (place) => {
      const { id, sale, localId } = await create(place, "approved", {
        captureMethod: "manual",
      });
      const held = await place.gateway.confirmIntent(
        id,
        sale.confirm,
        callOf("k:0"),
      );
      assert.equal(expectIntent(held).status, "requires_capture");
      const captured = await place.gateway.captureIntent(id, callOf("p:0"));
      assert.equal(expectIntent(captured).status, "succeeded");
      assert.deepEqual(
        await place.gateway.captureIntent(id, callOf("p:1")),
        { kind: "unexpected_state" },
      );
      assert.equal(await place.charges(localId), 1);
    },
  );

  check(
    "cancelIntent() closes an intent for good, and never a paid one",
    async (place) => {
      const { id, sale, localId } = await create(place, "approved");
      const closed = await place.gateway.cancelIntent(id, callOf("x:0"));
      assert.equal(expectIntent(closed).status, "canceled");
      assert.deepEqual(
        await place.gateway.confirmIntent(id, sale.confirm, callOf("k:0")),
        { kind: "unexpected_state" },
      );
      assert.equal(await place.charges(localId), 0);
      const paid = await create(place, "approved");
      await place.gateway.confirmIntent(
        paid.id,
        paid.sale.confirm,
        callOf("k:1"),
      );
      assert.deepEqual(
        await place.gateway.cancelIntent(paid.id, callOf("x:1")),
        { kind: "unexpected_state" },
      );
    },
  );

  check("refundIntent() gives the money back once", async (place) => {
    const { id, sale } = await create(place, "approved");
    await place.gateway.confirmIntent(id, sale.confirm, callOf("k:0"));
    const all = { amount: null, mark: "m:0" };
    const result = await place.gateway.refundIntent(id, all, callOf("r:0"));
    assert.equal(result.kind, "refund");
    const { refund } = result as { refund: { amount: number } };
    assert.equal(refund.amount, 1250);
    const again = await place.gateway.refundIntent(id, all, callOf("r:1"));
    assert.equal(again.kind, "rejected");
  });

  check(
    "listRefunds() shows every refund at once, each with its mark",
    async (place) => {
      const { gateway } = place;
      const { id, sale } = await create(place, "approved");
      await gateway.confirmIntent(id, sale.confirm, callOf("k:0"));
      assert.deepEqual(await gateway.listRefunds(id, callOf(null)), {
        kind: "refunds",
        refunds: [],
      });
      const parts = [["m:0", 300], ["m:1", 450]] as const;
      for (const [mark, amount] of parts) {
        const key = callOf(`r:${mark}`);
        const first = await gateway.refundIntent(id, { amount, mark }, key);
        const again = await gateway.refundIntent(id, { amount, mark }, key);
        assert.deepEqual(again, first);
        const listed = await gateway.listRefunds(id, callOf(null));
        assert.equal(listed.kind, "refunds");
        if (listed.kind !== "refunds" || first.kind !== "refund") return;
        const found = listed.refunds.find((refund) => refund.mark === mark);
        assert.deepEqual(found, { ...first.refund, mark });
      }
      const another = await create(place, "approved");
      assert.deepEqual(await gateway.listRefunds(another.id, callOf(null)), {
        kind: "refunds",
        refunds: [],
      });
    },
  );

  check(
    "every verb on an id that does not exist is not_found",
    async (place) => {
      const { gateway } = place;
      const { confirm } = place.sale("approved");
      const id = "pi_doesnotexist";
      for (
        const result of [
          await gateway.retrieveIntent(id, callOf(null)),
          await gateway.confirmIntent(id, confirm, callOf("k:0")),
          await gateway.captureIntent(id, callOf("p:0")),
          await gateway.cancelIntent(id, callOf("x:0")),
        ]
      ) assert.deepEqual(result, { kind: "not_found" });
    },
  );
}

function checkFinding(check: Check): void {
  check(
    "findIntent() sees an intent at once, among those of its time",
    async (place) => {
      const { gateway } = place;
      const startMs = place.nowMs();
      const { id, localId } = await create(place, "approved");
      const found = await gateway.findIntent(localId, startMs, callOf(null));
      assert.equal(expectIntent(found).id, id);
      const later = await gateway.findIntent(
        localId,
        startMs + 3600_000,
        callOf(null),
      );
      // Whoever has bound the payment knows its intent without looking for it.
      const { isOneIntentPerPayment } = place;
      assert.equal(later.kind, isOneIntentPerPayment ? "intent" : "not_found");
      const another = "00000000-0000-7000-8000-000000000000";
      assert.deepEqual(
        await gateway.findIntent(another, startMs, callOf(null)),
        { kind: "not_found" },
      );
    },
  );

  check(
    "findIntent() finds past a hundred newer ones, and the paid one first",
    async (place) => {
      const { gateway } = place;
      const startMs = place.nowMs();
      const wanted = await create(place, "approved");
      const paid = await gateway.createIntent(
        wanted.sale.create,
        callOf(`${wanted.localId}:c:1`),
      );
      const paidId = expectIntent(paid).id;
      await create(place, "approved");
      const found = (): Promise<GatewayResult> =>
        gateway.findIntent(wanted.localId, startMs, callOf(null));
      assert.equal(expectIntent(await found()).id, wanted.id);
      for (let i = 0; i < 120; i++) await create(place, "approved");
      assert.equal(expectIntent(await found()).id, wanted.id);
      await gateway.confirmIntent(paidId, wanted.sale.confirm, callOf("k:0"));
      assert.equal(expectIntent(await found()).id, paidId);
    },
  );

  check(
    "listIntents() gives every intent of its range exactly once",
    async (place) => {
      const range = { createdFromMs: place.nowMs(), createdToMs: Infinity };
      range.createdToMs = range.createdFromMs + 3600_000;
      const made: string[] = [];
      for (let i = 0; i < 105; i++) {
        made.push((await create(place, "approved")).id);
      }
      const listed: string[] = [];
      for (let cursor: string | null = null, page = 0; page < 20; page++) {
        const result = await place.gateway.listIntents(
          range,
          cursor,
          callOf(null),
        );
        assert.equal(result.kind, "page");
        if (result.kind !== "page") return;
        listed.push(...result.intents.map(({ id }) => id));
        cursor = result.nextCursor;
        if (cursor === null) break;
      }
      assert.deepEqual(listed.toSorted(), made.toSorted());
    },
  );
}

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

const DEADLINE_MS = 150;

/** Every verb, called for one prepared intent with a deadline. */
function verbs(
  place: GatewayPlace,
  id: string,
  sale: SaleRequests,
): [string, () => Promise<{ kind: string }>][] {
  const { gateway } = place;
  const call = (key: string | null): GatewayCall => ({
    idempotencyKey: key,
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
  const { localId } = sale.confirm;
  const range = { createdFromMs: 0, createdToMs: place.nowMs() };
  const all = { amount: null, mark: "t:m" };
  return [
    ["identify", () => gateway.identify(AbortSignal.timeout(DEADLINE_MS))],
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

function checkTrouble(check: Check): void {
  for (const [trouble, expected] of Object.entries(CALLED)) {
    check(
      `every verb under ${trouble} says ${expected.kind} and throws nothing`,
      async (place) => {
        const { id, sale } = await create(place, "approved");
        for (const [name, send] of verbs(place, id, sale)) {
          await place.trouble(trouble as Trouble);
          const startedAt = performance.now();
          const result = await send();
          const tookMs = performance.now() - startedAt;
          await place.calm();
          for (const [field, value] of Object.entries(expected)) {
            const facts = result as unknown as Record<string, unknown>;
            const isReading = /^(retrieve|find|list|identify)/.test(name);
            // Reading changes nothing, so nothing of it can be saved or executed.
            if (isReading && /^(isSaved|mayHave)/.test(field)) continue;
            assert.equal(facts[field], value, `${name}: ${field}`);
          }
          assert.ok(tookMs < DEADLINE_MS + 2000, `${name} took ${tookMs} ms`);
          const text = JSON.stringify(result);
          for (const number of place.cardNumbers) {
            assert.ok(!text.includes(number), `${name} tells a card number`);
          }
        }
      },
    );
  }

  for (const trouble of Object.keys(CALLED) as Trouble[]) {
    check(
      `confirmIntent() repeated after ${trouble} ends in one charge`,
      async (place) => {
        const { id, sale, localId } = await create(place, "approved");
        const confirm = (key: string): Promise<GatewayResult> =>
          place.gateway.confirmIntent(id, sale.confirm, {
            idempotencyKey: key,
            signal: AbortSignal.timeout(DEADLINE_MS),
          });
        await place.trouble(trouble);
        await confirm("k:0");
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
