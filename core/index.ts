// Exports only: each room of the core lists its own in `<room>_exports.ts`.
import { ABI_VERSION } from "./abi";
export { inputPointer, outputPointer, wipe } from "./arena";

export function abiVersion(): i32 {
  return ABI_VERSION;
}
export * from "./tlv_exports";
export * from "./order_exports";
export * from "./seal_exports";
