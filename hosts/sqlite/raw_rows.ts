/**
 * Rows of a damaged database, read from its pages without SQLite.
 *
 * Owns: finding cells. Pages are looked at one by one, whatever tree they belonged to, so a broken
 * root costs nothing; what a row means is told by its columns, by whoever asked. Where a page's
 * own header is damaged, its sealed records are still found by their magic.
 * @see https://www.sqlite.org/fileformat2.html §1.6, §2.1 (read 2026-11-25)
 * @module
 */
import type { SqlValue } from "../../engine/ports.ts";
import { type RawPages, viewOf } from "./raw_pages.ts";

/** A row that was found. */
export interface RawRow {
  /** Row id, or null in a table without. */
  rowId: number | null;
  columns: SqlValue[];
  /** Higher is newer. */
  age: number;
}

const TABLE_LEAF = 0x0d;
const INDEX_LEAF = 0x0a;
const INDEX_INTERIOR = 0x02;
/** Longest payload that is believed; the longest of ours are the parameters of a step. */
const PAYLOAD_BYTES_MAX = 1 << 20;
const COLUMNS_MAX = 100;
const SAF1 = [0x53, 0x41, 0x46, 0x31];
const SAF1_HEADER_BYTES = 207;
/** enc and tag of suite 1 and 2; see docs/formats/saf1.md, section 2. */
const SAF1_EXTRA_BYTES: Readonly<Record<number, number>> = {
  1: 32 + 16,
  2: 65 + 16,
};
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Every row in every image of every page; the same row may come several times. */
export function* rowsOf(pages: RawPages): Generator<RawRow> {
  for (const { page, bytes, age } of pages.images) {
    const start = page === 1 ? 100 : 0;
    const kind = bytes[start];
    const isTable = kind === TABLE_LEAF;
    if (!isTable && kind !== INDEX_LEAF && kind !== INDEX_INTERIOR) continue;
    const headerBytes = kind === INDEX_INTERIOR ? 12 : 8;
    if (bytes.length < start + headerBytes) continue;
    const view = viewOf(bytes);
    const count = view.getUint16(start + 3);
    for (let i = 0; i < count; i++) {
      const at = start + headerBytes + 2 * i;
      if (at + 2 > bytes.length) break;
      const cell = view.getUint16(at) + (kind === INDEX_INTERIOR ? 4 : 0);
      for (const row of rowsAt(pages, bytes, cell, isTable)) {
        yield { ...row, age };
      }
    }
  }
}

/** Every run of bytes that has the form of a sealed record, put together from its pages. */
export function* recordsOf(pages: RawPages): Generator<Uint8Array> {
  for (const { bytes } of pages.images) {
    for (let at = 0; at + SAF1_HEADER_BYTES <= bytes.length; at++) {
      if (bytes[at] !== SAF1[0] || !SAF1.every((b, i) => bytes[at + i] === b)) {
        continue;
      }
      const length = saf1Length(bytes, at);
      if (length === null) continue;
      if (at + length <= Math.min(bytes.length, pages.usableBytes)) {
        yield bytes.subarray(at, at + length);
      } else yield* runOn(pages, bytes, at, length);
    }
  }
}

/** A record that runs on: as the second column of a table whose first one is its row id. */
function* runOn(
  pages: RawPages,
  bytes: Uint8Array,
  at: number,
  length: number,
): Generator<Uint8Array> {
  // Length of the row's header, row id, type of the blob: 1 + 1 + 2 bytes from 58 to 8,185 bytes.
  const rowHeaderBytes = 4;
  const local = localBytes(rowHeaderBytes + length, pages.usableBytes, true) -
    rowHeaderBytes;
  const pointer = at + local;
  if (local < SAF1_HEADER_BYTES || pointer + 4 > bytes.length) return;
  const next = viewOf(bytes).getUint32(pointer);
  yield* pages.payloads(bytes.subarray(at, pointer), next, length);
}

function saf1Length(bytes: Uint8Array, at: number): number | null {
  const extra = SAF1_EXTRA_BYTES[bytes[at + 5]];
  const padded = viewOf(bytes).getUint16(at + 205);
  const isRight = extra !== undefined && padded > 0 && padded <= 4352 &&
    padded % 256 === 0;
  return isRight ? SAF1_HEADER_BYTES + padded + extra : null;
}

function* rowsAt(
  pages: RawPages,
  bytes: Uint8Array,
  cell: number,
  isTable: boolean,
): Generator<Omit<RawRow, "age">> {
  const length = varint(bytes, cell);
  if (length === null || length.value > PAYLOAD_BYTES_MAX) return;
  let at = cell + length.bytes;
  let rowId: number | null = null;
  if (isTable) {
    const id = varint(bytes, at);
    if (id === null) return;
    rowId = id.value;
    at += id.bytes;
  }
  const local = localBytes(length.value, pages.usableBytes, isTable);
  const end = at + local;
  if (end > bytes.length) return;
  const isWhole = local === length.value;
  if (!isWhole && end + 4 > bytes.length) return;
  const next = isWhole ? 0 : viewOf(bytes).getUint32(end);
  const parts = pages.payloads(bytes.subarray(at, end), next, length.value);
  for (const payload of parts) {
    const columns = columnsOf(payload);
    if (columns !== null) yield { rowId, columns };
  }
}

/** How much of a payload is in its own page (file format §1.6). */
function localBytes(
  length: number,
  usable: number,
  isTable: boolean,
): number {
  const most = isTable
    ? usable - 35
    : Math.floor((usable - 12) * 64 / 255) - 23;
  if (length <= most) return length;
  const least = Math.floor((usable - 12) * 32 / 255) - 23;
  const rest = least + (length - least) % (usable - 4);
  return rest <= most ? rest : least;
}

/** The columns of a record, or null when it has not the form of one. */
function columnsOf(payload: Uint8Array): SqlValue[] | null {
  const header = varint(payload, 0);
  if (header === null || header.value > payload.length) return null;
  const columns: SqlValue[] = [];
  let at = header.value;
  for (let i = header.bytes; i < header.value;) {
    const type = varint(payload, i);
    if (type === null || columns.length === COLUMNS_MAX) return null;
    i += type.bytes;
    const size = sizeOf(type.value);
    if (size === null || at + size > payload.length) return null;
    const value = valueOf(type.value, payload.subarray(at, at + size));
    if (value === undefined) return null;
    columns.push(value);
    at += size;
  }
  return at === payload.length ? columns : null;
}

const SIZES = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0];

function sizeOf(type: number): number | null {
  if (type >= 12) return Math.floor((type - 12) / 2);
  return SIZES[type] ?? null;
}

function valueOf(type: number, bytes: Uint8Array): SqlValue | undefined {
  if (type === 0) return null;
  if (type === 8 || type === 9) return type - 8;
  if (type === 7) return viewOf(bytes).getFloat64(0);
  if (type < 7) {
    let value = bytes[0] >= 128 ? -1 : 0;
    for (const byte of bytes) value = value * 256 + byte;
    return value;
  }
  if (type % 2 === 0) return bytes;
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined; // Not text any more.
  }
}

/** A number of 1 to 9 bytes, seven bits each (§1.6); null when it is cut off or beyond 2^53. */
function varint(
  bytes: Uint8Array,
  at: number,
): { value: number; bytes: number } | null {
  let value = 0;
  for (let i = 0; i < 8; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) return null;
    value = value * 128 + (byte & 127);
    if (byte < 128) {
      return Number.isSafeInteger(value) ? { value, bytes: i + 1 } : null;
    }
  }
  return null;
}
