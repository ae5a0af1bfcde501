/**
 * What every `Gateway` must do with PaymentIntents that a back end made; part of `gatewayChecks`.
 * @module
 */
import type { Gateway } from "../gateway.ts";
import {
  claimKey,
  holderOf,
  type IntentClaim,
  type OfferedIntent,
  type OfferResult,
} from "../offered_intent.ts";
import { assert } from "./assertions.ts";
import { type AddCheck, callOf, type Offer } from "./gateway_place.ts";

const DEVICE = "00000000-0000-4000-8000-00000000000d";
const FIRST = "00000000-0000-7000-8000-000000000001";
const SECOND = "00000000-0000-7000-8000-000000000002";

/** Asserts that the intent is offered and returns it. */
function expectOffered(result: OfferResult): OfferedIntent {
  assert.equal(result.kind, "offered", JSON.stringify(result));
  return (result as { intent: OfferedIntent }).intent;
}

function claim(
  gateway: Gateway,
  { id, clientSecret }: Offer,
  localId: string | null,
  previous: string | null,
): Promise<OfferResult> {
  const asked: IntentClaim = { localId, device: DEVICE, epoch: 1, previous };
  const call = callOf(claimKey(id, previous));
  return gateway.claimIntent(clientSecret, asked, call);
}

/** Adds the checks. */
export function checkOffered(check: AddCheck): void {
  checkReading(check);
  checkClaiming(check);
  checkGivingBack(check);
}

/** What a back end agreed. */
function checkReading(check: AddCheck): void {
  check(
    "lookUpIntent() reads what a back end agreed, and only with its own secret",
    async ({ gateway, offer }) => {
      const { id, clientSecret } = await offer();
      const intent = expectOffered(
        await gateway.lookUpIntent(clientSecret, callOf(null)),
      );
      assert.equal(intent.id, id);
      assert.deepEqual(
        [intent.amount, intent.currency, intent.captureMethod, intent.status],
        [1250, "usd", "manual", "requires_payment_method"],
      );
      assert.deepEqual(intent.paymentMethodTypes, ["card_present"]);
      assert.equal(intent.metadata.order, "17");
      assert.deepEqual(intent.terms, {
        tip: null,
        onBehalfOf: "acct_1Seller",
        transferData: { destination: "acct_1Seller", amount: 1100 },
        transferGroup: "order 17",
        applicationFeeAmount: null,
        receiptEmail: "jo@example.com",
        isExtendedAuthorization: true,
        isIncrementalAuthorization: false,
        isRetrieved: true,
      });
      const other = await offer();
      const secret = other.clientSecret.replace(other.id, id);
      for (const wrong of [secret, "pi_nobody_secret_x", `${id}_secret_x`]) {
        assert.deepEqual(await gateway.lookUpIntent(wrong, callOf(null)), {
          kind: "not_found",
        });
      }
    },
  );
}

/** Who has it. */
function checkClaiming(check: AddCheck): void {
  check(
    "claimIntent() lets the first of two claims stand, whoever repeats",
    async ({ gateway, offer }) => {
      const offered = await offer();
      const held = expectOffered(await claim(gateway, offered, FIRST, null));
      assert.deepEqual(holderOf(held), {
        localId: FIRST,
        device: DEVICE,
        epoch: 1,
        previous: FIRST,
      });
      const again = expectOffered(await claim(gateway, offered, FIRST, null));
      assert.equal(holderOf(again).localId, FIRST);
      const late = await claim(gateway, offered, SECOND, null);
      assert.deepEqual(late, { kind: "idempotency_conflict" });
      const next = expectOffered(await claim(gateway, offered, SECOND, FIRST));
      assert.equal(holderOf(next).localId, SECOND);
      assert.equal(next.metadata.order, "17");
    },
  );

  check(
    "claimIntent() twice at once lets exactly one through",
    async ({ gateway, offer }) => {
      const offered = await offer();
      const results = await Promise.all([
        claim(gateway, offered, FIRST, null),
        claim(gateway, offered, SECOND, null),
      ]);
      const isThrough = results.map(({ kind }) => kind === "offered");
      assert.equal(isThrough.filter(Boolean).length, 1);
      const winner = isThrough[0] ? FIRST : SECOND;
      const { clientSecret } = offered;
      const now = await gateway.lookUpIntent(clientSecret, callOf(null));
      assert.equal(holderOf(expectOffered(now)).localId, winner);
    },
  );
}

/** Giving it back. */
function checkGivingBack(check: AddCheck): void {
  check(
    "claimIntent() for nobody gives the intent back for another claim",
    async ({ gateway, offer }) => {
      const offered = await offer();
      await claim(gateway, offered, FIRST, null);
      const free = holderOf(
        expectOffered(await claim(gateway, offered, null, FIRST)),
      );
      assert.deepEqual([free.localId, free.device], [null, null]);
      const next = await claim(gateway, offered, SECOND, free.previous);
      assert.equal(holderOf(expectOffered(next)).localId, SECOND);
    },
  );
}
