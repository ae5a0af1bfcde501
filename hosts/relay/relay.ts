/**
 * The relay: it keeps the Stripe key and the opener, so that a till has neither.
 *
 * Owns: what a device may ask. A device only reaches PaymentIntents of its own payments, a
 * record is only sent to Stripe when it opens, agrees with the request and fits its chain, and
 * one local id has one PaymentIntent for ever. It decides nothing about retrying: that stays
 * with the till, whose answers these are.
 * @module
 */
import type { Core } from "../../bindings/mod.ts";
import { withDeadline } from "../../engine/forward/deadline.ts";
import type {
  Gateway,
  GatewayCall,
  GatewayIdentity,
  GatewayResult,
  Intent,
  IntentPageResult,
  RefundListResult,
} from "../../engine/gateway.ts";
import type { Opener } from "../../engine/opener.ts";
import type { Clock } from "../../engine/ports.ts";
import type {
  RelayRequests,
  RelayResults,
  RelayVerb,
} from "../../engine/relay/protocol.ts";
import type { Book } from "./book.ts";
import { inspectRecord } from "./inspect.ts";
import { claim, lookUp, type OfferParts } from "./offers.ts";

/** What a relay is made of. */
export interface RelayParts {
  core: Core;
  clock: Clock;
  /** Opens records for the checks; the gateway has its own use of it. */
  opener: Opener;
  /** Talks to Stripe, and can open records. */
  gateway: Gateway;
  book: Book;
  /**
   * Milliseconds one call to Stripe may take; less than the till's own deadline, so that the
   * till hears what happened here instead of nothing.
   */
  callDeadlineMs: number;
  /** How far past the highest known seq a record may be. */
  seqGapMax: number;
  /** Whether a device may forward payments of another one; see `Device.takesOverFrom`. */
  mayActFor: (device: string, owner: string) => boolean;
  /** Told of every record that was put apart and every refusal of an authentic device. */
  onAlarm: (alarm: RelayAlarm) => void;
}

/** Something a person should look at; holds no card data. */
export interface RelayAlarm {
  device: string;
  code: string;
  localId: string | null;
}

type OfIntent = GatewayResult | { kind: "mine"; localId: string };

/** Answers what devices ask. */
export class Relay {
  readonly #parts: RelayParts;
  readonly #offers: OfferParts;
  #identity: Extract<GatewayIdentity, { kind: "identity" }> | null = null;

  /** Uses `parts`; nothing runs until it is asked. */
  constructor(parts: RelayParts) {
    this.#parts = parts;
    const { gateway, book, mayActFor } = parts;
    const refuse = this.#refuse.bind(this);
    this.#offers = { gateway, book, mayActFor, refuse };
  }

  /**
   * Answers one request of the authenticated `device`.
   *
   * @throws {HoldfastError} `STORE_*` when the book cannot be written: nothing was promised.
   */
  async answer<V extends RelayVerb>(
    device: string,
    verb: V,
    request: RelayRequests[V],
  ): Promise<RelayResults[V]> {
    // A deadline of the relay's own: a till that hung up must not leave a call half read.
    return await withDeadline(
      this.#parts.clock,
      this.#parts.callDeadlineMs,
      new AbortController().signal,
      (signal) => this.#dispatch(device, verb, request, signal),
    ) as RelayResults[V];
  }

  /** Sees the intent itself, whatever a webhook said of it; null when it cannot be read now. */
  async look(intentId: string): Promise<Intent | null> {
    const result = await withDeadline(
      this.#parts.clock,
      this.#parts.callDeadlineMs,
      new AbortController().signal,
      (signal) => this.#parts.gateway.retrieveIntent(intentId, reading(signal)),
    );
    return result.kind === "intent" ? result.intent : null;
  }

  async #dispatch(
    device: string,
    verb: RelayVerb,
    given: RelayRequests[RelayVerb],
    signal: AbortSignal,
  ): Promise<RelayResults[RelayVerb]> {
    const { gateway } = this.#parts;
    if (verb === "identify") return await this.#identify(signal);
    const foreign = await this.#foreign(signal);
    if (foreign !== null) return foreign;
    switch (verb) {
      case "create":
        return await this.#create(
          device,
          given as RelayRequests["create"],
          signal,
        );
      case "confirm":
        return await this.#confirm(
          device,
          given as RelayRequests["confirm"],
          signal,
        );
      case "find":
        return await this.#find(device, given as RelayRequests["find"], signal);
      case "list":
        return await this.#list(device, given as RelayRequests["list"], signal);
      case "lookup":
        return await lookUp(
          this.#offers,
          device,
          given as RelayRequests["lookup"],
          signal,
        );
      case "claim":
        return await claim(
          this.#offers,
          device,
          given as RelayRequests["claim"],
          signal,
        );
      case "retrieve": {
        const { id } = given as RelayRequests["retrieve"];
        const owned = await this.#own(device, id, null, signal);
        if (owned.kind !== "mine") return owned;
        return await gateway.retrieveIntent(id, reading(signal));
      }
      case "capture":
      case "cancel":
      case "refund": {
        const { id, key, ...rest } = given as RelayRequests["refund"];
        const owned = await this.#own(device, id, key, signal);
        if (owned.kind !== "mine") return owned as RelayResults["refund"];
        const call = { idempotencyKey: key, signal };
        if (verb === "capture") return await gateway.captureIntent(id, call);
        if (verb === "cancel") return await gateway.cancelIntent(id, call);
        if (!rest.mark.startsWith(`${owned.localId}:`)) {
          return this.#refuse(device, "mark_of_other_payment", owned.localId);
        }
        return await gateway.refundIntent(id, rest, call);
      }
      case "refunds": {
        const { id } = given as RelayRequests["refunds"];
        const owned = await this.#own(device, id, null, signal);
        return owned.kind === "mine"
          ? await gateway.listRefunds(id, reading(signal))
          : foundNone(owned);
      }
    }
  }

  async #identify(signal: AbortSignal): Promise<GatewayIdentity> {
    const { gateway, book, onAlarm } = this.#parts;
    const identity = await gateway.identify(signal);
    // A key's account never changes; a key that was refused may come back as another one.
    if (identity.kind === "unauthorized") this.#identity = null;
    if (identity.kind !== "identity") return identity;
    if (!book.claim(identity.account, identity.isLivemode)) {
      // The key was changed for another account's; the book's intents are not there.
      this.#identity = null;
      const code = "book_of_other_account";
      onAlarm({ device: "", code, localId: null });
      return { kind: "unauthorized", code };
    }
    return this.#identity = identity;
  }

  /** What stands against asking Stripe for anything with this relay's key, or null. */
  async #foreign(
    signal: AbortSignal,
  ): Promise<Exclude<GatewayIdentity, { kind: "identity" }> | null> {
    const identity = this.#identity ?? await this.#identify(signal);
    return identity.kind === "identity" ? null : identity;
  }

  async #create(
    device: string,
    { key, request }: RelayRequests["create"],
    signal: AbortSignal,
  ): Promise<GatewayResult> {
    const { book, gateway } = this.#parts;
    const localId = request.metadata.holdfast_local_id ?? "";
    if (!key.startsWith(`${localId}:`) || localId === "") {
      return this.#refuse(device, "key_of_other_payment", null);
    }
    const bound = book.binding(localId);
    const isSame = bound === null ||
      (this.#mayActFor(device, bound.device) &&
        bound.amount === request.amount &&
        bound.currency === request.currency);
    if (!isSame) return this.#refuse(device, "local_id_taken", localId);
    // Whatever the till forgot: this payment has its PaymentIntent already.
    if (bound !== null) {
      return await gateway.retrieveIntent(bound.intentId, reading(signal));
    }
    const call = { idempotencyKey: key, signal };
    const result = await gateway.createIntent(request, call);
    // Under the name of the device that took it, so that both of them find it again.
    const owner = book.ownerOf(deviceIdOf(request.metadata)) ?? device;
    const name = this.#mayActFor(device, owner) ? owner : device;
    return await this.#bind(name, localId, result, signal);
  }

  async #find(
    device: string,
    { localId, createdFromMs }: RelayRequests["find"],
    signal: AbortSignal,
  ): Promise<GatewayResult> {
    const { book, gateway } = this.#parts;
    const bound = book.binding(localId);
    if (bound !== null && !this.#mayActFor(device, bound.device)) {
      return { kind: "not_found" };
    }
    if (bound !== null) {
      return await gateway.retrieveIntent(bound.intentId, reading(signal));
    }
    const found = await gateway.findIntent(
      localId,
      createdFromMs,
      reading(signal),
    );
    return await this.#bind(device, localId, found, signal);
  }

  /** Enters an intent that was created or found, unless the payment got another one meanwhile. */
  async #bind(
    device: string,
    localId: string,
    result: GatewayResult,
    signal: AbortSignal,
  ): Promise<GatewayResult> {
    if (result.kind !== "intent") return result;
    const { id: intentId, amount, currency } = result.intent;
    const { book, gateway } = this.#parts;
    const stands = book.bind({ localId, device, intentId, amount, currency });
    if (stands === null || !this.#mayActFor(device, stands.device)) {
      return this.#refuse(device, "intent_taken", localId);
    }
    return stands.intentId === intentId
      ? result
      : await gateway.retrieveIntent(stands.intentId, reading(signal));
  }

  async #confirm(
    device: string,
    { key, id, request }: RelayRequests["confirm"],
    signal: AbortSignal,
  ): Promise<GatewayResult> {
    const { gateway } = this.#parts;
    const { localId } = request;
    const identity = this.#identity ?? await this.#identify(signal);
    if (identity.kind !== "identity") return identity;
    if (!key.startsWith(`${localId}:`)) {
      return this.#refuse(device, "key_of_other_payment", localId);
    }
    const refusal = await inspectRecord(
      this.#parts,
      device,
      identity,
      request,
    );
    // Nothing is wrong with the payment: somebody must give the relay the key.
    if (refusal === "recipient_key_unknown") {
      return { kind: "unauthorized", code: refusal };
    }
    if (refusal !== null) return this.#refuse(device, refusal, localId);
    const owned = await this.#own(device, id, key, signal);
    if (owned.kind !== "mine") return owned;
    const bound = this.#parts.book.bindingOfIntent(id);
    const isSame = bound?.localId === localId &&
      bound.amount === request.amount && bound.currency === request.currency;
    if (!isSame) {
      return this.#refuse(device, "intent_of_other_payment", localId);
    }
    const call = { idempotencyKey: key, signal };
    return await gateway.confirmIntent(id, request, call);
  }

  /** Whether the intent is of one of this device's payments, by the book or by Stripe's word. */
  async #own(
    device: string,
    id: string,
    key: string | null,
    signal: AbortSignal,
  ): Promise<OfIntent> {
    const { book, gateway } = this.#parts;
    let bound = book.bindingOfIntent(id);
    if (bound === null) {
      // A relay with a new book: what Stripe keeps of the payment must do.
      const result = await gateway.retrieveIntent(id, reading(signal));
      if (result.kind !== "intent") return result;
      const { metadata, amount, currency } = result.intent;
      const localId = metadata.holdfast_local_id;
      const owner = book.ownerOf(deviceIdOf(metadata));
      const isForeign = owner !== null && !this.#mayActFor(device, owner);
      if (localId === undefined || isForeign) return { kind: "not_found" };
      bound = book.bind({
        ...{ localId, intentId: id, amount, currency },
        device: owner ?? device,
      });
    }
    const isMine = bound !== null && bound.intentId === id &&
      this.#mayActFor(device, bound.device);
    if (bound === null || !isMine) {
      return this.#refuse(device, "intent_of_other_device", null);
    }
    if (key !== null && !key.startsWith(`${bound.localId}:`)) {
      return this.#refuse(device, "key_of_other_payment", bound.localId);
    }
    return { kind: "mine", localId: bound.localId };
  }

  async #list(
    device: string,
    { cursor, ...range }: RelayRequests["list"],
    signal: AbortSignal,
  ): Promise<IntentPageResult> {
    const { book, gateway } = this.#parts;
    const page = await gateway.listIntents(range, cursor, reading(signal));
    if (page.kind !== "page") return page;
    const intents = page.intents.filter((intent) => {
      const bound = book.bindingOfIntent(intent.id);
      const owner = bound?.device ?? book.ownerOf(deviceIdOf(intent.metadata));
      return owner !== null && this.#mayActFor(device, owner);
    });
    return { ...page, intents };
  }

  #mayActFor(device: string, owner: string): boolean {
    return this.#parts.mayActFor(device, owner);
  }

  #refuse(
    device: string,
    code: string,
    localId: string | null,
  ): { kind: "rejected"; code: string } {
    this.#parts.onAlarm({ device, code, localId });
    return { kind: "rejected", code };
  }
}

/** What a look-up of refunds says when the intent itself is not this device's to see. */
function foundNone(result: GatewayResult): RefundListResult {
  return result.kind === "unavailable" || result.kind === "unauthorized"
    ? result
    : {
      kind: "rejected",
      code: result.kind === "rejected" ? result.code : result.kind,
    };
}

/** The device id in an intent's metadata, in hex without dashes; empty when there is none. */
function deviceIdOf(metadata: Readonly<Record<string, string>>): string {
  return (metadata.holdfast_device ?? "").replaceAll("-", "");
}

function reading(signal: AbortSignal): GatewayCall {
  return { idempotencyKey: null, signal };
}
