/**
 * One line that is being typed.
 *
 * Owns: the text and the cursor in it, counted in characters as people count them.
 * @module
 */
import {
  charactersOf,
  printable,
  widthOf,
} from "../../../engine/text_cells.ts";

/** A key as `node:readline` names it. */
export interface Key {
  name?: string;
  sequence?: string;
  ctrl?: boolean;
  meta?: boolean;
}

/** Longer than any note; Stripe's metadata holds 500 characters. */
const LENGTH_MAX = 400;

/** The line. */
export class LineEditor {
  #characters: string[] = [];
  #at = 0;

  /** What was typed. */
  get text(): string {
    return this.#characters.join("");
  }

  /** Cells left of the cursor. */
  get cursorCells(): number {
    return widthOf(this.#characters.slice(0, this.#at).join(""));
  }

  /** Characters typed. */
  get length(): number {
    return this.#characters.length;
  }

  /** Begins anew. */
  clear(): void {
    this.#characters = [];
    this.#at = 0;
  }

  /** Types a text at the cursor. */
  insert(text: string): void {
    const typed = printable(text);
    if (this.text.length + typed.length > LENGTH_MAX) return;
    // An accent may join the character before it, so the line is counted again.
    const before = this.#characters.slice(0, this.#at).join("") + typed;
    const after = this.#characters.slice(this.#at).join("");
    this.#characters = charactersOf(before + after);
    this.#at = charactersOf(before).length;
  }

  /** Takes a key; false when it is none of a line's. */
  press(typed: string | undefined, { name, ctrl, meta }: Key): boolean {
    if (ctrl && name === "u") this.clear();
    else if (ctrl && name === "a" || name === "home") this.#at = 0;
    else if (ctrl && name === "e" || name === "end") this.#at = this.length;
    else if (name === "left") this.#at = Math.max(0, this.#at - 1);
    else if (name === "right") this.#at = Math.min(this.length, this.#at + 1);
    else if (name === "backspace") this.#remove(this.#at - 1);
    else if (name === "delete") this.#remove(this.#at);
    else if (typed && !ctrl && !meta && printable(typed) === typed) {
      this.insert(typed);
    } else return false;
    return true;
  }

  #remove(index: number): void {
    if (index < 0 || index >= this.length) return;
    this.#characters.splice(index, 1);
    if (index < this.#at) this.#at--;
  }
}

/** Whether a key ends a line. */
export function isEnter({ name }: Key): boolean {
  return name === "return" || name === "enter";
}
