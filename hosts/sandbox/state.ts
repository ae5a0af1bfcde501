/**
 * Everything the sandbox knows: accounts, their objects, their keys.
 *
 * Owns: which data belong to which account and mode. A secret key leads to
 * exactly one account and one mode, and objects never cross either border.
 * @module
 */
import type Stripe from "stripe";
import { Collection } from "./collection.ts";
import { IdempotencyKeys } from "./idempotency.ts";
import { hashText, IdMaker } from "./random.ts";
import type { SandboxClock } from "./clock.ts";
import type { EmvReader } from "./card_present.ts";

/** Objects of one account in one mode. */
export class ModeState {
  readonly accountId: string;
  readonly livemode: boolean;
  readonly intents: Collection<Stripe.PaymentIntent> = new Collection(
    "payment_intent",
    "/v1/payment_intents",
  );
  readonly charges: Collection<Stripe.Charge> = new Collection(
    "charge",
    "/v1/charges",
  );
  readonly refunds: Collection<Stripe.Refund> = new Collection(
    "refund",
    "/v1/refunds",
  );
  readonly locations: Collection<Stripe.Terminal.Location> = new Collection(
    "location",
    "/v1/terminal/locations",
  );
  readonly configurations: Collection<Stripe.Terminal.Configuration> =
    new Collection("configuration", "/v1/terminal/configurations");
  readonly readers: Collection<Stripe.Terminal.Reader> = new Collection(
    "terminal.reader",
    "/v1/terminal/readers",
  );
  readonly events: Collection<Stripe.Event> = new Collection(
    "event",
    "/v1/events",
  );
  readonly paymentRecords: Collection<Stripe.PaymentRecord> = new Collection(
    "payment_record",
    "/v1/payment_records",
  );
  readonly keys: IdempotencyKeys = new IdempotencyKeys();

  /** Makes an empty mode. */
  constructor(accountId: string, livemode: boolean) {
    this.accountId = accountId;
    this.livemode = livemode;
  }
}

/** One merchant. */
export class AccountState {
  readonly id: string;
  readonly live: ModeState;
  readonly test: ModeState;

  /** Makes an empty account. */
  constructor(id: string) {
    this.id = id;
    this.live = new ModeState(id, true);
    this.test = new ModeState(id, false);
  }
}

/** A charge made with a chip cryptogram, to find the same one twice. */
export interface CryptogramUse {
  readonly account: string;
  readonly intent: string;
  readonly charge: string;
}

/** What decides about a key besides its spelling. */
export type KeyStatus = "active" | "expired" | "revoked" | "restricted";

/** Switches of behaviour that are not faults. */
export interface SandboxBehaviour {
  /** Time until a new intent can be found by search. */
  readonly searchDelayMs: number;
  /** Time in which an authorised card-present payment can be captured. */
  readonly captureWindowMs: number;
  /** Whether amount endings decline every card, not only the test card. */
  readonly declineByAmountEnding: boolean;
  /**
   * Whether events are kept and sent. A run of a hundred thousand payments
   * that looks at none of them saves the memory.
   */
  readonly keepsEvents: boolean;
  /** Metadata keys that may carry the client's own payment id. */
  readonly localIdKeys: readonly string[];
}

/** The world of one sandbox. */
export class SandboxState {
  readonly clock: SandboxClock;
  readonly ids: IdMaker;
  readonly emv: EmvReader;
  behaviour: SandboxBehaviour;
  /** Digest of card and chip cryptogram → charges made with it. */
  readonly cryptograms: Map<string, CryptogramUse[]> = new Map();
  /** Keys whose status was changed over the control API. */
  readonly keyStatus: Map<string, KeyStatus> = new Map();
  /** Platform account → accounts it may act for. */
  readonly connected: Map<string, Set<string>> = new Map();
  /** Receivers of new events. */
  readonly subscribers: ((event: Stripe.Event) => void)[] = [];
  readonly #accounts = new Map<string, AccountState>();

  /** Makes an empty world. */
  constructor(
    clock: SandboxClock,
    seed: number,
    emv: EmvReader,
    behaviour: SandboxBehaviour,
  ) {
    this.clock = clock;
    this.ids = new IdMaker(seed);
    this.emv = emv;
    this.behaviour = behaviour;
  }

  /** Accounts seen so far. */
  get accounts(): IterableIterator<AccountState> {
    return this.#accounts.values();
  }

  /** Forgets every object, key and status; time and behaviour stay. */
  reset(): void {
    this.#accounts.clear();
    this.cryptograms.clear();
    this.keyStatus.clear();
    this.connected.clear();
    this.clock.clear();
  }

  /** Returns the account, making it at first sight. */
  account(id: string): AccountState {
    let account = this.#accounts.get(id);
    if (!account) {
      account = new AccountState(id);
      this.#accounts.set(id, account);
    }
    return account;
  }
}

/**
 * Returns the account a secret key belongs to: `sk_test_x` and `sk_live_x`
 * are two modes of one account, `sk_test_y` is another merchant.
 */
export function accountIdOfKey(key: string): string {
  const name = key.replace(/^[rs]k_(test|live)_/, "");
  const hash = hashText(name).toString(36).toUpperCase().padStart(7, "0");
  return `acct_1Holdfast${hash}`;
}
