/**
 * Bugs that refunds have had, put into ours from outside.
 * @module
 */
import type { RefundViolationKind } from "./checker.ts";
import type { RefundMutation } from "./world.ts";

const DAY_MS = 24 * 3600_000;

/** Every bug by its name, and the promise it breaks. */
export const REFUND_BUGS: Readonly<
  Record<string, { shows: RefundViolationKind; mutate: RefundMutation }>
> = {
  /** Repeats without looking, because the key is persisted. */
  no_look_up: {
    shows: "refunded_twice",
    mutate: (context) => ({
      ...context,
      gateway: {
        ...context.gateway,
        listRefunds: () => Promise.resolve({ kind: "refunds", refunds: [] }),
      },
    }),
  },
  /** Looks only when its own clock says that a day is over. */
  clock_believed: {
    shows: "refunded_twice",
    mutate: (context, deviceMs) => {
      let askedAtMs: number | null = null;
      return {
        ...context,
        gateway: {
          ...context.gateway,
          refundIntent: (...args) => {
            askedAtMs ??= deviceMs();
            return context.gateway.refundIntent(...args);
          },
          listRefunds: (...args) => {
            const ageMs = deviceMs() - (askedAtMs ?? -Infinity);
            return ageMs < DAY_MS
              ? Promise.resolve({ kind: "refunds", refunds: [] })
              : context.gateway.listRefunds(...args);
          },
        },
      };
    },
  },
  /** Takes another key for every attempt. */
  fresh_key: {
    shows: "refunded_twice",
    mutate: (context, deviceMs) => {
      let count = 0;
      return {
        ...context,
        gateway: {
          ...context.gateway,
          refundIntent: (id, request, call) => {
            const key = `${call.idempotencyKey}:${deviceMs()}:${count++}`;
            const fresh = { ...call, idempotencyKey: key };
            return context.gateway.refundIntent(id, request, fresh);
          },
        },
      };
    },
  },
  /** Takes another key after a failure that Stripe may have saved; the first is still on its way. */
  key_renewed: {
    shows: "refunded_twice",
    mutate: (context) => {
      let generation = 0;
      return {
        ...context,
        gateway: {
          ...context.gateway,
          refundIntent: async (id, request, call) => {
            const key = `${call.idempotencyKey}:${generation}`;
            const again = { ...call, idempotencyKey: key };
            const result = await context.gateway.refundIntent(
              id,
              request,
              again,
            );
            if (result.kind === "unavailable" && result.isSaved) generation++;
            return result;
          },
        },
      };
    },
  },
  /** Calls a refund refused when no answer came. */
  silence_as_refusal: {
    shows: "refunded_unknowingly",
    mutate: (context) => ({
      ...context,
      gateway: {
        ...context.gateway,
        refundIntent: async (...args) => {
          const result = await context.gateway.refundIntent(...args);
          return result.kind === "unavailable"
            ? { kind: "rejected", code: result.code }
            : result;
        },
      },
    }),
  },
  /** Writes nothing down before it sends. */
  wish_not_persisted: {
    shows: "refunded_too_much",
    mutate: (context) => ({
      ...context,
      refunds: {
        open: () => null,
        isKnown: (id) => context.refunds.isKnown(id),
        begin: (...args) => context.refunds.begin(...args),
        settle: (...args) => context.refunds.settle(...args),
        isTold: (...args) => context.refunds.isTold(...args),
        madeSince: (...args) => context.refunds.madeSince(...args),
        reject: (...args) => context.refunds.reject(...args),
        tellUnclear: (...args) => context.refunds.tellUnclear(...args),
      },
    }),
  },
};
