/**
 * The one question that stands on the screen.
 *
 * Owns: its answer. While there is a question, it gets every key.
 * @module
 */
import { isEnter, type Key, LineEditor } from "./line_editor.ts";
import type { KeyHelp, Model } from "./view.ts";

interface Question {
  label: string;
  isSecret: boolean;
  answer: (text: string | null) => void;
}

interface Choice {
  question: string;
  answer: (isYes: boolean) => void;
}

/** Questions, one at a time. */
export class Dialog {
  readonly #onChange: () => void;
  readonly #reply = new LineEditor();
  #question: Question | null = null;
  #choice: Choice | null = null;

  /** `onChange` is called when a question comes or goes. */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** Asks for a line; null when the cashier leaves. */
  ask(label: string, isSecret: boolean): Promise<string | null> {
    this.#reply.clear();
    return new Promise((resolve) => {
      const answer = (text: string | null): void => {
        this.#question = null;
        this.#reply.clear();
        resolve(text);
        this.#onChange();
      };
      this.#question = { label, isSecret, answer };
      this.#onChange();
    });
  }

  /** Asks yes or no. */
  confirm(question: string): Promise<boolean> {
    return new Promise((resolve) => {
      const answer = (isYes: boolean): void => {
        this.#choice = null;
        resolve(isYes);
        this.#onChange();
      };
      this.#choice = { question, answer };
      this.#onChange();
    });
  }

  /** Leaves the question, if there is one. */
  leave(): void {
    this.#question?.answer(null);
    this.#choice?.answer(false);
  }

  /** Takes a key; false when nothing is asked. */
  press(typed: string | undefined, key: Key): boolean {
    if (this.#choice !== null) {
      if (/^y$/i.test(typed ?? "")) this.#choice.answer(true);
      else if (/^n$/i.test(typed ?? "") || key.name === "escape") this.leave();
      return true;
    }
    if (this.#question === null) return false;
    if (key.name === "escape") this.leave();
    else if (isEnter(key)) this.#question.answer(this.#reply.text);
    else this.#reply.press(typed, key);
    return true;
  }

  /** What stands in the input line, or null when nothing is asked. */
  get input(): Model["input"] {
    if (this.#choice !== null) {
      const label = `${this.#choice.question}  y / n`;
      return { label, text: "", cursorCells: 0 };
    }
    if (this.#question === null) return null;
    const { label, isSecret } = this.#question;
    const { text, length, cursorCells } = this.#reply;
    const shown = isSecret ? "•".repeat(length) : text;
    return { label: `${label}:`, text: shown, cursorCells };
  }

  /** The keys that answer, or null when nothing is asked. */
  get keys(): readonly KeyHelp[] | null {
    if (this.#choice !== null) return [["y", "yes"], ["n", "no"]];
    if (this.#question === null) return null;
    return [["Enter", "goes on"], ["Esc", "leaves"]];
  }
}
