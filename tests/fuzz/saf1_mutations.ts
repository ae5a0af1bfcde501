/**
 * Bugs on purpose in SAF1; the mechanism is that of `seeded_bugs.ts`.
 *
 * Owns: the list.
 */
import type { SeededBug } from "./seeded_bugs.ts";

const RECORD: readonly SeededBug[] = [
  {
    name: "the ephemeral key ignores the fresh entropy",
    file: "saf1",
    good: "INPUT + SEAL_INPUT_ENTROPY",
    bad: "INPUT + SEAL_INPUT_CHAIN_SECRET",
  },
  {
    name: "the ephemeral key ignores the chain secret",
    file: "saf1",
    good: "hmacBegin();",
    bad: "hmacKey(INPUT + SEAL_INPUT_ENTROPY, 32); hmacBegin();",
  },
  {
    name: "the ephemeral key ignores the header",
    file: "saf1",
    good: "sha256Update(record, SEAL_HEADER_BYTES);",
    bad: "",
  },
  {
    name: "the ephemeral key ignores the plaintext",
    file: "saf1",
    good: "sha256Update(body, padded);",
    bad: "",
  },
  {
    name: "the header is not authenticated when sealing",
    file: "saf1",
    good: "hpkeSeal(record, SEAL_HEADER_BYTES, body, padded, body);",
    bad: "hpkeSeal(record, 0, body, padded, body);",
  },
  {
    name: "a payment sealed in mode Base",
    file: "saf1",
    good:
      "if (isGenesis) return hpkeSchedule(0, record, INFO_BYTES, 0, 0, 0, 0);",
    bad: "return hpkeSchedule(0, record, INFO_BYTES, 0, 0, 0, 0);",
  },
  {
    name: "the PSK is the chain secret itself",
    file: "saf1",
    good: "saf1Psk(INPUT + SEAL_INPUT_CHAIN_SECRET, PSK);",
    bad: "memory.copy(PSK, INPUT + SEAL_INPUT_CHAIN_SECRET, 32);",
  },
  {
    name: "the PSK's id leaves out the sequence number",
    file: "saf1",
    good:
      "return hpkeSchedule(1, record, INFO_BYTES, PSK, CHAIN_SECRET_BYTES, pskId, PSK_ID_BYTES);",
    bad:
      "return hpkeSchedule(1, record, INFO_BYTES, PSK, CHAIN_SECRET_BYTES, pskId, 20);",
  },
  {
    name: "the chain secret does not move",
    file: "saf1",
    good: "saf1Advance(secret, OUTPUT + SEAL_OUTPUT_NEXT_SECRET);",
    bad: "memory.copy(OUTPUT + SEAL_OUTPUT_NEXT_SECRET, secret, 32);",
  },
  {
    name: "the hash leaves out the tag",
    file: "saf1",
    good: "sha256(record, length, OUTPUT + SEAL_OUTPUT_HASH);",
    bad: "sha256(record, length - 16, OUTPUT + SEAL_OUTPUT_HASH);",
  },
  {
    name: "254 bytes are padded to 512",
    file: "saf1",
    good: "(length + SEAL_LENGTH_PREFIX_BYTES + step - 1) / step * step",
    bad: "(length + SEAL_LENGTH_PREFIX_BYTES + step) / step * step",
  },
  {
    name: "padding of any value is accepted",
    file: "saf1",
    good: "bits == 0",
    bad: "true",
  },
  {
    name: "more padding than needed is accepted",
    file: "saf1",
    good: "padTo256(length) != padded",
    bad: "false",
  },
  {
    name: "padding left as it was",
    file: "saf1",
    good: "memory.fill(body, 0, padded);",
    bad: "",
  },
  {
    name: "a genesis opened without its secret",
    file: "saf1",
    good: "if (isGenesis) memory.copy(secret, plaintext, CHAIN_SECRET_BYTES);",
    bad: "",
  },
  {
    name: "plaintext left behind by a refused seal",
    file: "saf1",
    good: "memory.fill(record, 0, BODY_OFFSET + padded);",
    bad: "",
  },
  {
    name: "PSK and ephemeral seed stay in memory",
    file: "saf1",
    good: "memory.fill(PSK, 0, 64);",
    bad: "",
  },
];

const HEADER: readonly SeededBug[] = [
  {
    name: "version 2 is taken for version 1",
    file: "saf1_header",
    good: "load<u8>(header, SEAL_HEADER_VERSION) != 1",
    bad: "load<u8>(header, SEAL_HEADER_VERSION) > 2",
  },
  {
    name: "suite 3",
    file: "saf1_header",
    good: "suite != 1 && suite != 2",
    bad: "suite == 0",
  },
  {
    name: "a genesis with a sequence number",
    file: "saf1_header",
    good: "(mode == 0) != (seq == 0)",
    bad: "false",
  },
  {
    name: "livemode 2",
    file: "saf1_header",
    good: "load<u8>(header, SEAL_HEADER_LIVEMODE) > 1",
    bad: "false",
  },
  {
    name: "a sequence number a double cannot hold",
    file: "saf1_header",
    good: "seq > SAFE_INTEGER_MAX",
    bad: "false",
  },
  {
    name: "a genesis that moves money",
    file: "saf1_header",
    good: "(mode == 0 && amount != 0)",
    bad: "false",
  },
  {
    name: "an amount a double cannot hold",
    file: "saf1_header",
    good: "amount > SAFE_INTEGER_MAX",
    bad: "false",
  },
  {
    name: "a currency in lower case",
    file: "saf1_header",
    good: "letter < 0x41 || letter > 0x5a",
    bad: "letter < 0x41 || letter > 0x7a",
  },
  {
    name: "no padded length at all",
    file: "saf1_header",
    good: "padded == 0",
    bad: "false",
  },
  {
    name: "a padded length beyond the arena",
    file: "saf1_header",
    good: "padded > <u32>SEAL_PADDED_BYTES_MAX",
    bad: "false",
  },
  {
    name: "a padded length between the steps",
    file: "saf1_header",
    good: "padded % SEAL_PADDING_BYTES != 0",
    bad: "false",
  },
  {
    name: "bytes behind a record",
    file: "saf1_header",
    good: "length > expected",
    bad: "false",
  },
  {
    name: "a record cut short",
    file: "saf1_header",
    good: "length < expected",
    bad: "false",
  },
];

const CHAIN: readonly SeededBug[] = [
  {
    name: "a record of another device",
    file: "saf1_chain",
    good:
      "!equal(previous + SEAL_HEADER_DEVICE_ID, record + SEAL_HEADER_DEVICE_ID, 16)",
    bad: "false",
  },
  {
    name: "a record of another epoch",
    file: "saf1_chain",
    good:
      "load<u32>(previous, SEAL_HEADER_EPOCH) != load<u32>(record, SEAL_HEADER_EPOCH)",
    bad: "false",
  },
  {
    name: "a fork taken for a copy",
    file: "saf1_chain",
    good: "equal(previousHash, hash, SHA256_BYTES)",
    bad: "true",
  },
  {
    name: "a record that is missing",
    file: "saf1_chain",
    good: "seq - before > 1",
    bad: "false",
  },
  {
    name: "a record that comes too late",
    file: "saf1_chain",
    good: "seq < before",
    bad: "false",
  },
  {
    name: "test money behind real money",
    file: "saf1_chain",
    good:
      "load<u8>(previous, SEAL_HEADER_LIVEMODE) != load<u8>(record, SEAL_HEADER_LIVEMODE)",
    bad: "false",
  },
  {
    name: "a record of another account",
    file: "saf1_chain",
    good:
      "!equal(previous + SEAL_HEADER_ACCOUNT_HASH, record + SEAL_HEADER_ACCOUNT_HASH, 16)",
    bad: "false",
  },
  {
    name: "the link between two records is not checked",
    file: "saf1_chain",
    good:
      "!equal(record + SEAL_HEADER_PREVIOUS_HASH, previousHash, SHA256_BYTES)",
    bad: "false",
  },
  {
    name: "half a hash is enough",
    file: "saf1_chain",
    good: "memory.compare(a, b, length)",
    bad: "memory.compare(a, b, length / 2)",
  },
];

/** What people get wrong in an envelope and a chain. */
export const SAF1_BUGS: readonly SeededBug[] = [
  ...RECORD,
  ...HEADER,
  ...CHAIN,
];
