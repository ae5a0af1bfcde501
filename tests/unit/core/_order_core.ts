/**
 * The committed core for the ordering tests.
 * @module
 */
import { CORE_WASM_BASE64 } from "../../../bindings/_wasm/core.ts";
import { CoreModule } from "../../../bindings/core_module.ts";
import { OrderCore, type OrderOptions } from "../../../bindings/order.ts";

let compiled: WebAssembly.Module | null = null;

/** The compiled module, made once; its instances share nothing. */
export function coreModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(
    Uint8Array.from(atob(CORE_WASM_BASE64), (char) => char.charCodeAt(0)),
  );
  return compiled;
}

/** A scheduler on an instance of its own. */
export function newOrder(options: Partial<OrderOptions> = {}): OrderCore {
  return new OrderCore(new CoreModule(coreModule()), {
    nowMs: T0,
    capacity: 1024,
    ...options,
  });
}

/** Where the tests' time begins. */
export const T0 = 1_700_000_000_000;
