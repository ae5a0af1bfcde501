/**
 * The session as a byte transport: what goes in is sealed, what comes out is authentic.
 *
 * Owns: the ciphers of one connection, their rekeying and their end. The frames above do not
 * know it is there. One record that is not authentic, repeated, missing or out of order ends the
 * session for good. It hides neither lengths nor times, and an end of the stream is not
 * authenticated: whatever was unanswered then fails, which is what a cut wire does too.
 * @module
 */
import { failure, HoldfastError } from "../errors.ts";
import type { ByteTransport } from "../ports.ts";
import type { CipherState } from "./noise_symmetric.ts";
import { authentic } from "./session_handshake.ts";
import { RECORD_PLAINTEXT_MAX, type RecordStream } from "./session_records.ts";

/** How long keys last; part of the protocol, so both sides use the same. */
export interface SessionLimits {
  /** Records of one direction after which its key is replaced (Noise §11.3). */
  rekeyInterval: number;
  /** Records of one direction after which the session ends. */
  recordsMax: number;
}

/**
 * A key seals at most 2^16 records of at most 16,418 bytes: 1 GiB, a small part of what RFC 8439
 * §2.8 allows; and a stolen key opens at most an hour of a busy reader. The end after 2^32 keeps
 * the counter far from its limit (Noise §5.1) and is never met: it is 136 years of records at one
 * a second.
 */
const SESSION_LIMITS: SessionLimits = {
  rekeyInterval: 0x1_0000,
  recordsMax: 0x1_0000_0000,
};

const NOTHING = new Uint8Array(0);

/** One established session. */
export class SessionTransport implements ByteTransport {
  readonly #stream: RecordStream;
  readonly #ciphers: { send: CipherState; receive: CipherState };
  readonly #limits: SessionLimits;
  /** Closed here, or broken; a far end that merely left may still be heard out. */
  #isOver = false;

  /** Takes over the stream and the ciphers of a finished handshake. */
  constructor(
    stream: RecordStream,
    ciphers: { send: CipherState; receive: CipherState },
    limits: SessionLimits = SESSION_LIMITS,
  ) {
    this.#stream = stream;
    this.#ciphers = ciphers;
    this.#limits = limits;
  }

  /** Seals and sends; `bytes` is sealed before this returns. */
  async send(bytes: Uint8Array): Promise<void> {
    if (this.#stream.isClosed) throw ended();
    const records: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += RECORD_PLAINTEXT_MAX) {
      records.push(this.#seal(bytes.subarray(at, at + RECORD_PLAINTEXT_MAX)));
    }
    try {
      await Promise.all(records.map((record) => this.#stream.send(record)));
    } catch (error) {
      const isOurs = error instanceof HoldfastError &&
        error.code === "READER_DISCONNECTED";
      throw isOurs ? error : ended(error);
    }
  }

  /** Hands over what is authentic, then the end. */
  receive(
    onBytes: (bytes: Uint8Array) => void,
    onClose: (reason?: Error) => void,
  ): void {
    this.#stream.listen(
      (record) => {
        const bytes = this.#open(record);
        if (bytes && bytes.length > 0) onBytes(bytes);
      },
      (error) => {
        this.#wipe();
        onClose(error);
      },
    );
  }

  /** Ends the session and forgets its keys. */
  close(): void {
    this.#isOver = true;
    this.#stream.close();
    this.#wipe();
  }

  #seal(plaintext: Uint8Array): Uint8Array {
    const { send } = this.#ciphers;
    const record = send.seal(NOTHING, plaintext);
    this.#count(send);
    return record;
  }

  #open(record: Uint8Array): Uint8Array | null {
    if (this.#isOver) return null;
    const { receive } = this.#ciphers;
    try {
      const bytes = authentic(() => receive.open(NOTHING, record));
      this.#count(receive);
      return bytes;
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      this.#fail(error);
      return null;
    }
  }

  #count(cipher: CipherState): void {
    const { rekeyInterval, recordsMax } = this.#limits;
    if (cipher.nonce >= recordsMax) {
      this.#fail(
        failure("READER_DISCONNECTED", "the session is used up; connect again"),
      );
    } else if (cipher.nonce % rekeyInterval === 0) cipher.rekey();
  }

  #fail(error: HoldfastError): void {
    this.#isOver = true;
    this.#stream.close(error);
  }

  #wipe(): void {
    this.#ciphers.send.wipe();
    this.#ciphers.receive.wipe();
  }
}

function ended(cause?: unknown): HoldfastError {
  return failure("READER_DISCONNECTED", "the session is closed", { cause });
}
