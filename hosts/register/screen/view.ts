/**
 * The cashier's screen as lines.
 *
 * Owns: the layout. It is a function of the model and the size alone; the widths are cells.
 *
 *     header   shop, network
 *     status   what waits, the oldest, the reader
 *     ───────
 *     list     payments, or a page in its place
 *     ───────
 *     notice   what happened last, three lines
 *     ───────
 *     input    the amount, or a question
 *     keys     what may be pressed
 * @module
 */
import { formatAmount, formatTime } from "../../../engine/format.ts";
import type { Payment } from "../../../engine/payment.ts";
import type { Glance } from "../register.ts";
import { ageWords, cardWords, stateWords, sumsWords } from "../words.ts";
import { fit, widthOf, wrap } from "../../../engine/text_cells.ts";
import type { Span, Tone } from "./style.ts";

/** What happened last. */
export interface Notice {
  tone: "plain" | "good" | "bad" | "warn";
  /** The first line is the headline. */
  lines: readonly string[];
}

/** A page in place of the list. */
export interface Page {
  title: string;
  lines: readonly string[];
  /** First line shown. */
  top: number;
}

/** A key and what it does. */
export type KeyHelp = readonly [key: string, does: string];

/** Everything on the screen. */
export interface Model {
  shopName: string;
  isLivemode: boolean;
  glance: Glance;
  reader: string | null;
  nowMs: number;
  utcOffsetMinutes: number;
  payments: readonly Payment[];
  /** Index of the chosen payment. */
  selected: number;
  page: Page | null;
  notice: Notice;
  input: { label: string; text: string; cursorCells: number } | null;
  keys: readonly KeyHelp[];
  /** The demo's switches, or null. */
  demo: { isOnline: boolean; card: string } | null;
}

/** Lines of spans, and the cursor. */
export interface View {
  lines: Span[][];
  cursor: { row: number; column: number } | null;
}

const COLUMNS_MIN = 40;
/** The list's head and the chosen payment. */
const BODY_ROWS_MIN = 2;
const ROWS_MIN = 14;
const NOTICE_ROWS = 3;
const KEY_ROWS = 2;

/** Lays the model out for a terminal of this size. */
export function viewOf(model: Model, columns: number, rows: number): View {
  if (columns < COLUMNS_MIN || rows < ROWS_MIN) {
    const text = `The window needs ${COLUMNS_MIN} × ${ROWS_MIN} characters`;
    return { lines: [[span(fit(text, columns))]], cursor: null };
  }
  const width = columns;
  const rule = [span("─".repeat(width), "dim")];
  // Header, status, three rules, the notice and the input.
  const free = rows - NOTICE_ROWS - 6;
  // In a small window the chosen payment matters more than the last keys.
  const keys = keyLines(model, width).slice(0, free - BODY_ROWS_MIN);
  const bodyRows = free - keys.length;
  const body = model.page === null
    ? listLines(model, width, bodyRows)
    : pageLines(model.page, width, bodyRows);
  const { line, cursorColumn } = inputLine(model, width);
  const lines = [
    headerLine(model, width),
    statusLine(model, width),
    rule,
    ...body,
    rule,
    ...noticeLines(model.notice, width),
    rule,
    line,
    ...keys,
  ];
  const inputRow = lines.length - keys.length - 1;
  const cursor = cursorColumn === null
    ? null
    : { row: inputRow, column: Math.min(cursorColumn, width - 1) };
  return { lines, cursor };
}

/** First payment shown, so that the chosen one is among them. */
export function listTop(selected: number, rows: number): number {
  return Math.max(0, selected - Math.max(1, rows) + 1);
}

function span(text: string, tone: Tone = "plain"): Span {
  return { text, tone };
}

/** Left and right in one line; the left is cut first. */
function sides(left: Span[], right: Span[], width: number): Span[] {
  const rightWidth = right.reduce((sum, { text }) => sum + widthOf(text), 0);
  let room = width - rightWidth;
  const kept = left.map(({ text, tone }) => {
    const cells = Math.max(0, Math.min(widthOf(text), room));
    room -= cells;
    return span(fit(text, cells), tone);
  });
  return [...kept, span(" ".repeat(Math.max(0, room))), ...right];
}

function headerLine(model: Model, width: number): Span[] {
  const { networkStatus } = model.glance;
  const badge = networkStatus === "online"
    ? span(" ● ONLINE ", "good_badge")
    : networkStatus === "offline"
    ? span(" ○ OFFLINE ", "warn_badge")
    : span(" ? CONNECTING ", "dim");
  const mode = model.isLivemode ? "" : "  test mode";
  return sides(
    [span(` ${model.shopName}`, "bold"), span(mode, "warn")],
    [badge, span(" ")],
    width,
  );
}

function statusLine({ glance, reader, nowMs }: Model, width: number): Span[] {
  const { waitingCount, sums, oldestAtMs } = glance;
  const left = waitingCount === 0 ? [span(" Nothing waits", "dim")] : [
    span(` ${waitingCount} wait  `, "bold"),
    span(sumsWords(sums)),
    span(`  oldest ${ageWords(nowMs - (oldestAtMs ?? nowMs))}`, "dim"),
  ];
  const right = reader === null
    ? span(" reader not connected ", "bad")
    : span(` ${reader} `, "dim");
  const taken = [...left, right]
    .reduce((sum, { text }) => sum + widthOf(text), 0);
  // What waits comes first; a reader that is there may be left out.
  const isShown = taken <= width || reader === null;
  return sides(left, isShown ? [right] : [], width);
}

function listLines(model: Model, width: number, rows: number): Span[][] {
  const { payments, selected } = model;
  const lines = [[span(fit(listHead(width), width), "dim")]];
  const room = rows - 1;
  const top = listTop(selected, room);
  payments.slice(top, top + room).forEach((payment, index) => {
    lines.push(paymentLine(model, payment, top + index === selected, width));
  });
  if (payments.length === 0 && room > 1) {
    lines.push([], [
      span("   No payment yet. Type an amount and press Enter.", "dim"),
    ]);
  }
  while (lines.length < rows) lines.push([]);
  return lines;
}

/** Cells of the columns that always have room, and of a short state. */
const CELLS = { number: 6, time: 7, amount: 15, card: 24, state: 12 } as const;

/** Cells for the card, and for state and note behind it; on a narrow screen no card is shown. */
function columnsOf(width: number): { card: number; rest: number } {
  const fixed = 2 + CELLS.number + CELLS.time + CELLS.amount + 2;
  const card = width - fixed >= CELLS.card + CELLS.state ? CELLS.card : 0;
  return { card, rest: Math.max(0, width - fixed - card) };
}

function listHead(width: number): string {
  const { card, rest } = columnsOf(width);
  return "  " + fit("No", CELLS.number) + fit("Time", CELLS.time) +
    fit("Amount", CELLS.amount, "right") + "  " + fit("Card", card) +
    fit(fit("State", CELLS.state) + "Note", rest);
}

function paymentLine(
  model: Model,
  payment: Payment,
  isSelected: boolean,
  width: number,
): Span[] {
  const { seq, amount, currency, metadata, terms: { tip } } = payment;
  const { card, rest } = columnsOf(width);
  const before = (isSelected ? "▸ " : "  ") +
    fit(String(seq), CELLS.number) +
    fit(timeWords(payment.createdAtMs, model), CELLS.time) +
    fit(formatAmount(amount, currency), CELLS.amount, "right") + "  " +
    fit(cardWords(payment), card - 1) + (card > 0 ? " " : "");
  // A long state pushes the note aside: why a card was declined matters more.
  const words = stateWords(payment);
  const cells = Math.min(rest, Math.max(CELLS.state, widthOf(words) + 2));
  const state = fit(words, cells);
  const tipText = tip === null ? "" : `tip ${formatAmount(tip, currency)} `;
  const after = fit(tipText + (metadata.note ?? ""), rest - cells);
  return isSelected
    ? [span(before + state + after, "selected")]
    : [span(before), span(state, stateTone(payment)), span(after, "dim")];
}

function stateTone({ state }: Payment): Tone {
  switch (state) {
    case "forwarded":
    case "captured":
      return "good";
    case "stored":
    case "unknown":
      return "warn";
    case "declined":
    case "failed":
      return "bad";
    case "canceled":
    case "handed_over":
      return "dim";
  }
}

/** The time of today's payments, the day of older ones. */
function timeWords(
  atMs: number,
  { nowMs, utcOffsetMinutes }: Model,
): string {
  const text = formatTime(atMs, utcOffsetMinutes);
  const isToday = text.slice(0, 10) ===
    formatTime(nowMs, utcOffsetMinutes).slice(0, 10);
  return isToday ? text.slice(11, 16) : text.slice(5, 10);
}

function pageLines(
  { title, lines, top }: Page,
  width: number,
  rows: number,
): Span[][] {
  const shown = lines.slice(top, top + rows - 1);
  const more = lines.length > top + rows - 1 ? "  ↓ more" : "";
  const page = [
    [span(fit(` ${title}${more}`, width), "bold")],
    ...shown.map((line) => [span(fit(`  ${line}`, width))]),
  ];
  while (page.length < rows) page.push([]);
  return page;
}

const MARKS: Readonly<Record<Notice["tone"], string>> = {
  plain: "  ",
  good: "✓ ",
  bad: "✗ ",
  warn: "… ",
};

function noticeLines({ tone, lines }: Notice, width: number): Span[][] {
  const [head = "", ...rest] = lines;
  const wrapped = rest.flatMap((line) => wrap(line, width - 4));
  const all = [
    [span(fit(` ${head === "" ? "" : MARKS[tone]}${head}`, width), tone)],
    ...wrapped.map((line) => [span(fit(`   ${line}`, width))]),
  ];
  while (all.length < NOTICE_ROWS) all.push([]);
  return all.slice(0, NOTICE_ROWS);
}

function inputLine(
  { input }: Model,
  width: number,
): { line: Span[]; cursorColumn: number | null } {
  if (input === null) return { line: [], cursorColumn: null };
  const label = ` ${input.label} `;
  const room = width - widthOf(label) - 1;
  // A long text is shown by its end, where the typing happens.
  let text = input.text;
  let hidden = 0;
  while (widthOf(text) > room) {
    const [first] = text;
    hidden += widthOf(first);
    text = text.slice(first.length);
  }
  return {
    line: [span(label, "bold"), span(text)],
    cursorColumn: widthOf(label) + Math.max(0, input.cursorCells - hidden),
  };
}

function keyLines({ keys, demo }: Model, width: number): Span[][] {
  const lines: Span[][] = [[]];
  let used = 1;
  for (const [key, does] of keys) {
    const cells = widthOf(key) + widthOf(does) + 3;
    if (used + cells > width && lines.length < 3) {
      lines.push([]);
      used = 1;
    }
    if (used + cells > width) break;
    lines.at(-1)!.push(span(` ${key}`, "bold"), span(` ${does} `, "dim"));
    used += cells;
  }
  // The list keeps its place when the help gets shorter.
  while (lines.length < KEY_ROWS) lines.push([]);
  if (demo !== null) {
    const network = demo.isOnline ? "cut the network" : "mend the network";
    lines.push([
      span(" demo ", "dim"),
      span(" n", "bold"),
      span(` ${network} `, "dim"),
      span(" m", "bold"),
      span(fit(` next card: ${demo.card}`, Math.max(0, width - 32)), "dim"),
    ]);
  }
  return lines;
}
