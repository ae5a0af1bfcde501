/**
 * The issuer's side of an online PIN.
 *
 * Owns: opening the block of a simulated reader, and the one PIN of all test
 * cards. A block nobody can open is a wrong PIN, as an issuer says it.
 * @see ISO 9564-1:2017 §9.4.2 (format 4)
 * @module
 */
import { Buffer } from "node:buffer";
import { createDecipheriv } from "node:crypto";
import {
  panField,
  simulatedPinKey,
} from "../../engine/reader/simulated_pin.ts";
import { SIMULATED_PIN } from "../../engine/reader/simulated_script.ts";
import { invalidParameter } from "./api_error.ts";

/** Compares the PIN in `block` for the card `number`; both arguments are lower hex. */
export function openPin(
  block: string,
  keySerial: string,
  number: string,
): "right" | "wrong" {
  if (
    !/^[0-9a-f]{32}$/.test(block) || !/^([0-9a-f]{2}){1,16}$/.test(keySerial)
  ) {
    throw invalidParameter(
      "online_pin",
      "Invalid online_pin: expected a block of 16 bytes and a key serial",
    );
  }
  const key = simulatedPinKey(Buffer.from(keySerial, "hex"));
  const pad = panField(number);
  const inner = decipher(key, Buffer.from(block, "hex"));
  const field = decipher(key, inner.map((byte, at) => byte ^ pad[at]));
  const expected = `4${SIMULATED_PIN.length}${SIMULATED_PIN}`.padEnd(16, "a");
  const isRight = Buffer.from(field).toString("hex").startsWith(expected);
  field.fill(0);
  return isRight ? "right" : "wrong";
}

function decipher(key: Uint8Array, block: Uint8Array): Uint8Array {
  const aes = createDecipheriv("aes-128-ecb", key, null).setAutoPadding(false);
  return new Uint8Array(Buffer.concat([aes.update(block), aes.final()]));
}
