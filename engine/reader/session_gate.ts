/**
 * The reader's side of pairing and sessions: who may come in.
 *
 * Owns: the pairing window (one code, five minutes, three tries) and the rule that nothing below
 * a session reaches the reader: a plain frame, an unknown pairing or a replayed handshake ends
 * the stream, and the connection that is being served is left alone.
 * @module
 */
import { failure } from "../errors.ts";
import type { ByteTransport } from "../ports.ts";
import type { PairingStore } from "./pairing.ts";
import { createPairingCode, pairingKey } from "./pairing_code.ts";
import {
  authentic,
  createKeyPair,
  decodePreamble,
  nextRecord,
  PAIRING_ID_LENGTH,
  type SessionPorts,
  shakeHands,
  withinDeadline,
} from "./session_handshake.ts";
import { RecordStream } from "./session_records.ts";
import { SessionTransport } from "./session_transport.ts";

/** How long a code is good. */
export const PAIRING_WINDOW_MS = 5 * 60_000;
/** Wrong codes after which a code is void: a person mistypes once or twice, and the check
 * character finds that before anything is sent. */
const PAIRING_TRIES_MAX = 3;
const NOTHING = new Uint8Array(0);

/** What a gate is built from. */
export interface SessionGateOptions extends SessionPorts {
  /** Where this reader keeps who it is paired with. */
  pairings: PairingStore;
  /** What the reader calls itself, at most 64 characters. */
  name: string;
}

/** What came of one stream. */
export type Admission =
  /** A paired point of sale is at the other end. */
  | { kind: "session"; transport: ByteTransport; pairingId: Uint8Array }
  /** A new pairing is stored; the stream has ended. */
  | { kind: "paired"; pairingId: Uint8Array; peerName: string };

/** A code that is shown. */
interface Offer {
  readonly code: string;
  /** Monotonic time. */
  readonly endsAtMs: number;
  triesLeft: number;
}

/** Admits points of sale to one reader. */
export class SessionGate {
  readonly #options: SessionGateOptions;
  #offer: Offer | null = null;

  constructor(options: SessionGateOptions) {
    this.#options = options;
  }

  /** Opens the pairing window and returns the code to show; the code before it is void. */
  openPairing(): string {
    const code = createPairingCode(this.#options.random);
    const endsAtMs = this.#options.clock.monotonicMs() + PAIRING_WINDOW_MS;
    this.#offer = { code, endsAtMs, triesLeft: PAIRING_TRIES_MAX };
    return code;
  }

  /** Whether a code is good now. */
  get isPairing(): boolean {
    const now = this.#options.clock.monotonicMs();
    return this.#offer !== null && now < this.#offer.endsAtMs;
  }

  /**
   * Carries out whatever the other end of `transport` wants, and closes the stream unless it is
   * a session.
   *
   * @throws {HoldfastError} `READER_SESSION_REQUIRED` (it speaks no session),
   *   `UNSUPPORTED_READER_VERSION`, `READER_NOT_PAIRED`, `READER_PAIRING_FAILED` (wrong code, or
   *   none is shown), `READER_SESSION_NOT_AUTHENTIC`, `REQUEST_TIMED_OUT`,
   *   `READER_DISCONNECTED`.
   */
  async admit(transport: ByteTransport): Promise<Admission> {
    const stream = new RecordStream(transport);
    return await withinDeadline(stream, this.#options, async () => {
      const record = await nextRecord(stream, "READER_DISCONNECTED");
      const preamble = decodePreamble(record);
      if (preamble.mode === "pairing") return await this.#pair(stream);
      return await this.#open(stream, preamble.pairingId);
    });
  }

  async #open(stream: RecordStream, pairingId: Uint8Array): Promise<Admission> {
    const pairing = await this.#options.pairings.find(pairingId);
    if (pairing === null) {
      throw failure("READER_NOT_PAIRED", "the pairing is not known here");
    }
    const { ciphers } = await shakeHands(stream, this.#options, {
      pattern: "KKpsk0",
      isInitiator: false,
      preamble: { mode: "session", pairingId },
      staticKey: pairing,
      remoteStatic: pairing.peerPublicKey,
      psk: pairing.secret,
      codeWhenEnded: "READER_DISCONNECTED",
    });
    const confirmation = await nextRecord(stream, "READER_DISCONNECTED");
    authentic(() => ciphers.receive.open(NOTHING, confirmation));
    const session = new SessionTransport(stream, ciphers);
    return { kind: "session", transport: session, pairingId };
  }

  async #pair(stream: RecordStream): Promise<Admission> {
    const { pairings, random, clock, core, name } = this.#options;
    const offer = this.#offer;
    if (offer === null || !this.isPairing || offer.triesLeft === 0) {
      throw failure("READER_PAIRING_FAILED", "the reader shows no code");
    }
    const staticKey = createKeyPair(this.#options);
    const { ciphers, remoteStatic, payload } = await this.#checkCode(
      offer,
      () =>
        shakeHands(stream, this.#options, {
          pattern: "XXpsk3",
          isInitiator: false,
          preamble: { mode: "pairing" },
          staticKey,
          psk: pairingKey(core.crypto, offer.code),
          codeWhenEnded: "READER_DISCONNECTED",
        }),
    );
    if (this.#offer !== offer) {
      throw failure("READER_PAIRING_FAILED", "the code was used meanwhile");
    }
    this.#offer = null;
    const gift = new Uint8Array(PAIRING_ID_LENGTH + 32);
    random.fill(gift);
    const pairingId = gift.slice(0, PAIRING_ID_LENGTH);
    const peerName = new TextDecoder().decode(payload).slice(0, 64);
    await pairings.save({
      id: pairingId,
      ...staticKey,
      peerPublicKey: remoteStatic,
      secret: gift.slice(PAIRING_ID_LENGTH),
      peerName,
      pairedAtMs: clock.nowMs(),
    });
    const ownName = new TextEncoder().encode(name.slice(0, 64));
    await stream.send(
      ciphers.send.seal(NOTHING, Uint8Array.from([...gift, ...ownName])),
    );
    gift.fill(0);
    ciphers.send.wipe();
    ciphers.receive.wipe();
    // The other side ends the stream once it has read this; however that ends, we are paired.
    await stream.next().catch(() => null);
    stream.close();
    return { kind: "paired", pairingId, peerName };
  }

  /** In pairing, a message that is not authentic is a wrong code, or somebody in between. */
  async #checkCode<T>(
    offer: Offer,
    shake: () => Promise<T>,
  ): Promise<T> {
    try {
      return await shake();
    } catch (cause) {
      const { code } = cause as { code?: string };
      if (code !== "READER_SESSION_NOT_AUTHENTIC") throw cause;
      offer.triesLeft--;
      throw failure("READER_PAIRING_FAILED", "the code was wrong", { cause });
    }
  }
}
