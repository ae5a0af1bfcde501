/**
 * CRC-32C, the Castagnoli polynomial, as used by iSCSI and SCTP.
 *
 * Owns: the checksum of a reader frame. It finds line noise, not an attacker; who may speak to
 * a reader is the pairing's question.
 * @see RFC 9260 Appendix A; RFC 3720 B.4 has the test vectors
 * @module
 */

/** 0x1EDC6F41 with its bits reversed, for least-significant-bit-first shifting. */
const POLYNOMIAL = 0x82f63b78;

const TABLE = /* @__PURE__ */ makeTable();

function makeTable(): Uint32Array {
  const table = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) {
      value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
    }
    table[byte] = value;
  }
  return table;
}

/** CRC-32C of `bytes[start..end)` as an unsigned 32-bit number. */
export function crc32c(
  bytes: Uint8Array,
  start = 0,
  end: number = bytes.length,
): number {
  let crc = 0xffffffff;
  for (let at = start; at < end; at++) {
    crc = TABLE[(crc ^ bytes[at]) & 0xff] ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}
