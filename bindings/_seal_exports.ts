/**
 * Signatures of the core's cryptographic exports.
 *
 * Owns: the one place where they are typed by hand. Every pointer is a number; a status is
 * negative; a truth value arrives as 0 or 1.
 * @module
 */
import type { CoreModule } from "./core_module.ts";

/** The sealing room of the core. */
export interface SealExports {
  readonly sha256: (message: number, length: number, digest: number) => void;
  readonly sha256Begin: () => void;
  readonly sha256Update: (message: number, length: number) => void;
  readonly sha256End: (digest: number) => void;
  readonly hmacSha256: (
    key: number,
    keyLength: number,
    message: number,
    length: number,
    mac: number,
  ) => void;
  readonly hkdfExpand: (
    prk: number,
    prkLength: number,
    info: number,
    infoLength: number,
    okm: number,
    length: number,
  ) => void;
  readonly x25519: (scalar: number, point: number, shared: number) => number;
  readonly x25519Public: (scalar: number, publicKey: number) => void;
  readonly aeadSeal: (
    key: number,
    nonce: number,
    aad: number,
    aadLength: number,
    source: number,
    length: number,
    target: number,
  ) => void;
  readonly aeadOpen: (
    key: number,
    nonce: number,
    aad: number,
    aadLength: number,
    source: number,
    length: number,
    target: number,
  ) => number;
  readonly hpkeDeriveKeyPair: (
    ikm: number,
    length: number,
    privateKey: number,
    publicKey: number,
  ) => void;
  readonly hpkeEncapsulate: (
    publicKey: number,
    ikm: number,
    length: number,
    enc: number,
  ) => number;
  readonly hpkeDecapsulate: (privateKey: number, enc: number) => number;
  readonly hpkeSchedule: (
    mode: number,
    info: number,
    infoLength: number,
    psk: number,
    pskLength: number,
    pskId: number,
    pskIdLength: number,
  ) => number;
  readonly hpkeSeal: (
    aad: number,
    aadLength: number,
    source: number,
    length: number,
    target: number,
  ) => void;
  readonly hpkeOpen: (
    aad: number,
    aadLength: number,
    source: number,
    length: number,
    target: number,
  ) => number;
  readonly saf1Seal: (plaintextLength: number) => number;
  readonly saf1Open: (length: number) => number;
  readonly saf1Advance: (secret: number, next: number) => void;
  readonly saf1Psk: (secret: number, psk: number) => void;
  readonly saf1Hash: (record: number, length: number, hash: number) => number;
  readonly saf1Follows: (
    previous: number,
    previousHash: number,
    record: number,
    hash: number,
  ) => number;
  readonly saf1CheckHeader: (header: number, length: number) => number;
  readonly sealErrorOffset: () => number;
  readonly wipeSecrets: () => void;
}

/** The exports of `module`, typed. */
export function sealExports(module: CoreModule): SealExports {
  return module.exports as unknown as SealExports;
}
