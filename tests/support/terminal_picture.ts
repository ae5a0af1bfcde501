/**
 * What a terminal shows after it was sent some bytes.
 *
 * Owns: as much of ECMA-48 as the register's screen uses, and a complaint about everything else,
 * so that nothing is drawn that this does not see.
 * @module
 */
import { charactersOf, widthOf } from "../../engine/text_cells.ts";

const SEQUENCE =
  // deno-lint-ignore no-control-regex -- they are what is looked for
  /\x1b\[(\??[\d;]*)([A-Za-z])|[\x00-\x1f\x7f]|[^\x00-\x1f\x7f]+/g;

/** A picture of a terminal. */
export class TerminalPicture {
  #rows: string[][] = [];
  #row = 0;
  #column = 0;
  /** Whether the alternate screen is shown, and whether the cursor is. */
  isAlternate = false;
  isCursorShown = true;
  bells = 0;
  /** Select Graphic Rendition sequences that were sent. */
  styles = new Set<string>();

  /** Takes what the terminal was sent; sequences are never cut by the sender's chunks. */
  take(text: string): void {
    for (const [whole, parameters, final] of text.matchAll(SEQUENCE)) {
      if (final !== undefined) this.#control(parameters, final);
      else if (whole === "\x07") this.bells++;
      else if (whole === "\n") this.#row++;
      else if (whole === "\r") this.#column = 0;
      else if (whole < " ") throw new Error(`a control ${escape(whole)}`);
      else this.#print(whole);
    }
  }

  /** Lines as they are seen, without spaces at their end. */
  get lines(): string[] {
    return Array.from(this.#rows, (row) => (row ?? []).join("").trimEnd());
  }

  /** The whole screen. */
  get text(): string {
    return this.lines.join("\n");
  }

  /** Cells the widest line takes. */
  get width(): number {
    return Math.max(0, ...this.lines.map(widthOf));
  }

  #control(parameters: string, final: string): void {
    const [first = 1, second = 1] = parameters.split(";").map(Number);
    if (final === "m") this.styles.add(parameters);
    else if (final === "H") [this.#row, this.#column] = [first - 1, second - 1];
    else if (final === "K") this.#line().length = this.#column;
    else if (final === "J" && parameters === "2") this.#rows = [];
    else if (final === "h" || final === "l") {
      this.#mode(parameters, final === "h");
    } else throw new Error(`an unknown sequence ${parameters}${final}`);
  }

  #mode(name: string, isOn: boolean): void {
    if (name === "?1049") {
      this.isAlternate = isOn;
      this.#rows = [];
      this.#row = this.#column = 0;
    } else if (name === "?25") this.isCursorShown = isOn;
    else if (name !== "?2026") throw new Error(`an unknown mode ${name}`);
  }

  #print(text: string): void {
    const line = this.#line();
    for (const character of charactersOf(text)) {
      line[this.#column] = character;
      // The other cell of a wide character holds nothing of its own.
      for (let cell = 1; cell < widthOf(character); cell++) {
        line[this.#column + cell] = "";
      }
      this.#column += widthOf(character);
    }
  }

  #line(): string[] {
    const line = this.#rows[this.#row] ??= [];
    while (line.length < this.#column) line.push(" ");
    return line;
  }
}
