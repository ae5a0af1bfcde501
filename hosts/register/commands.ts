/**
 * The register in words: one line, one command.
 *
 * Owns: the commands, and whether each did what it was asked, which becomes the exit status.
 * @module
 */
import { dailyCloseText } from "../../engine/mod.ts";
import { failure } from "../../engine/errors.ts";
import { formatAmount } from "../../engine/format.ts";
import type { Payment } from "../../engine/payment.ts";
import { parseAmount, parseOrder } from "./amount.ts";
import type { Desk } from "./desk.ts";
import { drainWords } from "./drain.ts";
import { receiptPaper, writeReceipt } from "./papers.ts";
import {
  type LineReport,
  paymentFacts,
  paymentLine,
  statusLine,
} from "./report.ts";
import { ageWords, outcomeWords, sumsWords, waitWords } from "./words.ts";

/** What every command is, for `help`. */
const COMMANDS_HELP =
  `  12.50 [CUR] [NOTE]     sells; also 12.50+2 and 12.50+10% with a tip
  tip 12.50 [CUR]        sells, and the reader asks for a tip
  hold 12.50 [CUR]       authorises only; capture it later
  void [N]               voids a payment that was not sent; N is its number
  capture N              captures what was only authorised
  refund N [AMOUNT]      gives money back; all that is left without an amount
  retry N                sends a payment again that was not completed
  list [waiting|COUNT]   payments, the newest first
  totals                 what waits, by currency and by reader
  status                 network, what waits, reader, what stands against offline sales
  forward                forwards now and shows how far it is
  close                  closes the day
  closes                 the closes before
  receipt [N] [FILE]     shows a receipt, or writes it (.html: a page, else text)
  quit`;

/** The demo's own commands. */
const DEMO_HELP =
  `  network on|off         cuts and mends the connection to the sandbox
  card NAME              what the next customers do: visa:tap, interac, no_card, mix …
  books                  compares what the sandbox charged`;

/** Executes lines on a desk. */
export class Commands {
  readonly #desk: Desk;
  readonly #report: LineReport;
  readonly #signal: AbortSignal;
  /** Sales accepted, and commands that did not do what they were asked. */
  acceptedCount = 0;
  failedCount = 0;

  /** `signal` ends whatever is under way. */
  constructor(desk: Desk, report: LineReport, signal: AbortSignal) {
    this.#desk = desk;
    this.#report = report;
    this.#signal = signal;
  }

  /** Executes one line; false for `quit`. Never rejects for what a person can cause. */
  async execute(line: string): Promise<boolean> {
    const [, word, rest] = /^(\S*)\s*([^]*)$/.exec(line.trim())!;
    if (word === "" || word.startsWith("//")) return true;
    if (word === "quit") return false;
    try {
      const isDone = await this.#run(word.toLowerCase(), rest, line.trim());
      if (!isDone) this.failedCount++;
    } catch (error) {
      this.failedCount++;
      this.#report.refuse("refused", error);
    }
    return true;
  }

  async #run(word: string, rest: string, line: string): Promise<boolean> {
    if (/^\d/.test(word)) return await this.#sell(line, {});
    switch (word) {
      case "sell":
        return await this.#sell(rest, {});
      case "tip":
        return await this.#sell(rest, {
          tipPercentages: this.#desk.tipPercentages,
        });
      case "hold":
        return await this.#sell(rest, { isManual: true });
      case "void":
      case "capture":
      case "retry":
        return await this.#change(word, rest);
      case "refund":
        return await this.#refund(rest);
      case "list":
        return await this.#list(rest);
      case "totals":
        return await this.#totals();
      case "status":
        return await this.#status();
      case "forward":
        return await this.#forward();
      case "close":
        return await this.#close();
      case "closes":
        return await this.#closes();
      case "receipt":
        return await this.#receipt(rest);
      case "help":
        this.#report.say(this.#help(), { t: "help", text: this.#help() });
        return true;
      default:
        return await this.#play(word, rest);
    }
  }

  async #sell(
    text: string,
    options: { tipPercentages?: readonly number[]; isManual?: boolean },
  ): Promise<boolean> {
    const { register, currencies, demo } = this.#desk;
    const order = parseOrder(text, currencies);
    demo?.nextCustomer();
    const payment = await register.sell(order, {
      ...options,
      signal: this.#signal,
    });
    const isTaken = !["declined", "failed"].includes(payment.state);
    if (isTaken) this.acceptedCount++;
    this.#tell(isTaken ? "accepted" : "declined", payment);
    return isTaken;
  }

  async #change(
    word: "void" | "capture" | "retry",
    rest: string,
  ): Promise<boolean> {
    const { register } = this.#desk;
    const payment = await register[word](await register.find(rest));
    const done = { void: "voided", capture: "captured", retry: "queued" };
    this.#tell(done[word], payment);
    return word !== "capture" || payment.state === "captured";
  }

  async #refund(rest: string): Promise<boolean> {
    const { register } = this.#desk;
    const [name, sum] = rest.split(/\s+/);
    const payment = await register.find(name);
    const { seq, currency } = payment;
    const amount = sum === undefined ? undefined : parseAmount(sum, currency);
    const refund = await register.refund(payment, amount);
    this.#report.say(
      `refunded  #${seq}  ${formatAmount(refund.amount, currency)}  ` +
        `${refund.status}  ${refund.id}`,
      { t: "refunded", seq, ...refund },
    );
    return refund.status !== "failed" && refund.status !== "canceled";
  }

  async #list(rest: string): Promise<boolean> {
    const { register } = this.#desk;
    const isWaiting = rest === "waiting";
    const limit = isWaiting || rest === "" ? 50 : Number(rest);
    if (!Number.isInteger(limit) || limit < 1 || limit > 100_000) {
      throw failure(
        "INVALID_ARGUMENT",
        "expected list, list waiting or list 20",
      );
    }
    const payments = isWaiting
      ? await register.waiting(limit)
      : await register.payments(limit);
    if (payments.length === 0) {
      const t = isWaiting ? "nothing waits" : "no payments yet";
      this.#report.say(t, { t: "list", payments: [] });
      return true;
    }
    for (const payment of payments) {
      this.#report.say(paymentLine(payment), {
        t: "payment",
        ...paymentFacts(payment),
      });
    }
    return true;
  }

  async #totals(): Promise<boolean> {
    const { register, terminal } = this.#desk;
    const { waitingCount, sums } = await register.glance();
    const readers = terminal.readerTotals();
    const lines = [
      waitWords(waitingCount),
      ...Object.entries(sums).map(([currency, amount]) =>
        formatAmount(amount, currency).padStart(20)
      ),
      ...readers.map(({ serialNumber, currency, count, amount }) =>
        `  reader ${serialNumber}: ${count}, ` +
        formatAmount(amount, currency)
      ),
    ];
    const facts = { t: "totals", waiting: waitingCount, sums, readers };
    this.#report.say(lines.join("\n"), facts);
    return true;
  }

  async #status(): Promise<boolean> {
    const { register, reader } = this.#desk;
    const networkStatus = await register.probe();
    const glance = await register.glance();
    const obstacles = await register.obstacles();
    const line = statusLine(glance, reader, Date.now());
    const against = obstacles.map((it) => `\n  no offline sale: ${it}`);
    this.#report.say(line + against.join(""), {
      t: "status",
      ...glance,
      networkStatus,
      reader,
      obstacles,
    });
    return true;
  }

  async #forward(): Promise<boolean> {
    let shown = -1;
    const end = await this.#desk.register.forward(({ left, total }) => {
      // One line a tenth, so that a long queue does not fill the screen.
      const tenth = Math.floor((10 * (total - left)) / total);
      if (tenth === shown) return;
      shown = tenth;
      this.#report.say(`  ${total - left} of ${total} forwarded`, {
        t: "progress",
        total,
        left,
      });
    }, this.#signal);
    const { error, ...facts } = end;
    this.#report.say(drainWords(end), { t: "forwarded", ...facts });
    if (error !== null) this.#report.refuse("failure", error);
    return end.left === 0;
  }

  async #close(): Promise<boolean> {
    const { register, shop } = this.#desk;
    const close = await register.closeDay();
    const text = dailyCloseText(close, shop.utcOffsetMinutes ?? 0);
    this.#report.say(text.trimEnd(), { t: "close", ...close });
    return close.activity.isIntact;
  }

  async #closes(): Promise<boolean> {
    const closes = await this.#desk.register.dailyCloses();
    if (closes.length === 0) this.#report.say("no closes yet", { t: "closes" });
    for (const { number, atMs, authorised } of closes) {
      const text = `close ${number}, ${ageWords(Date.now() - atMs)} ago: ` +
        `authorised ${sumsWords(authorised) || "nothing yet"}`;
      this.#report.say(text, { t: "closed", number, atMs, authorised });
    }
    return true;
  }

  async #receipt(rest: string): Promise<boolean> {
    const { register, shop } = this.#desk;
    const [, name, file] = /^(#?\d*|\S*-\S*-\S*)\s*([^]*)$/.exec(rest) ??
      ["", rest, ""];
    const payment = await register.find(name);
    if (file === "") {
      const text = receiptPaper(payment, shop);
      this.#report.say(text.trimEnd(), { t: "receipt", text });
    } else {
      writeReceipt(file, payment, shop);
      this.#report.say(`written  ${file}`, { t: "written", file });
    }
    return true;
  }

  async #play(word: string, rest: string): Promise<boolean> {
    const { demo } = this.#desk;
    if (demo !== null && word === "network" && /^(on|off)$/.test(rest)) {
      await demo.setOnline(rest === "on");
      const isOnline = rest === "on";
      this.#report.say(`switched the network ${rest}`, {
        t: "switched",
        isOnline,
      });
      await this.#desk.register.probe();
      return true;
    }
    if (demo !== null && word === "card") {
      try {
        demo.setCard(rest);
      } catch (error) {
        throw failure("INVALID_ARGUMENT", (error as Error).message);
      }
      this.#report.say(`next card: ${rest}`, { t: "card", card: rest });
      return true;
    }
    if (demo !== null && word === "books") {
      const books = await demo.books();
      const text = `the sandbox has ${books.charges} charges, ` +
        `${books.duplicates} of them twice`;
      this.#report.say(text, { t: "books", ...books });
      return books.duplicates === 0;
    }
    throw failure("INVALID_ARGUMENT", `no command ${word}; type help`, {
      field: "command",
    });
  }

  #tell(t: string, payment: Payment): void {
    const text = `${t}  ${paymentLine(payment)}\n  ${outcomeWords(payment)}`;
    this.#report.say(text, { t, ...paymentFacts(payment) });
  }

  #help(): string {
    const { demo } = this.#desk;
    return demo === null ? COMMANDS_HELP : `${COMMANDS_HELP}\n${DEMO_HELP}`;
  }
}
