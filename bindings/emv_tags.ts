/**
 * The tag dictionary for people and programs that show messages.
 *
 * Owns: the look-up of name, format, length, templates and sensitivity. What may be logged is an
 * allow-list: only `public` objects, never "everything but".
 * @module
 */
import { TAG_ROWS } from "./_wasm/emv_tags.ts";

/** EMV 4.4 Book 3 §4.3. */
export type TagFormat = "a" | "an" | "ans" | "b" | "cn" | "n" | "var";

/**
 * How a value must be treated: `public` may be shown; `chd` (cardholder data) and `sealed`
 * (cryptogram material) only travel sealed; `sad` (sensitive authentication data) must be gone
 * after authorisation; `vendor` means different things by kernel, so it is sensitive until
 * known; `pin` is never accepted.
 */
export type TagSensitivity =
  | "public"
  | "chd"
  | "sad"
  | "sealed"
  | "vendor"
  | "pin";

/** One entry of the dictionary. */
export interface TagEntry {
  /** The tag as a number. */
  readonly tag: number;
  /** Name of the object. */
  readonly name: string;
  /** Format of the value. */
  readonly format: TagFormat;
  /** Shortest value in bytes. */
  readonly lengthMin: number;
  /** Longest value in bytes; 255 means no limit of its own. */
  readonly lengthMax: number;
  /** Templates in which a card keeps it, hex. */
  readonly templates: readonly string[];
  /** How the value must be treated. */
  readonly sensitivity: TagSensitivity;
  /** True when a decision or an amount depends on it: it may occur once. */
  readonly decides: boolean;
}

let entries: ReadonlyMap<number, TagEntry> | undefined;

/** The entry of `tag`, or undefined when the dictionary does not know it. */
export function tagEntry(tag: number): TagEntry | undefined {
  entries ??= new Map(tagEntries().map((entry) => [entry.tag, entry]));
  return entries.get(tag);
}

/** All entries, ascending by tag; owned by the caller. */
export function tagEntries(): TagEntry[] {
  return TAG_ROWS.map((row) => ({
    tag: row[0],
    format: row[1] as TagFormat,
    lengthMin: row[2],
    lengthMax: row[3],
    templates: row[4] === "" ? [] : row[4].split(" "),
    sensitivity: row[5] as TagSensitivity,
    decides: row[6],
    name: row[7],
  }));
}

/** Whether the value of `tag` may be shown or logged; false for every unknown tag. */
export function mayShowTag(tag: number): boolean {
  return tagEntry(tag)?.sensitivity === "public";
}
