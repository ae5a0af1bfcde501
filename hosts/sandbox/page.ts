/**
 * The inspection page: every request, charge, key and duplicate, for people. Plain HTML, no script.
 *
 * Owns: what is shown and in which order. Shows no card data beyond last four digits, because
 * nothing it reads from has any.
 * @module
 */
import { formatAmount } from "../../engine/format.ts";
import { KEY_LIFETIME_MS } from "./idempotency.ts";
import type { JournalEntry } from "./journal.ts";
import {
  type Cell,
  escape,
  figure,
  type Html,
  idLink,
  row,
  STYLE,
  table,
  tag,
  type Tone,
} from "./page_parts.ts";
import type { SandboxParts } from "./parts.ts";
import {
  type IntentSummary,
  reportOf,
  type SandboxReport,
  summariseIntents,
} from "./report.ts";

// More rows than a person reads; the control API has them all.
const ROWS = 500;

const TONES: Readonly<Record<string, Tone>> = {
  succeeded: "good",
  requires_capture: "warn",
  processing: "warn",
  failed: "bad",
};

/** Returns the page as HTML; with `query`, only what has that text in it. */
export function renderPage(parts: SandboxParts, query = ""): string {
  const report = reportOf(parts.state);
  const doubled = new Set(
    [...report.duplicates_by_local_id, ...report.duplicates_by_cryptogram]
      .flatMap(({ intents }) => intents),
  );
  const intents = matching(summariseIntents(parts.state), query);
  const entries = matching(parts.journal.entries, query, intents);
  const keys = keysOf(entries);
  const charges = intents.flatMap((intent) =>
    intent.charges.map((charge) => ({ intent, charge }))
  );
  const sections: [string, string, number, string][] = [
    ["charges", "Charges", charges.length, chargeTable(charges, doubled)],
    ["intents", "Payment intents", intents.length, intentTable(intents)],
    ["keys", "Keys", keys.length, keyTable(keys, parts.clock.nowMs())],
    ["requests", "Requests", entries.length, requestTable(entries)],
  ];
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sandbox</title>
<style>${STYLE}</style>
${head(parts, sections, query)}
${verdict(report)}
${summary(report)}
<h2 id="faults">Faults</h2>
${faultTable(parts)}
${duplicateSection(report)}
${sections.map((section) => sectionOf(section)).join("\n")}
</html>
`;
}

function head(
  { clock, journal }: SandboxParts,
  sections: readonly [string, string, number, string][],
  query: string,
): string {
  const now = new Date(clock.nowMs()).toISOString().replace("T", " ");
  const links = sections.map(([id, title, count]) =>
    `<a href="#${id}">${title} ${count}</a>`
  );
  const clear = query === "" ? "" : `<a href="/">show everything</a>`;
  return `<header><h1>Sandbox</h1>
<p>${escape(now)}, virtual time${clock.isRunning ? "" : ", standing still"}</p>
<p>${journal.total} requests so far</p></header>
<nav>${links.join("\n")}
<form action="/"><input name="q" value="${escape(query)}"
aria-label="Show only what contains"
placeholder="an id, a key, a status, a fault">
<button>Filter</button>${clear}</form></nav>`;
}

function verdict({ duplicates, charges }: SandboxReport): string {
  const isGood = duplicates === 0;
  const many = duplicates === 1 ? "payment was" : "payments were";
  const text = isGood
    ? `No payment was charged twice; ${charges} charges.`
    : `${duplicates} ${many} charged more than once.`;
  return `<p class="verdict ${isGood ? "good" : "bad"}">${text}</p>`;
}

function summary(report: SandboxReport): string {
  const facts: [string, string, Tone?][] = [
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
  const items = facts.map(([name, value, tone = "plain"]) =>
    `<div><dt>${name}</dt><dd class="${tone}">${escape(value)}</dd></div>`
  );
  return `<dl>${items.join("")}</dl>`;
}

function sectionOf(
  [id, title, count, body]: [string, string, number, string],
): string {
  const shown = count > ROWS ? `the newest ${ROWS} of ${count}` : String(count);
  return `<h2 id="${id}">${title} <small>${shown}</small></h2>\n${body}`;
}

function faultTable(parts: SandboxParts): string {
  return table(
    ["Fault", "Chance", "Left", "Only", "Hits"],
    parts.faults.rules.map((rule) => [
      tag(rule.kind, "warn"),
      String(rule.probability ?? 1),
      rule.count == null ? "no end" : String(rule.count - rule.hits),
      `${rule.method ?? ""} ${rule.path ?? ""}`,
      String(rule.hits),
    ]),
    "None is switched on.",
  );
}

function duplicateSection(report: SandboxReport): string {
  const rows = [
    ...report.duplicates_by_local_id.map((d) => ["payment id", d] as const),
    ...report.duplicates_by_cryptogram.map((d) => ["chip", d] as const),
  ];
  return `<h2 id="duplicates">Charged more than once</h2>\n${
    table(
      ["Found by", "Payment", "Intents"],
      rows.map(([by, { key, intents }]) => [
        tag(by, "bad"),
        idLink(key),
        row(...intents.map((id) => idLink(id))),
      ]),
      "None.",
    )
  }`;
}

function chargeTable(
  charges: readonly {
    intent: IntentSummary;
    charge: IntentSummary["charges"][number];
  }[],
  doubled: ReadonlySet<string>,
): string {
  return table(
    ["Charge", "Intent", "Payment", "Amount", "Status", "Card"],
    newest(charges).map(({ intent, charge }) => [
      idLink(charge.id),
      idLink(intent.id),
      idLink(intent.local_id),
      figure(formatAmount(charge.amount, intent.currency)),
      doubled.has(intent.id)
        ? row(statusTag(charge.status), tag("duplicate", "bad"))
        : statusTag(charge.status),
      charge.last4 === "" ? "" : `•••• ${charge.last4}`,
    ]),
    "None.",
  );
}

function intentTable(intents: readonly IntentSummary[]): string {
  return table(
    ["Intent", "Payment", "Amount", "Status", "Account"],
    newest(intents).map((intent) => [
      idLink(intent.id),
      idLink(intent.local_id),
      figure(formatAmount(intent.amount, intent.currency)),
      intent.decline_code
        ? row(statusTag(intent.status), tag(intent.decline_code, "bad"))
        : statusTag(intent.status),
      row(idLink(intent.account), tag(intent.livemode ? "live" : "test")),
    ]),
    "None.",
  );
}

/** What became of one idempotency key. */
interface KeyUse {
  key: string;
  first: JournalEntry;
  uses: number;
  replays: number;
  /** Statuses in order, each once. */
  statuses: (number | null)[];
  objects: Set<string>;
}

/** Every key of these requests, in order of its first use. */
function keysOf(entries: readonly JournalEntry[]): KeyUse[] {
  const keys = new Map<string, KeyUse>();
  for (const entry of entries) {
    const { idempotency_key: key, account, status, object } = entry;
    if (key === null) continue;
    const name = `${account} ${key}`;
    const use = keys.get(name) ?? {
      key,
      first: entry,
      uses: 0,
      replays: 0,
      statuses: [],
      objects: new Set(),
    };
    keys.set(name, use);
    use.uses++;
    if (entry.replayed) use.replays++;
    if (!use.statuses.includes(status)) use.statuses.push(status);
    if (object !== null) use.objects.add(object);
  }
  return [...keys.values()];
}

function keyTable(keys: readonly KeyUse[], nowMs: number): string {
  return table(
    ["Key", "First used", "For", "Requests", "Replayed", "Answers", "Object"],
    newest(keys).map(({ key, first, uses, replays, statuses, objects }) => [
      idLink(key),
      nowMs - first.at_ms >= KEY_LIFETIME_MS
        ? row(timeOf(first), tag("forgotten", "warn"))
        : timeOf(first),
      `${first.method} ${shortened(first.path)}`,
      figure(String(uses)),
      figure(replays === 0 ? "" : String(replays)),
      row(...statuses.map((status) => answerTag(status))),
      row(...[...objects].map((id) => idLink(id))),
    ]),
    "None.",
  );
}

function requestTable(entries: readonly JournalEntry[]): string {
  return table(
    ["#", "Time", "Request", "Key", "Answer", "Faults", "Object"],
    newest(entries).map((entry): Cell[] => [
      figure(String(entry.sequence)),
      timeOf(entry),
      `${entry.method} ${entry.path.replace("/v1/", "")}`,
      entry.replayed
        ? row(idLink(entry.idempotency_key), tag("replayed"))
        : idLink(entry.idempotency_key),
      answerTag(entry.status),
      row(...entry.faults.map((fault) => tag(fault, "warn"))),
      idLink(entry.object),
    ]),
    "None.",
  );
}

/** Keeps what has `query` in it; requests also for an intent that was kept. */
function matching<T extends IntentSummary | JournalEntry>(
  items: readonly T[],
  query: string,
  intents: readonly IntentSummary[] = [],
): readonly T[] {
  if (query === "") return items;
  const ids = new Set(intents.map(({ id }) => id));
  return items.filter((item) =>
    JSON.stringify(item).includes(query) ||
    ("sequence" in item && concerns(item, ids))
  );
}

function concerns(entry: JournalEntry, ids: ReadonlySet<string>): boolean {
  return (entry.object !== null && ids.has(entry.object)) ||
    entry.path.split("/").some((part) => ids.has(part));
}

function statusTag(status: string): Html {
  return tag(status, TONES[status] ?? "plain");
}

function answerTag(status: number | null): Html {
  if (status === null) return tag("not executed", "warn");
  if (status < 300) return tag(String(status), "good");
  return tag(String(status), status === 402 ? "warn" : "bad");
}

/** The id of an intent stands in the next column already. */
function shortened(path: string): string {
  return path.replace(/^\/v1\//, "").replace(/pi_\w+/, "…");
}

function timeOf({ at_ms: atMs }: JournalEntry): Html {
  return figure(new Date(atMs).toISOString().slice(5, 23).replace("T", " "));
}

function newest<T>(items: readonly T[]): T[] {
  return items.slice(-ROWS).reverse();
}

function money(sums: Record<string, number>): string {
  const parts = Object.entries(sums).map(([code, sum]) =>
    formatAmount(sum, code)
  );
  return parts.join(", ") || "0";
}
