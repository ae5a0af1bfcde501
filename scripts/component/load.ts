/**
 * The component as a JavaScript host sees it, and its errors as the bindings spell them.
 *
 * Owns: instantiation from the core module and the glue, and the reading of a `result`'s error. A
 * status word of the interface, `tag-truncated`, is the code `BER_TAG_TRUNCATED` of the bindings.
 * @module
 */
import { instantiate, type Root } from "../../core/component/_jco/holdfast.js";
import { STATUS_NAMES } from "../../bindings/_wasm/abi.ts";
import { statusFailure } from "../../bindings/error_codes.ts";

/** The interfaces of one instance. */
export type Component = Root;

/** An instance with the memory behind it, which only a test should look at. */
export interface LoadedComponent {
  readonly component: Component;
  readonly memory: WebAssembly.Memory;
}

/** Makes an instance of the component around its core module. */
export function loadComponent(core: WebAssembly.Module): LoadedComponent {
  let memory: WebAssembly.Memory | null = null;
  const component = instantiate(() => core, {}, (module, imports) => {
    const instance = new WebAssembly.Instance(module, imports);
    memory = instance.exports.memory as WebAssembly.Memory;
    return instance;
  });
  if (memory === null) throw new Error("the component made no instance");
  return { component, memory };
}

/** Runs a call and turns the error of its `result` into what `describe` makes of it. */
export function unwrap<T, E>(call: () => T, describe: (error: E) => Error): T {
  try {
    return call();
  } catch (error) {
    // Everything else, a trap above all, is no answer of the component.
    if (!(error instanceof Error) || !("payload" in error)) throw error;
    throw describe(error.payload as E);
  }
}

/** `cartes-bancaires` → `cartes_bancaires`. */
export function snakeCase(word: string): string {
  return word.replaceAll("-", "_");
}

/** `us_common_debit` or `us-common-debit` → `usCommonDebit`. */
export function camelCase(word: string): string {
  return word.replaceAll(/[-_](\w)/g, (_, letter) => letter.toUpperCase());
}

/** The core's status for `word` of an enumeration whose statuses start with `prefix`. */
export function statusOf(prefix: string, word: string): number {
  const name = `${prefix}${snakeCase(word).toUpperCase()}`;
  for (const [status, known] of Object.entries(STATUS_NAMES)) {
    if (known === name) return Number(status);
  }
  throw new Error(`the core has no status ${name}`);
}

/** The error of the bindings for a word of the interface. */
export function wordFailure(
  prefix: string,
  word: string,
  offset?: number,
): Error {
  return statusFailure(statusOf(prefix, word), offset);
}
