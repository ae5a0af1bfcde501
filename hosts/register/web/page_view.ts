/**
 * What the page shows of the store.
 *
 * Owns: the header and the list. Rows are made anew only when their payment changed, so that the
 * focus stays where it is while a long queue drains.
 * @module
 */
import { formatAmount, formatTime } from "../../../engine/format.ts";
import type { Payment } from "../../../engine/payment.ts";
import type { Glance } from "../register.ts";
import {
  ageWords,
  cardWords,
  stateWords,
  sumsWords,
  waitWords,
} from "../words.ts";
import { element, make } from "./elements.ts";
import { capital } from "./page_dialogs.ts";

/** What can be done with a payment. */
export type RowAction = "receipt" | "void" | "refund" | "capture" | "retry";

const NETWORK_WORDS: Readonly<Record<Glance["networkStatus"], string>> = {
  online: "● Online",
  offline: "○ Offline",
  unknown: "Connecting",
};

/** Shows connection, count, sums and age. */
export function showGlance(glance: Glance, nowMs: number): void {
  const { networkStatus, waitingCount, sums, oldestAtMs } = glance;
  const badge = element("network");
  badge.dataset.network = networkStatus;
  badge.textContent = NETWORK_WORDS[networkStatus];
  const words = waitWords(waitingCount);
  const text = waitingCount === 0
    ? capital(words)
    : `${words}: ${sumsWords(sums)}, oldest ${
      ageWords(nowMs - (oldestAtMs ?? nowMs))
    }`;
  // Written only when it changes: screen readers speak what is written.
  const waiting = element("waiting");
  if (waiting.textContent !== text) waiting.textContent = text;
}

/** The list of payments. */
export class PaymentTable {
  readonly #onAction: (action: RowAction, payment: Payment) => void;
  readonly #rows = new Map<string, { shown: string; row: HTMLElement }>();

  /** `onAction` is called for the buttons of a row. */
  constructor(onAction: (action: RowAction, payment: Payment) => void) {
    this.#onAction = onAction;
  }

  /** Shows `payments`, the newest first. */
  show(payments: readonly Payment[]): void {
    const body = element("payments");
    const kept = new Set<string>();
    payments.forEach((payment, index) => {
      const { localId } = payment;
      kept.add(localId);
      const shown = JSON.stringify([payment.state, payment.error]);
      const known = this.#rows.get(localId);
      const row = known?.shown === shown ? known.row : this.#row(payment);
      if (known !== undefined && known.row !== row) known.row.replaceWith(row);
      this.#rows.set(localId, { shown, row });
      if (body.children[index] !== row) {
        body.insertBefore(row, body.children[index] ?? null);
      }
    });
    for (const [localId, { row }] of this.#rows) {
      if (kept.has(localId)) continue;
      row.remove();
      this.#rows.delete(localId);
    }
    element("empty").hidden = payments.length > 0;
  }

  #row(payment: Payment): HTMLElement {
    const { seq, amount, currency, metadata, terms: { tip } } = payment;
    const row = make("tr");
    const offset = -new Date(payment.createdAtMs).getTimezoneOffset();
    const time = formatTime(payment.createdAtMs, offset);
    const isToday = time.slice(0, 10) ===
      formatTime(Date.now(), offset).slice(0, 10);
    const state = make("td", stateWords(payment));
    state.dataset.state = payment.state;
    const tipWords = tip === null ? "" : `tip ${formatAmount(tip, currency)} `;
    const number = make("th", String(seq));
    number.scope = "row";
    row.append(
      number,
      make("td", isToday ? time.slice(11, 16) : time.slice(5, 10)),
      make("td", formatAmount(amount, currency), "amount"),
      make("td", cardWords(payment)),
      state,
      make("td", tipWords + (metadata.note ?? ""), "note"),
      this.#actions(payment),
    );
    return row;
  }

  #actions(payment: Payment): HTMLElement {
    const cell = make("td", "", "row-actions");
    for (const [action, does] of actionsOf(payment)) {
      const button = make("button", does, "small");
      button.type = "button";
      button.setAttribute("aria-label", `${does} of payment ${payment.seq}`);
      button.addEventListener("click", () => this.#onAction(action, payment));
      cell.append(button);
    }
    return cell;
  }
}

function actionsOf(payment: Payment): [RowAction, string][] {
  const { state, captureMethod } = payment;
  const receipt: [RowAction, string] = ["receipt", "Receipt"];
  switch (state) {
    case "stored":
      return [["void", "Void"], receipt];
    case "failed":
      return [["retry", "Send again"], ["void", "Void"], receipt];
    case "forwarded":
      return captureMethod === "manual"
        ? [["capture", "Capture"], receipt]
        : [["refund", "Refund"], receipt];
    case "captured":
      return [["refund", "Refund"], receipt];
    case "unknown":
    case "declined":
    case "canceled":
    case "handed_over":
      return [receipt];
  }
}
