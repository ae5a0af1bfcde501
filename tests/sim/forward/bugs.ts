/**
 * Bugs that forwarders have had, put into ours from outside.
 *
 * Owns: the list of seeded bugs. Each is a changed context: the engine's own source stays as it is
 * and believes what the changed store or gateway tells it. The simulator must find each of them.
 * @module
 */
import type Stripe from "stripe";
import type { ForwardContext } from "../../../engine/forward/forward_context.ts";
import { StripeApi } from "../../../engine/stripe/stripe_api.ts";
import {
  confirmParameters,
  createParameters,
} from "../../../engine/stripe/wire.ts";
import type { Gateway, Intent, Unavailable } from "../../../engine/gateway.ts";
import { toHex } from "../../../engine/uuid.ts";
import type { ViolationKind } from "./checker.ts";
import { ACCOUNT, emvDataOf } from "./sales.ts";

/** What a bug changes. */
export interface MutationInput {
  context: ForwardContext;
  /** The client below the context's gateway. */
  client: Stripe;
  /** The device's clock. */
  nowMs: () => number;
}

/** Puts a bug in. */
export type Mutation = (input: MutationInput) => ForwardContext;

/** A bug and the promise it breaks. */
export interface Bug {
  mutate: Mutation;
  /** What the simulator must find, besides whatever else it finds. */
  shows: ViolationKind;
}

const bug = (shows: ViolationKind, mutate: Mutation): Bug => ({
  mutate,
  shows,
});

/** Every bug by its name. */
export const BUGS: Readonly<Record<string, Bug>> = {
  /** Creates and confirms in one call, each attempt with a key of its own. */
  fresh_key: bug("duplicated", (input) => {
    const { steps } = input.context;
    let count = 0;
    return {
      ...createAndConfirm(input),
      steps: {
        ...steps,
        begin: (...args) => {
          const step = steps.begin(...args);
          const key = `${step.idempotencyKey}:${input.nowMs()}:${count++}`;
          return { ...step, idempotencyKey: key };
        },
      },
    };
  }),
  /** Creates and confirms in one call, with one persisted key. */
  create_and_confirm: bug("duplicated", createAndConfirm),
  /** Confirms the id it was given and never writes it down. */
  confirm_without_persist: bug("duplicated", ({ context }) => ({
    ...context,
    steps: { ...context.steps, adoptIntent: (_rowId, intentId) => intentId },
  })),
  /** Looks an intent up by search, which lags. */
  search_instead_of_list: bug("needless_intent", ({ context, client }) => ({
    ...context,
    gateway: {
      ...context.gateway,
      findIntent: async (localId, _createdFromMs, call) => {
        const api = new StripeApi(client);
        const list = await api.send<
          { data: { id: string; metadata: Record<string, string> }[] }
        >(
          "GET",
          "/v1/payment_intents/search?limit=100",
          null,
          "list",
          call,
        ).catch((error) => api.failure(error, call));
        if ("kind" in list) return list;
        const found = list.data.find(({ metadata }) =>
          metadata.holdfast_local_id === localId
        );
        if (found === undefined) return { kind: "not_found" };
        return await context.gateway.retrieveIntent(found.id, call);
      },
    },
  })),
  /** Every drainer believes that it is the one. */
  no_lease: bug("fenced_send", ({ context }) => ({
    ...context,
    leases: { ...context.leases, isCurrent: () => true },
  })),
  /** Calls a payment failed when no answer came. */
  unknown_as_failed: bug("charged_unknowingly", ({ context }) => ({
    ...context,
    payments: {
      ...context.payments,
      move: (rowId, to, error) =>
        context.payments.move(rowId, to === "unknown" ? "failed" : to, error),
    },
  })),
  /** Trusts a key for ever. */
  key_trusted_past_24_h: bug("needless_intent", ({ context, nowMs }) => ({
    ...context,
    steps: {
      ...context.steps,
      latest: (rowId, kind) => {
        const step = context.steps.latest(rowId, kind);
        return step && { ...step, firstAttemptAtMs: nowMs() };
      },
    },
  })),
  /** Leaves a refused intent open while confirmations of it may be on their way. */
  declined_left_open: bug("charged_unknowingly", ({ context }) => ({
    ...context,
    gateway: {
      ...context.gateway,
      cancelIntent: (id) =>
        Promise.resolve({ kind: "intent", intent: intentOf(id, "canceled") }),
    },
  })),
  /** Repeats a refused request for ever instead of setting the payment aside. */
  poison_repeated: bug("stuck", ({ context }) => ({
    ...context,
    gateway: {
      ...context.gateway,
      confirmIntent: async (...args) => {
        const result = await context.gateway.confirmIntent(...args);
        return result.kind === "rejected" ? notNow() : result;
      },
    },
  })),
  /** Believes an accepted creation to be the charge. */
  created_as_charged: bug("uncharged", ({ context }) => ({
    ...context,
    gateway: {
      ...context.gateway,
      confirmIntent: async (id, _request, call) => {
        const read = await context.gateway.retrieveIntent(id, call);
        if (read.kind !== "intent") return read;
        const intent = { ...read.intent, status: "succeeded" as const };
        return { kind: "intent", intent };
      },
    },
  })),
  /** Writes what was sent into the timeline. */
  card_data_logged: bug("card_data", ({ context }) => ({
    ...context,
    gateway: {
      ...context.gateway,
      confirmIntent: (id, request, call) => {
        const sent = emvDataOf(request.record[0]);
        context.activity.add("sent", null, { emv: toHex(sent) });
        return context.gateway.confirmIntent(id, request, call);
      },
    },
  })),
  /** Takes a captive portal's answer for "there is no such intent". */
  portal_believed: bug("charged_unknowingly", ({ context }) => ({
    ...context,
    gateway: believing(context.gateway),
  })),
  /** Asks for a capture with a key that is nowhere, another one each time. */
  capture_with_fresh_key: bug("unwritten_key", ({ context, nowMs }) => {
    let count = 0;
    return {
      ...context,
      gateway: {
        ...context.gateway,
        captureIntent: (id, call) => {
          const idempotencyKey = `${call.idempotencyKey}:${nowMs()}:${count++}`;
          return context.gateway.captureIntent(id, { ...call, idempotencyKey });
        },
      },
    };
  }),
  /** Takes no answer to a capture for a capture. */
  capture_believed: bug("capture_differs", ({ context }) => ({
    ...context,
    gateway: {
      ...context.gateway,
      captureIntent: async (id, call) => {
        const result = await context.gateway.captureIntent(id, call);
        return result.kind === "unavailable"
          ? { kind: "intent", intent: intentOf(id, "succeeded") }
          : result;
      },
    },
  })),
  /** Says that it renewed the lease, and does not. */
  lease_not_renewed: bug("lease_lost", ({ context }) => ({
    ...context,
    leases: { ...context.leases, renew: () => true },
  })),
  /** Believes that every key is of the account it was set up for. */
  account_not_asked: bug("wrong_account", ({ context }) => ({
    ...context,
    gateway: {
      ...context.gateway,
      identify: () =>
        Promise.resolve({
          kind: "identity",
          account: ACCOUNT,
          isLivemode: false,
        }),
    },
  })),
};

/** An intent of which nothing else is read. */
function intentOf(id: string, status: Intent["status"]): Intent {
  return {
    id,
    status,
    amount: 0,
    currency: "",
    isLivemode: false,
    metadata: {},
    error: null,
  };
}

function notNow(): Unavailable {
  return {
    kind: "unavailable",
    code: "server_error",
    mayHaveExecuted: false,
    isSaved: false,
    isAnswered: true,
    retryAfterMs: null,
  };
}

function createAndConfirm({ context, client }: MutationInput): ForwardContext {
  const api = new StripeApi(client);
  return {
    ...context,
    gateway: {
      ...context.gateway,
      createIntent: (request, call) => {
        const card = Number.parseInt(
          request.metadata.holdfast_local_id.slice(-12),
          16,
        );
        const parameters = {
          ...createParameters(request),
          confirm: true,
          ...confirmParameters(emvDataOf(card), {
            readMethod: "contact_emv",
            storedAtMs: 0,
          }),
        };
        return api.intent("POST", "/v1/payment_intents", parameters, call);
      },
    },
  };
}

function believing(gateway: Gateway): Gateway {
  const isForeign = (result: { kind: string }): boolean =>
    result.kind === "unavailable" &&
    (result as Unavailable).code === "foreign_answer";
  return {
    ...gateway,
    retrieveIntent: async (id, call) => {
      const result = await gateway.retrieveIntent(id, call);
      return isForeign(result) ? { kind: "not_found" } : result;
    },
    confirmIntent: async (id, request, call) => {
      const result = await gateway.confirmIntent(id, request, call);
      return isForeign(result) ? { kind: "not_found" } : result;
    },
  };
}
