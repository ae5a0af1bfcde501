/**
 * The PIN pad of a simulated reader: an ISO 9564-1 format 4 block under AES.
 *
 * Owns: that a PIN leaves the reader enciphered, bound to its card and under a key of its own, as
 * a real one does. The key comes from a test key that everyone knows, by AES-CMAC over the key
 * serial number: a simulator's derivation in the place of AES DUKPT (ANSI X9.24-3).
 * @see ISO 9564-1:2017 §9.4.2 (format 4)
 * @module
 */
import { Aes128, aesCmac } from "./simulated_cryptogram.ts";
import type { OnlinePin } from "./messages.ts";
import type { SeededRandom } from "./seeded_random.ts";

const BASE_KEY = new TextEncoder().encode("holdfast sim pin");
const BLOCK_BYTES = 16;

/** The 16-byte key under which a simulated reader enciphered one PIN. */
export function simulatedPinKey(keySerial: Uint8Array): Uint8Array {
  return aesCmac(BASE_KEY, keySerial);
}

/** The PAN field of format 4: how many digits beyond twelve, the digits, zeros. */
export function panField(pan: string): Uint8Array {
  return nibbles(
    `${Math.max(0, pan.length - 12)}${pan.padStart(12, "0")}`,
    "0",
  );
}

/** Enters PINs; counts its keys, so that none is used twice. */
export class SimulatedPinPad {
  readonly #serialNumber: string;
  readonly #random: SeededRandom;
  #count = 0;

  constructor(serialNumber: string, random: SeededRandom) {
    this.#serialNumber = serialNumber;
    this.#random = random;
  }

  /** The block of `pin`, 4 to 12 digits, for the card with this PAN. */
  enter(pin: string, pan: string): OnlinePin {
    const keySerial = new Uint8Array(12);
    new TextEncoder().encodeInto(this.#serialNumber.slice(-8), keySerial);
    new DataView(keySerial.buffer).setUint32(8, ++this.#count);
    const aes = new Aes128(simulatedPinKey(keySerial));
    // Control 4, length, the PIN, filled with A; the other half is random.
    const field = nibbles(`4${pin.length.toString(16)}${pin}`, "a");
    field.set(this.#random.bytes(8), 8);
    const inner = aes.encrypt(field);
    const pad = panField(pan);
    const block = aes.encrypt(inner.map((byte, at) => byte ^ pad[at]));
    return { block, keySerial };
  }
}

function nibbles(hex: string, fill: string): Uint8Array {
  const padded = hex.padEnd(2 * BLOCK_BYTES, fill);
  return Uint8Array.from(
    { length: BLOCK_BYTES },
    (_, at) => parseInt(padded.slice(2 * at, 2 * at + 2), 16),
  );
}
