/** The table of the decision: one row for each side of each rule. */
import type {
  DecisionPolicy,
  DecisionRequest,
} from "../../../bindings/emv_types.ts";
import { hex } from "../../reference/core_instance.ts";
import { NOON, type Objects, REQUEST } from "./emv_message.ts";

/** A request other than REQUEST. */
export type RequestChange = Partial<Omit<DecisionRequest, "policy">> & {
  policy?: Partial<DecisionPolicy>;
};

/** REQUEST with changes, the policy merged. */
export function requestWith(change: RequestChange): DecisionRequest {
  return {
    ...REQUEST,
    ...change,
    policy: { ...REQUEST.policy, ...change.policy },
  };
}

/** A message that passes in the United States, tapped. */
const US: Objects = {
  "5F28": "0840",
  "5F2A": "0840",
  "9F1A": "0840",
  "9F39": "07",
  "9F34": "1F0002",
};
const IN_US: RequestChange = { currency: "usd", terminalCountry: "us" };

/** One row: name, what must come out, changes of message and request. */
export type Case = [
  name: string,
  expected: string,
  changes: Objects,
  request?: RequestChange,
];

const DAY = 86_400_000;

/** Rows that are refused: rule, code, tag, bit. */
export const REFUSALS: Case[] = [
  ["PIN block", "1 pin_block_present 99", { "99": "1234567812345678" }],
  ["PIN block beside a bad object", "1 pin_block_present 99", {
    "9F02": "00",
    "99": "",
  }],
  ["short amount", "1 emv_malformed 9F02", { "9F02": "00001250" }],
  ["letters in an amount", "1 emv_malformed 9F02", { "9F02": "00000000125A" }],
  ["empty TVR", "1 emv_malformed 95", { "95": "" }],
  ["month 13", "1 emv_malformed 5F24", { "5F24": "281331" }],
  ["day 00", "1 emv_malformed 9A", { "9A": "250600" }],
  ["day 32", "1 emv_malformed 5F25", { "5F25": "230132" }],
  ["long label", "1 emv_malformed 50", { "50": "20".repeat(17) }],
  ["digits after padding in a PAN", "1 emv_malformed 5A", {
    "5A": "45395787F3621486",
  }],
  ["PAN of seven digits", "1 emv_malformed 5A", {
    "5A": "4539578F",
    "57": null,
  }],
  ["PAN of twenty digits", "1 emv_malformed 5A", {
    "5A": "45395787636214861234",
    "57": null,
  }],
  ["track 2 of another PAN", "1 emv_malformed 57", {
    "57": "4539578763621487D28122010000012345678F",
  }],
  ["track 2 without separator", "1 emv_malformed 57", {
    "57": "453957876362148628122010",
  }],
  ["track 2 with month 13", "1 emv_malformed 57", {
    "57": "4539578763621486D28132010000012345678F",
  }],
  ["track 2 cut after the expiry", "1 emv_malformed 57", {
    "57": "4539578763621486D2812F",
  }],
  ["track 2 with a digit after the padding", "1 emv_malformed 57", {
    "57": "4539578763621486D2812201000001234567F8",
  }],
  ["another amount", "2 emv_mismatch 9F02", { "9F02": "000000001251" }],
  ["no amount", "2 emv_mismatch 9F02", { "9F02": null }],
  ["another currency", "2 emv_mismatch 5F2A", { "5F2A": "0840" }],
  ["no currency", "2 emv_mismatch 5F2A", { "5F2A": null }],
  ["a refund", "2 emv_mismatch 9C", { "9C": "20" }],
  ["no type", "2 emv_mismatch 9C", { "9C": null }],
  ["another country", "2 emv_mismatch 9F1A", { "9F1A": "0250" }],
  ["cashback in a purchase", "2 emv_mismatch 9F03", {
    "9F03": "000000000001",
  }],
  ["no date", "2 emv_mismatch 9A", { "9A": null }],
  ["two days before", "2 emv_mismatch 9A", { "9A": "250613" }],
  ["two days after", "2 emv_mismatch 9A", { "9A": "250617" }],
  ["the same day a century ago", "2 emv_mismatch 9A", { "9A": "990615" }],
  ["a clock set back", "2 emv_mismatch 9A", {}, {
    nowMs: NOON,
    highWaterMs: NOON + 2 * DAY,
  }],
  ...["01", "02", "03", "80", "90", "91", "00", "10"].map((mode): Case => [
    `entry mode ${mode}`,
    "3 swipe_or_manual 9F39",
    { "9F39": mode },
  ]),
  ["no entry mode", "3 swipe_or_manual 9F39", { "9F39": null }],
  ["no cryptogram", "3 swipe_or_manual 9F26", { "9F26": null }],
  ["AAC", "4 card_declined 9F27", { "9F27": "00" }],
  ["AAC with advice", "4 card_declined 9F27", { "9F27": "3F" }],
  ["cryptogram C0", "5 cryptogram_unknown 9F27", { "9F27": "C0" }],
  ["no CID", "5 cryptogram_unknown 9F27", { "9F27": null }],
  ["no AID", "6 network_not_offline 84", { "84": null, "9F06": null }],
  ["unknown AID", "6 network_not_offline 84", { "84": "A0000004540010" }],
  ["unknown AID of the terminal alone", "6 network_not_offline 9F06", {
    "84": null,
    "9F06": "A0000004540010",
  }],
  ["Interac", "6 interac_not_supported 84", { "84": "A0000002771010" }],
  ["girocard", "6 network_not_offline 84", { "84": "A0000003591010028001" }],
  ["Cartes Bancaires", "6 network_not_offline 84", { "84": "A0000000421010" }],
  ["eftpos", "6 network_not_offline 84", { "84": "A00000038410" }],
  ["Debit Network Alliance", "6 network_not_offline 84", {
    "84": "A0000006200620",
  }],
  ["US common debit abroad", "6 network_not_offline 84", {
    "84": "A0000000980840",
  }],
  ["domestic ADF under an international name", "6 network_not_offline 4F", {
    "4F": "A0000002771010",
  }],
  ["another AID of the terminal", "6 network_not_offline 9F06", {
    "9F06": "A0000000041010",
  }],
  ["a brand the policy leaves out", "6 brand_not_allowed 84", {}, {
    policy: { allowedBrands: ["mastercard", "amex"] },
  }],
  ["no brand allowed", "6 brand_not_allowed 84", {}, {
    policy: { allowedBrands: [] },
  }],
  ["a test card for real money", "6 test_card_in_livemode 5A", {
    "5A": "4242424242424242",
    "57": null,
  }],
  ["a test track for real money", "6 test_card_in_livemode 57", {
    "5A": null,
    "57": "5555555555554444D28122010000000000000F",
  }],
  ["no PAN", "7 data_missing 5A", { "5A": null, "57": null }],
  ["no expiry", "7 data_missing 5F24", { "5F24": null, "57": null }],
  ["no ATC", "7 data_missing 9F36", { "9F36": null }],
  ["no TVR", "7 data_missing 95", { "95": null }],
  ["expired yesterday", "7 expired 5F24", { "5F24": "250614" }],
  ["expired last month by track 2", "7 expired 57", {
    "5F24": null,
    "57": "4539578763621486D25052010000012345678F",
  }],
  ["expired in 1999", "7 expired 5F24", { "5F24": "991231" }],
  ["expired in 1950", "7 expired 5F24", { "5F24": "501231" }],
  ["TVR says expired", "7 expired 95 byte 2 bit 40", { "95": "0040000000" }],
  ["effective tomorrow", "7 not_effective 5F25", { "5F25": "250616" }],
  ["TVR says not effective", "7 not_effective 95 byte 2 bit 20", {
    "95": "0020000000",
  }],
  ["TVR says no service", "8 service_not_allowed 95 byte 2 bit 10", {
    "95": "0010000000",
  }],
  ["ATM only", "8 service_not_allowed 9F07 byte 1 bit 01", { "9F07": "FE80" }],
  [
    "no domestic goods or services",
    "8 service_not_allowed 9F07 byte 1 bit 20",
    {
      "9F07": "D780",
    },
  ],
  ["no foreign goods or services", "8 service_not_allowed 9F07 byte 1 bit 10", {
    "9F07": "EBC0",
    "5F28": "0250",
  }],
  ["no domestic cash", "8 service_not_allowed 9F07 byte 1 bit 80", {
    "9F07": "7F00",
    "9C": "01",
  }, { transactionType: 0x01 }],
  ["no foreign cashback", "8 service_not_allowed 9F07 byte 2 bit 40", {
    "9F07": "FF80",
    "9C": "09",
    "5F28": "0250",
  }, { transactionType: 0x09 }],
  ["SDA failed", "9 auth_failed 95 byte 1 bit 40", { "95": "4000000000" }],
  ["DDA failed", "9 auth_failed 95 byte 1 bit 08", { "95": "0800000000" }],
  ["CDA failed", "9 auth_failed 95 byte 1 bit 04", { "95": "0400000000" }],
  ["XDA failed", "9 auth_failed 95 byte 4 bit 01", { "95": "0000000100" }],
  ["on the exception file", "9 exception_file 95 byte 1 bit 10", {
    "95": "1000000000",
  }],
  ["verification failed", "9 cvm_failed 95 byte 3 bit 80", {
    "95": "0000800000",
  }],
  ["PIN tries used up", "9 cvm_failed 95 byte 3 bit 20", {
    "95": "0000200000",
  }],
  ["CVM result failed", "9 cvm_failed 9F34", { "9F34": "440301" }],
  ...["02", "42", "07", "09", "0B", "0D", "0F", "4F"].map((method): Case => [
    `online verification ${method}`,
    "10 online_pin 9F34",
    { "9F34": method + "0300" },
  ]),
  ["online PIN in the TVR", "10 online_pin 95 byte 3 bit 04", {
    "95": "0000040000",
  }],
  ["online PIN asked by a Visa tap", "10 online_pin 9F6C byte 1 bit 80", {
    ...US,
    "9F34": null,
    "9F6C": "8000",
  }, IN_US],
  ["a tap in the EEA", "11 sca_required 9F39", { "9F39": "07" }],
  ["chip fallback mode in the EEA", "11 sca_required 9F39", { "9F39": "95" }],
  ["signature in the EEA", "11 sca_required 9F34", { "9F34": "1E0302" }],
  ["no CVM in the EEA", "11 sca_required 9F34", { "9F34": "1F0302" }],
  ["no CVM results in the EEA", "11 sca_required 9F34", { "9F34": null }],
  ["PIN of unknown success in the EEA", "11 sca_required 9F34", {
    "9F34": "440300",
  }],
  ["no TSI in the EEA", "11 sca_required 9B", { "9B": null }],
  ["no verification in the TSI", "11 sca_required 9B byte 1 bit 40", {
    "9B": "A800",
  }],
  ["issuer denial", "12 iac_denied 95 byte 4 bit 80", { "9F0E": "0000008000" }],
  ["terminal denial", "12 iac_denied 95 byte 4 bit 80", {}, {
    policy: { tacDenial: hex("0000008000") },
  }],
  ["default of an offline approval", "12 iac_default 95 byte 4 bit 80", {
    "9F27": "40",
  }],
  ["no default code, offline approval", "12 iac_default 95 byte 4 bit 80", {
    "9F27": "40",
    "9F0D": null,
  }],
  ["terminal default", "12 iac_default 95 byte 4 bit 80", {
    "9F0D": "0000000000",
  }, {
    policy: { respectIacDefault: true, tacDefault: hex("0000008000") },
  }],
  [
    "default of a deferred payment, if asked for",
    "12 iac_default 95 byte 4 bit 80",
    {},
    {
      policy: { respectIacDefault: true },
    },
  ],
];

/** Rows that pass: the outcome. */
export const ACCEPTED: Case[] = [
  ["a PIN chip in Germany", "deferred", {}],
  ["plain PIN", "deferred", { "9F34": "410302" }],
  ["plain PIN and signature", "deferred", { "9F34": "430302" }],
  ["PIN and signature", "deferred", { "9F34": "050302" }],
  ["an offline approval without a matching code", "offline_approved", {
    "9F27": "40",
    "9F0D": "0000000000",
  }],
  ["an offline approval, defaults ignored", "offline_approved", {
    "9F27": "40",
  }, { policy: { respectIacDefault: false } }],
  ["an ARQC with advice", "deferred", { "9F27": "88" }],
  ["one day before midnight", "deferred", { "9A": "250614" }],
  ["one day after midnight", "deferred", { "9A": "250616" }],
  ["last day of the card", "deferred", { "5F24": "250615" }],
  ["last month of a track", "deferred", {
    "5F24": null,
    "57": "4539578763621486D25062010000012345678F",
  }],
  ["expiry 49 is 2049", "deferred", { "5F24": "491231" }],
  ["effective today", "deferred", { "5F25": "250615" }],
  ["PAN from the track", "deferred", { "5A": null }],
  ["no track", "deferred", { "57": null }],
  ["19 digits", "deferred", { "5A": "6304123456789012345F", "57": null }],
  ["no PAN sequence number", "deferred", { "5F34": null }],
  ["no terminal country", "deferred", { "9F1A": null }],
  ["AID of the terminal alone", "deferred", { "84": null }],
  ["a partial AID of the terminal", "deferred", {
    "84": "A0000000043060",
    "9F06": "A000000004",
  }],
  ["goods without services", "deferred", { "9F07": "2100" }],
  ["services without goods", "deferred", { "9F07": "0900" }],
  ["no usage control", "deferred", { "9F07": null }],
  ["no issuer country", "deferred", { "9F07": "0100", "5F28": null }],
  ["a tap in the US", "deferred", US, IN_US],
  ["a signature in the US", "deferred", { ...US, "9F34": "1E0300" }, IN_US],
  [
    "no CVM performed in the US",
    "deferred",
    { ...US, "9F34": "3F0000" },
    IN_US,
  ],
  ["no CVM results in the US", "deferred", { ...US, "9F34": null }, IN_US],
  ["a phone's own verification", "deferred", {
    ...US,
    "9F34": null,
    "9F6C": "8080",
  }, IN_US],
  ["US common debit at home", "deferred", {
    ...US,
    "84": "A0000000980840",
    "9F06": null,
  }, IN_US],
  ...["GB", "CH", "US", "JP", "TR"].map((terminalCountry): Case => [
    `no PIN needed in ${terminalCountry}`,
    "deferred",
    { "9F1A": null, "9F39": "07", "9F34": "1F0002", "9B": null, "9F07": null },
    { terminalCountry },
  ]),
  ["a test card in test mode", "deferred", {
    "5A": "4242424242424242",
    "57": null,
  }, { isLivemode: false }],
  ["a refund that was asked for", "deferred", { "9C": "20" }, {
    transactionType: 0x20,
  }],
  ["cashback that was asked for", "deferred", {
    "9C": "09",
    "9F03": "000000000500",
  }, { transactionType: 0x09 }],
  ["the largest amount", "deferred", { "9F02": "999999999999" }, {
    amountMinor: 999_999_999_999,
  }],
  ...([
    ["A0000000041010", "mastercard"],
    ["A00000002501", "amex"],
    ["A0000001523010", "discover"],
    ["A0000000651010", "jcb"],
    ["A000000333010101", "unionpay"],
    ["A0000000043060", "maestro"],
  ] as const).map(([aid, brand]): Case => [
    `${brand} in Germany`,
    "deferred",
    { "84": aid, "9F06": aid },
    { policy: { allowedBrands: [brand] } },
  ]),
];
