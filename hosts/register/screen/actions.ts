/**
 * What the cashier can do, key by key.
 *
 * Owns: the keys, when each is offered, and the questions asked before money moves. An action
 * rejects with what the register refused; the screen shows it.
 * @module
 */
import { dailyCloseText } from "../../../engine/mod.ts";
import { formatAmount, formatTime } from "../../../engine/format.ts";
import type { Payment } from "../../../engine/payment.ts";
import { parseAmount, parseOrder } from "../amount.ts";
import { DEMO_MANAGER } from "../demo.ts";
import { DEMO_CARDS } from "../demo_cards.ts";
import { drainWords } from "../drain.ts";
import { receiptFile, receiptPaper, writeReceipt } from "../papers.ts";
import {
  cardWords,
  outcomeWords,
  PROMPT_WORDS,
  stateWords,
  sumsWords,
  waitWords,
} from "../words.ts";
import type { Face } from "./face.ts";

/** One key. */
export interface Action {
  key: string;
  does: string;
  /** Whether it makes sense now; a key that does not is not shown and does nothing. */
  isOffered(face: Face): boolean;
  run(face: Face): Promise<void> | void;
}

const always = (): boolean => true;
const inState = (...states: readonly string[]) => ({ chosen }: Face): boolean =>
  chosen !== null && states.includes(chosen.state);

/** Every key of the list, in the order of the help line. */
export const ACTIONS: readonly Action[] = [
  {
    key: "t",
    does: "tip on reader",
    isOffered: ({ desk }) => desk.canTipOnReader,
    run(face): void {
      const { asksTip } = face.saleMode;
      face.saleMode = { ...face.saleMode, asksTip: !asksTip };
    },
  },
  {
    key: "h",
    does: "hold only",
    isOffered: always,
    run(face): void {
      const { isManual } = face.saleMode;
      face.saleMode = { ...face.saleMode, isManual: !isManual };
    },
  },
  {
    key: "v",
    does: "void",
    isOffered: inState("stored", "failed"),
    run: voidChosen,
  },
  {
    key: "u",
    does: "refund",
    isOffered: ({ chosen }) =>
      chosen !== null && (chosen.state === "captured" ||
        chosen.state === "forwarded" && chosen.captureMethod === "automatic"),
    run: refundChosen,
  },
  {
    key: "c",
    does: "capture",
    isOffered: ({ chosen }) =>
      chosen?.state === "forwarded" && chosen.captureMethod === "manual",
    run: (face) =>
      face.whileBusy(async () => {
        const payment = await face.desk.register.capture(face.chosen!);
        face.notify("good", `#${payment.seq} ${stateWords(payment)}`);
      }),
  },
  {
    key: "y",
    does: "retry",
    isOffered: inState("failed"),
    run: async (face) => {
      const payment = await face.desk.register.retry(face.chosen!);
      face.notify("good", `#${payment.seq} is sent again`);
    },
  },
  {
    key: "r",
    does: "receipt",
    isOffered: ({ chosen }) => chosen !== null,
    run: showReceipt,
  },
  {
    key: "s",
    does: "save receipt",
    isOffered: ({ chosen }) => chosen !== null,
    run: saveReceipt,
  },
  {
    key: "p",
    does: "past",
    isOffered: ({ chosen }) => chosen !== null,
    run: showTimeline,
  },
  { key: "o", does: "totals", isOffered: always, run: showTotals },
  { key: "f", does: "forward now", isOffered: always, run: forwardNow },
  { key: "d", does: "day close", isOffered: always, run: closeDay },
  { key: "?", does: "help", isOffered: always, run: showHelp },
  {
    key: "q",
    does: "quit",
    isOffered: always,
    run: (face) => face.quit(),
  },
];

/** The demo's keys; their help is a line of its own. */
export const DEMO_ACTIONS: readonly Action[] = [
  {
    key: "n",
    does: "network",
    isOffered: ({ desk }) => desk.demo !== null,
    async run({ desk }): Promise<void> {
      const demo = desk.demo!;
      await demo.setOnline(!demo.isOnline);
      // Its answer is news; until then the cashier goes on typing.
      void desk.register.probe();
    },
  },
  ...(["m", "M"] as const).map((key): Action => ({
    key,
    does: "next card",
    isOffered: ({ desk }) => desk.demo !== null,
    run({ desk }): void {
      const demo = desk.demo!;
      const step = key === "m" ? 1 : -1;
      const at = DEMO_CARDS.indexOf(demo.card) + step + DEMO_CARDS.length;
      demo.setCard(DEMO_CARDS[at % DEMO_CARDS.length]);
    },
  })),
];

/** Takes the payment that was typed. */
export async function sell(face: Face, text: string): Promise<void> {
  const { desk, saleMode } = face;
  const order = parseOrder(text, desk.currencies);
  const sum = formatAmount(order.amount, order.currency);
  desk.demo?.nextCustomer();
  await face.whileBusy(async (signal) => {
    const stop = desk.register.onNews((news) => {
      if (news.kind !== "reader" || news.event.kind !== "prompt") return;
      face.notify("warn", `${sum}  ${PROMPT_WORDS[news.event.prompt]}`);
    });
    try {
      face.notify("warn", `${sum}  Waiting for the reader`);
      const payment = await desk.register.sell(order, {
        signal,
        isManual: saleMode.isManual,
        ...(saleMode.asksTip ? { tipPercentages: desk.tipPercentages } : {}),
      });
      face.saleMode = { asksTip: false, isManual: false };
      tellSale(face, payment);
    } finally {
      stop();
    }
  });
}

function tellSale(face: Face, payment: Payment): void {
  const { seq, amount, currency, state, terms: { tip } } = payment;
  const withTip = tip === null || tip === 0
    ? ""
    : `, tip ${formatAmount(tip, currency)}`;
  const head = `#${seq}  ${formatAmount(amount, currency)}${withTip}  ` +
    cardWords(payment);
  const tone = state === "declined" || state === "failed"
    ? "bad"
    : state === "unknown"
    ? "warn"
    : "good";
  face.notify(tone, head, outcomeWords(payment));
}

async function voidChosen(face: Face): Promise<void> {
  const payment = face.chosen!;
  const { seq, amount, currency } = payment;
  const sum = formatAmount(amount, currency);
  if (!await face.confirm(`Void #${seq}, ${sum}?`)) return;
  await face.desk.register.void(payment);
  face.notify("good", `#${seq}  ${sum} voided`, "Nothing is charged.");
}

async function refundChosen(face: Face): Promise<void> {
  const payment = face.chosen!;
  const { seq, currency } = payment;
  const label = `Refund #${seq} in ${currency.toUpperCase()} (Enter: all left)`;
  const text = (await face.ask(label))?.trim();
  if (text === undefined) return;
  const amount = text === "" ? undefined : parseAmount(text, currency);
  await face.whileBusy(async () => {
    face.notify("warn", `Refunding #${seq}`);
    const refund = await face.desk.register.refund(payment, amount);
    const sum = formatAmount(refund.amount, refund.currency);
    const isGood = refund.status === "succeeded" || refund.status === "pending";
    const tone = isGood ? "good" : "bad";
    face.notify(tone, `#${seq}  ${sum} refund ${refund.status}`, refund.id);
  });
}

function showReceipt(face: Face): void {
  const payment = face.chosen!;
  const title = `Receipt of #${payment.seq}`;
  face.showPage(title, receiptPaper(payment, face.desk.shop));
}

async function saveReceipt(face: Face): Promise<void> {
  const payment = face.chosen!;
  const usual = receiptFile(payment);
  const text = await face.ask(`File (Enter: ${usual})`);
  if (text === null) return;
  const file = text.trim() === "" ? usual : text.trim();
  writeReceipt(file, payment, face.desk.shop);
  face.notify("good", `Receipt of #${payment.seq} written`, file);
}

function showTimeline(face: Face): void {
  const payment = face.chosen!;
  const { terminal, shop } = face.desk;
  const lines = terminal.timeline(payment.localId).map(({ atMs, kind, body }) =>
    `${formatTime(atMs, shop.utcOffsetMinutes ?? 0)}  ${kind.padEnd(18)} ` +
    Object.entries(body).map(([name, value]) => `${name} ${value}`).join(", ")
  );
  const { localId, id, receiptCode } = payment;
  const names = [`payment ${localId}`, `at Stripe ${id ?? "not yet"}`];
  const text = [...names, `receipt ${receiptCode}`, "", ...lines].join("\n");
  face.showPage(`What happened to #${payment.seq}`, text);
}

async function showTotals(face: Face): Promise<void> {
  const { register, terminal } = face.desk;
  const { waitingCount, sums } = await register.glance();
  const waiting = await register.waiting(1000);
  const count = (currency: string): number =>
    waiting.filter((payment) => payment.currency === currency).length;
  const obstacles = await register.obstacles();
  const lines = [
    waitWords(waitingCount),
    ...Object.entries(sums).map(([currency, amount]) =>
      `${formatAmount(amount, currency).padStart(20)}   ${count(currency)}`
    ),
    "",
    ...terminal.readerTotals().map((total) =>
      `reader ${total.serialNumber}: ` +
      `${total.count}, ${formatAmount(total.amount, total.currency)}`
    ),
    "",
    ...(obstacles.length === 0
      ? ["Offline payments can be taken."]
      : ["Offline payments cannot be taken:", ...obstacles]),
  ];
  face.showPage("Totals", lines.join("\n"));
}

async function forwardNow(face: Face): Promise<void> {
  await face.whileBusy(async (signal) => {
    face.notify("warn", "Asking the network");
    const end = await face.desk.register.forward(({ total, left }) => {
      const done = total - left;
      const cells = Math.round((24 * done) / total);
      const bar = "█".repeat(cells) + "░".repeat(24 - cells);
      face.notify("warn", `Forwarding  ${bar}  ${done} of ${total}`);
    }, signal);
    const tone = end.left === 0 ? "good" : "warn";
    const words = drainWords(end);
    face.notify(tone, words.charAt(0).toUpperCase() + words.slice(1));
    if (end.error !== null) face.refuse(end.error);
  });
}

async function closeDay(face: Face): Promise<void> {
  const { register, shop } = face.desk;
  const { waitingCount, sums } = await register.glance();
  const open = waitingCount === 0
    ? ""
    : ` ${waitWords(waitingCount)} (${sumsWords(sums)}).`;
  if (!await face.confirm(`Close the day?${open}`)) return;
  const close = await register.closeDay();
  const text = dailyCloseText(close, shop.utcOffsetMinutes ?? 0);
  face.showPage(`Daily close ${close.number}`, text);
  face.notify("good", `Day ${close.number} is closed`);
}

function showHelp(face: Face): void {
  const { desk } = face;
  const currencies = desk.currencies.join(", ").toUpperCase();
  const lines = [
    "12.50 Enter            sells, in the shop's usual currency",
    "12.50 eur Two coffees  another currency, and a note",
    "12.50+2  12.50+10%     with a tip",
    `                       currencies: ${currencies}`,
    "",
    "↑ ↓ PgUp PgDn          choose a payment",
    ...ACTIONS.map(({ key, does }) => `${key.padEnd(22)} ${does}`),
    "Esc                    cancels, or goes back to the list",
    "",
    "waits     on disk, not authorised yet: the bank is asked later",
    "approved  the bank said yes",
    "unclear   it may have been charged; the register finds out by itself",
    ...(desk.demo === null ? [] : [
      "",
      "This is a demo: nobody is charged.",
      "n cuts and mends the network, m and M choose the next card.",
      `Above 500.00 offline a manager is asked: ` +
      `${DEMO_MANAGER.name}, PIN ${DEMO_MANAGER.pin}.`,
      `The store is ${desk.path}`,
    ]),
  ];
  face.showPage("Help", lines.join("\n"));
}
