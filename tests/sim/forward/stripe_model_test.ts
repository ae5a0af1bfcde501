/**
 * The fast worlds' Stripe beside the sandbox: the same requests, the same answers.
 *
 * The script walks the rules that the worlds lean on; answers are compared by what forwarding
 * reads of them.
 * @module
 */
import assert from "node:assert/strict";
import test from "node:test";
import Stripe from "stripe";
import type {
  CreateIntentRequest,
  Gateway,
  GatewayResult,
} from "../../../engine/gateway.ts";
import { createCardPresentGateway } from "../../../engine/stripe/card_present_gateway.ts";
import {
  createSandboxWorld,
  inProcessFetch,
  type SandboxWorld,
} from "../../../hosts/sandbox/mod.ts";
import { brokenConnection, modelClient } from "./model_client.ts";
import {
  type CardTemper,
  KEY_LIFETIME_MS,
  StripeModel,
} from "./stripe_model.ts";
import { emvDataOf } from "./sales.ts";

const START_MS = Date.UTC(2026, 10, 24, 12);
const HOUR_MS = 3600_000;
/** Card transactions 1, 2, 3 … and how they go. */
const TEMPERS: readonly CardTemper[] = ["approves", "declines", "malformed"];
/** The sandbox decides by card number: Visa pays, this one has insufficient funds. */
const NUMBERS = ["4242424242424242", "4000000000009995"];

/** One of the two, with its clock. */
interface Side {
  gateway: Gateway;
  pass(ms: number): void | Promise<void>;
}

const opener = {
  open: (_genesis: Uint8Array, record: Uint8Array) => emvDataOf(record[0]),
};

function modelSide(): Side {
  const stripe = new StripeModel((card) => TEMPERS[card - 1]);
  let nowMs = START_MS;
  const client = modelClient((method, path, parameters, key) => {
    const request = { method, path, parameters, key, account: "acct_1" };
    return Promise.resolve(stripe.execute(request, nowMs));
  });
  return {
    gateway: createCardPresentGateway(client, opener),
    pass: (ms) => void (nowMs += ms),
  };
}

function sandboxSide(): Side {
  const world: SandboxWorld = createSandboxWorld({
    clock: { startMs: START_MS, isRunning: false },
    rateLimits: null,
    // Our chip data is no EMV: the last two bytes number the card transaction.
    emv: (data) => {
      const card = data[data.length - 1];
      if (TEMPERS[card - 1] === "malformed") throw new Error("malformed");
      const digits = NUMBERS[card - 1].match(/../g)!;
      return new Map([
        ["5A", Uint8Array.from(digits, (pair) => parseInt(pair, 16))],
        ["5F24", Uint8Array.of(0x30, 0x12, 0x31)],
        ["9F36", Uint8Array.of(0, card)],
        ["9F26", Uint8Array.of(card)],
      ]);
    },
  });
  const stripe = new Stripe("sk_test_model", {
    maxNetworkRetries: 0,
    httpClient: Stripe.createFetchHttpClient(inProcessFetch(world)),
  });
  return {
    gateway: createCardPresentGateway(stripe, opener),
    pass: (ms) => world.clock.advance(ms),
  };
}

/** Plays one script on a side and writes down what forwarding would see. */
async function play(side: Side): Promise<unknown[]> {
  const { gateway } = side;
  const seen: unknown[] = [];
  const ids: string[] = [];
  const note = (step: string, result: GatewayResult): void => {
    const facts = result.kind === "intent"
      ? {
        intent: nameOf(result.intent.id),
        status: result.intent.status,
        declineCode: result.intent.error?.declineCode ?? null,
      }
      : result.kind === "declined"
      ? { declineCode: result.error.declineCode }
      : {};
    seen.push({ step, kind: result.kind, ...facts });
  };
  const nameOf = (id: string): number => {
    if (!ids.includes(id)) ids.push(id);
    return ids.indexOf(id);
  };
  const call = (idempotencyKey: string | null) => ({
    idempotencyKey,
    signal: new AbortController().signal,
  });
  const create = async (
    step: string,
    key: string,
    changes: Partial<CreateIntentRequest> = {},
  ): Promise<string> => {
    const result = await gateway.createIntent({
      amount: 1250,
      currency: "usd",
      captureMethod: "automatic",
      metadata: { holdfast_local_id: key.split(":")[0] },
      ...changes,
    }, call(key));
    note(step, result);
    return result.kind === "intent" ? result.intent.id : "";
  };
  const confirm = async (
    step: string,
    id: string,
    card: number,
    key: string,
  ): Promise<void> => {
    note(
      step,
      await gateway.confirmIntent(id, {
        localId: "",
        amount: 1250,
        currency: "usd",
        genesis: new Uint8Array(0),
        record: Uint8Array.of(card),
        storedAtMs: START_MS,
        readMethod: "contact_emv",
      }, call(key)),
    );
  };

  const a = await create("create", "a:c:0");
  await create("create again", "a:c:0");
  await create("same key, other amount", "a:c:0", { amount: 999 });
  await confirm("confirm", a, 1, "a:k:0");
  await confirm("confirm again, same key", a, 1, "a:k:0");
  await confirm("confirm again, other key", a, 1, "a:k:1");
  await confirm("and that key again", a, 1, "a:k:1");
  note("retrieve", await gateway.retrieveIntent(a, call(null)));
  note("find", await gateway.findIntent("a", START_MS, call(null)));
  note(
    "find, made before",
    await gateway.findIntent("a", START_MS + HOUR_MS, call(null)),
  );
  note("find another", await gateway.findIntent("z", START_MS, call(null)));
  note("retrieve nothing", await gateway.retrieveIntent("pi_0", call(null)));
  note("cancel after success", await gateway.cancelIntent(a, call("a:x:0")));

  const b = await create("create b", "b:c:0");
  await confirm("declined", b, 2, "b:k:0");
  await confirm("declined again, same key", b, 2, "b:k:0");
  note("retrieve declined", await gateway.retrieveIntent(b, call(null)));
  await side.pass(KEY_LIFETIME_MS - 1);
  await confirm("same key, just under a day", b, 2, "b:k:0");
  await side.pass(1);
  await confirm("same key, a day later, asks anew", b, 2, "b:k:0");
  note("cancel declined", await gateway.cancelIntent(b, call("b:x:0")));
  note("cancel again", await gateway.cancelIntent(b, call("b:x:1")));
  await confirm("confirm canceled", b, 1, "b:k:2");

  await create("same key a day later makes another", "a:c:0");
  const c = await create("malformed", "c:c:0");
  await confirm("confirm malformed", c, 3, "c:k:0");
  await confirm("the refusal was not saved", c, 1, "c:k:0");
  const d = await create("manual", "d:c:0", { captureMethod: "manual" });
  await confirm("confirm manual", d, 1, "d:k:0");
  note("capture", await gateway.captureIntent(d, call("d:p:0")));
  note("capture again", await gateway.captureIntent(d, call("d:p:1")));
  await side.pass(2 * KEY_LIFETIME_MS);
  note("captured for good", await gateway.retrieveIntent(d, call(null)));
  const e = await create("manual", "e:c:0", { captureMethod: "manual" });
  await confirm("confirm manual", e, 1, "e:k:0");
  await side.pass(2 * KEY_LIFETIME_MS - 1);
  note("two days less a moment", await gateway.retrieveIntent(e, call(null)));
  await side.pass(1);
  note("two days", await gateway.retrieveIntent(e, call(null)));
  note("capture too late", await gateway.captureIntent(e, call("e:p:0")));
  await confirm("confirm too late", e, 1, "e:k:1");
  return seen;
}

test("StripeModel answers the script as the sandbox does", async () => {
  const model = await play(modelSide());
  assert.deepEqual(model, await play(sandboxSide()));
  assert.equal(model.length, 37);
});

test("modelClient() of a broken connection is unavailable as with the package", async () => {
  const broken = createCardPresentGateway(
    modelClient(() => Promise.reject(brokenConnection())),
    opener,
  );
  const world = createSandboxWorld({ rateLimits: null });
  world.faults.add({ kind: "drop_request" });
  const stripe = new Stripe("sk_test_model", {
    maxNetworkRetries: 0,
    httpClient: Stripe.createFetchHttpClient(inProcessFetch(world)),
  });
  const real = createCardPresentGateway(stripe, opener);
  const call = { idempotencyKey: null, signal: new AbortController().signal };
  const result = await broken.retrieveIntent("pi_1", call);
  assert.equal(result.kind, "unavailable");
  assert.deepEqual(result, await real.retrieveIntent("pi_1", call));
  world.clock.clear();
});
