/** The table of the decision while online: what is let through, and what is not. */
import { hex } from "../../reference/core_instance.ts";
import {
  ACCEPTED,
  type Case,
  REFUSALS,
  type RequestChange,
} from "./emv_cases.ts";
import type { Objects } from "./emv_message.ts";

/** A message of a terminal in another country than Germany. */
const abroad = (aid: string, country: string): Objects => ({
  "84": aid,
  "9F06": null,
  "9F1A": country,
  "9F07": null,
});
const online = (terminalCountry: string): RequestChange => ({
  terminalCountry,
  isOnline: true,
});
const ONLINE: RequestChange = { isOnline: true };

/** Rows that may be charged now only: what would refuse them offline. */
export const ONLINE_ONLY: Case[] = [
  ["online PIN", "10 online_pin 9F34", { "9F34": "420300" }, ONLINE],
  ["online PIN in the TVR", "10 online_pin 95 byte 3 bit 04", {
    "95": "0000040000",
  }, ONLINE],
  ["online PIN asked by a Visa tap", "10 online_pin 9F6C byte 1 bit 80", {
    ...abroad("A0000000031010", "0826"),
    "9F34": null,
    "9F39": "07",
    "9F6C": "8000",
  }, online("GB")],
  ["the first reason of two", "10 online_pin 9F34", {
    "9F34": "420300",
    "95": "0000040000",
    "9B": "A800",
  }, ONLINE],
  ["a tap in the EEA", "11 sca_required 9F39", { "9F39": "07" }, ONLINE],
  ["a signature in the EEA", "11 sca_required 9F34", {
    "9F34": "1E0302",
  }, ONLINE],
  ["no CVM results in the EEA", "11 sca_required 9F34", {
    "9F34": null,
  }, ONLINE],
  ["no verification in the TSI", "11 sca_required 9B byte 1 bit 40", {
    "9B": "A800",
  }, ONLINE],
  ["Interac in Canada", "6 interac_not_supported 84", {
    ...abroad("A0000002771010", "0124"),
  }, online("CA")],
  ["Interac by online PIN", "6 interac_not_supported 84", {
    ...abroad("A0000002771010", "0124"),
    "9F34": "420300",
  }, online("ca")],
  ["girocard in Germany", "6 network_not_offline 84", {
    "84": "A0000003591010028001",
    "9F06": null,
  }, ONLINE],
  ["eftpos in Australia", "6 network_not_offline 84", {
    ...abroad("A00000038410", "0036"),
  }, online("AU")],
  ["Cartes Bancaires in France", "6 network_not_offline 84", {
    ...abroad("A0000000421010", "0250"),
  }, online("FR")],
  ["Debit Network Alliance in the US", "6 network_not_offline 84", {
    ...abroad("A0000006200620", "0840"),
  }, online("US")],
  ["a brand the offline policy leaves out", "6 brand_not_allowed 84", {}, {
    isOnline: true,
    policy: { allowedBrands: ["amex"] },
  }],
  ["a default action code", "12 iac_default 95 byte 4 bit 80", {
    "9F27": "40",
  }, ONLINE],
];

/** Rows that are refused online too: rule, code, tag, bit. */
export const ONLINE_REFUSALS: Case[] = [
  ["a PIN block in the message", "1 pin_block_present 99", {
    "9F34": "420300",
    "99": "1234567812345678",
  }, ONLINE],
  ["another amount", "2 emv_mismatch 9F02", { "9F02": "000000001251" }, ONLINE],
  ["a swipe", "3 swipe_or_manual 9F39", { "9F39": "90" }, ONLINE],
  ["an AAC", "4 card_declined 9F27", { "9F27": "00" }, ONLINE],
  ["Interac outside Canada", "6 interac_not_supported 84", {
    "84": "A0000002771010",
    "9F06": null,
  }, ONLINE],
  ["girocard outside Germany", "6 network_not_offline 84", {
    ...abroad("A0000003591010028001", "0040"),
  }, online("AT")],
  ["eftpos outside Australia", "6 network_not_offline 84", {
    "84": "A00000038410",
  }, ONLINE],
  ["Cartes Bancaires outside France", "6 network_not_offline 84", {
    "84": "A0000000421010",
  }, ONLINE],
  ["Debit Network Alliance outside the US", "6 network_not_offline 84", {
    "84": "A0000006200620",
  }, ONLINE],
  ["a network nobody asks", "6 network_not_offline 84", {
    "84": "A0000006581010",
  }, ONLINE],
  [
    "girocard under another name of the terminal",
    "6 network_not_offline 9F06",
    {
      "84": "A0000003591010028001",
      "9F06": "A0000000041010",
    },
    ONLINE,
  ],
  ["a test card for real money", "6 test_card_in_livemode 5A", {
    ...abroad("A0000002771010", "0124"),
    "5A": "4242424242424242",
    "57": null,
  }, online("CA")],
  ["an expired card", "7 expired 5F24", { "5F24": "250614" }, ONLINE],
  ["ATM only", "8 service_not_allowed 9F07 byte 1 bit 01", {
    "9F07": "FE80",
  }, ONLINE],
  ["PIN tries used up before an online PIN", "9 cvm_failed 95 byte 3 bit 20", {
    "95": "0000240000",
    "9F34": "420300",
  }, ONLINE],
  [
    "an issuer's denial after a bit of rule 11",
    "12 iac_denied 95 byte 4 bit 80",
    {
      "9B": "A800",
      "9F0E": "0000008000",
    },
    ONLINE,
  ],
  ["Interac without a counter", "7 data_missing 9F36", {
    ...abroad("A0000002771010", "0124"),
    "9F36": null,
  }, online("CA")],
  [
    "a terminal's denial after an online PIN",
    "12 iac_denied 95 byte 3 bit 04",
    {
      "95": "0000040000",
    },
    { isOnline: true, policy: { tacDenial: hex("0000040000") } },
  ],
];

/** Rows that online changes nothing about. */
export const ONLINE_ACCEPTED: Case[] = [
  ["a PIN chip in Germany", "deferred", {}, ONLINE],
  ["an offline approval without a matching code", "offline_approved", {
    "9F27": "40",
    "9F0D": "0000000000",
  }, ONLINE],
  ["US common debit at home", "deferred", {
    ...abroad("A0000000980840", "0840"),
  }, online("US")],
];

/** Every row, of the decision offline and online. */
export const EVERY_CASE: Case[] = [
  ...REFUSALS,
  ...ACCEPTED,
  ...ONLINE_ONLY,
  ...ONLINE_REFUSALS,
  ...ONLINE_ACCEPTED,
];
