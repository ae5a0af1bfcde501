/**
 * The cashier's screen: keys in, pictures out.
 *
 * Owns: which question a key answers (a yes or no, a typed line, a page, a step under way, or the
 * list), and that the screen is drawn from the store whenever something changed. One action runs
 * at a time.
 * @module
 */
import process from "node:process";
import { setImmediate } from "node:timers";
import { emitKeypressEvents, type Interface } from "node:readline";
import type { ApprovalRequest } from "../../../engine/mod.ts";
import type { Payment } from "../../../engine/payment.ts";
import type { Credentials, Desk } from "../desk.ts";
import type { Glance, News } from "../register.ts";
import { sayLine } from "../../posix/say_line.ts";
import {
  cardWords,
  codeWords,
  limitWords,
  refusalOf,
  stateWords,
  sumsWords,
  waitWords,
} from "../words.ts";
import { formatAmount } from "../../../engine/format.ts";
import { type Action, ACTIONS, DEMO_ACTIONS, sell } from "./actions.ts";
import type { Face, SaleMode } from "./face.ts";
import { Dialog } from "./dialog.ts";
import { isEnter, type Key, LineEditor } from "./line_editor.ts";
import { PaymentList } from "./payment_list.ts";
import { createPainter } from "./style.ts";
import { TerminalScreen } from "./terminal_screen.ts";
import {
  type KeyHelp,
  type Model,
  type Notice,
  type Page,
  viewOf,
} from "./view.ts";

/** Drawing waits this long for more to draw. */
const DRAW_DELAY_MS = 15;
const TICK_MS = 1_000;
/** The part of an interface that `emitKeypressEvents` reads. */
const ESCAPE = { escapeCodeTimeout: 50 } as unknown as Interface;

/** The screen of one desk. */
export class CashierScreen implements Face {
  readonly desk: Desk;
  saleMode: SaleMode = { asksTip: false, isManual: false };
  readonly #screen = new TerminalScreen();
  readonly #paint = createPainter(!process.env.NO_COLOR);
  readonly #amount = new LineEditor();
  readonly #dialog = new Dialog(() => this.#draw());
  readonly #list: PaymentList;
  #page: Page | null = null;
  #notice: Notice = { tone: "plain", lines: [] };
  #busy: AbortController | null = null;
  #isActing = false;
  #isDrawing = false;
  readonly #keys: [typed: string | undefined, key: Key][] = [];
  #onQuit = (): void => {};

  constructor(desk: Desk) {
    this.desk = desk;
    this.#list = new PaymentList(desk, () => this.#draw());
  }

  get chosen(): Payment | null {
    return this.#list.chosen;
  }

  /** Takes the terminal, connects the reader, and returns when the cashier leaves. */
  async run(): Promise<void> {
    const quit = new Promise<void>((resolve) => this.#onQuit = resolve);
    this.#screen.open(() => this.#draw());
    // Half a second, the usual time to tell Esc from an arrow key, feels broken.
    emitKeypressEvents(process.stdin, ESCAPE);
    process.stdin.setRawMode(true);
    process.stdin.resume();
    process.stdin.on(
      "keypress",
      (typed: string | undefined, key: Key) => {
        this.#keys.push([typed, key ?? {}]);
        if (this.#keys.length === 1) void this.#takeKeys();
      },
    );
    for (const name of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
      process.once(name, () => this.quit());
    }
    const ticks = setInterval(() => this.#draw(), TICK_MS);
    this.notify(
      "plain",
      "Welcome.",
      "Type an amount and press Enter. ? helps.",
    );
    this.desk.register.onNews((news) => this.#onNews(news));
    await this.desk.start(
      (request, attempt) => this.#askManager(request, attempt),
      (news) => {
        if (news.kind === "gone") this.refuse(news.error);
        this.#list.refresh();
      },
    );
    this.#list.refresh();
    await quit;
    clearInterval(ticks);
    this.#busy?.abort();
    process.stdin.setRawMode(false);
    process.stdin.pause();
    this.#screen.close();
  }

  notify(tone: Notice["tone"], ...lines: readonly string[]): void {
    this.#notice = { tone, lines };
    this.#draw();
  }

  refuse(error: unknown): void {
    const { code, sentence, remedy } = refusalOf(error);
    const head = sentence.charAt(0).toUpperCase() + sentence.slice(1);
    this.#screen.bell();
    this.notify(
      "bad",
      head,
      `${remedy.charAt(0).toUpperCase()}${remedy.slice(1)}. (${code})`,
    );
  }

  showPage(title: string, text: string): void {
    this.#page = { title, lines: text.trimEnd().split("\n"), top: 0 };
    this.#draw();
  }

  ask(
    label: string,
    options: { isSecret?: boolean } = {},
  ): Promise<string | null> {
    return this.#dialog.ask(label, options.isSecret ?? false);
  }

  confirm(question: string): Promise<boolean> {
    return this.#dialog.confirm(question);
  }

  async whileBusy(
    work: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const busy = new AbortController();
    this.#busy = busy;
    try {
      await work(busy.signal);
    } finally {
      this.#busy = null;
      this.#list.refresh();
    }
  }

  quit(): void {
    this.#onQuit();
  }

  /** A manager at the till: name, PIN, reason. */
  async #askManager(
    request: ApprovalRequest,
    attempt: number,
  ): Promise<Credentials | null> {
    const { code, amount, currency, signal } = request;
    const head = attempt === 1 ? codeWords(code) : "wrong name or PIN";
    this.#screen.bell();
    this.notify(
      "warn",
      `${formatAmount(amount, currency)}  Manager needed: ${head}`,
      `${limitWords(request)}. Esc refuses the sale. (${code})`,
    );
    const leave = (): void => this.#dialog.leave();
    signal.addEventListener("abort", leave, { once: true });
    try {
      const name = await this.ask("Manager");
      if (name === null) return null;
      const pin = await this.ask("PIN", { isSecret: true });
      if (pin === null) return null;
      const reason = await this.ask("Reason (Enter: none)");
      return reason === null ? null : { name, pin, reason };
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }

  #onNews(news: News): void {
    if (news.kind === "changed") return this.#list.refresh();
    // What a cashier is in the middle of is not talked over.
    if (this.#busy !== null) return;
    switch (news.kind) {
      case "network":
        return this.#tellNetwork(news.networkStatus);
      case "outcome": {
        const { payment } = news;
        this.#list.refresh();
        if (!["declined", "failed"].includes(payment.state)) return;
        const { seq, amount, currency } = payment;
        this.#screen.bell();
        return this.notify(
          "bad",
          `#${seq}  ${formatAmount(amount, currency)}  ${stateWords(payment)}`,
          `${cardWords(payment)}  ${payment.metadata.note ?? ""}`,
        );
      }
      case "failure":
        return this.refuse(news.error);
      case "capture_closing":
        return this.notify("warn", "An authorisation lapses soon: capture it");
      case "reader":
        if (news.event.kind === "update_required") {
          this.notify("warn", "The reader asks for an update");
        }
    }
  }

  #tellNetwork(status: Glance["networkStatus"]): void {
    const before = this.#list.glance.networkStatus;
    this.#list.refresh();
    if (status === "online" && before === "offline") {
      this.notify("good", "The connection is back");
    } else if (status === "offline") {
      this.notify(
        "warn",
        "No connection. Sales go on, and are forwarded later",
      );
    }
  }

  /**
   * One key after the other: what the one before led to, such as the next question, stands on the
   * screen before the next is taken, also when a scanner or a fast hand sends many at once.
   */
  async #takeKeys(): Promise<void> {
    while (this.#keys.length > 0) {
      const [typed, key] = this.#keys[0];
      this.#onKey(typed, key);
      await new Promise((resolve) => setImmediate(resolve));
      this.#keys.shift();
    }
  }

  #onKey(typed: string | undefined, key: Key): void {
    if (key.ctrl && key.name === "c") return this.quit();
    if (this.#dialog.press(typed, key)) return this.#draw();
    if (this.#busy !== null) {
      if (key.name === "escape") this.#busy.abort();
    } else if (!this.#isActing) this.#onListKey(typed, key);
    this.#draw();
  }

  #onListKey(typed: string | undefined, key: Key): void {
    if (this.#move(key)) return;
    if (key.name === "escape") {
      if (this.#page !== null) this.#page = null;
      else this.#amount.clear();
      return;
    }
    if (this.#amount.length > 0) {
      if (isEnter(key)) return this.#sell();
      this.#amount.press(typed, key);
      return;
    }
    if (typed !== undefined && /^\d$/.test(typed)) {
      this.#page = null;
      this.#amount.insert(typed);
      return;
    }
    const action = [...ACTIONS, ...DEMO_ACTIONS]
      .find((it) => it.key === typed && it.isOffered(this));
    if (action !== undefined) void this.#act(() => action.run(this));
  }

  #sell(): void {
    const { text } = this.#amount;
    void this.#act(async () => {
      await sell(this, text);
    }).then((isDone) => {
      // What was typed stays when it was refused, to be corrected.
      if (isDone) this.#amount.clear();
      this.#draw();
    });
  }

  /** Runs an action; true when it was not refused. */
  async #act(
    run: Action["run"] | (() => Promise<void> | void),
  ): Promise<boolean> {
    this.#isActing = true;
    try {
      await run(this);
      return true;
    } catch (error) {
      this.refuse(error);
      return false;
    } finally {
      this.#isActing = false;
      this.#list.refresh();
    }
  }

  /** Arrows and pages move the page that is shown, or the choice in the list. */
  #move({ name }: Key): boolean {
    const steps: Readonly<Record<string, number>> = {
      up: -1,
      down: 1,
      pageup: -10,
      pagedown: 10,
    };
    const step = steps[name ?? ""];
    if (step === undefined) return false;
    if (this.#page === null) {
      this.#list.move(step);
    } else {
      const { top, lines } = this.#page;
      const next = Math.max(0, Math.min(lines.length - 5, top + step));
      this.#page = { ...this.#page, top: next };
    }
    return true;
  }

  #draw(): void {
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    setTimeout(() => {
      this.#isDrawing = false;
      const { columns, rows } = this.#screen;
      const { lines, cursor } = viewOf(this.#model(), columns, rows);
      this.#screen.show({ lines: lines.map(this.#paint), cursor });
    }, DRAW_DELAY_MS);
  }

  #model(): Model {
    const { shop, isLivemode, reader, demo } = this.desk;
    return {
      shopName: shop.name,
      isLivemode,
      glance: this.#list.glance,
      reader,
      nowMs: Date.now(),
      utcOffsetMinutes: shop.utcOffsetMinutes ?? 0,
      payments: this.#list.payments,
      selected: this.#list.selected,
      page: this.#page,
      notice: this.#notice,
      input: this.#input(),
      keys: this.#keyHelp(),
      demo: demo === null ? null : { isOnline: demo.isOnline, card: demo.card },
    };
  }

  #input(): Model["input"] {
    const { input } = this.#dialog;
    if (input !== null) return input;
    if (this.#busy !== null) return null;
    const { asksTip, isManual } = this.saleMode;
    const label = `Amount ${this.desk.currencies[0].toUpperCase()}` +
      (asksTip ? ", tip on reader" : "") + (isManual ? ", hold only" : "") +
      ":";
    const { text, cursorCells } = this.#amount;
    return { label, text, cursorCells };
  }

  #keyHelp(): readonly KeyHelp[] {
    const { keys } = this.#dialog;
    if (keys !== null) return keys;
    if (this.#busy !== null) return [["Esc", "cancels"]];
    if (this.#amount.length > 0) return [["Enter", "sells"], ["Esc", "clears"]];
    if (this.#page !== null) {
      return [["Esc", "list"], ["↑↓", "scroll"], ["0-9", "next amount"]];
    }
    const offered = ACTIONS.filter((it) => it.isOffered(this))
      .map(({ key, does }): KeyHelp => [key, does]);
    return [["0-9", "amount"], ["↑↓", "choose"], ...offered];
  }
}

/** Runs the screen until the cashier leaves; returns the exit status. */
export async function runScreen(desk: Desk): Promise<number> {
  const screen = new CashierScreen(desk);
  await screen.run();
  const { waitingCount, sums } = await desk.register.glance();
  await desk.close();
  sayLine(
    waitingCount === 0
      ? "Good bye. Nothing waits."
      : `Good bye. ${waitWords(waitingCount)} (${sumsWords(sums)}), on disk, ` +
        "and forwarded when the register is started again.",
  );
  sayLine(JSON.stringify({ t: "end", ok: true, waiting: waitingCount, sums }));
  return 0;
}
