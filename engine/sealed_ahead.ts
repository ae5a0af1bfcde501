/**
 * Records of suite 2, sealed before the transaction that stores them.
 *
 * Owns: the places in the chain they were sealed for. WebCrypto answers later, and a transaction
 * waits for nobody; so the record is made first, and the transaction takes it only while the
 * chain still ends where the record begins. Where another sale came first it is sealed again.
 * @module
 */
import type { SealedRecord } from "../bindings/mod.ts";
import { isSameBytes } from "./bytes.ts";
import { toHex } from "./uuid.ts";

/** A place in a chain: what the next record is sealed with. */
export interface ChainPlace {
  epoch: number;
  seq: number;
  previousHash: Uint8Array;
}

/** The chain has moved on since a record was sealed; the transaction ends, nothing is stored. */
export class ChainMoved extends Error {
  override name = "ChainMoved";
}

/** What was sealed, by local id. */
export class SealedAhead {
  readonly #records = new Map<
    string,
    { place: ChainPlace; sealed: SealedRecord }
  >();

  /** Keeps one record for its place. */
  add(localId: Uint8Array, place: ChainPlace, sealed: SealedRecord): void {
    this.#records.set(toHex(localId), { place, sealed });
  }

  /**
   * The record of `localId`.
   *
   * @throws {ChainMoved} when `place` is not the one it was sealed for.
   */
  at(localId: Uint8Array, place: ChainPlace): SealedRecord {
    const found = this.#records.get(toHex(localId));
    const isHere = found !== undefined &&
      found.place.epoch === place.epoch && found.place.seq === place.seq &&
      isSameBytes(found.place.previousHash, place.previousHash);
    if (!isHere) throw new ChainMoved("sealed for another place in the chain");
    return found.sealed;
  }

  /** Overwrites the chain secrets. */
  wipe(): void {
    for (const { sealed } of this.#records.values()) {
      sealed.nextChainSecret.fill(0);
    }
  }
}
