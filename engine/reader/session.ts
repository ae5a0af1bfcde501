/**
 * The point of sale's side of pairing and of a session with a paired reader.
 *
 * Owns: the order of the steps and what each failure means to the one who waits. The reader's
 * side is `session_gate.ts`.
 * @module
 */
import { failure } from "../errors.ts";
import type { ByteTransport } from "../ports.ts";
import type { Pairing } from "./pairing.ts";
import { pairingKey } from "./pairing_code.ts";
import {
  authentic,
  createKeyPair,
  encodePreamble,
  nextRecord,
  PAIRING_ID_LENGTH,
  type Preamble,
  type SessionPorts,
  shakeHands,
  withinDeadline,
} from "./session_handshake.ts";
import { RecordStream } from "./session_records.ts";
import { SessionTransport } from "./session_transport.ts";

const NOTHING = new Uint8Array(0);

/** How to pair. */
export interface PairReaderOptions extends SessionPorts {
  /** What the reader shows, as typed. */
  code: string;
  /** What this point of sale calls itself in the reader's list, at most 64 characters. */
  name: string;
}

/**
 * Pairs with the reader at the other end of `transport`, which shows a code.
 *
 * The stream is used up by it, also when it succeeds; connect again to open a session.
 *
 * @returns What to keep, durably, before anything else; the reader keeps its half already.
 * @throws {HoldfastError} `INVALID_ARGUMENT` (the code is mistyped; nothing was sent),
 *   `READER_PAIRING_FAILED` (the code is wrong or no longer good, or the reader shows none),
 *   `READER_SESSION_NOT_AUTHENTIC`, `REQUEST_TIMED_OUT`, `READER_DISCONNECTED`.
 */
export async function pairReader(
  transport: ByteTransport,
  options: PairReaderOptions,
): Promise<Pairing> {
  const psk = pairingKey(options.core.crypto, options.code);
  const stream = new RecordStream(transport);
  const codeWhenEnded = "READER_PAIRING_FAILED";
  try {
    return await withinDeadline(stream, options, async () => {
      const staticKey = createKeyPair(options);
      const preamble: Preamble = { mode: "pairing" };
      await stream.send(encodePreamble(preamble));
      const { ciphers, remoteStatic } = await shakeHands(stream, options, {
        pattern: "XXpsk3",
        isInitiator: true,
        preamble,
        staticKey,
        psk,
        payload: new TextEncoder().encode(options.name.slice(0, 64)),
        codeWhenEnded,
      });
      // Only a reader that knows the code can have written this.
      const record = await nextRecord(stream, codeWhenEnded);
      const gift = authentic(() => ciphers.receive.open(NOTHING, record));
      ciphers.send.wipe();
      ciphers.receive.wipe();
      return {
        ...readGift(gift),
        ...staticKey,
        peerPublicKey: remoteStatic,
        pairedAtMs: options.clock.nowMs(),
      };
    });
  } finally {
    psk.fill(0);
    stream.close();
  }
}

/** The reader's last word in pairing: id, secret, and what it calls itself. */
function readGift(
  gift: Uint8Array,
): Pick<Pairing, "id" | "secret" | "peerName"> {
  const nameAt = PAIRING_ID_LENGTH + 32;
  if (gift.length < nameAt) {
    throw failure("READER_BAD_MESSAGE", "the reader's pairing is incomplete");
  }
  const peerName = new TextDecoder().decode(gift.subarray(nameAt)).slice(0, 64);
  const id = gift.slice(0, PAIRING_ID_LENGTH);
  const secret = gift.slice(PAIRING_ID_LENGTH, nameAt);
  gift.fill(0);
  return { id, secret, peerName };
}

/**
 * Opens an encrypted, authenticated session with a paired reader.
 *
 * @returns A transport for `connectReader()`; closing it closes `transport`.
 * @throws {HoldfastError} `READER_NOT_PAIRED` (the reader ended the handshake: it does not know
 *   this pairing), `READER_SESSION_NOT_AUTHENTIC` (the other end is not that reader, or somebody
 *   changed what was sent), `REQUEST_TIMED_OUT`, `READER_DISCONNECTED`.
 */
export async function openSession(
  transport: ByteTransport,
  pairing: Pairing,
  ports: SessionPorts,
): Promise<ByteTransport> {
  const stream = new RecordStream(transport);
  return await withinDeadline(stream, ports, async () => {
    const preamble: Preamble = { mode: "session", pairingId: pairing.id };
    await stream.send(encodePreamble(preamble));
    const { ciphers } = await shakeHands(stream, ports, {
      pattern: "KKpsk0",
      isInitiator: true,
      preamble,
      staticKey: pairing,
      remoteStatic: pairing.peerPublicKey,
      psk: pairing.secret,
      codeWhenEnded: "READER_NOT_PAIRED",
    });
    // A recording of the first message cannot be followed by this one: only now does the reader
    // know that somebody is there.
    await stream.send(ciphers.send.seal(NOTHING, NOTHING));
    return new SessionTransport(stream, ciphers);
  });
}
