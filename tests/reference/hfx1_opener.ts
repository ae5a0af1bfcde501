/**
 * A second reader of HFX1, written from docs/formats/hfx1.md over other people's ciphers.
 *
 * Shares nothing with the engine, so that an error in one of them shows.
 * @module
 */
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";

const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

function codeBytes(code: string): Uint8Array {
  const bits = [...code.toUpperCase().replaceAll("-", "")]
    .map((char) => DIGITS.indexOf(char).toString(2).padStart(5, "0")).join("");
  return Uint8Array.from(
    { length: 16 },
    (_, i) => parseInt(bits.slice(8 * i, 8 * i + 8), 2),
  );
}

/** The lines of a file, parsed. */
export function openHfx1(file: Uint8Array, code: string): unknown[] {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  if (view.getUint32(0) !== 0x48465831 || file[4] !== 1) {
    throw new Error("form");
  }
  const header = file.subarray(0, 80);
  const derive = (info: string, length: number): Uint8Array =>
    hkdf(
      sha256,
      codeBytes(code),
      file.subarray(56, 72),
      new TextEncoder().encode(info),
      length,
    );
  if (String(derive("HFX1 check", 8)) !== String(file.subarray(72, 80))) {
    throw new Error("code");
  }
  const key = derive("HFX1 key", 32);
  const pieces: number[] = [];
  for (let at = 80, frame = 0; at < file.length; frame++) {
    const length = view.getUint32(at);
    const end = at + 4 + length;
    const nonce = new Uint8Array(12);
    nonce[0] = end === file.length ? 1 : 0;
    new DataView(nonce.buffer).setUint32(8, frame);
    pieces.push(
      ...chacha20poly1305(key, nonce, header).decrypt(
        file.subarray(at + 4, end),
      ),
    );
    at = end;
  }
  return new TextDecoder().decode(Uint8Array.from(pieces)).split("\n")
    .map((line) => JSON.parse(line));
}
