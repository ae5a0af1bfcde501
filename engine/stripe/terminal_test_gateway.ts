/**
 * Profile `stripe/terminal-test`: real Stripe test mode, without hardware and without a grant.
 *
 * Owns: letting one of Stripe's simulated readers take the payment. The stored record says which
 * simulated card it was; its number is presented to Stripe's reader through the test helpers. So
 * every `sk_test_` key shows a whole payment at Stripe. It proves the protocol against Stripe's
 * own state machine; it does not prove that Stripe would take chip data of third parties.
 * @see https://docs.stripe.com/terminal/references/testing#simulated-reader
 * @module
 */
import type Stripe from "stripe";
import type { Core } from "../../bindings/mod.ts";
import { tagHex, tlvValue } from "../../bindings/tlv.ts";
import type {
  Gateway,
  GatewayCall,
  GatewayResult,
  Unavailable,
} from "../gateway.ts";
import type { Opener } from "../opener.ts";
import type { Clock } from "../ports.ts";
import { toHex } from "../uuid.ts";
import { createIntentVerbs } from "./intent_verbs.ts";
import { withRecord } from "./open_record.ts";
import { StripeApi } from "./stripe_api.ts";

/** What the profile works with. */
export interface TerminalTestOptions {
  /** A client with an `sk_test_` key and `maxNetworkRetries: 0`. */
  stripe: Stripe;
  /** Opens the sealed records. */
  opener: Opener;
  /** Reads the card's number out of the record. */
  core: Core;
  /** Waits for the reader. */
  clock: Clock;
  /** Simulated readers (`tmr_…`) of this account; each takes one payment at a time. */
  readerIds: readonly [string, ...string[]];
}

/** The part of Stripe's reader that is read. */
interface WireReader {
  object: string;
  livemode: boolean;
  action: {
    status: string;
    process_payment_intent?: { payment_intent: string | { id: string } } | null;
  } | null;
}

/** The name of Stripe's object. */
const READER = "terminal.reader";
/** How long to wait between two looks at the reader, and how often to look. */
const LOOK_EVERY_MS = 250;
const LOOKS_MAX = 40;

/** Makes the gateway; in live mode every confirmation is rejected. */
export function createTerminalTestGateway(
  options: TerminalTestOptions,
): Gateway {
  const api = new StripeApi(options.stripe);
  const readers = options.readerIds.map((id) => new TestReader(api, id));
  let turn = 0;
  return {
    ...createIntentVerbs(api),
    confirmIntent: (id, request, call): Promise<GatewayResult> =>
      withRecord(options.opener, request, async (emvData) => {
        const number = cardNumber(options.core, emvData);
        if (number === null) return { kind: "rejected", code: "no_card" };
        const reader = readers[turn++ % readers.length];
        const card = { type: request.method ?? "card_present", number };
        return await reader.take(id, card, options.clock, call);
      }),
  };
}

/** A card as Stripe's test helper wants it presented. */
interface TestCard {
  type: string;
  number: string;
}

/** One simulated reader at Stripe, used by one payment at a time. */
class TestReader {
  readonly #api: StripeApi;
  readonly #path: string;
  readonly #presentPath: string;
  #last: Promise<unknown> = Promise.resolve();

  constructor(api: StripeApi, id: string) {
    this.#api = api;
    this.#path = `/v1/terminal/readers/${id}`;
    this.#presentPath =
      `/v1/test_helpers/terminal/readers/${id}/present_payment_method`;
  }

  /** Takes the payment when it is its turn. */
  take(
    intentId: string,
    card: TestCard,
    clock: Clock,
    call: GatewayCall,
  ): Promise<GatewayResult> {
    const result = this.#last.then(async () => {
      try {
        return await this.#take(intentId, card, clock, call);
      } catch (error) {
        const failed = this.#api.failure(error, call);
        // Busy, offline, too slow: of the reader, not of the payment.
        const isReaders = failed.kind === "rejected" &&
          failed.code.startsWith("terminal_reader_");
        return isReaders ? unavailable(failed.code) : failed;
      }
    });
    this.#last = result.catch(() => {});
    return result;
  }

  async #take(
    intentId: string,
    card: TestCard,
    clock: Clock,
    call: GatewayCall,
  ): Promise<GatewayResult> {
    const { livemode } = await this.#read(call);
    if (livemode) return { kind: "rejected", code: "test_mode_only" };
    // An attempt whose answer was lost may have left the reader waiting for this very payment.
    if (!await this.#isWaiting(intentId, call)) {
      if (!await this.#isFree(call)) return unavailable("terminal_reader_busy");
      const parameters = { payment_intent: intentId };
      await this.#send("process_payment_intent", parameters, call);
    }
    // That may have been a replay of an attempt that has ended since: ask the reader itself.
    if (await this.#isWaiting(intentId, call)) {
      await this.#present(card, call);
    }
    for (let look = 0; look < LOOKS_MAX; look++) {
      if (!await this.#isWaiting(intentId, call)) break;
      await clock.sleep(LOOK_EVERY_MS, call.signal);
    }
    return await this.#outcome(intentId, call);
  }

  /** Whether the reader waits for a card for this intent. */
  async #isWaiting(intentId: string, call: GatewayCall): Promise<boolean> {
    const { action } = await this.#read(call);
    return action?.status === "in_progress" && intentOf(action) === intentId;
  }

  /** Whether the reader is idle; an action somebody has abandoned is taken back. */
  async #isFree(call: GatewayCall): Promise<boolean> {
    const { action } = await this.#read(call);
    if (action?.status !== "in_progress") return true;
    const after = await this.#send("cancel_action", {}, withoutKey(call));
    return after.action?.status !== "in_progress";
  }

  /** What became of the intent; the reader's own word is only a hint. */
  async #outcome(
    intentId: string,
    call: GatewayCall,
  ): Promise<GatewayResult> {
    const path = `/v1/payment_intents/${intentId}`;
    const result = await this.#api.intent("GET", path, null, withoutKey(call));
    if (result.kind !== "intent") return result;
    const { intent } = result;
    if (intent.status !== "requires_payment_method") return result;
    return intent.error === null
      // The key only replays an attempt that ended without a card: the next needs another.
      ? unavailable("not_presented", true)
      : { kind: "declined", error: intent.error };
  }

  #present({ type, number }: TestCard, call: GatewayCall): Promise<WireReader> {
    const parameters = { type, [type]: { number } };
    return this.#api.send(
      "POST",
      this.#presentPath,
      parameters,
      READER,
      withoutKey(call),
    );
  }

  #read(call: GatewayCall): Promise<WireReader> {
    return this.#api.send("GET", this.#path, null, READER, withoutKey(call));
  }

  #send(
    verb: string,
    parameters: Record<string, unknown>,
    call: GatewayCall,
  ): Promise<WireReader> {
    const path = `${this.#path}/${verb}`;
    return this.#api.send("POST", path, parameters, READER, call);
  }
}

function intentOf(action: NonNullable<WireReader["action"]>): string | null {
  const intent = action.process_payment_intent?.payment_intent ?? null;
  return typeof intent === "object" ? intent?.id ?? null : intent;
}

/** The number in tag 5A, or in 57 before its separator; EMV 4.4 Book 3, Annex A. */
function cardNumber(core: Core, emvData: Uint8Array): string | null {
  let track: string | null = null;
  for (const node of core.tlv.parse(emvData, "reader")) {
    if (node.isConstructed) continue;
    const tag = tagHex(node.tag);
    if (tag !== "5A" && tag !== "57") continue;
    const hex = toHex(tlvValue(emvData, node));
    if (tag === "5A") return hex.replace(/f+$/, "");
    track ??= /^(\d{12,19})d/.exec(hex)?.[1] ?? null;
  }
  return track;
}

/** A reader's verbs have no parameters that a key could protect; the intent's state does. */
function withoutKey(call: GatewayCall): GatewayCall {
  return { ...call, idempotencyKey: null };
}

function unavailable(code: string, isSaved = false): Unavailable {
  return {
    kind: "unavailable",
    code,
    mayHaveExecuted: false,
    isSaved,
    isAnswered: true,
    retryAfterMs: null,
  };
}
