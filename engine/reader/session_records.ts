/**
 * Records: what a session puts on the wire.
 *
 * Owns: the length prefix Noise leaves to the application (§13), its limit, and a queue for what
 * arrives before somebody asks. It knows no keys. Nothing an unauthenticated peer sends makes it
 * hold more than {@link QUEUE_RECORDS_MAX} records.
 *
 * ```
 * offset  length  field
 *      0       2  record length n, big-endian, 1..16,418
 *      2       n  preamble, handshake message or sealed bytes
 * ```
 * @see docs/formats/reader-protocol.md §7
 * @module
 */
import { failure, HoldfastError } from "../errors.ts";
import type { ByteTransport } from "../ports.ts";
import { FRAME_LENGTH_MAX } from "./frame.ts";
import { NOISE_TAG_LENGTH } from "./noise_symmetric.ts";

/** Most plaintext in one record: the largest frame. */
export const RECORD_PLAINTEXT_MAX = FRAME_LENGTH_MAX;
/** Largest record, without its length. */
const RECORD_LENGTH_MAX = RECORD_PLAINTEXT_MAX + NOISE_TAG_LENGTH;
/** A mebibyte; more than either side sends before the other listens. */
const QUEUE_RECORDS_MAX = 64;
const PREFIX_LENGTH = 2;

/** Records over one stream of bytes; takes the stream over. */
export class RecordStream {
  readonly #transport: ByteTransport;
  readonly #buffer = new Uint8Array(PREFIX_LENGTH + RECORD_LENGTH_MAX);
  readonly #queue: Uint8Array[] = [];
  #length = 0;
  #recordCount = 0;
  #end: { error: HoldfastError | undefined } | null = null;
  #waiter: (() => void) | null = null;
  #listener: {
    onRecord: (record: Uint8Array) => void;
    onClose: (error?: HoldfastError) => void;
  } | null = null;

  constructor(transport: ByteTransport) {
    this.#transport = transport;
    transport.receive(
      (bytes) => this.#onBytes(bytes),
      (reason) => this.#finish(disconnected(reason)),
    );
  }

  /** Whether the stream has ended or was closed. */
  get isClosed(): boolean {
    return this.#end !== null;
  }

  /** Writes one record of 1..{@link RECORD_LENGTH_MAX} bytes. */
  async send(record: Uint8Array): Promise<void> {
    if (this.#end) {
      throw this.#end.error ??
        failure("READER_DISCONNECTED", "the session is closed");
    }
    const bytes = new Uint8Array(PREFIX_LENGTH + record.length);
    new DataView(bytes.buffer).setUint16(0, record.length);
    bytes.set(record, PREFIX_LENGTH);
    await this.#transport.send(bytes);
  }

  /** The next record, or null when the stream has ended without an error; throws that error. */
  async next(): Promise<Uint8Array | null> {
    for (;;) {
      const record = this.#queue.shift();
      if (record) return record;
      if (this.#end) {
        if (this.#end.error) throw this.#end.error;
        return null;
      }
      await new Promise<void>((resolve) => this.#waiter = resolve);
    }
  }

  /** Hands over every record from now on, and the end; call it once, instead of `next`. */
  listen(
    onRecord: (record: Uint8Array) => void,
    onClose: (error?: HoldfastError) => void,
  ): void {
    // Later, because the caller may still be in its constructor.
    queueMicrotask(() => {
      this.#listener = { onRecord, onClose };
      for (const record of this.#queue.splice(0)) {
        if (!this.#end?.error) onRecord(record);
      }
      if (this.#end) onClose(this.#end.error);
    });
  }

  /** Ends the stream; `error` is what this side is told. Safe to repeat; the first one counts. */
  close(error?: HoldfastError): void {
    this.#finish(error);
    this.#transport.close();
  }

  #onBytes(chunk: Uint8Array): void {
    let taken = 0;
    while (taken < chunk.length && !this.#end) {
      const part = chunk.subarray(taken, taken + this.#wanted());
      this.#buffer.set(part, this.#length);
      this.#length += part.length;
      taken += part.length;
      this.#takeRecord();
    }
    chunk.fill(0);
  }

  /** Bytes still missing: of the length, then of the record. */
  #wanted(): number {
    if (this.#length < PREFIX_LENGTH) return PREFIX_LENGTH - this.#length;
    return PREFIX_LENGTH + this.#recordLength() - this.#length;
  }

  #takeRecord(): void {
    if (this.#length < PREFIX_LENGTH) return;
    const length = this.#recordLength();
    if (length === 0 || length > RECORD_LENGTH_MAX) {
      return this.close(
        this.#recordCount === 0
          ? failure("READER_SESSION_REQUIRED", "the peer speaks no session")
          : failure(
            "READER_SESSION_NOT_AUTHENTIC",
            `expected a record of 1 to ${RECORD_LENGTH_MAX} bytes, got ${length}`,
          ),
      );
    }
    if (this.#length < PREFIX_LENGTH + length) return;
    const record = this.#buffer.slice(PREFIX_LENGTH, this.#length);
    this.#buffer.fill(0, 0, this.#length);
    this.#length = 0;
    this.#recordCount++;
    if (this.#listener) return this.#listener.onRecord(record);
    if (this.#queue.length === QUEUE_RECORDS_MAX) {
      return this.close(
        failure("READER_SESSION_NOT_AUTHENTIC", "too many records at once"),
      );
    }
    this.#queue.push(record);
    this.#wake();
  }

  #recordLength(): number {
    return this.#buffer[0] << 8 | this.#buffer[1];
  }

  #finish(error: HoldfastError | undefined): void {
    if (this.#end) return;
    this.#end = { error };
    this.#buffer.fill(0);
    this.#wake();
    const listener = this.#listener;
    // Later, because the one who closes may be in the middle of something.
    if (listener) queueMicrotask(() => listener.onClose(error));
  }

  #wake(): void {
    const waiter = this.#waiter;
    this.#waiter = null;
    waiter?.();
  }
}

/** The far side's orderly end has no error; a broken stream has one. */
function disconnected(reason: Error | undefined): HoldfastError | undefined {
  if (reason === undefined || reason instanceof HoldfastError) return reason;
  return failure("READER_DISCONNECTED", "the connection to the reader broke", {
    cause: reason,
  });
}
