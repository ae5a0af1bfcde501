/** Payments that may be charged now only, in thousands of worlds. @module */
import assert from "node:assert/strict";
import process from "node:process";
import test from "node:test";
import type { Gateway } from "../../../engine/gateway.ts";
import { type NowOnlyEnd, playNowOnly } from "./now_only_worlds.ts";

const WORLDS = process.env.HOLDFAST_SOAK ? 200_000 : 5_000;

/** Why this end must not be, or null. */
function fault(end: NowOnlyEnd): string | null {
  const { state, charges } = end;
  if (end.isOnDisk) return "its record was on disk";
  if (end.isSentAlone) return "confirmed after nobody waited any more";
  if (charges > 1) return `charged ${charges} times`;
  if (state === "forwarded") return charges === 1 ? null : "not charged";
  if (!["canceled", "declined", "failed"].includes(state)) {
    return `still ${state}`;
  }
  return charges === 0 ? null : `${state}, and charged`;
}

test("a payment that may be charged now only ends charged once or not at all, and its till knows which", async () => {
  const seen = new Map<string, number>();
  for (let seed = 1; seed <= WORLDS; seed++) {
    const end = await playNowOnly(seed);
    assert.equal(fault(end), null, `seed ${seed}`);
    for (const what of [...end.seen, end.state]) {
      seen.set(what, (seen.get(what) ?? 0) + 1);
    }
  }
  for (
    const what of [
      ...["forwarded", "canceled", "declined", "failed"],
      ...["taken_back", "left_unknown", "death", "late", "ponders"],
    ]
  ) {
    assert.ok((seen.get(what) ?? 0) > WORLDS / 200, `${what} hardly occurred`);
  }
});

const BUGS: Record<string, (gateway: Gateway) => Gateway> = {
  "what was not charged is not canceled at Stripe": (gateway) => ({
    ...gateway,
    cancelIntent: async (id, call) => {
      const result = await gateway.retrieveIntent(id, call);
      return result.kind === "intent"
        ? { ...result, intent: { ...result.intent, status: "canceled" } }
        : result;
    },
  }),
  "no answer is taken for a decline": (gateway) => ({
    ...gateway,
    confirmIntent: async (id, request, call) => {
      const result = await gateway.confirmIntent(id, request, call);
      const error = { code: "silence", declineCode: null, adviceCode: null };
      return result.kind === "unavailable"
        ? { kind: "declined", error }
        : result;
    },
  }),
  "a fresh key for every confirmation": (gateway) => {
    let count = 0;
    return {
      ...gateway,
      createIntent: (request, call) =>
        gateway.createIntent(request, {
          ...call,
          idempotencyKey: `${call.idempotencyKey}:${count++}`,
        }),
      confirmIntent: async (_id, request, call) => {
        const made = await gateway.createIntent({
          amount: request.amount,
          currency: request.currency,
          captureMethod: "automatic",
          metadata: { holdfast_local_id: request.localId },
        }, { ...call, idempotencyKey: `x${count++}` });
        return made.kind === "intent"
          ? await gateway.confirmIntent(made.intent.id, request, call)
          : made;
      },
    };
  },
};

for (const [name, spoil] of Object.entries(BUGS)) {
  test(`a world finds the bug: ${name}`, async () => {
    for (let seed = 1; seed <= WORLDS; seed++) {
      if (fault(await playNowOnly(seed, spoil)) !== null) return;
    }
    assert.fail("no world noticed");
  });
}
