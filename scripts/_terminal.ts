/**
 * What the scripts print with: colours where a person reads, plain text elsewhere.
 * @module
 */
import process from "node:process";

const coloured = Boolean(process.stdout.isTTY) && !process.env.NO_COLOR;

function paint(code: number): (text: string) => string {
  return (text) => coloured ? `\x1b[${code}m${text}\x1b[0m` : text;
}

/** Marks success. */
export const green: (text: string) => string = paint(32);
/** Marks failure. */
export const red: (text: string) => string = paint(31);
/** Marks a warning. */
export const yellow: (text: string) => string = paint(33);
/** For what a reader may skip. */
export const dim: (text: string) => string = paint(2);
/** For headings. */
export const bold: (text: string) => string = paint(1);

/** Milliseconds as `0.4 s`. */
export function seconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(1)} s`;
}

/**
 * Lays rows out in columns, numbers to the right.
 *
 * @param rows Cells as plain text; the first row is the heading.
 * @returns Lines without a trailing newline.
 */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  }
  const line = (row: readonly string[]): string =>
    row.map((cell, i) =>
      /^[\d.,]+( s)?$/.test(cell)
        ? cell.padStart(widths[i])
        : cell.padEnd(widths[i])
    ).join("  ").trimEnd();
  return rows.map(line).join("\n");
}
