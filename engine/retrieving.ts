/**
 * Taking up a PaymentIntent that a back end made.
 *
 * Owns: that an intent is one payment, of one terminal. It is claimed before a card is read, by a
 * compare-and-set on the intent itself; it is confirmed under its own id only, and what this
 * store has of it is shown instead of taken up again. An intent takes one card here: after a
 * decline the back end makes another.
 * @module
 */
import { failure, type HoldfastError } from "./errors.ts";
import { withDeadline } from "./forward/deadline.ts";
import { mismatchOf } from "./forward/identity.ts";
import { laneOf } from "./forward/queue.ts";
import type { Gateway, GatewayCall } from "./gateway.ts";
import { checkBehavior, checkStepOptions } from "./intent_params.ts";
import { intentOf, type Intents, type PaymentIntent } from "./intents.ts";
import {
  claimKey,
  type Holder,
  holderOf,
  type IntentClaim,
  type OfferedIntent,
  type OfferResult,
  parseReference,
} from "./offered_intent.ts";
import { refusalOf } from "./online_create.ts";
import type { OfflineBehavior } from "./payment.ts";
import type { Rooms } from "./rooms.ts";
import { limited, type StepOptions } from "./step_limit.ts";
import type { PaymentRow } from "./store/rows.ts";
import { Steps, wasConfirmed } from "./store/steps.ts";
import { createUuid, formatUuid, parseUuid } from "./uuid.ts";

/** Looks at an intent that other terminals claim at the same time, before one gives up. */
const CLAIMS_MAX = 4;

/** Retrieves intents of a back end; documented where the app calls it. */
export class Retrieving {
  readonly #rooms: Rooms;
  readonly #intents: Intents;
  readonly #steps: Steps;
  /** Ids that are being taken up right now. */
  readonly #underWay = new Set<string>();

  constructor(rooms: Rooms, intents: Intents) {
    this.#rooms = rooms;
    this.#intents = intents;
    this.#steps = new Steps(rooms.ports.database);
  }

  /** See `Terminal.retrievePaymentIntent`. */
  async retrieve(
    reference: string,
    options: StepOptions,
    deadlineMs: number,
  ): Promise<PaymentIntent> {
    checkStepOptions(options);
    const { offlineBehavior: behavior = "prefer_online" } = options;
    checkBehavior(behavior);
    const parsed = parseReference(reference);
    if (parsed === null) {
      throw failure(
        "INVALID_ARGUMENT",
        "expected a PaymentIntent's id or client secret",
        { field: "clientSecret" },
      );
    }
    const { id } = parsed;
    const known = this.#known(id, behavior);
    if (known !== null) return known;
    if (this.#underWay.has(id)) {
      throw failure("PAYMENT_INTENT_BUSY", "the intent is being retrieved");
    }
    this.#underWay.add(id);
    try {
      const { clock } = this.#rooms.ports;
      return await limited(
        clock,
        options,
        deadlineMs,
        (signal) => this.#takeUp(reference, behavior, signal),
      );
    } finally {
      this.#underWay.delete(id);
    }
  }

  /**
   * Gives an intent back that was not stored, so that another terminal may take it up. Without an
   * answer it stays this device's, which may retrieve it again.
   */
  async release(intent: PaymentIntent, signal: AbortSignal): Promise<void> {
    if (intent.id === null) return;
    await this.#claim(intent.id, {
      ...this.#self(),
      localId: null,
      previous: intent.localId,
    }, signal);
  }

  /** What this terminal has of the intent already, or null. */
  #known(id: string, behavior: OfflineBehavior): PaymentIntent | null {
    const open = this.#intents.byId(id);
    if (open !== null) return open.intent;
    const row = this.#rooms.accept.payments.byIntent(id);
    return row === null || this.#isUnused(row)
      ? null
      : intentOf(row.payment, behavior);
  }

  /** Voided before anything was asked of the issuer: the intent may be sold after all. */
  #isUnused({ rowId, payment: { state } }: PaymentRow): boolean {
    return state === "canceled" && !wasConfirmed(this.#steps, rowId);
  }

  async #takeUp(
    reference: string,
    behavior: OfflineBehavior,
    signal: AbortSignal,
  ): Promise<PaymentIntent> {
    await this.#assertOnline(behavior);
    signal.throwIfAborted();
    await this.#assertOurs(signal);
    for (let tries = 1;; tries++) {
      const offered = await this.#expect(
        await this.#lookUp(reference, signal),
      );
      signal.throwIfAborted();
      assertUsable(offered);
      const holder = holderOf(offered);
      const ours = this.#ours(offered, holder, behavior);
      if (ours !== null) return ours;
      const localId = createUuid(
        this.#rooms.ports.clock,
        this.#rooms.ports.random,
      );
      const result = await this.#claim(
        reference,
        {
          ...this.#self(),
          localId: formatUuid(localId),
          previous: holder.previous,
        },
        signal,
        offered.id,
      );
      signal.throwIfAborted();
      if (isContested(result, formatUuid(localId)) && tries < CLAIMS_MAX) {
        continue;
      }
      const claimed = await this.#expect(result);
      assertUsable(claimed);
      return this.#adopt(localId, claimed, behavior);
    }
  }

  /** Makes the claimed intent one of this terminal's open ones. */
  #adopt(
    localId: Uint8Array,
    claimed: OfferedIntent,
    behavior: OfflineBehavior,
  ): PaymentIntent {
    const { accept, ports: { clock } } = this.#rooms;
    const unused = accept.payments.byIntent(claimed.id);
    if (unused !== null) {
      accept.database.transaction(() => {
        this.#steps.releaseIntent(unused.rowId);
        accept.activity.add("intent_released", unused.rowId, {
          id: claimed.id,
        });
      });
    }
    return this.#intents.adopt(localId, claimed, behavior, clock.nowMs())
      .intent;
  }

  /**
   * What this device has under the holder's local id, or null when it has nothing: then it was
   * lost in memory, and the device may take its own intent up again.
   *
   * @throws {HoldfastError} `PAYMENT_INTENT_TAKEN` when it is somebody else's.
   */
  #ours(
    { id }: OfferedIntent,
    { localId, device, epoch }: Holder,
    behavior: OfflineBehavior,
  ): PaymentIntent | null {
    if (localId === null) return null;
    const open = this.#intents.get(localId);
    if (open !== null) return open.intent;
    const bytes = parseUuid(localId);
    const row = bytes === null
      ? null
      : this.#rooms.accept.payments.byLocalId(bytes);
    if (row !== null) {
      return this.#isUnused(row) ? null : intentOf(row.payment, behavior);
    }
    const self = this.#self();
    if (device === self.device && epoch === self.epoch) return null;
    throw failure("PAYMENT_INTENT_TAKEN", "another terminal has this intent", {
      details: { id, device },
    });
  }

  #self(): Pick<IntentClaim, "device" | "epoch"> {
    const { vault } = this.#rooms.accept;
    return { device: formatUuid(vault.deviceId), epoch: vault.epoch };
  }

  async #assertOnline(behavior: OfflineBehavior): Promise<void> {
    if (await this.#rooms.connection.isReachable()) return;
    throw failure(
      behavior === "require_online"
        ? "NOT_CONNECTED_TO_INTERNET_AND_REQUIRE_ONLINE_SET"
        : "STRIPE_API_CONNECTION_ERROR",
      "an intent of a back end can be retrieved with a connection only",
    );
  }

  /** Whose intents these credentials see. */
  async #assertOurs(signal: AbortSignal): Promise<void> {
    const { forwarder, configuration: { account } } = this.#rooms;
    const identity = await forwarder.identify(signal);
    signal.throwIfAborted();
    if (identity.kind !== "known") throw refusalOf(identity);
    const lane = laneOf({
      account: account.id,
      isLivemode: account.isLivemode,
    });
    if (identity.lane === lane) return;
    throw failure(
      mismatchOf(account.isLivemode, identity.isLivemode),
      `the credentials belong to ${identity.lane}`,
    );
  }

  #lookUp(reference: string, signal: AbortSignal): Promise<OfferResult> {
    return this.#call(
      null,
      signal,
      (gateway, call) => gateway.lookUpIntent(reference, call),
    );
  }

  #claim(
    reference: string,
    claim: IntentClaim,
    signal: AbortSignal,
    id = reference,
  ): Promise<OfferResult> {
    return this.#call(
      claimKey(id, claim.previous),
      signal,
      (gateway, call) => gateway.claimIntent(reference, claim, call),
    );
  }

  #call<R>(
    idempotencyKey: string | null,
    signal: AbortSignal,
    ask: (gateway: Gateway, call: GatewayCall) => Promise<R>,
  ): Promise<R> {
    const { ports: { clock, gateway }, forward: { callDeadlineMs } } =
      this.#rooms;
    return withDeadline(
      clock,
      callDeadlineMs,
      signal,
      (callSignal) => ask(gateway, { idempotencyKey, signal: callSignal }),
    );
  }

  async #expect(result: OfferResult): Promise<OfferedIntent> {
    if (result.kind === "offered") return result.intent;
    const isSilent = result.kind === "unavailable" && !result.isAnswered;
    if (isSilent) await this.#rooms.connection.doubt();
    throw refused(result);
  }
}

/** Another terminal was there at the same time: whose the intent is, it says itself. */
function isContested(result: OfferResult, localId: string): boolean {
  return result.kind === "idempotency_conflict" ||
    result.kind === "unavailable" && result.code === "lock" ||
    result.kind === "offered" && holderOf(result.intent).localId !== localId;
}

/** Whether a card can be charged to it. */
function assertUsable(intent: OfferedIntent): void {
  const { status, error, paymentMethodTypes } = intent;
  if (!paymentMethodTypes.includes("card_present")) {
    throw failure(
      "INVALID_ARGUMENT",
      "expected a PaymentIntent that takes card_present",
      { field: "paymentMethodTypes" },
    );
  }
  if (status === "requires_payment_method" && error === null) return;
  throw failure(
    "PAYMENT_INTENT_UNEXPECTED_STATE",
    `the intent is ${status}${error === null ? "" : ", and was declined"}`,
    { details: { status, declineCode: error?.declineCode ?? null } },
  );
}

function refused(
  result: Exclude<OfferResult, { kind: "offered" }>,
): HoldfastError {
  switch (result.kind) {
    case "not_found":
      return failure("PAYMENT_NOT_FOUND", "no PaymentIntent is called so");
    case "rejected":
      return failure(
        "INVALID_ARGUMENT",
        `the PaymentIntent cannot be retrieved: ${result.code}`,
        { field: "clientSecret" },
      );
    case "unexpected_state":
      return failure(
        "PAYMENT_INTENT_UNEXPECTED_STATE",
        "the intent cannot be claimed any more",
      );
    case "unauthorized":
    case "unavailable":
    case "idempotency_conflict":
      return refusalOf(result);
  }
}
