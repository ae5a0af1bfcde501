/**
 * The code a reader shows and a person types into the point of sale.
 *
 * Owns: its alphabet, its check character and the key made of it. A code carries 75 random bits:
 * a shorter one could be searched, because in `XXpsk3` a false reader learns enough from the
 * third message to try every code at leisure (docs/adr/0009). It is good for one pairing.
 * @module
 */
import type { CryptoCore } from "../../bindings/mod.ts";
import { failure } from "../errors.ts";
import type { Random } from "../ports.ts";

/** Crockford's base 32: no I, L, O or U. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/** Characters that are random, five bits each. */
const RANDOM_COUNT = 15;
const LENGTH = RANDOM_COUNT + 1;
const PSK_SALT = "holdfast reader pairing 1";

/** A new code, as it is shown: `XXXX-XXXX-XXXX-XXXX`. */
export function createPairingCode(random: Random): string {
  const bytes = new Uint8Array(RANDOM_COUNT);
  random.fill(bytes);
  const values = Array.from(bytes, (byte) => byte & 31);
  bytes.fill(0);
  const text = [...values, checkValue(values)]
    .map((value) => ALPHABET[value]).join("");
  return text.replace(/(.{4})(?=.)/g, "$1-");
}

/**
 * The 32-byte pre-shared key of a code, as typed: upper or lower case, with or without hyphens
 * and spaces, O for 0, I and L for 1.
 *
 * @throws {HoldfastError} `INVALID_ARGUMENT` with field `code` when a character was mistyped;
 *   nothing has been sent then.
 */
export function pairingKey(
  primitives: CryptoCore,
  code: string,
): Uint8Array {
  const text = code.toUpperCase().replace(/[\s-]/g, "")
    .replaceAll("O", "0").replace(/[IL]/g, "1");
  const values = [...text].map((character) => ALPHABET.indexOf(character));
  const isWhole = values.length === LENGTH && !values.includes(-1);
  if (!isWhole || checkValue(values.slice(0, -1)) !== values.at(-1)) {
    throw failure("INVALID_ARGUMENT", "the pairing code is mistyped", {
      field: "code",
    });
  }
  const encoder = new TextEncoder();
  const ikm = encoder.encode(text);
  const salt = encoder.encode(PSK_SALT);
  return primitives.hkdfSha256(ikm, salt, new Uint8Array(0), 32);
}

/**
 * Luhn's check value in base 32 (ISO/IEC 7812-1 Annex B, with 32 for 10): finds every single
 * wrong character and all transpositions of neighbours but one pair.
 */
function checkValue(values: readonly number[]): number {
  let sum = 0;
  values.forEach((value, at) => {
    const isDoubled = (values.length - at) % 2 === 1;
    const weighed = isDoubled ? 2 * value : value;
    sum += Math.floor(weighed / 32) + weighed % 32;
  });
  return (32 - sum % 32) % 32;
}
