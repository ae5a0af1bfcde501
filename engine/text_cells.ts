/**
 * Text in cells of one width: on a terminal's screen, and on a printer's paper.
 *
 * Owns: how wide a text is (a Chinese character takes two cells, an accent none), so that columns
 * stay columns, and that nothing printed can steer what prints it.
 * @see docs/adr/0013-string-width.md
 * @module
 */
import stringWidth from "string-width";

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Characters as people count them. */
export function charactersOf(text: string): string[] {
  return Array.from(graphemes.segment(text), ({ segment }) => segment);
}

/** Cells a text takes. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** Control characters become spaces: names and notes come from elsewhere. */
export function printable(text: string): string {
  // deno-lint-ignore no-control-regex -- they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, " ");
}

/** Exactly `width` cells: cut with an ellipsis, or filled with spaces at the other side. */
export function fit(
  text: string,
  width: number,
  side: "left" | "right" = "left",
): string {
  if (width < 1) return "";
  const clean = printable(text);
  const taken = widthOf(clean);
  if (taken <= width) {
    const space = " ".repeat(width - taken);
    return side === "left" ? clean + space : space + clean;
  }
  let kept = "";
  let used = 0;
  for (const character of charactersOf(clean)) {
    const cells = widthOf(character);
    if (used + cells > width - 1) break;
    kept += character;
    used += cells;
  }
  // A wide character that did not fit leaves a cell over.
  return kept + "…" + " ".repeat(width - 1 - used);
}

/** Pieces of at most `width` cells, cut wherever one is full. */
export function chunks(text: string, width: number): string[] {
  const pieces: string[] = [];
  let piece = "";
  for (const character of charactersOf(printable(text))) {
    if (piece !== "" && widthOf(piece + character) > width) {
      pieces.push(piece);
      piece = "";
    }
    piece += character;
  }
  return piece === "" ? pieces : [...pieces, piece];
}

/** Lines of at most `width` cells, broken between words where there are any. */
export function wrap(text: string, width: number): string[] {
  const lines = [""];
  for (const word of printable(text).split(" ")) {
    const last = lines[lines.length - 1];
    const joined = last === "" ? word : `${last} ${word}`;
    if (widthOf(joined) <= width) lines[lines.length - 1] = joined;
    else if (last === "") lines[lines.length - 1] = fit(word, width);
    else lines.push(widthOf(word) <= width ? word : fit(word, width));
  }
  return lines;
}

/** Name left, value right; a value that does not fit stands on lines of its own. */
export function row(name: string, value: string, width: number): string[] {
  const [left, text] = [printable(name), printable(value)];
  const space = width - widthOf(left) - widthOf(text);
  if (space >= 1) return [left + " ".repeat(space) + text];
  return [
    ...chunks(left, width),
    ...chunks(text, width - 2).map((piece) => "  " + piece),
  ];
}
