/**
 * The register's answers in lines: for people, or one JSON object each.
 *
 * Owns: the form of every line. Lines are written synchronously, so that what was called accepted
 * was really said before anything else can happen to the process.
 * @module
 */
import { formatAmount } from "../../engine/format.ts";
import type { Payment } from "../../engine/payment.ts";
import { sayLine } from "../posix/say_line.ts";
import type { Glance } from "./register.ts";
import {
  ageWords,
  cardWords,
  refusalOf,
  stateWords,
  sumsWords,
  waitWords,
} from "./words.ts";

/** Facts of a payment for a machine; card data beyond brand and last four digits is not known. */
export function paymentFacts(payment: Payment): object {
  const { localId, id, seq, state, amount, currency, terms } = payment;
  return {
    seq,
    localId,
    id,
    state,
    amount,
    currency,
    tip: terms.tip,
    note: payment.metadata.note ?? "",
    brand: payment.cardPresent.brand,
    last4: payment.cardPresent.last4,
    receiptCode: payment.receiptCode,
    error: payment.error,
  };
}

/** `#12  12.50 USD  visa •4242 tap  waits  Two coffees`. */
export function paymentLine(payment: Payment): string {
  const { seq, amount, currency, metadata, terms: { tip } } = payment;
  return [
    `#${seq}`.padEnd(5),
    formatAmount(amount, currency).padStart(14),
    cardWords(payment).padEnd(22),
    stateWords(payment).padEnd(10),
    tip === null ? "" : `tip ${formatAmount(tip, currency)}`,
    metadata.note ?? "",
  ].filter((part) => part !== "").join("  ").trimEnd();
}

/** The status line as text. */
export function statusLine(
  glance: Glance,
  reader: string | null,
  nowMs: number,
): string {
  const { networkStatus, waitingCount, sums, oldestAtMs } = glance;
  const more = waitingCount === 0
    ? ""
    : `: ${sumsWords(sums)}, oldest ${ageWords(nowMs - (oldestAtMs ?? nowMs))}`;
  const waiting = waitWords(waitingCount) + more;
  return `${networkStatus}, ${waiting}, reader ${reader ?? "not connected"}`;
}

/** Prints lines in one of the two forms. */
export class LineReport {
  readonly #isJson: boolean;

  constructor(isJson: boolean) {
    this.#isJson = isJson;
  }

  /** One thing: `text` for people, `facts` for machines. */
  say(text: string, facts: object): void {
    sayLine(this.#isJson ? JSON.stringify(facts) : text);
  }

  /** The last line, which is JSON either way. */
  end(facts: object): void {
    sayLine(JSON.stringify(facts));
  }

  /** A refusal or a failure. */
  refuse(t: string, error: unknown): void {
    const { code, sentence, remedy } = refusalOf(error);
    const head = t === "refused" ? "REFUSED" : "PROBLEM";
    this.say(
      `${head} ${code}: ${sentence}\n  -> ${remedy}`,
      { t, code, message: sentence, remedy },
    );
  }
}
