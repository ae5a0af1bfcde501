/**
 * The terminal as a picture of lines.
 *
 * Owns: the alternate screen and giving the terminal back as it was, whatever ends the program;
 * and writing only the lines that changed, in one synchronised update, so that nothing flickers.
 * @see ECMA-48; https://invisible-island.net/xterm/ctlseqs/ctlseqs.html (1049, 2026)
 * @module
 */
import process from "node:process";
import { sayText } from "../../posix/say_line.ts";

const ENTER = "\x1b[?1049h\x1b[?25l\x1b[2J";
const LEAVE = "\x1b[0m\x1b[?25h\x1b[?1049l";
const BEGIN_UPDATE = "\x1b[?2026h\x1b[?25l";
const END_UPDATE = "\x1b[?2026l";

/** What is on the screen. */
export interface Picture {
  /** One string a row, with its styles. */
  lines: readonly string[];
  /** Where the cursor stands, counted from 0, or null for none. */
  cursor: { row: number; column: number } | null;
}

/** The screen; one at a time. */
export class TerminalScreen {
  #shown: readonly string[] = [];
  #isOpen = false;
  readonly #leave = (): void => this.close();

  /** Cells across. */
  get columns(): number {
    return process.stdout.columns || 80;
  }

  /** Cells down. */
  get rows(): number {
    return process.stdout.rows || 24;
  }

  /** Takes the terminal; `onResize` is called when its size changes. */
  open(onResize: () => void): void {
    this.#isOpen = true;
    sayText(ENTER);
    process.once("exit", this.#leave);
    process.stdout.on("resize", () => {
      // What a terminal shows after a change of size is its own business: draw all of it.
      this.#shown = [];
      onResize();
    });
  }

  /** Shows a picture. */
  show({ lines, cursor }: Picture): void {
    if (!this.#isOpen) return;
    let text = this.#shown.length === 0 ? "\x1b[2J" : "";
    lines.forEach((line, row) => {
      if (line !== this.#shown[row]) text += `\x1b[${row + 1};1H${line}\x1b[K`;
    });
    for (let row = lines.length; row < this.#shown.length; row++) {
      text += `\x1b[${row + 1};1H\x1b[K`;
    }
    this.#shown = lines;
    const place = cursor === null
      ? ""
      : `\x1b[${cursor.row + 1};${cursor.column + 1}H\x1b[?25h`;
    sayText(BEGIN_UPDATE + text + place + END_UPDATE);
  }

  /** Rings the terminal's bell. */
  bell(): void {
    if (this.#isOpen) sayText("\x07");
  }

  /** Gives the terminal back; safe to repeat. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    process.off("exit", this.#leave);
    sayText(LEAVE);
  }
}
