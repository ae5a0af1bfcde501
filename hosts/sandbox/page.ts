/**
 * The inspection page: what happened, for people. Plain HTML and CSS.
 *
 * Owns: nothing but presentation. Shows no card data beyond last four digits,
 * because nothing it reads from has any.
 * @module
 */
import type { JournalEntry } from "./journal.ts";
import type { SandboxParts } from "./parts.ts";
import {
  type IntentSummary,
  reportOf,
  type SandboxReport,
  summariseIntents,
} from "./report.ts";

// More rows than a person reads; the control API has them all.
const ROWS = 500;

/** Returns the page as HTML. */
export function renderPage(parts: SandboxParts): string {
  const report = reportOf(parts.state);
  const intents = summariseIntents(parts.state);
  const now = new Date(parts.clock.nowMs()).toISOString();
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sandbox</title>
<style>${STYLE}</style>
<h1>Sandbox</h1>
<p>Virtual time ${escape(now)}. ${parts.journal.total} requests.
Newest first, at most ${ROWS} rows each.</p>
${summary(report)}
${faultTable(parts)}
<h2>Payments charged more than once</h2>
${duplicateTable(report)}
<h2>Payment intents</h2>
${intentTable(intents)}
<h2>Requests</h2>
${requestTable(parts.journal.entries)}
</html>
`;
}

const STYLE = `
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:80rem;
padding:0 1rem;color:#1a1f36;background:#fff}
h1{font-size:1.6rem}h2{font-size:1.15rem;margin-top:2rem}
table{border-collapse:collapse;width:100%;font-size:13px}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #e3e8ee;
vertical-align:top}
th{color:#4f566b;font-weight:600}
td{font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
dl{display:flex;flex-wrap:wrap;gap:1.5rem}dt{color:#4f566b;font-size:13px}
dd{margin:0;font-size:1.4rem;font-variant-numeric:tabular-nums}
.bad{color:#a41c4e;font-weight:600}.good{color:#05690d}
@media (prefers-color-scheme:dark){body{background:#10131f;color:#e3e8ee}
th,dt{color:#a3acb9}th,td{border-color:#30374a}.bad{color:#ff8fa3}
.good{color:#85d996}}`;

function summary(report: SandboxReport): string {
  const facts: [string, string, string?][] = [
    ["Intents", String(report.intents)],
    ["Charges", String(report.charges)],
    ["Declined", String(report.declined_charges)],
    ["Refunds", String(report.refunds)],
    [
      "Duplicates",
      String(report.duplicates),
      report.duplicates > 0 ? "bad" : "good",
    ],
    ["Never confirmed", String(report.orphans.length)],
    ["Captured", money(report.amounts)],
    ["Reserved", money(report.uncaptured)],
  ];
  const items = facts.map(([name, value, tone = ""]) =>
    `<div><dt>${name}</dt><dd class="${tone}">${escape(value)}</dd></div>`
  );
  return `<dl>${items.join("")}</dl>`;
}

function faultTable(parts: SandboxParts): string {
  const { rules } = parts.faults;
  if (rules.length === 0) return "<p>No faults are switched on.</p>";
  return table(
    ["Fault", "Chance", "Left", "Only", "Hits"],
    rules.map((rule) => [
      rule.kind,
      String(rule.probability ?? 1),
      rule.count == null ? "no end" : String(rule.count - rule.hits),
      `${rule.method ?? ""} ${rule.path ?? ""}`,
      String(rule.hits),
    ]),
  );
}

function duplicateTable(report: SandboxReport): string {
  const rows = [
    ...report.duplicates_by_local_id.map((d) => ["payment id", d] as const),
    ...report.duplicates_by_cryptogram.map((d) => ["chip", d] as const),
  ];
  if (rows.length === 0) return '<p class="good">None.</p>';
  return table(
    ["Found by", "Key", "Intents"],
    rows.map(([by, { key, intents }]) => [by, key, intents.join(" ")]),
  );
}

function intentTable(intents: IntentSummary[]): string {
  return table(
    ["Intent", "Account", "Payment id", "Amount", "Status", "Charges"],
    newest(intents).map((intent) => [
      intent.id,
      `${intent.account} ${intent.livemode ? "live" : "test"}`,
      intent.local_id ?? "",
      `${intent.amount} ${intent.currency}`,
      intent.status + (intent.decline_code ? ` (${intent.decline_code})` : ""),
      intent.charges.map((c) => `${c.id} ${c.status} •${c.last4}`).join("; "),
    ]),
  );
}

function requestTable(entries: readonly JournalEntry[]): string {
  return table(
    ["#", "Time", "Request", "Key", "Status", "Faults", "Answered with"],
    newest(entries).map((entry) => [
      String(entry.sequence),
      new Date(entry.at_ms).toISOString().slice(11, 23),
      `${entry.method} ${entry.path}`,
      (entry.idempotency_key ?? "") + (entry.replayed ? " (replayed)" : ""),
      entry.status === null ? "none" : String(entry.status),
      entry.faults.join(", "),
      entry.object ?? "",
    ]),
  );
}

function newest<T>(items: readonly T[]): T[] {
  return items.slice(-ROWS).reverse();
}

function table(head: string[], rows: string[][]): string {
  const cells = (tag: string, row: string[]) =>
    `<tr>${
      row.map((cell) => `<${tag}>${escape(cell)}</${tag}>`).join("")
    }</tr>`;
  const body = rows.map((row) => cells("td", row)).join("\n");
  return `<table><thead>${cells("th", head)}</thead>
<tbody>${body}</tbody></table>`;
}

function money(sums: Record<string, number>): string {
  const parts = Object.entries(sums).map(([code, sum]) => `${sum} ${code}`);
  return parts.join(", ") || "0";
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
