/**
 * The core of Holdfast: TLV and EMV, sealing, ordering, in one WebAssembly module.
 *
 * Owns: loading. Nothing happens at import time; {@link loadCore} compiles the inlined bytes.
 * @module
 */
import { CORE_WASM_BASE64 } from "./_wasm/core.ts";
import { type CompiledCore, CoreModule } from "./core_module.ts";
import { CryptoCore } from "./crypto.ts";
import { EmvCore } from "./emv.ts";
import { backoffDelayMs, OrderCore, type OrderOptions } from "./order.ts";
import { SealCore } from "./seal.ts";
import { TlvCore } from "./tlv.ts";

export * from "./crypto.ts";
export * from "./emv.ts";
export * from "./errors.ts";
export * from "./order.ts";
export * from "./seal.ts";
export * from "./tlv.ts";
export { type CompiledCore, CoreModule } from "./core_module.ts";

/** One loaded core; its rooms share 64 KiB of input and output memory, wiped after every call. */
export class Core {
  readonly #module: CompiledCore;
  readonly #instance: CoreModule;
  /** BER-TLV and data object lists. */
  readonly tlv: TlvCore;
  /** The offline decision. */
  readonly emv: EmvCore;
  /** Hashes, ciphers and HPKE. */
  readonly crypto: CryptoCore;
  /** Sealed records. */
  readonly seal: SealCore;

  /** Instantiates a compiled module; most callers use {@link loadCore}. */
  constructor(module: CompiledCore) {
    this.#module = module;
    this.#instance = new CoreModule(module);
    this.tlv = new TlvCore(this.#instance);
    this.emv = new EmvCore(this.#instance);
    this.crypto = new CryptoCore(this.#instance);
    this.seal = new SealCore(this.#instance);
  }

  /** Makes a scheduler in an instance of its own, because it keeps state between calls. */
  createOrder(options: OrderOptions): OrderCore {
    return new OrderCore(new CoreModule(this.#module), options);
  }

  /** Full-jitter backoff, milliseconds; see {@link backoffDelayMs}. */
  backoffDelayMs(
    attempt: number,
    random: Uint8Array,
    baseMs: number,
    capMs: number,
  ): number {
    return backoffDelayMs(this.#instance, attempt, random, baseMs, capMs);
  }
}

/**
 * Compiles and instantiates the core from the bytes in this package.
 *
 * @param bytes Other bytes of the same ABI, for a strict content security policy or a fresh build.
 * @throws {HoldfastError} `CORE_ABI_MISMATCH` when the bytes are of another version.
 */
export async function loadCore(bytes?: Uint8Array<ArrayBuffer>): Promise<Core> {
  return new Core(await WebAssembly.compile(bytes ?? decodeCore()));
}

function decodeCore(): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    atob(CORE_WASM_BASE64),
    (character) => character.charCodeAt(0),
  );
}
