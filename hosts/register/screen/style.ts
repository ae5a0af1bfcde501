/**
 * Colours of the screen.
 *
 * Owns: that colour never is the only sign of anything (words and marks say the same), and that
 * NO_COLOR leaves none of it.
 * @see https://no-color.org
 * @module
 */

/** How a piece of text looks. */
export type Tone =
  | "plain"
  | "bold"
  | "dim"
  | "good"
  | "bad"
  | "warn"
  | "selected"
  | "good_badge"
  | "warn_badge";

/** Select Graphic Rendition parameters (ECMA-48 8.3.117). */
const COLOURED: Readonly<Record<Tone, string>> = {
  plain: "",
  bold: "1",
  dim: "2",
  good: "32",
  bad: "1;31",
  warn: "33",
  selected: "7",
  good_badge: "1;30;42",
  warn_badge: "1;30;43",
};

const COLOURLESS: Readonly<Record<Tone, string>> = {
  ...COLOURED,
  good: "",
  bad: "1",
  warn: "",
  good_badge: "1",
  warn_badge: "7",
};

/** A piece of a line. */
export interface Span {
  text: string;
  tone: Tone;
}

/** Makes a painter of spans. */
export function createPainter(
  hasColour: boolean,
): (spans: readonly Span[]) => string {
  const codes = hasColour ? COLOURED : COLOURLESS;
  return (spans) =>
    spans.map(({ text, tone }) =>
      codes[tone] === "" || text === ""
        ? text
        : `\x1b[${codes[tone]}m${text}\x1b[0m`
    ).join("");
}
