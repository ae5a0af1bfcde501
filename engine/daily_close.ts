/**
 * The daily close: what was taken, what became of it, and anchors against tampering.
 *
 * Owns: what a close says and how it is printed. Only `forwarded` and `captured` is money that an
 * issuer has said yes to, and a close never adds anything else to it. Payments in a sealed file
 * are the money of the device that forwards them, so the closes of two devices add up.
 * @module
 */
import { formatAmount, formatTime } from "./format.ts";
import type { Rooms } from "./rooms.ts";
import {
  type ChainAnchor,
  type CloseTotal,
  DayBook,
} from "./store/day_book.ts";
import { chunks, row } from "./text_cells.ts";
import { toHex } from "./uuid.ts";

/** One close; plain data, kept in the store word for word. */
export interface DailyClose {
  /** 1, 2, 3 … on this device. */
  number: number;
  atMs: number;
  account: string;
  /** 1 for real money, 0 for test mode; a number, so that the store can compare it. */
  isLivemode: 0 | 1;
  /** Payments stored since the close before. */
  totals: readonly CloseTotal[];
  /** Payments of earlier closes that still have no outcome. */
  stillOpen: readonly CloseTotal[];
  /** Payments of earlier closes that got their outcome since the close before. */
  settledLater: readonly CloseTotal[];
  /**
   * Sums by currency that issuers have authorised, of `totals` and `settledLater`: each payment is
   * in the first close made after its issuer said yes, whenever it was stored.
   */
  authorised: Readonly<Record<string, number>>;
  /** Refusals and lifted limits since the close before. */
  refusedCount: number;
  approvedCount: number;
  chains: readonly ChainAnchor[];
  /** The activity log: whether it is intact, its length and its last signature. */
  activity: { isIntact: boolean; count: number; head: string | null };
}

const AUTHORISED: readonly string[] = ["forwarded", "captured"];

/** Makes and keeps the next close, in one transaction. */
export function closeDay(rooms: Rooms): DailyClose {
  const { accept, configuration: { account }, ports } = rooms;
  const { activity, database } = accept;
  const book = new DayBook(database, {
    account: account.id,
    isLivemode: account.isLivemode,
  });
  return database.transaction(() => {
    const before = book.lastClose();
    const lastRowId = book.lastRowId();
    const number = book.nextNumber();
    const closes = activity.ofKind("daily_close").map(({ body }) => body);
    const sinceId = lastLineOf(closes.at(-1));
    // Another account may have been closed in between.
    const ownId = lastLineOf(
      closes.findLast((body) => body.number === before.number),
    );
    const totals = book.totals(before.lastRowId);
    // A close that does not tell its line was made before lines were kept.
    const settledLater = ownId === 0
      ? []
      : book.settledLater(before.lastRowId, ownId);
    const check = activity.verify();
    const close: DailyClose = {
      number,
      atMs: ports.clock.nowMs(),
      account: account.id,
      isLivemode: account.isLivemode ? 1 : 0,
      totals,
      stillOpen: book.stillOpen(before.lastRowId),
      settledLater,
      authorised: authorisedOf([...totals, ...settledLater]),
      refusedCount: activity.ofKind("refused", sinceId).length,
      approvedCount: activity.ofKind("approved", sinceId).length,
      chains: book.anchors(),
      activity: {
        isIntact: check.isIntact,
        count: check.count,
        head: check.head === null ? null : toHex(check.head),
      },
    };
    book.add(number, close.atMs, lastRowId, JSON.stringify(close));
    activity.add("daily_close", null, { number, line: activity.lastId() + 1 });
    return close;
  });
}

/** Kept closes, the newest first. */
export function dailyCloses(rooms: Rooms, limit: number): DailyClose[] {
  const { configuration: { account }, accept: { database } } = rooms;
  const book = new DayBook(database, {
    account: account.id,
    isLivemode: account.isLivemode,
  });
  return book.bodies(limit).map((body) => {
    const close = JSON.parse(body) as DailyClose;
    // Closes of before lack it.
    return { ...close, settledLater: close.settledLater ?? [] };
  });
}

function lastLineOf(
  body: Readonly<Record<string, unknown>> | undefined,
): number {
  return typeof body?.line === "number" ? body.line : 0;
}

function authorisedOf(totals: readonly CloseTotal[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { currency, outcome, amount } of totals) {
    if (!AUTHORISED.includes(outcome)) continue;
    sums[currency] = (sums[currency] ?? 0) + amount;
  }
  return sums;
}

/** Cells of a line of a printed close. */
const WIDTH = 48;

/** The close as plain text of 48 cells: a Chinese character takes two, an accent none. */
export function dailyCloseText(
  close: DailyClose,
  utcOffsetMinutes = 0,
): string {
  const rule = "-".repeat(WIDTH);
  const { activity } = close;
  const mode = close.isLivemode === 1 ? "" : "  TEST MODE";
  const authorised = Object.entries(close.authorised);
  const lines = [
    `DAILY CLOSE ${close.number}${mode}`,
    formatTime(close.atMs, utcOffsetMinutes),
    ...chunks(close.account, WIDTH),
    rule,
    ...table(close.totals),
    ...(close.settledLater.length === 0
      ? []
      : ["OUTCOMES OF EARLIER CLOSES", ...table(close.settledLater)]),
    rule,
    "AUTHORISED BY THE ISSUERS",
    ...(authorised.length === 0
      ? ["  nothing yet"]
      : authorised.flatMap(([currency, sum]) =>
        right("", formatAmount(sum, currency))
      )),
    ...(close.stillOpen.length === 0
      ? []
      : ["STILL OPEN FROM EARLIER CLOSES", ...table(close.stillOpen)]),
    rule,
    ...right("refused", String(close.refusedCount)),
    ...right("limits lifted by a manager", String(close.approvedCount)),
    rule,
    ...close.chains.flatMap(({ epoch, seq, hash }) =>
      right(`chain ${epoch}, record ${seq}`, hash.slice(0, 16))
    ),
    ...right(
      `log of ${activity.count} lines ${
        activity.isIntact ? "intact" : "BROKEN"
      }`,
      activity.head?.slice(0, 16) ?? "empty",
    ),
  ];
  return lines.join("\n") + "\n";
}

function table(totals: readonly CloseTotal[]): string[] {
  if (totals.length === 0) return ["  no payments"];
  return totals.flatMap(({ brand, outcome, count, amount, tip, currency }) => [
    ...right(
      `${count} x ${brand} ${outcome}`,
      formatAmount(amount, currency),
    ),
    ...(tip === 0 ? [] : right("  of it tips", formatAmount(tip, currency))),
  ]);
}

function right(name: string, value: string): string[] {
  return row(name, value, WIDTH);
}
