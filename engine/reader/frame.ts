/**
 * Frames of the reader protocol: how messages become bytes on a stream and back.
 *
 * Owns: the frame layout, every length limit, and finding the next frame after noise. It does
 * not know what a message means. Whatever bytes arrive, the decoder reports them, never throws,
 * never holds more than one frame, and leaves no card data behind in its buffer.
 *
 * ```
 * offset  length  field
 *      0       4  magic 9E 48 46 52
 *      4       1  protocol version
 *      5       1  message type
 *      6       4  request id, big-endian
 *     10       2  payload length n, big-endian, 0..16,384
 *     12       2  header check: low 16 bits of CRC-32C over bytes 0..11
 *     14       n  payload
 *   14+n       4  CRC-32C over bytes 0..13+n, big-endian
 * ```
 * Bytes 0..13 keep this meaning in every version, so any peer can skip any frame.
 * @see docs/formats/reader-protocol.md
 * @module
 */
import { crc32c } from "./crc32c.ts";

/** Version this package speaks. */
export const PROTOCOL_VERSION = 1;
/** Bytes before the payload. */
const FRAME_HEADER_LENGTH = 14;
/** Bytes after the payload. */
const FRAME_TRAILER_LENGTH = 4;
/** Largest payload: four times the core's largest EMV message, for a signature image. */
export const PAYLOAD_LENGTH_MAX = 16_384;
/** Largest frame. */
export const FRAME_LENGTH_MAX = FRAME_HEADER_LENGTH + PAYLOAD_LENGTH_MAX +
  FRAME_TRAILER_LENGTH;
/** Largest request id; 0 is reserved for messages that answer nothing. */
export const REQUEST_ID_MAX = 0xffffffff;

/**
 * First bytes of every frame. 9E is a UTF-8 continuation byte, so text and JSON on a wrongly
 * wired port can never look like the start of a frame; the rest reads "HFR".
 */
const MAGIC = [0x9e, 0x48, 0x46, 0x52] as const;

/** One message on the wire. */
export interface Frame {
  /** Message type, 0..255; see `messages.ts`. */
  type: number;
  /** Which request this is or answers; 0 for messages that answer nothing. */
  requestId: number;
  /** The payload; owned by whoever holds the frame. */
  payload: Uint8Array;
}

/** What the decoder found. */
export type FrameEvent =
  /** An intact frame. */
  | ({ kind: "frame" } & Frame)
  /** A frame whose header is intact and whose payload is not; dropped. */
  | { kind: "damaged"; type: number; requestId: number }
  /** A frame of another protocol version; dropped. */
  | { kind: "version"; version: number; requestId: number }
  /** Bytes that belong to no frame; dropped. */
  | { kind: "noise"; length: number };

/**
 * Writes one frame.
 *
 * @param frame Type 0..255, request id 0..2^32-1, payload 0..16,384 bytes (copied, not changed).
 * @param version Only for tests and future negotiation.
 * @returns A new array of exactly one frame.
 * @throws {RangeError} when a number or the payload is out of range: a bug of the caller.
 */
export function encodeFrame(
  frame: Frame,
  version: number = PROTOCOL_VERSION,
): Uint8Array {
  const { type, requestId, payload } = frame;
  if (!isInteger(type, 0xff) || !isInteger(requestId, REQUEST_ID_MAX)) {
    throw new RangeError(`expected type 0..255 and request id 0..2^32-1`);
  }
  if (payload.length > PAYLOAD_LENGTH_MAX) {
    throw new RangeError(
      `expected a payload of at most ${PAYLOAD_LENGTH_MAX} bytes, got ${payload.length}`,
    );
  }
  const bytes = new Uint8Array(
    FRAME_HEADER_LENGTH + payload.length + FRAME_TRAILER_LENGTH,
  );
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC, 0);
  view.setUint8(4, version);
  view.setUint8(5, type);
  view.setUint32(6, requestId);
  view.setUint16(10, payload.length);
  view.setUint16(12, crc32c(bytes, 0, 12) & 0xffff);
  bytes.set(payload, FRAME_HEADER_LENGTH);
  const end = FRAME_HEADER_LENGTH + payload.length;
  view.setUint32(end, crc32c(bytes, 0, end));
  return bytes;
}

function isInteger(value: number, maximum: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= maximum;
}

/** Turns a stream of bytes back into frames; one instance per connection. */
export class FrameDecoder {
  readonly #buffer = new Uint8Array(FRAME_LENGTH_MAX);
  readonly #view = new DataView(this.#buffer.buffer);
  readonly #onEvent: (event: FrameEvent) => void;
  #length = 0;
  #noiseLength = 0;

  /** @param onEvent Called in order for everything found; it must not throw. */
  constructor(onEvent: (event: FrameEvent) => void) {
    this.#onEvent = onEvent;
  }

  /**
   * Takes the next bytes of the stream. `chunk` may end anywhere; the decoder takes it over and
   * wipes it, because it may hold card data.
   */
  push(chunk: Uint8Array): void {
    let taken = 0;
    while (taken < chunk.length) {
      const room = this.#buffer.length - this.#length;
      const part = chunk.subarray(taken, taken + room);
      this.#buffer.set(part, this.#length);
      this.#length += part.length;
      taken += part.length;
      this.#drain();
    }
    chunk.fill(0);
    this.#reportNoise();
  }

  /** Wipes what is left of an unfinished frame; call it when the connection has ended. */
  reset(): void {
    this.#buffer.fill(0, 0, this.#length);
    this.#length = 0;
  }

  /** Consumes every whole frame in the buffer, then moves the rest to its start. */
  #drain(): void {
    let at = 0;
    while (at < this.#length) {
      const consumed = this.#step(at);
      if (consumed === 0) break;
      at += consumed;
    }
    if (at === 0) return;
    this.#buffer.copyWithin(0, at, this.#length);
    this.#buffer.fill(0, this.#length - at, this.#length);
    this.#length -= at;
  }

  /** Looks at the bytes from `at`; returns how many are done with, 0 when more are needed. */
  #step(at: number): number {
    const buffer = this.#buffer;
    const available = this.#length - at;
    for (let i = 0; i < Math.min(4, available); i++) {
      if (buffer[at + i] !== MAGIC[i]) return this.#skip(1);
    }
    if (available < FRAME_HEADER_LENGTH) return 0;
    const check = this.#view.getUint16(at + 12);
    const payloadLength = this.#view.getUint16(at + 10);
    if (check !== (crc32c(buffer, at, at + 12) & 0xffff)) return this.#skip(1);
    if (payloadLength > PAYLOAD_LENGTH_MAX) return this.#skip(1);
    const end = at + FRAME_HEADER_LENGTH + payloadLength;
    if (end + FRAME_TRAILER_LENGTH > this.#length) return 0;
    this.#reportNoise();
    this.#take(at, end);
    // A frame with an intact header is skipped whole even when its payload is damaged: the
    // payload holds bytes of the card's choosing, so no frame may ever be found inside one.
    return end + FRAME_TRAILER_LENGTH - at;
  }

  #take(at: number, end: number): void {
    const version = this.#view.getUint8(at + 4);
    const type = this.#view.getUint8(at + 5);
    const requestId = this.#view.getUint32(at + 6);
    if (version !== PROTOCOL_VERSION) {
      this.#onEvent({ kind: "version", version, requestId });
    } else if (this.#view.getUint32(end) !== crc32c(this.#buffer, at, end)) {
      this.#onEvent({ kind: "damaged", type, requestId });
    } else {
      const payload = this.#buffer.slice(at + FRAME_HEADER_LENGTH, end);
      this.#onEvent({ kind: "frame", type, requestId, payload });
    }
  }

  #skip(length: number): number {
    this.#noiseLength += length;
    return length;
  }

  #reportNoise(): void {
    if (this.#noiseLength === 0) return;
    const length = this.#noiseLength;
    this.#noiseLength = 0;
    this.#onEvent({ kind: "noise", length });
  }
}
