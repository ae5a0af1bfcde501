/** @module Interface holdfast:core/seal@0.1.0 **/
export function generateKeyPair(entropy: Uint8Array): KeyPair;
export function seal(request: SealRequest): Sealed;
export function open(record: Uint8Array, recipientPrivateKey: Uint8Array, chainSecret: Uint8Array | undefined): Opened;
export function readHeader(record: Uint8Array): StoredHeader;
export function hash(record: Uint8Array): Uint8Array;
export function verify(records: Array<Uint8Array>): Chain;
export function advance(chainSecret: Uint8Array, steps: number): Uint8Array;
/**
 * # Variants
 *
 * ## `"x25519-chacha20-poly1305"`
 *
 * ## `"p256-aes256-gcm"`
 */
export type Suite = 'x25519-chacha20-poly1305' | 'p256-aes256-gcm';
/**
 * # Variants
 *
 * ## `"base"`
 *
 * ## `"psk"`
 */
export type Mode = 'base' | 'psk';
export interface Header {
  suite: Suite,
  mode: Mode,
  livemode: boolean,
  keyId: Uint8Array,
  deviceId: Uint8Array,
  epoch: number,
  seq: bigint,
  previousHash: Uint8Array,
  localId: Uint8Array,
  createdAtMs: bigint,
  monotonicMs: bigint,
  bootId: Uint8Array,
  amountMinor: bigint,
  currency: string,
  accountHash: Uint8Array,
  idempotencyKey: Uint8Array,
  cardTransactionHmac: Uint8Array,
  policyVersion: number,
  schemaVersion: number,
}
/**
 * # Variants
 *
 * ## `"recipient-public-key"`
 *
 * ## `"recipient-private-key"`
 *
 * ## `"chain-secret"`
 *
 * ## `"entropy"`
 */
export type SealArgument = 'recipient-public-key' | 'recipient-private-key' | 'chain-secret' | 'entropy';
/**
 * # Variants
 *
 * ## `"truncated"`
 *
 * ## `"trailing"`
 *
 * ## `"magic"`
 *
 * ## `"version"`
 *
 * ## `"suite"`
 *
 * ## `"mode"`
 *
 * ## `"field"`
 *
 * ## `"plaintext-length"`
 *
 * ## `"open"`
 *
 * ## `"padding"`
 *
 * ## `"public-key"`
 *
 * ## `"chain-repeated"`
 *
 * ## `"chain-fork"`
 *
 * ## `"chain-gap"`
 *
 * ## `"chain-order"`
 *
 * ## `"chain-hash"`
 *
 * ## `"chain-device"`
 *
 * ## `"chain-epoch"`
 *
 * ## `"chain-livemode"`
 *
 * ## `"chain-account"`
 */
export type SealError = 'truncated' | 'trailing' | 'magic' | 'version' | 'suite' | 'mode' | 'field' | 'plaintext-length' | 'open' | 'padding' | 'public-key' | 'chain-repeated' | 'chain-fork' | 'chain-gap' | 'chain-order' | 'chain-hash' | 'chain-device' | 'chain-epoch' | 'chain-livemode' | 'chain-account';
export interface RecordFailure {
  code: SealError,
  offset: number,
}
export type SealFailure = SealFailureBadArgument | SealFailureBadRecord;
export interface SealFailureBadArgument {
  tag: 'bad-argument',
  val: SealArgument,
}
export interface SealFailureBadRecord {
  tag: 'bad-record',
  val: RecordFailure,
}
export interface SealRequest {
  header: Header,
  recipientPublicKey: Uint8Array,
  chainSecret: Uint8Array,
  entropy: Uint8Array,
  plaintext: Uint8Array,
}
export interface Sealed {
  record: Uint8Array,
  hash: Uint8Array,
  nextChainSecret: Uint8Array,
}
export interface StoredHeader {
  header: Header,
  paddedLength: number,
}
export interface Opened {
  stored: StoredHeader,
  plaintext: Uint8Array,
  hash: Uint8Array,
  chainSecret: Uint8Array,
  nextChainSecret: Uint8Array,
}
export interface Chain {
  complete: boolean,
  lastHash?: Uint8Array,
}
export interface ChainFailure {
  index: number,
  failure: RecordFailure,
}
export interface KeyPair {
  privateKey: Uint8Array,
  publicKey: Uint8Array,
  keyId: Uint8Array,
}
