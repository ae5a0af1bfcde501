/**
 * How a gateway finds and lists intents; part of `gatewayChecks`.
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
export function checkFinding(check: AddCheck): void {
  checkFound(check);
  checkListed(check);
}

/** One intent among many. */
function checkFound(check: AddCheck): void {
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
}

/** All intents of a time. */
function checkListed(check: AddCheck): void {
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
