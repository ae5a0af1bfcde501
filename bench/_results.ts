/**
 * The section of one room in bench/RESULTS.md, written from figures.
 *
 * Owns: the marks between which a section stands, and the words about aims. Everything outside the
 * marks belongs to other rooms and to people.
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import process from "node:process";
import { run } from "../scripts/_process.ts";

const RESULTS = "bench/RESULTS.md";

/** Nanoseconds by candidate, ours first, by runtime. */
export interface BothRuntimes {
  readonly deno: Readonly<Record<string, number>>;
  readonly node: Readonly<Record<string, number>>;
}

/** An aim of the issue, and what was measured: how many times our time the other takes. */
export interface Aim {
  readonly name: string;
  readonly least: number;
  readonly deno: number;
  readonly node: number;
}

function ns(value: number): string {
  return Math.round(value).toLocaleString("en");
}

/** One row as a table: nanoseconds on both runtimes and the ratio to ours. */
export function rowTable(title: string, { deno, node }: BothRuntimes): string {
  const ours = Object.keys(deno)[0];
  const lines = Object.keys(deno).map((name) =>
    `| ${name} | ${ns(deno[name])} | ${(deno[name] / deno[ours]).toFixed(2)} ` +
    `| ${ns(node[name])} | ${(node[name] / node[ours]).toFixed(2)} |`
  );
  return [
    `| ${title} | Deno, ns | × | Node, ns | × |`,
    "|---|--:|--:|--:|--:|",
    ...lines,
  ].join("\n");
}

/** What was aimed at, and whether it was reached in this run. */
export function aimTable(aims: readonly Aim[]): string {
  const cell = (least: number, ratio: number): string =>
    `${ratio.toFixed(2)}${ratio >= least ? "" : ", **missed**"}`;
  return [
    "| Aim, as a ratio of times | at least | Deno | Node |",
    "|---|--:|--:|--:|",
    ...aims.map(({ name, least, deno, node }) =>
      `| ${name} | ${least} | ${cell(least, deno)} | ${cell(least, node)} |`
    ),
  ].join("\n");
}

/** Where and when: commit, command, processor, runtimes. */
export async function provenance(command: string): Promise<string> {
  const text = async (...args: [string, ...string[]]): Promise<string> => {
    const { stdout } = await run(args[0], args.slice(1));
    return stdout.trim();
  };
  const commit = await text("git", "rev-parse", "--short=10", "HEAD");
  const node = await text("node", "--version");
  const date = new Date().toISOString().slice(0, 10);
  const [{ model }] = cpus();
  return `Commit ${commit}, ${date}, \`${command}\`; ${cpus().length} cores, ` +
    `${model.trim()}; Deno ${process.versions.deno}, Node ${node.slice(1)}.`;
}

/** Puts a room's section into bench/RESULTS.md in place of its old one, or at the end. */
export function writeSection(room: string, text: string): void {
  const [start, end] = [`<!-- ${room} -->`, `<!-- /${room} -->`];
  const old = readFileSync(RESULTS, "utf8");
  const section = `${start}\n${text.trim()}\n${end}\n`;
  const from = old.indexOf(start);
  const to = old.indexOf(end);
  const made = from < 0 || to < from
    ? `${old.trimEnd()}\n\n${section}`
    : old.slice(0, from) + section + old.slice(to + end.length + 1);
  writeFileSync(RESULTS, made);
}
