/**
 * Conformance operations on data object lists.
 *
 * Owns: their request and answer shapes.
 * @module
 * @see EMV 4.4 Book 3 §5.4
 */
import { tagHex } from "../../bindings/tlv.ts";
import type { TlvApi } from "./core_api.ts";
import type { Operation } from "./crypto_operations.ts";
import { bytesOf, type Fields, toHex, wordOf } from "./fields.ts";

const SOURCES = ["card", "reader"] as const;

function parse(core: TlvApi, fields: Fields): unknown {
  return {
    entries: core.dolParse(bytesOf(fields, "dol")).map((entry) => ({
      tag: tagHex(entry.tag).toLowerCase(),
      offset: entry.offset,
      length: entry.length,
    })),
  };
}

function build(core: TlvApi, fields: Fields): unknown {
  const list = bytesOf(fields, "dol");
  const data = bytesOf(fields, "data");
  const source = wordOf(fields, "source", SOURCES, "reader");
  return { data: toHex(core.dolBuild(list, data, source)) };
}

/** The operations over `core`. */
export function dolOperations(core: TlvApi): Record<string, Operation> {
  return {
    dol_parse: (fields) => parse(core, fields),
    dol_build: (fields) => build(core, fields),
  };
}
