/**
 * HFX1: the sealed export, one file of payments for another device or a server.
 *
 * Owns: the outer form, byte by byte as in docs/formats/hfx1.md: the header and the encrypted
 * frames. What the lines inside mean is `export_lines.ts`'s. The card data in it is sealed twice:
 * each record to the recipient's key, and the whole file under the transfer code.
 * @module
 */
import type { Core } from "../../bindings/mod.ts";
import { failure, HoldfastError } from "../errors.ts";

/** What the header says in clear, authenticated with every frame. */
export interface ExportHeader {
  isLivemode: boolean;
  kind: "export" | "salvage";
  /** 16 bytes naming this hand-over. */
  id: Uint8Array;
  /** The device the payments are from, 16 bytes. */
  deviceId: Uint8Array;
  /** First 16 bytes of SHA-256 of the account's id. */
  accountHash: Uint8Array;
}

/** "HFX1". */
const MAGIC = [0x48, 0x46, 0x58, 0x31];
const VERSION = 1;
const KINDS = ["export", "salvage"] as const;
/** Length of the header. */
const EXPORT_HEADER_BYTES = 80;
const SALT_AT = 56;
const CHECK_AT = 72;
/** Plaintext of a frame; the last one holds 0..16,384 bytes. */
const FRAME_BYTES = 16_384;
const TAG_BYTES = 16;
const utf8 = new TextEncoder();

/**
 * Encrypts `plaintext` under `code`.
 *
 * @param code 16 bytes; see `transfer_code.ts`.
 * @param salt 16 fresh random bytes: no two files share a key, even of the same hand-over.
 */
export function sealExport(
  core: Core,
  header: ExportHeader,
  code: Uint8Array,
  salt: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  const head = encodeHeader(header, salt);
  const keys = deriveKeys(core, code, head);
  head.set(keys.check, CHECK_AT);
  const parts = [head];
  for (let at = 0, frame = 0;; at += FRAME_BYTES, frame++) {
    const isLast = at + FRAME_BYTES >= plaintext.length;
    const sealed = core.crypto.chacha20Poly1305Seal(
      keys.key,
      nonceOf(frame, isLast),
      head,
      plaintext.subarray(at, at + FRAME_BYTES),
    );
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, sealed.length);
    parts.push(length, sealed);
    if (isLast) break;
  }
  keys.key.fill(0);
  return concat(parts);
}

/**
 * Reads the header of a file; nothing of it is proven yet.
 *
 * @throws {HoldfastError} `EXPORT_FILE_DAMAGED` with the offset.
 */
export function readExportHeader(file: Uint8Array): ExportHeader {
  const wrongAt = MAGIC.findIndex((byte, i) => file[i] !== byte);
  if (wrongAt >= 0) throw damaged("it is no sealed export", wrongAt);
  if (file[4] !== VERSION) throw damaged("its version is not known", 4);
  if (file[5] > 1) throw damaged("its mode is not known", 5);
  const kind = KINDS[file[6]];
  if (kind === undefined) throw damaged("its kind is not known", 6);
  if (file[7] !== 0) throw damaged("a reserved byte is set", 7);
  if (file.length < EXPORT_HEADER_BYTES) {
    throw damaged("its header was cut off", file.length);
  }
  return {
    isLivemode: file[5] === 1,
    kind,
    id: file.slice(8, 24),
    deviceId: file.slice(24, 40),
    accountHash: file.slice(40, 56),
  };
}

/**
 * Decrypts a file and proves every byte of it.
 *
 * @returns The plaintext, owned by the caller.
 * @throws {HoldfastError} `EXPORT_CODE_WRONG`; `EXPORT_FILE_DAMAGED` with the offset of the first
 *   frame that was changed, moved or cut off.
 */
export function openExport(
  core: Core,
  file: Uint8Array,
  code: Uint8Array,
): Uint8Array {
  readExportHeader(file);
  const head = file.slice(0, EXPORT_HEADER_BYTES);
  const { key, check } = deriveKeys(core, code, head);
  if (!check.every((byte, i) => head[CHECK_AT + i] === byte)) {
    throw failure(
      "EXPORT_CODE_WRONG",
      "the code is not the one this file was sealed under",
    );
  }
  const parts: Uint8Array[] = [];
  let at = EXPORT_HEADER_BYTES;
  for (let frame = 0;; frame++) {
    const length = at + 4 > file.length
      ? 0
      : new DataView(file.buffer, file.byteOffset + at, 4).getUint32(0);
    const end = at + 4 + length;
    const isSound = length >= TAG_BYTES &&
      length <= FRAME_BYTES + TAG_BYTES && end <= file.length;
    if (!isSound) throw damaged("a frame was cut off", at);
    const isLast = end === file.length;
    parts.push(openFrame(core, key, head, file.subarray(at + 4, end), {
      frame,
      isLast,
      at,
    }));
    at = end;
    if (isLast) break;
  }
  key.fill(0);
  return concat(parts);
}

function openFrame(
  core: Core,
  key: Uint8Array,
  head: Uint8Array,
  sealed: Uint8Array,
  place: { frame: number; isLast: boolean; at: number },
): Uint8Array {
  const nonce = nonceOf(place.frame, place.isLast);
  try {
    return core.crypto.chacha20Poly1305Open(key, nonce, head, sealed);
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    throw damaged("a frame was changed, moved or cut off", place.at);
  }
}

function encodeHeader(header: ExportHeader, salt: Uint8Array): Uint8Array {
  const head = new Uint8Array(EXPORT_HEADER_BYTES);
  head.set(MAGIC);
  head[4] = VERSION;
  head[5] = header.isLivemode ? 1 : 0;
  head[6] = KINDS.indexOf(header.kind);
  head.set(header.id, 8);
  head.set(header.deviceId, 24);
  head.set(header.accountHash, 40);
  head.set(salt, SALT_AT);
  return head;
}

/** The key, and eight bytes that tell a wrong code from a damaged file. */
function deriveKeys(
  core: Core,
  code: Uint8Array,
  head: Uint8Array,
): { key: Uint8Array; check: Uint8Array } {
  const salt = head.subarray(SALT_AT, CHECK_AT);
  const derive = (label: string, length: number): Uint8Array =>
    core.crypto.hkdfSha256(code, salt, utf8.encode(label), length);
  return { key: derive("HFX1 key", 32), check: derive("HFX1 check", 8) };
}

/** `last(1) ‖ zeros(3) ‖ frame(8)`: a frame fits one place, and only the last one ends a file. */
function nonceOf(frame: number, isLast: boolean): Uint8Array {
  const nonce = new Uint8Array(12);
  nonce[0] = isLast ? 1 : 0;
  new DataView(nonce.buffer).setBigUint64(4, BigInt(frame));
  return nonce;
}

/** The error of a file that is not what was exported. */
export function damaged(
  why: string,
  offset: number | null,
  field?: string,
): HoldfastError {
  return failure("EXPORT_FILE_DAMAGED", `the export is damaged: ${why}`, {
    ...(offset === null ? {} : { offset }),
    ...(field === undefined ? {} : { field }),
  });
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
