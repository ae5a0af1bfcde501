import assert from "node:assert/strict";
import test from "node:test";
import {
  aesCmac,
  applicationCryptogram,
} from "../../../engine/reader/simulated_cryptogram.ts";
import { hex, toHex } from "./_reader_world.ts";

test("aesCmac() agrees with the vectors of RFC 4493 §4", () => {
  const key = hex("2b7e151628aed2a6abf7158809cf4f3c");
  const message = hex(
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51" +
      "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710",
  );
  const vectors: [number, string][] = [
    [0, "bb1d6929e95937287fa37d129b756746"],
    [16, "070a16b46b4d4144f79bdd9dd04a287c"],
    [40, "dfa66747de9ae63030ca32611497c827"],
    [64, "51f0bebf7e3b9d92fc49741779363cfe"],
  ];
  for (const [length, mac] of vectors) {
    assert.equal(toHex(aesCmac(key, message.subarray(0, length))), mac);
  }
});

test("applicationCryptogram() differs by card, counter and data", () => {
  const key = new Uint8Array(16);
  const card = new Uint8Array(16).fill(1);
  const made = [
    applicationCryptogram(key, card, 1, hex("00")),
    applicationCryptogram(key, card, 2, hex("00")),
    applicationCryptogram(key, card, 256, hex("00")),
    applicationCryptogram(key, card, 1, hex("01")),
    applicationCryptogram(key, card.map(() => 2), 1, hex("00")),
  ].map(toHex);
  assert.equal(new Set(made).size, made.length);
  assert.ok(made.every((mac) => mac.length === 16));
});
