/**
 * One instance of the committed core for tests.
 *
 * Owns: nothing but the decoding of the inlined bytes; tests never share an instance.
 */
import { CORE_WASM_BASE64 } from "../../bindings/_wasm/core.ts";
import { CoreModule } from "../../bindings/core_module.ts";

/** The committed bytes of the core. */
export function coreBytes(): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(CORE_WASM_BASE64), (c) => c.charCodeAt(0));
}

/** A fresh instance of the committed core, or of other bytes. */
export function coreInstance(
  bytes: Uint8Array = coreBytes(),
): CoreModule {
  return new CoreModule(new WebAssembly.Module(bytes as BufferSource));
}

/** Bytes of a hex string; spaces are for the reader. */
export function hex(text: string): Uint8Array<ArrayBuffer> {
  const digits = text.replace(/\s+/g, "");
  if (digits.length % 2 !== 0 || /[^0-9a-f]/i.test(digits)) {
    throw new RangeError("text must be pairs of hex digits");
  }
  const bytes = new Uint8Array(digits.length / 2);
  for (let index = 0; index < bytes.length; index++) {
    bytes[index] = parseInt(digits.slice(index * 2, index * 2 + 2), 16);
  }
  return bytes;
}

/** Lower-case hex of bytes. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}
