/**
 * Opening sealed records, where the Stripe key lives.
 *
 * Owns: the recipient's private keys and the walk along a device's chain. Never construct it on a
 * device that takes payments: the device seals, the forwarder's side opens.
 * @module
 */
import type { Core, RecordHeader } from "../bindings/mod.ts";
import { failure } from "./errors.ts";
import { SealSuite2, type Suite2Recipient } from "./seal_suite2.ts";
import { toHex } from "./uuid.ts";

/**
 * A recipient's private key: 32 bytes for suite 1, or what `SealSuite2.importRecipient` makes of a
 * JWK for suite 2.
 */
export type RecipientKey = Uint8Array | Suite2Recipient;

/** Opens records; a server holds one. */
export interface Opener {
  /**
   * The plaintext of `record` (owned by the caller, who wipes it).
   *
   * @param genesis The genesis record of the record's epoch.
   * @param record  A sealed record of that epoch.
   * @throws {HoldfastError} `SEAL_*` when a record was changed or the key is another one;
   *   `RECIPIENT_KEY_UNKNOWN` when no private key has the record's key id.
   */
  open(
    genesis: Uint8Array,
    record: Uint8Array,
  ): Uint8Array | Promise<Uint8Array>;
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
 * @param privateKeys Private keys by key id in lower-case hex; current and former ones, of either
 *   suite.
 */
export function createOpener(
  core: Core,
  privateKeys: ReadonlyMap<string, RecipientKey>,
): Opener {
  return new ChainOpener(core, privateKeys);
}

class ChainOpener implements Opener {
  readonly #core: Core;
  readonly #privateKeys: ReadonlyMap<string, RecipientKey>;
  readonly #chains = new Map<string, Map<number, Place>>();
  #suite2: SealSuite2 | null = null;

  constructor(core: Core, privateKeys: ReadonlyMap<string, RecipientKey>) {
    this.#core = core;
    this.#privateKeys = privateKeys;
  }

  async open(genesis: Uint8Array, record: Uint8Array): Promise<Uint8Array> {
    const header = this.#core.seal.readHeader(record);
    const places = await this.#placesOf(genesis);
    const chainSecret = this.#secretAt(places, header.seq);
    const key = this.#keyFor(header);
    const { plaintext } = key instanceof Uint8Array
      ? this.#core.seal.openRecord({
        recipientPrivateKey: key,
        record,
        chainSecret,
      })
      : await this.#webCrypto().openRecord({
        recipient: key,
        record,
        chainSecret,
      });
    return plaintext;
  }

  async #placesOf(genesis: Uint8Array): Promise<Map<number, Place>> {
    const name = toHex(this.#core.crypto.sha256(genesis));
    const known = this.#chains.get(name);
    if (known !== undefined) return known;
    const key = this.#keyFor(this.#core.seal.readHeader(genesis));
    const { chainSecret } = key instanceof Uint8Array
      ? this.#core.seal.openGenesis({
        recipientPrivateKey: key,
        record: genesis,
      })
      : await this.#webCrypto().openGenesis({
        recipient: key,
        record: genesis,
      });
    const places = new Map([[0, { seq: 0, secret: chainSecret }]]);
    this.#chains.set(name, places);
    return places;
  }

  #secretAt(places: Map<number, Place>, seq: number): Uint8Array {
    let checkpoint = Math.floor(seq / CHECKPOINT_EVERY);
    while (!places.has(checkpoint)) checkpoint--;
    let { seq: at, secret } = places.get(checkpoint)!;
    for (; at < seq; at++) {
      if (at % CHECKPOINT_EVERY === 0) {
        places.set(at / CHECKPOINT_EVERY, { seq: at, secret });
      }
      secret = this.#core.seal.advanceChainSecret(secret);
    }
    return secret;
  }

  /** The key of a record's key id; one of the other suite is not its key. */
  #keyFor({ keyId, suite }: RecordHeader): RecipientKey {
    const key = this.#privateKeys.get(toHex(keyId));
    if (key !== undefined && (key instanceof Uint8Array) === (suite === 1)) {
      return key;
    }
    throw failure(
      "RECIPIENT_KEY_UNKNOWN",
      `no private key of suite ${suite} has the id ${toHex(keyId)}`,
      { field: "keyId" },
    );
  }

  #webCrypto(): SealSuite2 {
    return this.#suite2 ??= new SealSuite2(this.#core);
  }
}
