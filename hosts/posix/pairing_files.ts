/**
 * Pairings in a folder, one file of mode 0600 each.
 *
 * Owns: that a pairing which was saved is on disk, whole or not at all: a draft is written,
 * synced and renamed, then the folder is synced.
 * @module
 */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import {
  decodePairing,
  encodePairing,
  type Pairing,
  type PairingStore,
} from "../../engine/reader/pairing.ts";

const SUFFIX = ".pairing";

/** A pairing store over one folder, which is made when it is missing. */
export class PairingFiles implements PairingStore {
  readonly #folder: string;

  /** Makes the folder, readable by its owner only. */
  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** @inheritdoc */
  // deno-lint-ignore require-await -- the port is asynchronous for keychains
  async find(id: Uint8Array): Promise<Pairing | null> {
    return this.#read(this.#pathOf(id));
  }

  /** @inheritdoc */
  // deno-lint-ignore require-await -- the port is asynchronous for keychains
  async list(): Promise<Pairing[]> {
    return readdirSync(this.#folder)
      .filter((name) => name.endsWith(SUFFIX))
      .map((name) => this.#read(join(this.#folder, name)))
      .filter((pairing) => pairing !== null)
      .sort((left, right) => left.pairedAtMs - right.pairedAtMs);
  }

  /** @inheritdoc */
  // deno-lint-ignore require-await -- the port is asynchronous for keychains
  async save(pairing: Pairing): Promise<void> {
    const path = this.#pathOf(pairing.id);
    const draft = `${path}.${process.pid}`;
    const bytes = encodePairing(pairing);
    const descriptor = openSync(draft, "w", 0o600);
    try {
      writeSync(descriptor, bytes);
      fsyncSync(descriptor);
    } finally {
      bytes.fill(0);
      closeSync(descriptor);
    }
    renameSync(draft, path);
    this.#syncFolder();
  }

  /** @inheritdoc */
  // deno-lint-ignore require-await -- the port is asynchronous for keychains
  async remove(id: Uint8Array): Promise<void> {
    rmSync(this.#pathOf(id), { force: true });
    this.#syncFolder();
  }

  #read(path: string): Pairing | null {
    let bytes: Uint8Array;
    try {
      bytes = readFileSync(path);
    } catch (error) {
      if ((error as { code?: string }).code === "ENOENT") return null;
      throw error;
    }
    try {
      return decodePairing(bytes);
    } finally {
      bytes.fill(0);
    }
  }

  #pathOf(id: Uint8Array): string {
    const name = [...id].map((byte) => byte.toString(16).padStart(2, "0"));
    return join(this.#folder, name.join("") + SUFFIX);
  }

  #syncFolder(): void {
    const descriptor = openSync(this.#folder, "r");
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }
}
