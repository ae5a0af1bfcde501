/**
 * UUIDv7 (RFC 9562 §5.7) from the ports' clock and randomness.
 *
 * Owns: making and printing local ids. The time inside is an annotation: payments are ordered
 * by `seq`, because a device's clock may jump.
 * @module
 */
import type { Clock, Random } from "./ports.ts";

/**
 * Returns a new 16-byte UUIDv7.
 *
 * @param clock  Source of the 48-bit epoch milliseconds.
 * @param random Source of the 74 random bits.
 */
export function createUuid(clock: Clock, random: Random): Uint8Array {
  const bytes = new Uint8Array(16);
  random.fill(bytes);
  let milliseconds = Math.max(0, clock.nowMs());
  for (let i = 5; i >= 0; i--) {
    bytes[i] = milliseconds % 256;
    milliseconds = Math.floor(milliseconds / 256);
  }
  bytes[6] = 0x70 | (bytes[6] & 0x0f); // RFC 9562 §5.7: version 7
  bytes[8] = 0x80 | (bytes[8] & 0x3f); // RFC 9562 §4.1: variant 10
  return bytes;
}

/** Returns the epoch milliseconds in a UUIDv7, by the clock of the device that made it. */
export function uuidTimeMs(bytes: Uint8Array): number {
  let milliseconds = 0;
  for (let i = 0; i < 6; i++) milliseconds = milliseconds * 256 + bytes[i];
  return milliseconds;
}

/** Returns the 36-character form of 16 bytes. */
export function formatUuid(bytes: Uint8Array): string {
  const hex = toHex(bytes);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${
    hex.slice(16, 20)
  }-${hex.slice(20)}`;
}

/** Returns the 16 bytes of a 36-character UUID, or null when it is none. */
export function parseUuid(text: string): Uint8Array | null {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)) return null;
  const hex = text.replaceAll("-", "");
  return Uint8Array.from(
    { length: 16 },
    (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16),
  );
}

/** Returns the bytes of lower-case hex, or null when `text` is none. */
export function fromHex(text: string): Uint8Array | null {
  if (!/^([0-9a-f]{2})*$/.test(text)) return null;
  return Uint8Array.from(
    { length: text.length / 2 },
    (_, i) => parseInt(text.slice(2 * i, 2 * i + 2), 16),
  );
}

const HEX: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) => byte.toString(16).padStart(2, "0"),
);

/** Node 20 has none yet; where it is there it takes a tenth of the time. */
const hasToHex = "toHex" in Uint8Array.prototype;

/** Returns lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  if (hasToHex) return bytes.toHex();
  let hex = "";
  for (let i = 0; i < bytes.length; i++) hex += HEX[bytes[i]];
  return hex;
}
