/**
 * What must hold of refunds, in every world and after every event.
 *
 * Owns: the promises. Never more refunded than was asked for; no wish made twice; what the cashier
 * was told is what Stripe did; and a person is only asked where somebody refunded without a mark.
 * @module
 */
import { HoldfastError } from "../../../engine/errors.ts";
import type { ListedRefund, Refund } from "../../../engine/gateway.ts";
import { AMOUNT } from "./stage.ts";

/** Promises by name. */
export type RefundViolationKind =
  /** One wish gave money back twice. */
  | "refunded_twice"
  /** More went back than was asked for. */
  | "refunded_too_much"
  /** The cashier was told that it went back, and it did not, or not so much. */
  | "not_refunded"
  /** The cashier was told that it cannot be, and it went back. */
  | "refunded_unknowingly"
  /** A wish without an outcome after the last fault. */
  | "stuck"
  /** A person was asked although nothing was unclear. */
  | "needless_question"
  /** Something that is no error of ours was thrown. */
  | "thrown";

/** A broken promise. */
export interface RefundViolation {
  kind: RefundViolationKind;
  detail: string;
}

/** What the cashier wants to give back. */
export interface Wish {
  amount: number | null;
  /** What the cashier was told. */
  outcome: "none" | "made" | "refused" | "unclear";
}

/** Holds one world to its promises. */
export class RefundChecker {
  readonly violations: RefundViolation[] = [];
  /** Minor units that strangers gave back. */
  strangers = 0;
  /** Wishes that were left to a person. */
  unclear = 0;
  readonly #wishes: Wish[] = [];
  readonly #told: Refund[] = [];
  readonly #atStripe: () => readonly ListedRefund[];

  /** @param atStripe Every refund Stripe has made, oldest first. */
  constructor(atStripe: () => readonly ListedRefund[]) {
    this.#atStripe = atStripe;
  }

  /** The wish without an outcome, or null. */
  get wish(): Wish | null {
    const last = this.#wishes.at(-1);
    return last?.outcome === "none" ? last : null;
  }

  /** The wish that waits for its outcome, or a new one of `amount`. */
  wishFor(amount: number | null): Wish {
    const { wish } = this;
    if (wish !== null) return wish;
    const made: Wish = { amount, outcome: "none" };
    this.#wishes.push(made);
    return made;
  }

  /** A till was started again: its list says what the one before could not tell any more. */
  onBooks(made: readonly Refund[]): void {
    const told = new Set(this.#told.map(({ id }) => id));
    for (const refund of made) {
      if (told.has(refund.id)) continue;
      const wish = this.#wishOf(refund);
      if (wish !== null) this.onRefund(wish, refund);
    }
  }

  /** What was asked for and may be this: the wish that waits, or one that was left to a person. */
  #wishOf(refund: Refund): Wish | null {
    const isOf = ({ amount }: Wish) =>
      amount === null || amount === refund.amount;
    const { wish } = this;
    if (wish !== null && isOf(wish)) return wish;
    return this.#wishes.find((other) =>
      other.outcome === "unclear" && isOf(other)
    ) ?? wish;
  }

  onRefund(wish: Wish, refund: Refund): void {
    if (wish.amount !== null && refund.amount !== wish.amount) {
      this.#broken("not_refunded", `${refund.amount} of ${wish.amount}`);
    }
    if (wish.outcome === "none") wish.outcome = "made";
    this.#told.push(refund);
  }

  onError(wish: Wish, error: unknown): void {
    if (!(error instanceof HoldfastError)) {
      this.#broken("thrown", String((error as Error)?.stack ?? error));
      return;
    }
    // What a second call of the same wish is told changes nothing.
    if (wish.outcome !== "none") return;
    if (error.code === "REFUND_NOT_POSSIBLE") wish.outcome = "refused";
    else if (error.code === "REFUND_UNCLEAR") {
      wish.outcome = "unclear";
      this.unclear++;
      if (this.strangers === 0) this.#broken("needless_question", "");
    }
  }

  /** Looks at Stripe's books. */
  look(): void {
    const marked = this.#atStripe().filter(({ mark }) => mark !== null);
    const marks = new Set(marked.map(({ mark }) => mark));
    if (marks.size < marked.length) {
      this.#broken("refunded_twice", JSON.stringify(marked));
    }
    const asked = this.#wishes.reduce(
      (sum, { amount }) => sum + (amount ?? AMOUNT),
      0,
    );
    const given = marked.reduce((sum, { amount }) => sum + amount, 0);
    if (given > asked || marked.length > this.#wishes.length) {
      this.#broken("refunded_too_much", `${given} of ${asked}`);
    }
  }

  /** Compares the till's books with Stripe's, at the end. */
  compare(made: readonly Refund[]): void {
    if (this.wish !== null) this.#broken("stuck", String(this.wish.amount));
    const marked = this.#atStripe().filter(({ mark }) => mark !== null);
    const ids = new Set(marked.map(({ id }) => id));
    for (const { id } of [...made, ...this.#told]) {
      if (!ids.has(id)) this.#broken("not_refunded", id);
    }
    const known = new Set(made.map(({ id }) => id));
    const unknown = marked.filter(({ id }) => !known.has(id));
    if (unknown.length > this.unclear) {
      this.#broken("refunded_unknowingly", JSON.stringify(unknown));
    }
  }

  /** Each kind once: a broken promise stays broken. */
  #broken(kind: RefundViolationKind, detail: string): void {
    if (this.violations.some((found) => found.kind === kind)) return;
    this.violations.push({ kind, detail });
  }
}
