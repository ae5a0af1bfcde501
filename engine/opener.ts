/**
 * Opening sealed records, where the Stripe key lives.
 *
 * Owns: the recipient's private keys and the walk along a device's chain. Never construct it on a
 * device that takes payments: the device seals, the forwarder's side opens.
 * @module
 */
import type { Core } from "../bindings/mod.ts";
import { failure } from "./errors.ts";
import { toHex } from "./uuid.ts";

/** Opens records; a server holds one. */
export interface Opener {
  /**
   * Returns the plaintext of `record` (owned by the caller, who wipes it).
   *
   * @param genesis The genesis record of the record's epoch.
   * @param record  A sealed record of that epoch.
   * @throws {HoldfastError} `SEAL_*` when a record was changed or the key is another one;
   *   `RECIPIENT_KEY_UNKNOWN` when no private key has the record's key id.
   */
  open(genesis: Uint8Array, record: Uint8Array): Uint8Array;
}

/** The chain secret of one epoch at one place. */
interface Place {
  seq: number;
  secret: Uint8Array;
}

/** How far apart remembered places are; walking 256 steps takes under a millisecond. */
const CHECKPOINT_EVERY = 256;

/**
 * Makes an opener.
 *
 * @param core        The core.
 * @param privateKeys Private keys (32 bytes) by key id in lower-case hex; current and former ones.
 */
export function createOpener(
  core: Core,
  privateKeys: ReadonlyMap<string, Uint8Array>,
): Opener {
  const chains = new Map<string, Map<number, Place>>();

  const keyFor = (keyId: Uint8Array): Uint8Array => {
    const key = privateKeys.get(toHex(keyId));
    if (key === undefined) {
      throw failure(
        "RECIPIENT_KEY_UNKNOWN",
        `no private key has the id ${toHex(keyId)}`,
        {
          field: "keyId",
        },
      );
    }
    return key;
  };

  const placesOf = (genesis: Uint8Array): Map<number, Place> => {
    const name = toHex(core.crypto.sha256(genesis));
    let places = chains.get(name);
    if (places === undefined) {
      const recipientPrivateKey = keyFor(core.seal.readHeader(genesis).keyId);
      const { chainSecret } = core.seal.openGenesis({
        recipientPrivateKey,
        record: genesis,
      });
      places = new Map([[0, { seq: 0, secret: chainSecret }]]);
      chains.set(name, places);
    }
    return places;
  };

  const secretAt = (places: Map<number, Place>, seq: number): Uint8Array => {
    let checkpoint = Math.floor(seq / CHECKPOINT_EVERY);
    while (!places.has(checkpoint)) checkpoint--;
    let { seq: at, secret } = places.get(checkpoint)!;
    for (; at < seq; at++) {
      if (at % CHECKPOINT_EVERY === 0) {
        places.set(at / CHECKPOINT_EVERY, { seq: at, secret });
      }
      secret = core.seal.advanceChainSecret(secret);
    }
    return secret;
  };

  return {
    open(genesis, record): Uint8Array {
      const header = core.seal.readHeader(record);
      const chainSecret = secretAt(placesOf(genesis), header.seq);
      const recipientPrivateKey = keyFor(header.keyId);
      return core.seal.openRecord({ recipientPrivateKey, record, chainSecret })
        .plaintext;
    },
  };
}
