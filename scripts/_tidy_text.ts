/**
 * Judges the text of one file.
 *
 * Owns: line and file sizes, banned words, and the rules for `core/` that no linter reads:
 * no decorator on functions or variables (the formatter deletes them), imports from `core/` only.
 * @module
 */
import { dirname, join } from "node:path/posix";
import type { Finding } from "./tidy.ts";

/** Lines a file may have: aim, and limit. */
const FILE_LINES = { soft: 300, hard: 500 };
/** Adapters stay thin. */
const ADAPTER_LINES = { soft: 150, hard: 250 };
const FUNCTION_LINES = { soft: 50, hard: 70 };
const CORE_COLUMNS_MAX = 100;

/** Handwritten files that may be longer than the limit, each with its reason. */
const LONG_FILES: Readonly<Record<string, string>> = {
  "core/abi.ts": "the one source of the ABI is a table",
  "core/emv_tags.ts": "the tag dictionary is a table",
};

/** Functions that may be longer than the limit, each with its reason. */
const LONG_FUNCTIONS: Readonly<Record<string, string>> = {
  "core/chacha20.ts block":
    "unrolled kernel; the vectors and noble are its twin",
  "core/chacha20_simd.ts fourBlocks":
    "unrolled kernel; chacha20.ts is its twin",
  "core/sha256.ts compress":
    "unrolled kernel; the vectors and noble are its twin",
  "core/field25519.ts fieldMultiply": "unrolled kernel; noble is its twin",
  "core/field25519.ts fieldSquare": "unrolled kernel; noble is its twin",
};

/** Generated files: no size, no words. */
const GENERATED = [
  /^bindings\/_wasm\//,
  /^core\/component\/_jco\//,
  /^docs\/errors\.md$/,
  /^deno\.lock$/,
  /^tests\/vectors\//,
  /_table\.ts$/,
];

/** Files that must spell the banned words to ban them. */
const WORD_EXEMPT =
  /^(scripts\/_tidy_text\.ts|tests\/unit\/scripts\/tidy_test\.ts)$/;

const isAdapter = (path: string): boolean =>
  /^hosts\/(deno|node|browser)\//.test(path);

function sizeFindings(path: string, lines: readonly string[]): Finding[] {
  if (!path.endsWith(".ts")) return [];
  const { soft, hard } = isAdapter(path) ? ADAPTER_LINES : FILE_LINES;
  const count = lines.at(-1) === "" ? lines.length - 1 : lines.length;
  if (count <= soft || Object.hasOwn(LONG_FILES, path)) return [];
  const isTest = path.startsWith("tests/");
  const isHard = count > hard && !isTest;
  const message = `${path}: ${count} lines, aim at ${soft}, at most ${hard}`;
  return [{ isHard, message }];
}

/** A function with a name of its own: declaration, method, or constant arrow. */
interface Block {
  name: string;
  first: number;
  last: number;
}

const HEADS = [
  /^(\s*)(?:(?:export|default|async|static|override|get|set|private) )*function\*? (\w+)/,
  /^(\s*)(?:(?:async|static|override|get|set|private) )*\*?(#?\w+)(?:<[^(]*>)?\(.*(?:\{|\(|,)?$/,
  /^(\s*)(?:export )?const (\w+) = (?:async )?\(/,
];
const KEYWORD = /^(?:if|for|while|switch|catch|return|super|with|await|do)$/;

/** Finds functions by indentation, which the formatter guarantees. */
function functionBlocks(lines: readonly string[]): Block[] {
  return lines.flatMap((line, first) => {
    const match = HEADS.map((head) => line.match(head)).find(Boolean);
    if (!match || KEYWORD.test(match[2])) return [];
    const indent = match[1].length;
    const last = lines.findIndex((other, i) =>
      i > first && other !== "" && other.search(/\S/) <= indent &&
      !/^\s*\).*\{$/.test(other)
    );
    const isClosed = last >= 0 && /^\s*\}[,;]?$/.test(lines[last]) &&
      lines[last].search(/\S/) === indent;
    return isClosed ? [{ name: match[2], first, last }] : [];
  });
}

/** Functions that are too long; the lines of named functions inside count for those. */
function functionFindings(path: string, lines: readonly string[]): Finding[] {
  if (!path.endsWith(".ts") || path.startsWith("tests/")) return [];
  const blocks = functionBlocks(lines);
  return blocks.flatMap(({ name, first, last }) => {
    const inner = blocks.filter((it) => it.first > first && it.last < last);
    const outermost = inner.filter((it) =>
      !inner.some((other) => other.first < it.first && other.last > it.last)
    );
    const innerCount = outermost
      .reduce((sum, it) => sum + it.last - it.first + 1, 0);
    const count = last - first + 1 - innerCount;
    const { soft, hard } = FUNCTION_LINES;
    const isExempt = Object.hasOwn(LONG_FUNCTIONS, `${path} ${name}`);
    if (count <= soft || isExempt) return [];
    const message = `${path}:${first + 1}: ${name}() has ${count} lines, ` +
      `aim at ${soft}, at most ${hard}`;
    return [{ isHard: count > hard, message }];
  });
}

function wordFindings(path: string, lines: readonly string[]): Finding[] {
  if (WORD_EXEMPT.test(path)) return [];
  return lines.flatMap((line, i) => {
    const at = `${path}:${i + 1}`;
    const found: string[] = [];
    if (/\bFIXME\b/.test(line)) found.push("FIXME never merges");
    if (/\bTODO\b(?!\(#\d+\))/.test(line) && !/\btest\.todo\b/.test(line)) {
      found.push("TODO needs an issue number: TODO(#12)");
    }
    if (/^(<{7}|>{7}) /.test(line)) found.push("conflict marker");
    if (/\t/.test(line)) found.push("tab");
    if (/\r$/.test(line)) found.push("carriage return");
    return found.map((word) => ({ isHard: true, message: `${at}: ${word}` }));
  });
}

/** A line of `core/` without strings and comments. */
function codeOf(line: string): string {
  return line.replaceAll(/"[^"]*"/g, '""').replace(/\/\/.*$/, "");
}

function coreFindings(path: string, lines: readonly string[]): Finding[] {
  if (!path.startsWith("core/") || !path.endsWith(".ts")) return [];
  return lines.flatMap((line, i) => {
    const found: string[] = [];
    if ([...line].length > CORE_COLUMNS_MAX) {
      found.push(`${[...line].length} columns, at most ${CORE_COLUMNS_MAX}`);
    }
    const code = codeOf(line);
    if (/^\s*@\w+/.test(code)) {
      found.push("no decorators: the formatter deletes them");
    }
    if (/\bDataView\b/.test(code)) {
      found.push("no DataView: its bounds wrap; use load and store");
    }
    if (/\b(?:Date|Math\.random|console|trace)\b\s*[.(]/.test(code)) {
      found.push("core has no clock, no randomness and no output");
    }
    const from = line.match(/^\s*(?:import|export)\b.*\bfrom\s+"([^"]+)"/)?.[1];
    const isOwn = from?.startsWith(".") &&
      join(dirname(path), from).startsWith("core/");
    if (from && !isOwn) {
      found.push(`core imports only core, not ${from}`);
    }
    return found.map((rule) => ({
      isHard: true,
      message: `${path}:${i + 1}: ${rule}`,
    }));
  });
}

/** Everything found in the text of one file. */
export function tidyText(path: string, text: string): Finding[] {
  if (GENERATED.some((pattern) => pattern.test(path))) return [];
  const lines = text.split("\n");
  const findings = [
    ...sizeFindings(path, lines),
    ...functionFindings(path, lines),
    ...wordFindings(path, lines),
    ...coreFindings(path, lines),
  ];
  if (text !== "" && !text.endsWith("\n")) {
    findings.push({ isHard: true, message: `${path}: no newline at the end` });
  }
  return findings;
}
