/**
 * BER-TLV and data object lists, read by the core.
 *
 * Owns: the typed face of the core's TLV room. Takes views of the caller's bytes, returns plain
 * objects or a lazy index; never a view into the core's memory. Values are not copied: a node
 * says where its value is, {@link tlvValue} gives the caller's own bytes.
 * @module
 */
import {
  BER_FLAG_CONSTRUCTED,
  BER_FLAG_LONG_LENGTH,
  BER_INPUT_BYTES_MAX,
  BER_NO_PARENT,
  BER_NODE_BYTES,
  BER_NODE_DEPTH,
  BER_NODE_FLAGS,
  BER_NODE_LENGTH,
  BER_NODE_NEXT,
  BER_NODE_OFFSET,
  BER_NODE_PARENT,
  BER_NODE_VALUE_OFFSET,
  BER_NOTE_FF_PADDING,
  BER_NOTE_LONG_LENGTH,
  BER_NOTE_TEMPLATE_PADDING,
  BER_NOTE_TOP_LEVEL_PADDING,
  BER_SOURCE_CARD,
  BER_SOURCE_READER,
  DOL_BYTES_MAX,
  DOL_ENTRY_BYTES,
  DOL_ENTRY_LENGTH,
  DOL_ENTRY_OFFSET,
} from "./_wasm/abi.ts";
import type { CoreModule } from "./core_module.ts";
import { bindingFailure, statusFailure } from "./error_codes.ts";

export * from "./tlv_encode.ts";

/**
 * Where the bytes came from. In a `card` template 70, 77, 6F or A5 an FF byte is padding; a
 * `reader` uses tags that begin with FF. Never guess it.
 */
export type TlvSource = "card" | "reader";

/** One data object: where it is, not what it says. */
export interface TlvNode {
  /** Tag field as a number, `9F02` is `0x9f02`. */
  readonly tag: number;
  /** Offset of the tag field. */
  readonly offset: number;
  /** Offset of the value. */
  readonly valueOffset: number;
  /** Length of the value in bytes. */
  readonly length: number;
  /** Number of templates around the object, 0..8. */
  readonly depth: number;
  /** True for a template. */
  readonly isConstructed: boolean;
  /** False when the length field is longer than needed. */
  readonly isCanonical: boolean;
}

/** One entry of a data object list. */
export interface DolEntry {
  /** Tag field as a number. */
  readonly tag: number;
  /** Offset of the tag field in the list. */
  readonly offset: number;
  /** Number of bytes asked for, 0..255. */
  readonly length: number;
}

/** What the reader tolerated; all false for a clean message. */
export interface TlvNotes {
  /** 00 bytes between top-level objects. */
  readonly hasTopLevelPadding: boolean;
  /** 00 bytes inside a template. */
  readonly hasTemplatePadding: boolean;
  /** FF bytes inside a card template. */
  readonly hasFfPadding: boolean;
  /** A length field longer than needed. */
  readonly hasLongLength: boolean;
}

/** The value of `node` as a view of `data`, the bytes the node was read from. */
export function tlvValue(data: Uint8Array, node: TlvNode): Uint8Array {
  return data.subarray(node.valueOffset, node.valueOffset + node.length);
}

/** Upper-case hex of a tag, `9F02`. */
export function tagHex(tag: number): string {
  const hex = tag.toString(16).toUpperCase();
  return hex.length % 2 === 0 ? hex : "0" + hex;
}

/** The core's TLV room over one instance. */
export class TlvCore {
  readonly #module: CoreModule;
  readonly #parse: (at: number, length: number, source: number) => number;
  readonly #dolRead: (list: number, length: number) => number;
  readonly #dolTable: () => number;
  readonly #dolFill: (
    list: number,
    listLength: number,
    message: number,
    messageLength: number,
    source: number,
  ) => number;
  readonly #errorOffset: () => number;
  readonly #notes: () => number;
  readonly #generation: () => number;
  readonly #nodes: number;

  constructor(module: CoreModule) {
    this.#module = module;
    this.#parse = module.exports.tlvParse as never;
    this.#dolRead = module.exports.dolRead as never;
    this.#dolTable = module.exports.dolTable as never;
    this.#dolFill = module.exports.dolFill as never;
    this.#errorOffset = module.exports.errorOffset as never;
    this.#notes = module.exports.tlvNotes as never;
    this.#generation = module.exports.tlvGeneration as never;
    this.#nodes = (module.exports.tlvNodes as () => number)();
  }

  /**
   * Reads a message and returns all data objects in order of appearance.
   *
   * @param data   The message, 0..4,096 bytes; not kept, not changed.
   * @param source Who wrote the bytes.
   * @returns      Owned plain objects; `length` 0 for an empty message.
   * @throws {HoldfastError} `BER_*` with the `offset` of the tag or length field in error.
   */
  parse(data: Uint8Array, source: TlvSource): TlvNode[] {
    const count = this.#read(data, source);
    const nodes: TlvNode[] = new Array(count);
    const view = this.#module.view;
    for (let index = 0; index < count; index++) {
      const at = this.#nodes + index * BER_NODE_BYTES;
      const flags = view.getUint8(at + BER_NODE_FLAGS);
      nodes[index] = {
        tag: view.getUint32(at, true),
        offset: view.getUint16(at + BER_NODE_OFFSET, true),
        valueOffset: view.getUint16(at + BER_NODE_VALUE_OFFSET, true),
        length: view.getUint16(at + BER_NODE_LENGTH, true),
        depth: view.getUint8(at + BER_NODE_DEPTH),
        isConstructed: (flags & BER_FLAG_CONSTRUCTED) !== 0,
        isCanonical: (flags & BER_FLAG_LONG_LENGTH) === 0,
      };
    }
    return nodes;
  }

  /**
   * Reads a message and leaves the index in the core: the fast way to look at a few objects.
   * The index goes stale with the next parse or decision and then refuses to answer; takes and
   * throws what {@link TlvCore.parse} does.
   */
  index(data: Uint8Array, source: TlvSource): TlvIndex {
    const count = this.#read(data, source);
    return new TlvIndex(this.#module, this.#nodes, count, this.#generation);
  }

  /** What the last successful parse of this core tolerated. */
  notes(): TlvNotes {
    const notes = this.#notes();
    return {
      hasTopLevelPadding: (notes & BER_NOTE_TOP_LEVEL_PADDING) !== 0,
      hasTemplatePadding: (notes & BER_NOTE_TEMPLATE_PADDING) !== 0,
      hasFfPadding: (notes & BER_NOTE_FF_PADDING) !== 0,
      hasLongLength: (notes & BER_NOTE_LONG_LENGTH) !== 0,
    };
  }

  /**
   * Reads a data object list (PDOL, CDOL, DDOL): tags and lengths without values.
   *
   * @param list 0..252 bytes; not kept.
   * @throws {HoldfastError} `DOL_*` with the `offset` of the entry in error.
   */
  dolParse(list: Uint8Array): DolEntry[] {
    checkList(list);
    const count = this.#dolRead(this.#module.put(list), list.length);
    if (count < 0) throw statusFailure(count, this.#errorOffset());
    const view = this.#module.view;
    const table = this.#dolTable();
    return Array.from({ length: count }, (_, index) => {
      const at = table + index * DOL_ENTRY_BYTES;
      return {
        tag: view.getUint32(at, true),
        offset: view.getUint16(at + DOL_ENTRY_OFFSET, true),
        length: view.getUint8(at + DOL_ENTRY_LENGTH),
      };
    });
  }

  /**
   * Builds the data a list asks for: values of `data` in the order of the list, each cut or
   * filled as its format demands; zeros for what the message lacks and for templates.
   *
   * @returns An owned copy, at most 252 bytes; may hold card data.
   * @throws {HoldfastError} `DOL_*` about the list, `BER_*` about the message.
   * @see EMV 4.4 Book 3 §5.4
   */
  dolBuild(list: Uint8Array, data: Uint8Array, source: TlvSource): Uint8Array {
    checkList(list);
    checkMessage(data);
    const at = this.#module.put(list);
    const message = this.#module.put(data, list.length);
    const length = this.#dolFill(
      at,
      list.length,
      message,
      data.length,
      sourceNumber(source),
    );
    const built = length < 0 ? null : this.#module.take(length);
    this.#module.wipe(list.length + data.length, Math.max(length, 0));
    if (built === null) throw statusFailure(length, this.#errorOffset());
    return built;
  }

  #read(data: Uint8Array, source: TlvSource): number {
    checkMessage(data);
    const at = this.#module.put(data);
    const count = this.#parse(at, data.length, sourceNumber(source));
    this.#module.wipe(data.length, 0);
    if (count < 0) throw statusFailure(count, this.#errorOffset());
    return count;
  }
}

function sourceNumber(source: TlvSource): number {
  return source === "card" ? BER_SOURCE_CARD : BER_SOURCE_READER;
}

function checkMessage(data: Uint8Array): void {
  if (data.length <= BER_INPUT_BYTES_MAX) return;
  throw bindingFailure(
    "BER_INPUT_TOO_LONG",
    `expected at most ${BER_INPUT_BYTES_MAX} bytes, got ${data.length}`,
    { offset: BER_INPUT_BYTES_MAX },
  );
}

function checkList(list: Uint8Array): void {
  if (list.length <= DOL_BYTES_MAX) return;
  throw bindingFailure(
    "DOL_TOO_LONG",
    `expected at most ${DOL_BYTES_MAX} bytes, got ${list.length}`,
    { offset: DOL_BYTES_MAX },
  );
}

/** A lazy index over the last message: positions of objects, read from the core on demand. */
export class TlvIndex {
  /** Number of data objects. */
  readonly count: number;
  readonly #module: CoreModule;
  readonly #nodes: number;
  readonly #current: () => number;
  readonly #generation: number;

  /** Made by {@link TlvCore.index}. */
  constructor(
    module: CoreModule,
    nodes: number,
    count: number,
    generation: () => number,
  ) {
    this.#module = module;
    this.#nodes = nodes;
    this.count = count;
    this.#current = generation;
    this.#generation = generation();
  }

  /** Tag of object `index`, 0..count-1. */
  tag(index: number): number {
    return this.#module.view.getUint32(this.#at(index), true);
  }

  /** Offset of the tag field of object `index`. */
  offset(index: number): number {
    const at = this.#at(index) + BER_NODE_OFFSET;
    return this.#module.view.getUint16(at, true);
  }

  /** Offset of the value of object `index`. */
  valueOffset(index: number): number {
    const at = this.#at(index) + BER_NODE_VALUE_OFFSET;
    return this.#module.view.getUint16(at, true);
  }

  /** Length of the value of object `index`. */
  length(index: number): number {
    const at = this.#at(index) + BER_NODE_LENGTH;
    return this.#module.view.getUint16(at, true);
  }

  /** Number of templates around object `index`. */
  depth(index: number): number {
    return this.#module.view.getUint8(this.#at(index) + BER_NODE_DEPTH);
  }

  /** True when object `index` is a template. */
  isConstructed(index: number): boolean {
    const flags = this.#module.view.getUint8(this.#at(index) + BER_NODE_FLAGS);
    return (flags & BER_FLAG_CONSTRUCTED) !== 0;
  }

  /** Index of the first object after object `index` and everything in it; may be `count`. */
  next(index: number): number {
    const at = this.#at(index) + BER_NODE_NEXT;
    return this.#module.view.getUint16(at, true);
  }

  /** Index of the template around object `index`, or -1 at the top level. */
  parent(index: number): number {
    const at = this.#at(index) + BER_NODE_PARENT;
    const parent = this.#module.view.getUint16(at, true);
    return parent === BER_NO_PARENT ? -1 : parent;
  }

  /** Index of the first object with this tag at any depth, at or after `from`; -1 if none. */
  find(tag: number, from = 0): number {
    if (this.count > 0) this.#at(0);
    const view = this.#module.view;
    for (let index = from; index < this.count; index++) {
      const at = this.#nodes + index * BER_NODE_BYTES;
      if (view.getUint32(at, true) === tag) return index;
    }
    return -1;
  }

  #at(index: number): number {
    if (!(index >= 0 && index < this.count)) {
      throw new RangeError(`index must be 0..${this.count - 1}, got ${index}`);
    }
    if (this.#current() !== this.#generation) {
      throw bindingFailure(
        "TLV_INDEX_STALE",
        "the index was read after another parse",
      );
    }
    return this.#nodes + index * BER_NODE_BYTES;
  }
}
