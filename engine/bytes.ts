/**
 * Bytes, compared and named.
 *
 * Owns: nothing secret is compared here: the time it takes tells where two differ.
 * @module
 */
import type { CryptoCore } from "../bindings/mod.ts";

const utf8 = new TextEncoder();

/** Whether both are there and hold the same. */
export function isSameBytes(
  one: Uint8Array,
  other: Uint8Array | null,
): boolean {
  return other !== null && one.length === other.length &&
    one.every((byte, i) => byte === other[i]);
}

/** How a sealed record and an export name an account: 16 bytes of SHA-256 (docs/formats/saf1.md). */
export function accountHash(
  hashes: Pick<CryptoCore, "sha256">,
  account: string,
): Uint8Array {
  return hashes.sha256(utf8.encode(account)).slice(0, 16);
}
