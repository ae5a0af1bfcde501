/**
 * What every verb of a gateway does when nothing goes wrong; part of `gatewayChecks`.
 * @module
 */
import type { GatewayResult } from "../gateway.ts";
import { assert } from "./assertions.ts";
import {
  type AddCheck,
  callOf,
  create,
  expectIntent,
} from "./gateway_place.ts";

/** Adds the checks. */
export function checkVerbs(check: AddCheck): void {
  checkCreating(check);
  checkTaking(check);
  checkRefusing(check);
  checkEnding(check);
  checkRefunding(check);
  checkUnknown(check);
}

/** Whose money, and intents that take none. */
function checkCreating(check: AddCheck): void {
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
}

/** Money is taken once. */
function checkTaking(check: AddCheck): void {
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
}

/** What takes no money. */
function checkRefusing(check: AddCheck): void {
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
}

/** Capturing and canceling. */
function checkEnding(check: AddCheck): void {
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
}

/** Money that goes back. */
function checkRefunding(check: AddCheck): void {
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
}

/** Ids that nobody has. */
function checkUnknown(check: AddCheck): void {
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
