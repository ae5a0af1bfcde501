/**
 * What the demo shows people.
 * @module
 */
import process from "node:process";
import { bold, dim, green, red, table, yellow } from "../_terminal.ts";
import type { Reconciliation } from "./reconcile.ts";

const BAR_LENGTH = 30;

/** A bar that redraws itself on a terminal, and a line per quarter elsewhere. */
export class ProgressBar {
  readonly #label: string;
  readonly #total: number;
  #lastQuarter = -1;

  constructor(label: string, total: number) {
    this.#label = label;
    this.#total = total;
  }

  /** Shows `done` of the total. */
  show(done: number, note = ""): void {
    const filled = Math.round(BAR_LENGTH * done / this.#total);
    const bar = "█".repeat(filled) + "░".repeat(BAR_LENGTH - filled);
    const text = `  ${
      this.#label.padEnd(12)
    } ${bar} ${done}/${this.#total} ${note}`;
    if (process.stdout.isTTY) {
      process.stdout.write(`\r${text}\x1b[K`);
      return;
    }
    const quarter = Math.floor(4 * done / this.#total);
    if (quarter !== this.#lastQuarter) {
      process.stdout.write(`${text.trimEnd()}\n`);
    }
    this.#lastQuarter = quarter;
  }

  /** Ends the line. */
  end(): void {
    if (process.stdout.isTTY) process.stdout.write("\n");
  }
}

/** Prints one step of the story. */
export function step(text: string): void {
  console.log(`${bold("▸")} ${text}`);
}

/** Prints a fact under the last step. */
export function note(text: string): void {
  console.log(dim(`  ${text}`));
}

/** Prints an error the way an app would show it. */
export function showError(
  line: { code: string; message: string; remedy: string },
): void {
  console.log(`  ${yellow(line.code)}  ${line.message}`);
  console.log(dim(`    remedy: ${line.remedy}`));
}

/** Prints the reconciliation of both sides. */
export function showReconciliation(
  result: Reconciliation,
  refusals: ReadonlyMap<string, number>,
): void {
  const money = (minor: number): string => (minor / 100).toFixed(2);
  console.log(
    `\n${
      bold("Reconciliation")
    }, the till's store beside the sandbox's charges\n`,
  );
  console.log(table([
    [
      "currency",
      "accepted",
      "amount",
      "at Stripe",
      "amount",
      "declined",
      "amount",
    ],
    ...result.currencies.map((line) => [
      line.currency,
      String(line.accepted),
      money(line.acceptedAmount),
      String(line.charged),
      money(line.chargedAmount),
      String(line.declined),
      money(line.declinedAmount),
    ]),
  ]));
  console.log();
  const check = (count: number): string =>
    count === 0 ? green("0") : red(String(count));
  console.log(
    `accepted    ${result.accepted}  (${result.recovered} of them committed an instant
            before the kill, without the till having been able to say so)`
      .replace(/\n\s+/, " "),
  );
  console.log(`at Stripe   ${result.atStripe}`);
  console.log(
    `declined    ${result.declined}  ${
      dim(reasons(Object.entries(result.declines)))
    }`,
  );
  console.log(`lost        ${check(result.lost)}`);
  console.log(`duplicated  ${check(result.duplicated)}`);
  console.log(`mismatched  ${check(result.mismatched)}`);
  console.log(`still open  ${check(result.open)}`);
  console.log(
    `orphans     ${result.orphans}  ${
      dim("PaymentIntents nobody confirmed; no money")
    }`,
  );
  const refused = [...refusals.values()].reduce((sum, count) => sum + count, 0);
  console.log(`refused     ${refused}  ${dim(reasons([...refusals]))}`);
}

function reasons(entries: readonly (readonly [string, number])[]): string {
  return entries.map(([reason, count]) => `${reason} ${count}`).join(", ");
}
