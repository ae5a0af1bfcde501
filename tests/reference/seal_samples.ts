/**
 * Inputs for the cryptographic tests: repeatable bytes, edge patterns, vectors, a header.
 *
 * Owns: one seed for the default run; HOLDFAST_SOAK=1 makes the differential runs longer.
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import type { RecordHeader } from "../../bindings/seal.ts";

/** How often a random case runs: `normal` by default, 200 times that in a soak. */
export function rounds(normal: number): number {
  return process.env.HOLDFAST_SOAK === "1" ? normal * 200 : normal;
}

/** Repeatable bytes from a 32-bit xorshift generator; never for anything but tests. */
export class SampleBytes {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 1;
  }

  /** The next number, 0 … 2^32 − 1. */
  next(): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return this.#state >>> 0;
  }

  /** `length` bytes. */
  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.next() >>> 11);
  }

  /** `length` bytes: random, or a pattern at which carries and comparisons go wrong. */
  edge(length: number): Uint8Array {
    const bytes = this.bytes(length);
    switch (this.next() % 8) {
      case 0:
        return bytes.fill(0);
      case 1:
        return bytes.fill(0xff);
      case 2:
        return bytes.fill(0x80);
      case 3: // One bit.
        bytes.fill(0);
        if (length > 0) bytes[this.next() % length] = 1 << this.next() % 8;
        return bytes;
      case 4: // All but one byte set: long carries that stop.
        bytes.fill(0xff);
        if (length > 0) bytes[this.next() % length] = this.next();
        return bytes;
      default:
        return bytes;
    }
  }
}

/** A vector file of tests/vectors; asserts nothing, the tests count what they ran. */
// deno-lint-ignore no-explicit-any -- each file has its own shape, documented in its README.
export function vectors(name: string): any {
  return JSON.parse(readFileSync(`tests/vectors/${name}.json`, "utf8"));
}

/** A header of a payment with every field different; `changes` replaces some. */
export function sampleHeader(
  changes: Partial<RecordHeader> = {},
): RecordHeader {
  const counting = (start: number, length: number): Uint8Array =>
    Uint8Array.from({ length }, (_, i) => start + i);
  return {
    suite: 1,
    mode: "psk",
    isLivemode: false,
    keyId: counting(0x10, 8),
    deviceId: counting(0x20, 16),
    epoch: 7,
    seq: 1,
    previousHash: counting(0x40, 32),
    localId: counting(0x60, 16),
    createdAtMs: 1_795_000_000_000,
    monotonicMs: 123_456,
    bootId: counting(0x70, 16),
    amountMinor: 1250,
    currency: "EUR",
    accountHash: counting(0x80, 16),
    idempotencyKey: counting(0x90, 32),
    cardTransactionHmac: counting(0xb0, 16),
    policyVersion: 3,
    schemaVersion: 2,
    ...changes,
  };
}

/** The header of a genesis. */
export function genesisHeader(
  changes: Partial<RecordHeader> = {},
): RecordHeader {
  return sampleHeader({
    mode: "base",
    seq: 0,
    amountMinor: 0,
    previousHash: new Uint8Array(32),
    ...changes,
  });
}
