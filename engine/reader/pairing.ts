/**
 * Pairings: who a reader and a point of sale are to each other.
 *
 * Owns: what both sides keep after pairing, how it is written down, and the port to where it is
 * kept. Every pairing has key pairs of its own on both sides, so that one can be revoked, or
 * stolen, without touching another.
 * @module
 */
import * as payload from "./payload.ts";

/** What one side keeps. Secret: store it like a key. */
export interface Pairing {
  /** 16 random bytes, chosen by the reader; names the pairing on the wire. */
  id: Uint8Array;
  /** This side's static key pair, 32 bytes each. */
  privateKey: Uint8Array;
  publicKey: Uint8Array;
  /** The other side's static public key, 32 bytes. */
  peerPublicKey: Uint8Array;
  /** 32 bytes known to both; keeps sessions closed should X25519 ever fall. */
  secret: Uint8Array;
  /** What the other side called itself, at most 64 characters. */
  peerName: string;
  /** When, epoch milliseconds by this side's clock. */
  pairedAtMs: number;
}

/** Where pairings are kept; one per device, readable by nobody else. */
export interface PairingStore {
  /** The pairing with this id, or null. */
  find(id: Uint8Array): Promise<Pairing | null>;
  /** Every pairing, oldest first. */
  list(): Promise<Pairing[]>;
  /** Keeps a pairing; it is durable when this resolves. */
  save(pairing: Pairing): Promise<void>;
  /** Forgets a pairing; its sessions can no longer be opened. Safe to repeat. */
  remove(id: Uint8Array): Promise<void>;
}

const SHAPE: payload.Schema<Pairing> = {
  id: exactly(16),
  privateKey: exactly(32),
  publicKey: exactly(32),
  peerPublicKey: exactly(32),
  secret: exactly(32),
  peerName: payload.text(64),
  pairedAtMs: payload.integer(0, Number.MAX_SAFE_INTEGER),
};

/** Writes a pairing down for a store: deterministic CBOR. Wipe it after use. */
export function encodePairing(pairing: Pairing): Uint8Array {
  return payload.encodePayload(pairing);
}

/**
 * Reads what {@link encodePairing} wrote.
 *
 * @throws {HoldfastError} `READER_BAD_MESSAGE` when it is damaged.
 */
export function decodePairing(bytes: Uint8Array): Pairing {
  return payload.decodePayload(bytes, SHAPE);
}

/** Pairings that last as long as the process; for tests and for one-off tools. */
export class MemoryPairingStore implements PairingStore {
  readonly #pairings = new Map<string, Uint8Array>();

  /** @inheritdoc */
  find(id: Uint8Array): Promise<Pairing | null> {
    const bytes = this.#pairings.get(id.join());
    return Promise.resolve(bytes ? decodePairing(bytes) : null);
  }

  /** @inheritdoc */
  list(): Promise<Pairing[]> {
    const pairings = [...this.#pairings.values()].map(decodePairing);
    pairings.sort((left, right) => left.pairedAtMs - right.pairedAtMs);
    return Promise.resolve(pairings);
  }

  /** @inheritdoc */
  save(pairing: Pairing): Promise<void> {
    this.#pairings.set(pairing.id.join(), encodePairing(pairing));
    return Promise.resolve();
  }

  /** @inheritdoc */
  remove(id: Uint8Array): Promise<void> {
    this.#pairings.delete(id.join());
    return Promise.resolve();
  }
}

function exactly(length: number): payload.Field<Uint8Array> {
  return (value) =>
    value instanceof Uint8Array && value.length === length
      ? value
      : payload.REJECTED;
}
