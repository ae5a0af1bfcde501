/**
 * Carrying out a handshake: preamble, Noise messages, keys.
 *
 * Owns: what both sides must agree on before the first key exists. The preamble is the prologue
 * of the handshake (Noise §6), so a changed version, mode or pairing id ends it; there is no
 * negotiation that somebody in between could steer.
 *
 * ```
 * offset  length  field of the preamble
 *      0       3  "HFS"
 *      3       1  session version, 01
 *      4       1  mode: 01 pairing, 02 session
 *      5      16  pairing id; mode 02 only
 * ```
 * @see docs/formats/reader-protocol.md §7
 * @module
 */
import type { Core } from "../../bindings/mod.ts";
import { type ErrorCode, failure, HoldfastError } from "../errors.ts";
import type { Clock, Random } from "../ports.ts";
import {
  NoiseHandshake,
  type NoiseKeyPair,
  type NoisePattern,
} from "./noise.ts";
import type { CipherState } from "./noise_symmetric.ts";
import type { RecordStream } from "./session_records.ts";

/** Version of the session layer. */
const SESSION_VERSION = 1;
/** Bytes of a pairing id. */
export const PAIRING_ID_LENGTH = 16;
const MAGIC = [0x48, 0x46, 0x53] as const;
const MODES = { pairing: 1, session: 2 } as const;
const PREAMBLE_LENGTH = 5;

/** What both ends of a session are built from. */
export interface SessionPorts {
  core: Core;
  clock: Clock;
  random: Random;
  /** Milliseconds the handshake may take. @default 10_000 */
  handshakeDeadlineMs?: number;
}

/** Ten seconds: a Bluetooth link needs under one. */
const HANDSHAKE_DEADLINE_MS = 10_000;

/** What the initiator wants. */
export type Preamble =
  | { mode: "pairing" }
  | { mode: "session"; pairingId: Uint8Array };

/** Writes a preamble. */
export function encodePreamble(preamble: Preamble): Uint8Array {
  const head = [...MAGIC, SESSION_VERSION, MODES[preamble.mode]];
  return Uint8Array.from(
    preamble.mode === "session" ? [...head, ...preamble.pairingId] : head,
  );
}

/**
 * Reads a preamble.
 *
 * @throws {HoldfastError} `READER_SESSION_REQUIRED` when it is none;
 *   `UNSUPPORTED_READER_VERSION`.
 */
export function decodePreamble(bytes: Uint8Array): Preamble {
  if (MAGIC.some((byte, at) => bytes[at] !== byte)) {
    throw failure("READER_SESSION_REQUIRED", "the peer speaks no session");
  }
  if (bytes[3] !== SESSION_VERSION) {
    throw failure(
      "UNSUPPORTED_READER_VERSION",
      `expected session version ${SESSION_VERSION}, got ${bytes[3]}`,
    );
  }
  const rest = bytes.length - PREAMBLE_LENGTH;
  if (bytes[4] === MODES.pairing && rest === 0) return { mode: "pairing" };
  if (bytes[4] === MODES.session && rest === PAIRING_ID_LENGTH) {
    return { mode: "session", pairingId: bytes.slice(PREAMBLE_LENGTH) };
  }
  throw failure("READER_SESSION_REQUIRED", "the preamble has no known form");
}

/** A fresh X25519 key pair. */
export function createKeyPair({ core, random }: SessionPorts): NoiseKeyPair {
  const privateKey = new Uint8Array(32);
  random.fill(privateKey);
  return { privateKey, publicKey: core.crypto.x25519PublicKey(privateKey) };
}

/** One side of a handshake. */
export interface HandshakeRequest {
  pattern: NoisePattern;
  isInitiator: boolean;
  preamble: Preamble;
  staticKey: NoiseKeyPair;
  remoteStatic?: Uint8Array;
  psk: Uint8Array;
  /** Payload of the last message this side writes. @default none */
  payload?: Uint8Array;
  /** What it means when the far side ends the stream before the handshake does. */
  codeWhenEnded: ErrorCode;
}

/** What a handshake gives. */
export interface HandshakeResult {
  ciphers: { send: CipherState; receive: CipherState };
  remoteStatic: Uint8Array;
  /** Payload of the last message the other side wrote. */
  payload: Uint8Array;
}

/**
 * Exchanges every message of a handshake; the initiator's preamble has been sent or read.
 *
 * @throws {HoldfastError} `READER_SESSION_NOT_AUTHENTIC`, `READER_DISCONNECTED`,
 *   `RANDOM_UNAVAILABLE`, or `codeWhenEnded`.
 */
export async function shakeHands(
  stream: RecordStream,
  ports: SessionPorts,
  request: HandshakeRequest,
): Promise<HandshakeResult> {
  const { remoteStatic, isInitiator } = request;
  const handshake = new NoiseHandshake(ports.core.crypto, {
    pattern: request.pattern,
    isInitiator,
    prologue: encodePreamble(request.preamble),
    keys: {
      staticKey: request.staticKey,
      ephemeralKey: createKeyPair(ports),
      psk: request.psk,
      ...(remoteStatic ? { remoteStatic } : {}),
    },
  });
  const payloads: Uint8Array[] = [];
  let isWriting = isInitiator;
  try {
    while (!handshake.isComplete) {
      if (isWriting) {
        await stream.send(handshake.write(request.payload ?? new Uint8Array()));
      } else {
        const message = await nextRecord(stream, request.codeWhenEnded);
        payloads.push(authentic(() => handshake.read(message)));
      }
      isWriting = !isWriting;
    }
    const payload = payloads.at(-1) ?? new Uint8Array();
    const { remoteStatic } = handshake;
    return { ciphers: handshake.split(), remoteStatic, payload };
  } finally {
    handshake.wipe();
  }
}

/** The next record; `codeWhenEnded` when the far side has ended the stream instead. */
export async function nextRecord(
  stream: RecordStream,
  codeWhenEnded: ErrorCode,
): Promise<Uint8Array> {
  const record = await stream.next();
  if (record) return record;
  throw failure(codeWhenEnded, "the reader ended the handshake");
}

/** Runs `open`; whatever is not authentic is one error, whatever the cause. */
export function authentic<T>(open: () => T): T {
  try {
    return open();
  } catch (cause) {
    const isForeign = cause instanceof HoldfastError &&
      (cause.code === "CRYPTO_OPEN" || cause.code === "CRYPTO_SHARED_SECRET");
    if (!isForeign) throw cause;
    throw failure(
      "READER_SESSION_NOT_AUTHENTIC",
      "a message of the session is not authentic",
      { cause },
    );
  }
}

/** Runs `body`; closes the stream when it throws or takes too long. */
export async function withinDeadline<T>(
  stream: RecordStream,
  { clock, handshakeDeadlineMs = HANDSHAKE_DEADLINE_MS }: SessionPorts,
  body: () => Promise<T>,
): Promise<T> {
  const timer = new AbortController();
  clock.sleep(handshakeDeadlineMs, timer.signal).then(
    () =>
      stream.close(failure(
        "REQUEST_TIMED_OUT",
        `the handshake did not end within ${handshakeDeadlineMs} ms`,
      )),
    () => undefined, // Our own abort, below.
  );
  try {
    return await body();
  } catch (error) {
    stream.close();
    throw error;
  } finally {
    timer.abort();
  }
}
