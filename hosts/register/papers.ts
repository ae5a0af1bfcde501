/**
 * What leaves the register on paper or as a file: receipts and daily closes.
 *
 * Owns: the files' names and forms. A file that is there already is never written over.
 * @module
 */
import { writeFileSync } from "node:fs";
import {
  type Payment,
  receiptHtml,
  type ReceiptMerchant,
  receiptOf,
  receiptText,
} from "../../engine/mod.ts";
import { failure } from "../../engine/errors.ts";
import { escapeHtml } from "../../engine/receipt.ts";

/** Columns of the usual roll of 80 mm; receipts on narrower ones are cut by the printer. */
const RECEIPT_WIDTH = 42;

/** The receipt as text for a screen or a printer. */
export function receiptPaper(payment: Payment, shop: ReceiptMerchant): string {
  return receiptText(receiptOf(payment, shop), RECEIPT_WIDTH);
}

/** The receipt as a page of its own. */
function receiptPage(payment: Payment, shop: ReceiptMerchant): string {
  const title = escapeHtml(`${shop.name}, receipt ${payment.receiptCode}`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>
body { font: 14px/1.4 ui-monospace, monospace; margin: 1rem auto; max-width: 24rem; }
h1 { font-size: 1.2rem; } h1, h2, header p { margin: 0.2rem 0; text-align: center; }
h2 { font-size: 1rem; border-block: 1px solid; padding-block: 0.3rem; }
table { width: 100%; border-collapse: collapse; margin-block: 0.5rem; }
th { text-align: left; font-weight: normal; } td { text-align: right; overflow-wrap: anywhere; }
</style>
</head>
<body>
${receiptHtml(receiptOf(payment, shop))}
</body>
</html>
`;
}

/** The file a receipt is written to when the cashier names none. */
export function receiptFile({ receiptCode }: Payment): string {
  return `receipt-${receiptCode}.html`;
}

/**
 * Writes a receipt to a file; a name ending in `.html` gets a page, any other one text.
 *
 * @throws {HoldfastError} `INVALID_ARGUMENT` when the file is there already or cannot be made.
 */
export function writeReceipt(
  path: string,
  payment: Payment,
  shop: ReceiptMerchant,
): void {
  const text = /\.html?$/i.test(path)
    ? receiptPage(payment, shop)
    : receiptPaper(payment, shop);
  try {
    writeFileSync(path, text, { flag: "wx" });
  } catch (cause) {
    const { code = "" } = cause as { code?: string };
    const why = code === "EEXIST" ? "it is there already" : code;
    throw failure("INVALID_ARGUMENT", `${path} cannot be written: ${why}`, {
      cause,
      field: "file",
    });
  }
}
