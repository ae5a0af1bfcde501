/**
 * The register as a page: composition and what its buttons do.
 *
 * Owns: one sale at a time, and that the amount has the focus whenever nothing else is asked.
 * @module
 */
import { dailyCloseText } from "../../../engine/daily_close.ts";
import { formatAmount } from "../../../engine/format.ts";
import type { Payment } from "../../../engine/payment.ts";
import { receiptHtml, receiptOf } from "../../../engine/receipt.ts";
import { parseAmount, parseOrder } from "../amount.ts";
import { DEMO_CARDS } from "../demo_cards.ts";
import { drainWords } from "../drain.ts";
import { type News, Register } from "../register.ts";
import {
  cardWords,
  outcomeWords,
  PROMPT_WORDS,
  stateWords,
  sumsWords,
  waitWords,
} from "../words.ts";
import { element } from "./elements.ts";
import { ask, capital, notify, refuse, showPaper } from "./page_dialogs.ts";
import { PageReader } from "./page_reader.ts";
import { openPageTerminal, pageTill } from "./page_till.ts";
import { PaymentTable, type RowAction, showGlance } from "./page_view.ts";
import { NETWORK_SWITCH, type PageSettings } from "./settings.ts";

/** Payments in the list; older ones are in the store and in the closes. */
const LIST_MAX = 200;
const REFRESH_PAUSE_MS = 80;

const amount = element<HTMLInputElement>("amount");
const tip = element<HTMLInputElement>("tip");
const note = element<HTMLInputElement>("note");
const currency = element<HTMLSelectElement>("currency");
const take = element<HTMLButtonElement>("take");
const cancel = element<HTMLButtonElement>("cancel");
const tipOnReader = element<HTMLInputElement>("tip-on-reader");

/** The page while it is open. */
class RegisterPage {
  readonly #settings: PageSettings;
  readonly #reader: PageReader;
  readonly #register: Register;
  readonly #table: PaymentTable;
  #sale: AbortController | null = null;
  #isReading = false;
  #isStale = false;

  constructor(
    settings: PageSettings,
    reader: PageReader,
    register: Register,
  ) {
    this.#settings = settings;
    this.#reader = reader;
    this.#register = register;
    this.#table = new PaymentTable((action, payment) =>
      void this.#guard(() => this.#onRow(action, payment))
    );
  }

  /** Wires the page up and shows what the store has. */
  async start(): Promise<void> {
    this.#fillIn();
    this.#register.onNews((news) => this.#onNews(news));
    const on = (id: string, work: () => Promise<void>): void =>
      element(id).addEventListener("click", () => void this.#guard(work));
    on("forward", () => this.#forward());
    on("totals", () => this.#totals());
    on("close-day", () => this.#closeDay());
    cancel.addEventListener("click", () => this.#sale?.abort());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#sale?.abort();
    });
    element("print").addEventListener("click", () => print());
    for (const id of ["paper", "question"]) {
      element(id).addEventListener("close", () => amount.focus());
    }
    element("sale").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#sell();
    });
    setInterval(() => this.#refresh(), 1_000);
    await this.#guard(() => this.#reader.connect());
    element("tip-on-reader-field").hidden = !this.#reader.info?.capabilities
      .canTipOnReader;
    await this.#register.probe();
    await this.#guard(() => this.#showObstacles());
    document.documentElement.dataset.ready = "true";
  }

  /** Before the connection is gone is the time to know what would stand against a sale then. */
  async #showObstacles(): Promise<void> {
    const obstacles = await this.#register.obstacles();
    const place = element("obstacles");
    place.hidden = obstacles.length === 0;
    place.textContent = `While offline: ${obstacles.join("; ")}.`;
  }

  #fillIn(): void {
    const { shop, account, currencies, isDemo } = this.#settings;
    document.title = `${shop.name}: register`;
    element("shop").textContent = shop.name;
    element("mode").hidden = account.isLivemode;
    currency.replaceChildren(
      ...currencies.map((code) => new Option(code.toUpperCase(), code)),
    );
    element("demo").hidden = !isDemo;
    if (!isDemo) return;
    const card = element<HTMLSelectElement>("card");
    card.replaceChildren(
      ...DEMO_CARDS.map((name) => new Option(name.replaceAll("_", " "), name)),
    );
    card.addEventListener("change", () => this.#reader.card = card.value);
    element("switch").addEventListener(
      "click",
      () => void this.#guard(() => this.#switchNetwork()),
    );
  }

  async #sell(): Promise<void> {
    if (this.#sale !== null) return;
    const sale = new AbortController();
    this.#sale = sale;
    let sum = "";
    const stop = this.#register.onNews((news) => {
      if (news.kind !== "reader" || news.event.kind !== "prompt") return;
      notify("warn", sum, PROMPT_WORDS[news.event.prompt]);
    });
    setBusy(true);
    try {
      const text = amount.value.trim() +
        (tip.value.trim() === "" ? "" : `+${tip.value.trim()}`);
      const order = {
        ...parseOrder(`${text} ${currency.value}`, this.#settings.currencies),
        note: note.value.trim(),
      };
      sum = formatAmount(order.amount, order.currency);
      notify("warn", sum, "Waiting for the reader");
      const payment = await this.#register.sell(order, {
        signal: sale.signal,
        ...(tipOnReader.checked
          ? { tipPercentages: this.#settings.tipPercentages }
          : {}),
      });
      tellSale(payment);
      // What was typed stays when it was refused, to be corrected.
      for (const field of [amount, tip, note]) field.value = "";
      tipOnReader.checked = false;
    } catch (error) {
      refuse(error);
    } finally {
      stop();
      this.#sale = null;
      setBusy(false);
      this.#refresh();
      amount.focus();
    }
  }

  async #onRow(action: RowAction, payment: Payment): Promise<void> {
    const { seq } = payment;
    const sum = formatAmount(payment.amount, payment.currency);
    switch (action) {
      case "receipt":
        return this.#receipt(payment);
      case "void": {
        const labels = { yes: "Void it", no: "Keep it" };
        if (await ask(`Void payment ${seq}?`, sum, labels) === null) return;
        await this.#register.void(payment);
        return notify("good", `${sum} voided`, "Nothing is charged.");
      }
      case "refund":
        return await this.#refund(payment);
      case "capture": {
        const captured = await this.#register.capture(payment);
        return notify("good", `${sum} ${stateWords(captured)}`);
      }
      case "retry":
        await this.#register.retry(payment);
        return notify("good", `Payment ${seq} is sent again`);
    }
  }

  #receipt(payment: Payment): void {
    const { shop } = this.#settings;
    const utcOffsetMinutes = -new Date(payment.createdAtMs)
      .getTimezoneOffset();
    const merchant = { ...shop, utcOffsetMinutes };
    const html = receiptHtml(receiptOf(payment, merchant));
    showPaper(`Receipt of payment ${payment.seq}`, { html });
  }

  async #refund(payment: Payment): Promise<void> {
    const { seq, currency: code } = payment;
    const text = await ask(
      `Refund payment ${seq}`,
      `${formatAmount(payment.amount, code)}. ` +
        "Leave the amount empty to give back all that is left.",
      {
        yes: "Refund",
        no: "Keep it",
        field: `Amount in ${code.toUpperCase()}`,
      },
    );
    if (text === null) return;
    const part = text === "" ? undefined : parseAmount(text, code);
    const refund = await this.#register.refund(payment, part);
    const sum = formatAmount(refund.amount, refund.currency);
    notify("good", `Refund of ${sum} ${refund.status}`, refund.id);
  }

  async #forward(): Promise<void> {
    const progress = element<HTMLProgressElement>("progress");
    const button = element<HTMLButtonElement>("forward");
    button.disabled = true;
    try {
      const end = await this.#register.forward(({ total, left }) => {
        progress.hidden = false;
        progress.max = total;
        progress.value = total - left;
      }, new AbortController().signal);
      const tone = end.left === 0 ? "good" : "warn";
      notify(tone, capital(drainWords(end)));
      if (end.error !== null) refuse(end.error);
    } finally {
      progress.hidden = true;
      button.disabled = false;
    }
  }

  async #totals(): Promise<void> {
    const { waitingCount, sums } = await this.#register.glance();
    const obstacles = await this.#register.obstacles();
    const lines = [
      waitWords(waitingCount),
      ...Object.entries(sums).map(([code, sum]) =>
        formatAmount(sum, code).padStart(24)
      ),
      "",
      obstacles.length === 0
        ? "offline payments can be taken"
        : "against offline payments:",
      ...obstacles,
    ];
    showPaper("Totals", { text: lines.join("\n") });
  }

  async #closeDay(): Promise<void> {
    const { waitingCount, sums } = await this.#register.glance();
    const text = waitingCount === 0
      ? "Nothing waits."
      : `${waitWords(waitingCount)}: ${sumsWords(sums)}.`;
    const labels = { yes: "Close the day", no: "Not yet" };
    if (await ask("Close the day?", text, labels) === null) return;
    const close = await this.#register.closeDay();
    showPaper(`Daily close ${close.number}`, {
      text: dailyCloseText(close, -new Date().getTimezoneOffset()),
    });
  }

  async #switchNetwork(): Promise<void> {
    const button = element("switch");
    const isOnline = button.getAttribute("aria-pressed") === "true";
    await fetch(NETWORK_SWITCH, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ isOnline }),
    });
    button.setAttribute("aria-pressed", String(!isOnline));
    button.textContent = isOnline ? "Cut the network" : "Mend the network";
    await this.#register.probe();
  }

  #onNews(news: News): void {
    this.#refresh();
    // What the cashier is in the middle of is not talked over.
    if (this.#sale !== null) return;
    if (news.kind === "failure") refuse(news.error);
    if (news.kind === "capture_closing") {
      notify("warn", "An authorisation lapses soon: capture it");
    }
    if (news.kind !== "outcome") return;
    const { seq, amount: sum, currency: code, state } = news.payment;
    if (state !== "declined" && state !== "failed") return;
    const head = `Payment ${seq}, ${formatAmount(sum, code)}: ` +
      stateWords(news.payment);
    notify("bad", head, cardWords(news.payment));
  }

  /** Reads the store again; what changes meanwhile is read once more. */
  #refresh(): void {
    this.#isStale = true;
    if (!this.#isReading) void this.#read();
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    try {
      while (this.#isStale) {
        this.#isStale = false;
        showGlance(await this.#register.glance(), Date.now());
        this.#table.show(await this.#register.payments(LIST_MAX));
        await new Promise((resolve) => setTimeout(resolve, REFRESH_PAUSE_MS));
      }
    } catch (error) {
      refuse(error);
    } finally {
      this.#isReading = false;
    }
  }

  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      refuse(error);
    }
    this.#refresh();
  }
}

function setBusy(isBusy: boolean): void {
  take.disabled = isBusy;
  cancel.hidden = !isBusy;
  for (const field of [amount, tip, note]) field.readOnly = isBusy;
}

function tellSale(payment: Payment): void {
  const { seq, amount: sum, currency: code, state, terms } = payment;
  const withTip = terms.tip ? `, tip ${formatAmount(terms.tip, code)}` : "";
  const isBad = state === "declined" || state === "failed";
  const tone = isBad ? "bad" : state === "unknown" ? "warn" : "good";
  const head = `${formatAmount(sum, code)}${withTip}`;
  notify(tone, head, outcomeWords(payment), `no ${seq}, ${cardWords(payment)}`);
}

async function main(): Promise<void> {
  try {
    // First, so that even a page whose store does not open is there without a network.
    await navigator.serviceWorker?.register("/service_worker.js");
    const response = await fetch("/register.json");
    const settings = await response.json() as PageSettings;
    const terminal = await openPageTerminal(settings);
    const seed = crypto.randomUUID();
    const reader = new PageReader(terminal, settings, seed);
    const register = new Register(pageTill(terminal, reader));
    await new RegisterPage(settings, reader, register).start();
    amount.focus();
  } catch (error) {
    element("waiting").textContent = "The register cannot start.";
    take.disabled = true;
    refuse(error);
  }
}

await main();
