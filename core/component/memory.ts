// Linear memory as the canonical ABI of the component model uses it.
//
// Owns: where a host puts arguments, where results stand until the host has read them, and that
// nothing of either remains afterwards: `postReturn`, which the host calls when it has read a
// result, zeroes what was used. A bump arena without any free: one call, one reset.
//   https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md
import { wipe } from "../arena";

/** A full batch: 256 messages of 4,096 bytes, their sales and their decisions, twice over. */
const ARENA_BYTES: usize = 2097152;
const ARENA: usize = memory.data(2097152, 16);
/** The largest result: a `result<opened, _>` of 168 bytes. */
const RESULT_BYTES: usize = 256;
/** Where the fixed part of every result stands. */
export const RESULT: usize = memory.data(256, 16);
/** Where the payload of a `result<_, _>` or an `option<_>` stands when its alignment is 4. */
export const PAYLOAD: usize = RESULT + 4;
/** Where it stands when its alignment is 8. */
export const PAYLOAD_8: usize = RESULT + 8;

let used: usize = 0;
let inputUsed: u32 = 0;
let outputUsed: u32 = 0;

/** Gives the host room for an argument; traps when the arguments of a call exceed the arena. */
export function cabiRealloc(old: usize, oldSize: usize, align: usize, size: usize): usize {
  assert(align <= 16);
  const at = (ARENA + used + align - 1) & ~(align - 1);
  // The arena is aligned to 16 at both ends, so `at` is never beyond its end.
  if (size > ARENA + ARENA_BYTES - at) unreachable();
  used = at + size - ARENA;
  if (oldSize > 0) memory.copy(at, old, min(oldSize, size));
  return at;
}

/** Zeroes what the last call was given and gave; the argument, its result, is not needed. */
export function postReturn(_result: usize): void {
  memory.fill(ARENA, 0, used);
  memory.fill(RESULT, 0, RESULT_BYTES);
  if (inputUsed != 0 || outputUsed != 0) wipe(inputUsed, outputUsed);
  used = 0;
  inputUsed = 0;
  outputUsed = 0;
}

/** Room for a result, zeroed with the arguments. */
export function take(size: usize): usize {
  return cabiRealloc(0, 0, 16, size);
}

/** Notes how much of the core's own arenas this call fills, for the wipe. */
export function soil(input: u32, output: u32): void {
  inputUsed = max(inputUsed, input);
  outputUsed = max(outputUsed, output);
}

/** Writes a list: address and count. */
export function storeList(target: usize, at: usize, count: u32): void {
  store<u32>(target, <u32>at);
  store<u32>(target, count, 4);
}

/** Ends a call that returns `list<_>`. */
export function list(at: usize, count: u32): usize {
  storeList(RESULT, at, count);
  return RESULT;
}

/** Ends a call that returns `result<list<_>, _>` with the list. */
export function okList(at: usize, count: u32): usize {
  store<u8>(RESULT, 0);
  storeList(PAYLOAD, at, count);
  return RESULT;
}

/** Ends a call that returns `result<_, _>` with an error: a case, and what that case carries. */
export function failed(kind: u32, detail: u32): usize {
  store<u8>(RESULT, 1);
  store<u8>(PAYLOAD, <u8>kind);
  store<u8>(PAYLOAD, <u8>detail, 1);
  return RESULT;
}
