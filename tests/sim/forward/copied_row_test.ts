/** A row that came with a backup: which PaymentIntents are closed before one is confirmed. @module */
import assert from "node:assert/strict";
import test from "node:test";
import type {
  Gateway,
  Intent,
  IntentPageResult,
  ListedIntent,
} from "../../../engine/gateway.ts";
import { Bench } from "./attempt_bench.ts";
import { SILENCE } from "./silence.ts";

const CHOSEN = "pi_1";
const SIBLING = "pi_7";
type Page = Extract<IntentPageResult, { kind: "page" }>;

/** Forwards a copied row whose sibling is on that page of three; returns what was asked for. */
async function forwardWith(
  siblingPage: number,
  changes: Partial<ListedIntent> = {},
): Promise<string[]> {
  const bench = new Bench();
  bench.store.restore(bench.store.copy());
  const chosen = bench.intent("requires_payment_method");
  const listed = (id: string): ListedIntent => ({
    ...chosen,
    id,
    createdAtMs: bench.nowMs,
  });
  const pages: Page[] = [0, 1, 2].map((number) => ({
    kind: "page",
    intents: number === siblingPage
      ? [listed(CHOSEN), { ...listed(SIBLING), ...changes }]
      : [{ ...listed(`pi_other_${number}`), metadata: {} }],
    nextCursor: number < 2 ? String(number + 1) : null,
  }));
  const asked: string[] = [];
  const verbs: Partial<Gateway> = {
    findIntent: () => Promise.resolve({ kind: "intent", intent: chosen }),
    listIntents: (_range, cursor) => {
      asked.push(`list ${cursor ?? 0}`);
      return Promise.resolve(pages[Number(cursor ?? 0)]);
    },
    cancelIntent: (id, { idempotencyKey }) => {
      assert.equal(
        bench.store.steps.latest(1, "cancel")!.idempotencyKey,
        idempotencyKey,
      );
      asked.push(`cancel ${id}`);
      const intent = { ...chosen, id, status: "canceled" as const };
      return Promise.resolve({ kind: "intent", intent });
    },
    confirmIntent: (id) => {
      asked.push(`confirm ${id}`);
      return Promise.resolve({
        kind: "intent",
        intent: bench.intent("succeeded"),
      });
    },
  };
  await bench.forward(verbs);
  return asked;
}

for (const page of [0, 1, 2]) {
  test(`a sibling on page ${page + 1} of the list is canceled before anything is confirmed`, async () => {
    const pages = ["list 0", "list 1", "list 2"].slice(0, page + 1);
    assert.deepEqual(await forwardWith(page), [...pages, `cancel ${SIBLING}`]);
  });
}

test("a copied row without an open sibling is confirmed once the list was read to its end", async () => {
  const expected = ["list 0", "list 1", "list 2", `confirm ${CHOSEN}`];
  assert.deepEqual(await forwardWith(1, { status: "canceled" }), expected);
  const metadata = { holdfast_local_id: "of another sale" };
  assert.deepEqual(await forwardWith(1, { metadata }), expected);
});

test("a sibling that was confirmed meanwhile is left for the next look-up", async () => {
  const asked = await forwardWith(0, { status: "processing" });
  assert.deepEqual(asked, ["list 0"]);
});

/** Finds `found` for a copied row whose creation got no answer. */
async function findAfterCreation(
  found: Intent,
  { letGoId = null as string | null, passMs = 0 },
): Promise<Bench> {
  const bench = new Bench();
  const created = bench.creating(SILENCE);
  await bench.forward(created);
  bench.store.restore(bench.store.copy());
  if (letGoId !== null) {
    bench.store.activity.add("retried", 1, { id: letGoId });
  }
  bench.nowMs += passMs;
  await bench.forward({
    ...created,
    findIntent: () => Promise.resolve({ kind: "intent", intent: found }),
  });
  return bench;
}

const canceled = new Bench().intent("canceled");

test("a canceled intent that a person has let go of is not found again by a copied row", async () => {
  const { keys } = await findAfterCreation(canceled, { letGoId: CHOSEN });
  assert.equal(keys.length, 2);
  assert.equal(new Set(keys).size, 1);
});

test("a canceled intent that nobody has let go of gets no other beside it", async () => {
  for (const letGoId of [null, SIBLING]) {
    const { keys, outcome } = await findAfterCreation(canceled, { letGoId });
    assert.equal(keys.length, 1);
    assert.deepEqual(outcome, { state: "failed", code: "intent_canceled" });
  }
});

test("a canceled intent that was let go of a day ago waits for the person again", async () => {
  // The creation's key is not trusted any more, so another could make a second intent.
  const passMs = 24 * 3600_000;
  const { keys, outcome } = await findAfterCreation(canceled, {
    letGoId: CHOSEN,
    passMs,
  });
  assert.equal(keys.length, 1);
  assert.deepEqual(outcome, { state: "failed", code: "intent_canceled" });
});

test("an intent that has the money is found, whatever was let go of", async () => {
  const paid = new Bench().intent("succeeded");
  const { keys, outcome } = await findAfterCreation(paid, { letGoId: CHOSEN });
  assert.equal(keys.length, 1);
  assert.deepEqual(outcome, { state: "forwarded", code: null });
});
