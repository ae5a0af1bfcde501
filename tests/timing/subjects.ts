/**
 * What of the core works on secrets, and one comparison that leaks on purpose.
 *
 * Owns: the two classes of each: a fixed secret and random ones, as dudect asks. Everything is
 * laid out before the clock starts, so that only the core's own work is timed.
 */
import { coreInstance } from "../reference/core_instance.ts";
import { SampleBytes } from "../reference/seal_samples.ts";
import type { Subject } from "./welch.ts";

const COMPARED_BYTES = 65_536;
/** Secrets of a class, in turn; a power of two of them. */
const POOL = 256;

/** Ends at the first difference: class 0 differs in the first byte, class 1 in the last. */
export function leakyComparison(): Subject {
  const secret = new Uint8Array(COMPARED_BYTES);
  const guess = new Uint8Array(COMPARED_BYTES);
  let equal = 0;
  return {
    name: "a comparison that ends early (on purpose)",
    prepare: (kind) => {
      guess.fill(0);
      guess[kind === 0 ? 0 : COMPARED_BYTES - 1] = 1;
    },
    run: () => {
      for (equal = 0; equal < COMPARED_BYTES; equal++) {
        if (secret[equal] !== guess[equal]) return;
      }
    },
  };
}

/**
 * Chooses secrets of `length` bytes: one fixed in class 0, random ones in class 1. All are made
 * beforehand, so that before the clock starts both classes did the same.
 */
function secretsOf(length: number): (kind: 0 | 1, n: number) => Uint8Array {
  const samples = new SampleBytes(length);
  const fixed = samples.bytes(length);
  const pools = [0, 1].map((kind) =>
    Array.from(
      { length: POOL },
      () => kind === 0 ? fixed.slice() : samples.bytes(length),
    )
  );
  return (kind, n) => pools[kind][n % POOL];
}

/** The core's operations on secrets. */
export function coreSubjects(): Subject[] {
  const module = coreInstance();
  const { inputPointer: input, outputPointer: output, exports: core } = module;
  const point = new Uint8Array(32).fill(9, 0, 1);
  const sealed = new Uint8Array(80);
  const put = (bytes: Uint8Array, offset: number): void => {
    module.put(bytes, offset);
  };
  const secret = secretsOf(32);
  const key: Subject["prepare"] = (kind, n) => put(secret(kind, n), 0);
  const scalar: Subject["prepare"] = (kind, n) => {
    put(secret(kind, n), 0);
    put(point, 32);
  };
  return [
    {
      name: "x25519, ladder: scalar",
      prepare: scalar,
      run: () => core.x25519(input, input + 32, output),
    },
    {
      name: "x25519Both, tables: scalar",
      prepare: scalar,
      run: () => core.x25519Both(input, input + 32, output, output + 32),
    },
    {
      name: "hmac: key",
      prepare: key,
      run: () => core.hmacSha256(input, 32, input + 64, 256, output),
    },
    {
      name: "aeadSeal: key",
      prepare: key,
      run: () =>
        core.aeadSeal(input, input + 64, input, 0, input + 128, 256, output),
    },
    {
      name: "aeadOpen: which byte of a forged tag is wrong",
      prepare: (kind) => {
        core.aeadSeal(input, input, input, 0, input + 128, 64, output);
        sealed.set(module.take(80));
        sealed[kind === 0 ? 64 : 79] ^= 1;
        put(sealed, 256);
      },
      run: () => core.aeadOpen(input, input, input, 0, input + 256, 64, output),
    },
  ];
}
