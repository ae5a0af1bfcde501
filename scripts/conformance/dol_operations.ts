/**
 * Conformance operations on data object lists.
 *
 * Owns: their request and answer shapes, and the calls into the core's DOL exports.
 * @module
 * @see EMV 4.4 Book 3 §5.4
 */
import {
  BER_INPUT_BYTES_MAX,
  BER_SOURCE_CARD,
  BER_SOURCE_READER,
  DOL_BYTES_MAX,
  DOL_ENTRY_BYTES,
  DOL_ENTRY_LENGTH,
  DOL_ENTRY_OFFSET,
} from "../../bindings/_wasm/abi.ts";
import type { CoreModule } from "../../bindings/core_module.ts";
import {
  type BindingErrorCode,
  bindingFailure,
  statusFailure,
} from "../../bindings/error_codes.ts";
import { tagHex } from "../../bindings/tlv.ts";
import type { Operation } from "./crypto_operations.ts";
import { bytesOf, type Fields, toHex, wordOf } from "./fields.ts";

interface DolExports {
  readonly dolRead: (list: number, length: number) => number;
  readonly dolTable: () => number;
  readonly dolFill: (
    list: number,
    listLength: number,
    message: number,
    messageLength: number,
    source: number,
  ) => number;
  readonly errorOffset: () => number;
}

const SOURCES = ["card", "reader"] as const;

function within(
  bytes: Uint8Array,
  limit: number,
  code: BindingErrorCode,
): void {
  if (bytes.length <= limit) return;
  throw bindingFailure(code, `expected at most ${limit} bytes`, {
    offset: limit,
  });
}

function parse(module: CoreModule, core: DolExports, fields: Fields): unknown {
  const list = bytesOf(fields, "dol");
  within(list, DOL_BYTES_MAX, "DOL_TOO_LONG");
  const count = core.dolRead(module.put(list), list.length);
  if (count < 0) throw statusFailure(count, core.errorOffset());
  const { view } = module;
  return {
    entries: Array.from({ length: count }, (_, index) => {
      const at = core.dolTable() + index * DOL_ENTRY_BYTES;
      return {
        tag: tagHex(view.getUint32(at, true)).toLowerCase(),
        offset: view.getUint16(at + DOL_ENTRY_OFFSET, true),
        length: view.getUint16(at + DOL_ENTRY_LENGTH, true),
      };
    }),
  };
}

function build(module: CoreModule, core: DolExports, fields: Fields): unknown {
  const list = bytesOf(fields, "dol");
  const data = bytesOf(fields, "data");
  within(list, DOL_BYTES_MAX, "DOL_TOO_LONG");
  within(data, BER_INPUT_BYTES_MAX, "BER_INPUT_TOO_LONG");
  const source = wordOf(fields, "source", SOURCES, "reader");
  try {
    const length = core.dolFill(
      module.put(list),
      list.length,
      module.put(data, list.length),
      data.length,
      source === "card" ? BER_SOURCE_CARD : BER_SOURCE_READER,
    );
    if (length < 0) throw statusFailure(length, core.errorOffset());
    return { data: toHex(module.take(length)) };
  } finally {
    module.wipe();
  }
}

/** The operations over `module`. */
export function dolOperations(module: CoreModule): Record<string, Operation> {
  const core = module.exports as unknown as DolExports;
  return {
    dol_parse: (fields) => parse(module, core, fields),
    dol_build: (fields) => build(module, core, fields),
  };
}
