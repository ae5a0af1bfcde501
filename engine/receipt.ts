/**
 * Receipts: as data, as text for a printer, as HTML.
 *
 * Owns: what EMV and the card schemes want a cardholder to get. What cannot be known before the
 * issuer was asked (account type, response code, authorisation code) is named and marked, never
 * left out silently and never made up; a stored payment says that it is not authorised yet.
 * @see EMV 4.4 Book 4 §11.4; https://docs.stripe.com/terminal/features/receipts
 * @module
 */
import { formatAmount, formatTime } from "./format.ts";
import type { Payment } from "./payment.ts";
import { chunks, row, widthOf, wrap } from "./text_cells.ts";

/** Who sold; printed at the top. */
export interface ReceiptMerchant {
  name: string;
  /** Lines under the name. @default [] */
  address?: readonly string[];
  /** Minutes east of UTC in which times are printed, -840..840. @default 0 */
  utcOffsetMinutes?: number;
}

/** One line: a name and a value, or null for what is not available offline. */
export interface ReceiptField {
  name: string;
  value: string | null;
}

/** Everything on a receipt, ready to be laid out. */
export interface Receipt {
  merchant: Required<ReceiptMerchant>;
  /** Of this payment: paid, to be forwarded, declined. */
  title: string;
  /** What the customer should know; empty when there is nothing. */
  notice: string;
  /** Amount, tip and total. */
  amounts: readonly ReceiptField[];
  /** Card and application, as the schemes require. */
  card: readonly ReceiptField[];
  /** References: code, id, time. */
  references: readonly ReceiptField[];
}

/** What stands where a value cannot be known offline. */
const NOT_AVAILABLE = "not available offline";

/** Lays the facts of a payment out as a receipt. */
export function receiptOf(
  payment: Payment,
  merchant: ReceiptMerchant,
): Receipt {
  const { title, notice } = standing(payment);
  const { utcOffsetMinutes = 0, address = [] } = merchant;
  return {
    merchant: { name: merchant.name, address, utcOffsetMinutes },
    title,
    notice,
    amounts: amountFields(payment),
    card: cardFields(payment),
    references: [
      { name: "Receipt", value: payment.receiptCode },
      { name: "Payment", value: payment.id ?? payment.localId },
      {
        name: "Date",
        value: formatTime(payment.createdAtMs, utcOffsetMinutes),
      },
      ...(payment.isLivemode ? [] : [{ name: "Mode", value: "TEST" }]),
    ],
  };
}

function standing(payment: Payment): { title: string; notice: string } {
  switch (payment.state) {
    case "stored":
    case "unknown":
    case "handed_over":
      return {
        title: "ACCEPTED OFFLINE",
        notice: "Not authorised yet. Your bank is asked once the " +
          "connection returns, and may decline.",
      };
    case "forwarded":
    case "captured":
      return { title: "APPROVED", notice: "" };
    case "declined":
      return { title: "DECLINED", notice: "Nothing was charged." };
    case "failed":
      return { title: "NOT COMPLETED", notice: "The shop will follow up." };
    case "canceled":
      return { title: "CANCELED", notice: "Nothing was charged." };
  }
}

function amountFields(payment: Payment): ReceiptField[] {
  const { amount, currency, terms: { tip } } = payment;
  const total = { name: "TOTAL", value: formatAmount(amount, currency) };
  if (tip === null) return [total];
  return [
    { name: "Amount", value: formatAmount(amount - tip, currency) },
    { name: "Tip", value: formatAmount(tip, currency) },
    total,
  ];
}

function cardFields({ cardPresent: card, error }: Payment): ReceiptField[] {
  const { receipt } = card;
  const read = card.readMethod.startsWith("contactless")
    ? "contactless"
    : "chip";
  return [
    {
      name: "Application",
      value: card.applicationPreferredName ?? card.applicationLabel ??
        card.brand,
    },
    { name: "AID", value: receipt.dedicatedFileName },
    // Four digits and no more: PCI DSS 4.0.1 requirement 3.4.
    { name: "Card", value: `**** ${card.last4} (${read})` },
    { name: "Cardholder", value: CVM_WORDS[card.cvm] ?? card.cvm },
    { name: "Account type", value: null },
    { name: "Response code (ARC)", value: null },
    { name: "Cryptogram (AC)", value: receipt.applicationCryptogram },
    { name: "TVR", value: receipt.terminalVerificationResults },
    { name: "TSI", value: receipt.transactionStatusInformation },
    ...(error === null
      ? []
      : [{ name: "Reason", value: error.declineCode ?? error.code }]),
  ];
}

const CVM_WORDS: Readonly<Record<string, string>> = {
  offline_pin: "verified by PIN",
  offline_pin_and_signature: "verified by PIN and signature",
  online_pin: "verified by PIN",
  signature: "signature",
  biometric: "verified on the device",
  none: "no verification",
  no_cvm_performed: "no verification",
  failure: "verification failed",
};

/**
 * The receipt as plain text, `width` cells wide: a Chinese character takes two, an accent none.
 *
 * @param width 24..80. @default 40
 */
export function receiptText(receipt: Receipt, width = 40): string {
  const rule = "-".repeat(width);
  const { merchant, title, notice, amounts, card, references } = receipt;
  const lines = [
    ...[merchant.name, ...merchant.address]
      .flatMap((line) => centered(line, width)),
    rule,
    ...centered(title, width),
    ...(notice === "" ? [] : wrap(notice, width)),
    rule,
    ...amounts.flatMap(({ name, value }) =>
      row(name, value ?? NOT_AVAILABLE, width)
    ),
    rule,
    ...card.flatMap(({ name, value }) =>
      row(name, value ?? NOT_AVAILABLE, width)
    ),
    rule,
    ...references.flatMap(({ name, value }) =>
      row(name, value ?? NOT_AVAILABLE, width)
    ),
  ];
  return lines.join("\n") + "\n";
}

/** The receipt as one HTML fragment; every value is escaped. */
export function receiptHtml(receipt: Receipt): string {
  const { merchant, title, notice, amounts, card, references } = receipt;
  const rows = (fields: readonly ReceiptField[]): string =>
    fields.map(({ name, value }) =>
      `<tr><th scope="row">${escapeHtml(name)}</th><td>` +
      (value === null ? `<i>${NOT_AVAILABLE}</i>` : escapeHtml(value)) +
      "</td></tr>"
    ).join("");
  const address = merchant.address
    .map((line) => `<p>${escapeHtml(line)}</p>`).join("");
  return `<article class="receipt"><header><h1>${
    escapeHtml(merchant.name)
  }</h1>${address}</header><h2>${escapeHtml(title)}</h2>` +
    (notice === "" ? "" : `<p role="note">${escapeHtml(notice)}</p>`) +
    [amounts, card, references]
      .map((fields) => `<table>${rows(fields)}</table>`).join("") +
    "</article>";
}

/** Makes text safe between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;").replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

function centered(text: string, width: number): string[] {
  // A name without spaces is broken where the paper ends, not cut off.
  const words = text.split(" ").flatMap((word) =>
    word === "" ? [word] : chunks(word, width)
  );
  return wrap(words.join(" "), width).map((line) =>
    " ".repeat(Math.floor((width - widthOf(line)) / 2)) + line
  );
}
