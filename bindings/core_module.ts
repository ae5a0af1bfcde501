/**
 * The instance of the core and the only place that touches its memory.
 *
 * Owns: instantiation, the ABI check, copying bytes in and out, turning a negative status into
 * a typed error. Nothing above this file sees a pointer or a view: results are copies.
 * @module
 */
import {
  ABI_VERSION,
  INPUT_BYTES,
  OUTPUT_BYTES,
  STATUS_NAMES,
} from "./_wasm/abi.ts";
import { bindingFailure } from "./error_codes.ts";

/**
 * A compiled `WebAssembly.Module`. Not by that name, which is a browser's: a project with Node's
 * types alone does not know it.
 */
export type CompiledCore = object;

/** What the module exports, as raw numbers; each binding narrows the functions it calls. */
export type CoreExports = Record<string, CallableFunction> & {
  memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
};

/** One instance of the core: 64 KiB in, 64 KiB out, no state kept between calls. */
export class CoreModule {
  readonly exports: CoreExports;
  readonly #input: number;
  readonly #output: number;
  #bytes: Uint8Array;
  #view: DataView;

  constructor(module: CompiledCore) {
    const instance = new WebAssembly.Instance(module, {});
    this.exports = instance.exports as unknown as CoreExports;
    const version = (this.exports.abiVersion as () => number)();
    if (version !== ABI_VERSION) {
      throw bindingFailure(
        "CORE_ABI_MISMATCH",
        `core speaks ABI ${version}, the bindings speak ${ABI_VERSION}`,
      );
    }
    this.#input = (this.exports.inputPointer as () => number)();
    this.#output = (this.exports.outputPointer as () => number)();
    this.#bytes = new Uint8Array(this.exports.memory.buffer);
    this.#view = new DataView(this.exports.memory.buffer);
  }

  /** Address of the input arena. */
  get inputPointer(): number {
    return this.#input;
  }

  /** Address of the output arena. */
  get outputPointer(): number {
    return this.#output;
  }

  /** All of linear memory; refreshed after a grow, so never keep it across calls. */
  get bytes(): Uint8Array {
    if (this.#bytes.buffer !== this.exports.memory.buffer) this.#refresh();
    return this.#bytes;
  }

  /** A little-endian view over all of linear memory; never keep it across calls. */
  get view(): DataView {
    if (this.#view.buffer !== this.exports.memory.buffer) this.#refresh();
    return this.#view;
  }

  /** Copies `source` to the input arena at `offset` and returns its address. */
  put(source: Uint8Array, offset = 0): number {
    if (source.length > INPUT_BYTES - offset) {
      throw bindingFailure(
        "CORE_INPUT_TOO_LARGE",
        `expected at most ${INPUT_BYTES - offset} bytes, got ${source.length}`,
        { details: { length: source.length, maximum: INPUT_BYTES - offset } },
      );
    }
    this.bytes.set(source, this.#input + offset);
    return this.#input + offset;
  }

  /** Copies `length` bytes out of the output arena. */
  take(length: number, offset = 0): Uint8Array {
    const at = this.#output + offset;
    return this.bytes.slice(at, at + length);
  }

  /** Zeroes both arenas up to the given lengths; call it after every call with card data. */
  wipe(
    inputLength: number = INPUT_BYTES,
    outputLength: number = OUTPUT_BYTES,
  ): void {
    (this.exports.wipe as (i: number, o: number) => void)(
      inputLength,
      outputLength,
    );
  }

  #refresh(): void {
    this.#bytes = new Uint8Array(this.exports.memory.buffer);
    this.#view = new DataView(this.exports.memory.buffer);
  }
}

/** The name of a negative status, as in `core/abi.ts`. */
export function statusName(status: number): string {
  return STATUS_NAMES[status] ?? `CORE_ERR_${status}`;
}
