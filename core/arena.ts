// Fixed places in linear memory where the host puts bytes and finds results.
//
// Owns: the input and output arenas and their wiping. No function of the core allocates; a
// call takes pointers, so the fuzzer may place an input flush against the end of memory.
import { INPUT_BYTES, OUTPUT_BYTES } from "./abi";

export const INPUT: usize = memory.data(INPUT_BYTES, 16);
export const OUTPUT: usize = memory.data(OUTPUT_BYTES, 16);

/** Where the host writes arguments: INPUT_BYTES bytes. */
export function inputPointer(): usize {
  return INPUT;
}

/** Where results appear: OUTPUT_BYTES bytes, valid until the next call. */
export function outputPointer(): usize {
  return OUTPUT;
}

/** Zeroes the first bytes of both arenas; the binding calls it after every call with card data. */
export function wipe(inputLength: u32, outputLength: u32): void {
  memory.fill(INPUT, 0, min<u32>(inputLength, INPUT_BYTES));
  memory.fill(OUTPUT, 0, min<u32>(outputLength, OUTPUT_BYTES));
}
