/**
 * The code that opens a sealed export.
 *
 * Owns: its form, which people read out and type: Crockford's base 32, without letters that look
 * like digits, in groups of four. 128 bits, so nobody guesses it; it is not in the file.
 * @see https://www.crockford.com/base32.html (read 2026-11-25)
 * @module
 */

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE_BYTES = 16;
const CODE_CHARS = 26; // 130 bits; the last two are zero.

/** The code of 16 bytes: 26 characters in groups of four. */
export function formatTransferCode(bytes: Uint8Array): string {
  let bits = 0n;
  for (const byte of bytes) bits = bits << 8n | BigInt(byte);
  bits <<= 2n;
  let text = "";
  for (let i = CODE_CHARS - 1; i >= 0; i--) {
    text += ALPHABET[Number(bits >> BigInt(5 * i) & 31n)];
  }
  return text.match(/.{1,4}/g)!.join("-");
}

/** The 16 bytes of a code as people type it, or null when it cannot be one. */
export function parseTransferCode(text: string): Uint8Array | null {
  const plain = text.toUpperCase().replace(/[\s-]/g, "")
    .replaceAll("O", "0").replace(/[IL]/g, "1");
  if (plain.length !== CODE_CHARS) return null;
  let bits = 0n;
  for (const char of plain) {
    const value = ALPHABET.indexOf(char);
    if (value < 0) return null;
    bits = bits << 5n | BigInt(value);
  }
  if ((bits & 3n) !== 0n) return null;
  bits >>= 2n;
  const bytes = new Uint8Array(CODE_BYTES);
  for (let i = CODE_BYTES - 1; i >= 0; i--, bits >>= 8n) {
    bytes[i] = Number(bits & 255n);
  }
  return bytes;
}
