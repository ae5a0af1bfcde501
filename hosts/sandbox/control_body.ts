/**
 * Reads the JSON of one control request and refuses what is no part of it.
 *
 * Owns: the sentences of a refusal. Each names the field that the caller
 * sent; a misspelt switch that did nothing would be a test that proves nothing.
 * @module
 */

/** The fields of one JSON object. Every refusal is a `RangeError`. */
export class ControlBody {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #at: string;
  readonly #read = new Set<string>();

  /** Reads `value`, found at `at` of the body (empty for the body itself). */
  constructor(value: unknown, at = "") {
    if (value === null || typeof value !== "object" || Array.isArray(value)) {
      throw new RangeError(`${at || "body"} must be a JSON object`);
    }
    this.#fields = value as Record<string, unknown>;
    this.#at = at;
  }

  /** Returns a number from `least` to `most`, or undefined. */
  number(name: string, least: number, most: number): number | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    if (typeof value === "number" && value >= least && value <= most) {
      return value;
    }
    throw this.#refusal(name, `a number from ${least} to ${most}`, value);
  }

  /** Returns a whole number from `least` to `most`, or undefined. */
  integer(name: string, least: number, most: number): number | undefined {
    const value = this.number(name, least, most);
    if (value === undefined || Number.isInteger(value)) return value;
    throw this.#refusal(name, "a whole number", value);
  }

  /** Returns text that is not empty, or undefined. */
  text(name: string): string | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    if (typeof value === "string" && value !== "") return value;
    throw this.#refusal(name, "text", value);
  }

  /** Returns one of `choices`, or undefined. */
  choice<T extends string | number>(
    name: string,
    choices: readonly T[],
  ): T | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    const found = choices.find((choice) => choice === value);
    if (found !== undefined) return found;
    throw this.#refusal(name, `one of ${choices.join(", ")}`, value);
  }

  /** Returns a boolean, or undefined. */
  flag(name: string): boolean | undefined {
    const value = this.#value(name);
    if (value === undefined || typeof value === "boolean") return value;
    throw this.#refusal(name, "true or false", value);
  }

  /** Returns texts, or undefined. */
  texts(name: string): string[] | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((v) => typeof v === "string")) {
      return value;
    }
    throw this.#refusal(name, "an array of texts", value);
  }

  /** Returns the objects of an array, or undefined. */
  objects(name: string): ControlBody[] | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) throw this.#refusal(name, "an array", value);
    return value.map((v, i) => new ControlBody(v, `${this.#path(name)}[${i}]`));
  }

  /** Returns `value`, which must be there. */
  required<T>(name: string, value: T | undefined): T {
    if (value !== undefined) return value;
    throw new RangeError(`${this.#path(name)} must be given`);
  }

  /** Ends the reading: a field that nobody read is refused. */
  done(): void {
    const unknown = Object.keys(this.#fields).find((n) => !this.#read.has(n));
    if (unknown === undefined) return;
    const known = [...this.#read].join(", ") || "none";
    throw new RangeError(
      `there is no field ${this.#path(unknown)}; there are ${known}`,
    );
  }

  #value(name: string): unknown {
    this.#read.add(name);
    // JSON has no undefined: null is how a caller says "as if not given".
    return Object.hasOwn(this.#fields, name)
      ? this.#fields[name] ?? undefined
      : undefined;
  }

  #path(name: string): string {
    return this.#at ? `${this.#at}.${name}` : name;
  }

  #refusal(name: string, expected: string, value: unknown): RangeError {
    return new RangeError(
      `${this.#path(name)} must be ${expected}, got ${JSON.stringify(value)}`,
    );
  }
}
