/**
 * Reads the parameters of one request and refuses what nobody asked for.
 *
 * Owns: the line between validation and execution. A handler first reads
 * every parameter it knows, then calls `done()`; an error before that line is
 * not saved under the idempotency key, an error after it is.
 * @see https://docs.stripe.com/error-low-level
 * @module
 */
import { ApiFailure, invalidParameter, missingParameter } from "./api_error.ts";
import type { FormRecord, FormValue } from "./form.ts";

// https://docs.stripe.com/api/metadata: 50 keys of 40 characters, values 500.
const METADATA_KEYS = 50;
const METADATA_NAME_LENGTH = 40;
const METADATA_VALUE_LENGTH = 500;

/** A change of metadata: an empty value removes the key, null removes all. */
export type MetadataChange = Readonly<Record<string, string>> | null;

/** The parameters of one request. */
export class ParameterReader {
  readonly #form: FormRecord;
  readonly #read = new Set<string>(["expand"]);
  #isDone = false;

  /** Reads from `form`, which is not changed. */
  constructor(form: FormRecord) {
    this.#form = form;
  }

  /** True once validation is over and the endpoint executes. */
  get isExecuting(): boolean {
    return this.#isDone;
  }

  /** Paths of the objects to embed in place of their ids. */
  get expand(): string[] {
    const value = this.#form.expand;
    if (Array.isArray(value)) {
      return value.filter((path) => typeof path === "string");
    }
    return typeof value === "string" ? [value] : [];
  }

  /** Returns the raw value, or undefined. */
  value(name: string): FormValue | undefined {
    this.#read.add(name);
    return this.#form[name];
  }

  /** Returns text, or undefined when absent. */
  text(name: string): string | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    if (typeof value !== "string") {
      throw invalidParameter(name, `Invalid string: ${name}`);
    }
    return value;
  }

  /** Returns text that must be there. */
  requiredText(name: string): string {
    const text = this.text(name);
    if (text === undefined || text === "") throw missingParameter(name);
    return text;
  }

  /** Returns one of `choices`, or undefined. */
  choice<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const text = this.text(name);
    if (text === undefined || text === "") return undefined;
    const found = choices.find((choice) => choice === text);
    if (!found) {
      const list = choices.join(", ");
      throw invalidParameter(name, `Invalid ${name}: must be one of ${list}`);
    }
    return found;
  }

  /** Returns an integer of at least `least`, or undefined. */
  integer(name: string, least = 0): number | undefined {
    const text = this.text(name);
    if (text === undefined || text === "") return undefined;
    const number = Number(text);
    if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(number)) {
      throw invalidParameter(
        name,
        `Invalid integer: ${text}`,
        "parameter_invalid_integer",
      );
    }
    if (number < least) {
      throw invalidParameter(
        name,
        `This value must be greater than or equal to ${least}.`,
        "parameter_invalid_integer",
      );
    }
    return number;
  }

  /** Returns a boolean, or undefined. */
  flag(name: string): boolean | undefined {
    const text = this.choice(name, ["true", "false"]);
    return text === undefined ? undefined : text === "true";
  }

  /** Returns a list of texts, or undefined. */
  texts(name: string): string[] | undefined {
    const value = this.value(name);
    if (value === undefined || value === "") return undefined;
    if (!Array.isArray(value) || value.some((v) => typeof v !== "string")) {
      throw invalidParameter(name, `Invalid array: ${name}`);
    }
    return value as string[];
  }

  /** Returns a record to be read in its turn, or undefined. */
  record(name: string): ParameterReader | undefined {
    const value = this.value(name);
    if (value === undefined || value === "") return undefined;
    if (typeof value !== "object" || Array.isArray(value)) {
      throw invalidParameter(name, `Invalid object: ${name}`);
    }
    return new ParameterReader(value);
  }

  /** Returns the change of metadata, or undefined when there is none. */
  metadata(): MetadataChange | undefined {
    const value = this.value("metadata");
    if (value === undefined) return undefined;
    if (value === "") return null;
    if (typeof value === "string") {
      throw invalidParameter("metadata", "Invalid object: metadata");
    }
    const change: Record<string, string> = {};
    const entries = Object.entries(value);
    if (entries.length > METADATA_KEYS) {
      throw invalidParameter("metadata", "Metadata can have up to 50 keys.");
    }
    for (const [name, text] of entries) {
      const param = `metadata[${name}]`;
      if (typeof text !== "string" || text.length > METADATA_VALUE_LENGTH) {
        throw invalidParameter(param, "Metadata values are text up to 500.");
      }
      if (name.length > METADATA_NAME_LENGTH) {
        throw invalidParameter(param, "Metadata keys have up to 40 characters");
      }
      change[name] = text;
    }
    return change;
  }

  /** Accepts parameters the sandbox keeps no account of. */
  ignore(...names: string[]): void {
    for (const name of names) this.#read.add(name);
  }

  /**
   * Ends validation.
   *
   * @throws {ApiFailure} 400 `parameter_unknown` for the first unread name
   */
  done(): void {
    const unknown = Object.keys(this.#form).find((n) => !this.#read.has(n));
    if (unknown !== undefined) {
      throw new ApiFailure(400, {
        type: "invalid_request_error",
        code: "parameter_unknown",
        message: `Received unknown parameter: ${unknown}`,
        param: unknown,
      });
    }
    this.#isDone = true;
  }
}

/** Applies a change to `metadata` and returns the new metadata. */
export function changedMetadata(
  metadata: Readonly<Record<string, string>>,
  change: MetadataChange | undefined,
): Record<string, string> {
  if (change === null) return {};
  const merged = { ...metadata, ...change };
  for (const [name, text] of Object.entries(merged)) {
    if (text === "") delete merged[name];
  }
  return merged;
}
