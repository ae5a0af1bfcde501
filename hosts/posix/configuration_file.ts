/**
 * The configuration file of a program: JSON, checked field by field.
 *
 * Owns: that a wrong file is a {@link UsageError} with the field's name, before anything is opened,
 * and that nothing of what the file holds is shown: there are keys in it.
 * @module
 */
import { readFileSync } from "node:fs";
import { isObject } from "../../engine/configuration_check.ts";
import { UsageError } from "./command.ts";

/** One file, read. */
export class ConfigurationFile {
  /** How the file is called in messages. */
  readonly name: string;
  /** What it holds. */
  readonly fields: Readonly<Record<string, unknown>>;

  /**
   * Reads the file; "-" is the standard input.
   *
   * @param known Its fields; any other one is refused, because it is a slip of the pen and what
   *   was meant would silently not hold.
   * @throws {UsageError} when it cannot be read or is no JSON object.
   */
  constructor(path: string, known: readonly string[]) {
    this.name = path === "-" ? "the standard input" : path;
    const value = this.#parse(this.#read(path));
    if (!isObject(value)) {
      throw new UsageError(`${this.name} is no JSON object`);
    }
    this.fields = value;
    for (const field of Object.keys(this.fields)) {
      if (known.includes(field)) continue;
      throw new UsageError(
        `${this.name}: ${field} is no field; there are ${known.join(", ")}`,
      );
    }
  }

  /** Refuses the file unless `isFine`; `expected` says what `field` must be. */
  need(isFine: boolean, field: string, expected: string): void {
    if (!isFine) throw this.#refusal(field, expected);
  }

  /** The members of a field that may be left out, an object; refuses one that is not `known`. */
  members(field: string, known: readonly string[]): Record<string, unknown> {
    const value = this.fields[field];
    if (value === undefined) return {};
    if (!isObject(value)) {
      throw this.#refusal(field, `an object of ${known.join(", ")}`);
    }
    for (const name of Object.keys(value)) {
      this.need(known.includes(name), `${field}.${name}`, "left out");
    }
    return value;
  }

  #refusal(field: string, expected: string): UsageError {
    return new UsageError(
      `${this.name}: expected ${field} to be ${expected}`,
    );
  }

  #read(path: string): string {
    try {
      return readFileSync(path === "-" ? 0 : path, "utf8");
    } catch (error) {
      const { code } = error as { code?: string };
      throw new UsageError(`${this.name} cannot be read: ${code}`);
    }
  }

  #parse(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (error) {
      // The message quotes the text around the place.
      const [place] = /line \d+ column \d+/.exec((error as Error).message) ??
        [];
      const where = place === undefined ? "" : `, ${place}`;
      throw new UsageError(`${this.name} is not JSON${where}`);
    }
  }
}

/** Whether `value` is a text with something in it. */
export function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

/** Whether `value` is so many bytes in hex. */
export function isHex(value: unknown, byteCount: number): boolean {
  return typeof value === "string" && /^[0-9a-f]*$/i.test(value) &&
    value.length === 2 * byteCount;
}

/** Whether `value` is an absolute URL. */
export function isUrl(value: unknown): value is string {
  return isText(value) && URL.canParse(value);
}

/** Whether `value` is a whole number, 0 or more. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Whether `value` is a port; 0 is any free one. */
export function isPort(value: unknown): value is number {
  return isCount(value) && value <= 65_535;
}
