/** Messages for the decision tests: one that passes, and ways to change it. */
import type { DecisionRequest } from "../../../bindings/emv_types.ts";
import { encodeTlv } from "../../../bindings/tlv_encode.ts";
import { hex } from "../../reference/core_instance.ts";

/** Tag → value, both hex; null leaves the object out. */
export type Objects = Record<string, string | null>;

/** A Visa ARQC inserted in Germany on 2025-06-15, PIN verified offline. */
export const GOOD: Objects = {
  "50": "56495341",
  "57": "4539578763621486D28122010000012345678F",
  "5A": "4539578763621486",
  "5F24": "281231",
  "5F25": "230101",
  "5F28": "0276",
  "5F2A": "0978",
  "5F2D": "6465656E",
  "5F34": "01",
  "82": "3C00",
  "84": "A0000000031010",
  "95": "0000008000",
  "9A": "250615",
  "9B": "E800",
  "9C": "00",
  "9F02": "000000001250",
  "9F03": "000000000000",
  "9F06": "A0000000031010",
  "9F07": "FF80",
  "9F0D": "B050AC8800",
  "9F0E": "0000000000",
  "9F0F": "B050AC9800",
  "9F10": "06010A03A00000",
  "9F12": "56697361",
  "9F1A": "0276",
  "9F26": "0102030405060708",
  "9F27": "80",
  "9F33": "E0F8C8",
  "9F34": "440302",
  "9F36": "001A",
  "9F37": "A1B2C3D4",
  "9F39": "05",
};

/** 2025-06-15 12:00 UTC. */
export const NOON = Date.UTC(2025, 5, 15, 12);

/** What GOOD was made for. */
export const REQUEST: DecisionRequest = {
  amountMinor: 1250,
  currency: "EUR",
  nowMs: NOON,
  highWaterMs: NOON,
  terminalCountry: "DE",
  isLivemode: true,
  deviceKey: new Uint8Array(32).fill(7),
  policy: { allowedBrands: null, respectIacDefault: null },
};

/** GOOD with changes, as bytes. */
export function message(changes: Objects = {}): Uint8Array {
  const objects = { ...GOOD, ...changes };
  return encodeTlv(
    Object.entries(objects).flatMap(([tag, value]) =>
      value === null ? [] : [{ tag: parseInt(tag, 16), value: hex(value) }]
    ),
  );
}
