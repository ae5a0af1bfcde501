/**
 * What the inspection page is built of: style, tables, labels.
 *
 * Owns: escaping. A cell is text, or HTML that was made here.
 * @module
 */

/** HTML that is safe to show. */
export interface Html {
  readonly html: string;
}

/** One cell of a table. */
export type Cell = string | Html;

/** How a label is meant. */
export type Tone = "good" | "bad" | "warn" | "plain";

/** The page's style; light and dark, readable on a till's own screen. */
export const STYLE = `
:root{--text:#1a1f36;--dim:#4f566b;--line:#e3e8ee;--back:#fff;--band:#f6f8fa;
--good:#05690d;--good-back:#e3f5e4;--bad:#a41c4e;--bad-back:#fde8ef;
--warn:#7a4100;--warn-back:#fdf0d5;--link:#3b3fb6}
@media (prefers-color-scheme:dark){:root{--text:#e3e8ee;--dim:#a3acb9;
--line:#30374a;--back:#10131f;--band:#181d2c;--good:#85d996;--good-back:#12331b;
--bad:#ff8fa3;--bad-back:#431526;--warn:#f5c26b;--warn-back:#3b2a0b;
--link:#a5a8ff}}
*{box-sizing:border-box}
body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:90rem;
padding:1.5rem;color:var(--text);background:var(--back)}
h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:2.2rem 0 .5rem}
h2 small{color:var(--dim);font-weight:400;font-size:.85rem}
a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}
header{display:flex;flex-wrap:wrap;gap:.5rem 1.5rem;align-items:baseline}
header p,.note{margin:0;color:var(--dim)}
nav{position:sticky;top:0;z-index:2;display:flex;flex-wrap:wrap;gap:.4rem 1.2rem;
align-items:center;padding:.6rem 0;margin:.8rem 0 1rem;background:var(--back);
border-bottom:1px solid var(--line)}
nav form{margin-left:auto;display:flex;flex-wrap:wrap;gap:.4rem .6rem;
align-items:center}
input,button{font:inherit;font-size:13px;padding:.25rem .6rem;color:var(--text);
background:var(--band);border:1px solid var(--line);border-radius:.35rem}
input{width:20rem;max-width:60vw}
.verdict{padding:.7rem 1rem;border-radius:.5rem;font-weight:600;margin:0 0 1rem}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(9rem,1fr));
gap:.6rem;margin:0}
dl div{background:var(--band);border-radius:.5rem;padding:.5rem .8rem}
dt{color:var(--dim);font-size:12px}
dd{margin:0;font-size:1.25rem;font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:13px}
th,td{text-align:left;padding:.3rem .7rem .3rem 0;vertical-align:top;
border-bottom:1px solid var(--line)}
th{color:var(--dim);font-weight:600;white-space:nowrap}
td{font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
tbody tr:hover{background:var(--band)}
code{font:12px/1.6 ui-monospace,monospace}
.num{white-space:nowrap}
.tag{display:inline-block;padding:0 .5rem;border-radius:1rem;font-size:12px;
white-space:nowrap;background:var(--band)}
.good{color:var(--good);background:var(--good-back)}
.bad{color:var(--bad);background:var(--bad-back)}
.warn{color:var(--warn);background:var(--warn-back)}
dd{background:none!important}`;

/** Text that may stand anywhere in HTML. */
export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** A label. */
export function tag(text: string, tone: Tone = "plain"): Html {
  return { html: `<span class="tag ${tone}">${escape(text)}</span>` };
}

/** An id that leads to everything about it; empty for none. */
export function idLink(id: string | null): Html {
  if (!id) return { html: "" };
  const href = `/?q=${encodeURIComponent(id)}`;
  return { html: `<a href="${href}"><code>${escape(id)}</code></a>` };
}

/** Several pieces, one after the other. */
export function row(...pieces: Cell[]): Html {
  return { html: pieces.map(htmlOf).join(" ") };
}

/** Figures and times, never broken into two lines. */
export function figure(text: string): Html {
  return { html: `<span class="num">${escape(text)}</span>` };
}

/** A table, or a sentence when there are no rows. */
export function table(head: string[], rows: Cell[][], none: string): string {
  if (rows.length === 0) return `<p class="note">${escape(none)}</p>`;
  const cells = (name: string, list: Cell[]) =>
    `<tr>${
      list.map((cell) => `<${name}>${htmlOf(cell)}</${name}>`).join("")
    }</tr>`;
  return `<div class="scroll"><table><thead>${cells("th", head)}</thead>
<tbody>${
    rows.map((list) => cells("td", list)).join("\n")
  }</tbody></table></div>`;
}

function htmlOf(cell: Cell): string {
  return typeof cell === "string" ? escape(cell) : cell.html;
}
