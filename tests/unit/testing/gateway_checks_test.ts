/** The published contract accepts a gateway of one's own, and notices one that is wrong. @module */
import assert from "node:assert/strict";
import test from "node:test";
import type { Gateway } from "../../../engine/gateway.ts";
import {
  gatewayChecks,
  type GatewayPlace,
  TROUBLES,
} from "../../../engine/testing.ts";
import { createOwnGateway, openPlace } from "../../package/own_gateway.mjs";

type Make = (acquirer: unknown) => Gateway;
const honest = createOwnGateway as Make;
const open = openPlace as unknown as (make?: Make) => Promise<GatewayPlace>;

/** Names of the checks that a gateway with `bug` breaks. */
async function brokenBy(
  bug: (gateway: Gateway) => Partial<Gateway>,
): Promise<string[]> {
  const make: Make = (acquirer) => {
    const gateway = honest(acquirer);
    return { ...gateway, ...bug(gateway) };
  };
  const broken: string[] = [];
  // At once: each has a place of its own, and most of their time is waiting in silence.
  await Promise.all(
    gatewayChecks(() => open(make), { hasOffers: false })
      .map(({ name, run }) => run().catch(() => broken.push(name))),
  );
  return broken;
}

test("gatewayChecks() accepts a gateway of one's own to one's own acquirer", async () => {
  const checks = gatewayChecks(() => open(), { hasOffers: false });
  assert.ok(checks.length >= 13 + 2 * TROUBLES.length, `${checks.length}`);
  assert.equal(new Set(checks.map(({ name }) => name)).size, checks.length);
  await Promise.all(checks.map(({ run }) => run()));
});

test("gatewayChecks() leaves out troubles and offers that the far side does not have", () => {
  const all = gatewayChecks(() => open()).length;
  const fewer = gatewayChecks(() => open(), {
    troubles: ["silence"],
    hasOffers: false,
  });
  assert.equal(all - fewer.length, 4 + 2 * (TROUBLES.length - 1));
});

const BUGS: Record<string, [(gateway: Gateway) => Partial<Gateway>, RegExp]> = {
  "believes whoever answers": [({ retrieveIntent }) => ({
    retrieveIntent: async (id, call) => {
      const result = await retrieveIntent(id, call);
      const isForeign = "code" in result && result.code === "foreign_answer";
      return isForeign ? { kind: "not_found" } : result;
    },
  }), /captive_portal/],
  "throws when nobody answers": [({ captureIntent }) => ({
    captureIntent: async (id, call) => {
      const result = await captureIntent(id, call);
      if (result.kind === "unavailable") throw new Error(result.code);
      return result;
    },
  }), /throws nothing/],
  "calls silence a refusal": [({ confirmIntent }) => ({
    confirmIntent: async (...args) => {
      const result = await confirmIntent(...args);
      return result.kind === "unavailable"
        ? { kind: "rejected", code: result.code }
        : result;
    },
  }), /response_lost/],
  "goes on after its deadline": [({ listIntents }) => ({
    listIntents: (range, cursor, { idempotencyKey }) =>
      listIntents(range, cursor, {
        idempotencyKey,
        signal: AbortSignal.timeout(5_000),
      }),
  }), /silence/],
  "takes a key of its own for every request": [({ createIntent }) => {
    let count = 0;
    return {
      createIntent: (request, call) =>
        createIntent(request, { ...call, idempotencyKey: `own ${count++}` }),
    };
  }, /same key/],
  "loses the mark of a refund": [({ refundIntent }) => ({
    refundIntent: (id, { amount }, call) =>
      refundIntent(id, { amount, mark: "" }, call),
  }), /listRefunds/],
  "tells the first page only": [({ listIntents }) => ({
    listIntents: async (range, cursor, call) => {
      const result = await listIntents(range, cursor, call);
      return result.kind === "page" ? { ...result, nextCursor: null } : result;
    },
  }), /listIntents/],
};

for (const [name, [bug, expected]] of Object.entries(BUGS)) {
  test(`gatewayChecks() notices a gateway that ${name}`, async () => {
    const broken = await brokenBy(bug);
    assert.ok(broken.some((check) => expected.test(check)), broken.join("\n"));
  });
}
