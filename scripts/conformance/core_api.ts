/**
 * What every build of the core offers to the conformance operations.
 *
 * Owns: the list of methods, which are those of the bindings, so that the plain module needs
 * nothing in between and another build puts a face of the same shape in front.
 * @module
 */
import type { CryptoCore } from "../../bindings/crypto.ts";
import type { EmvCore } from "../../bindings/emv.ts";
import type { SealCore } from "../../bindings/seal.ts";
import type { TlvCore } from "../../bindings/tlv.ts";
import type { SealSuite2 } from "../../engine/seal_suite2.ts";

/** Primitives and HPKE. */
export type CryptoApi = Pick<CryptoCore, keyof CryptoCore>;

/** TLV and data object lists. */
export type TlvApi = Pick<TlvCore, "parse" | "dolParse" | "dolBuild">;

/** The offline decision. */
export type EmvApi = Pick<EmvCore, "decide" | "decideBatch" | "aidBrand">;

/** SAF1 suite 1. */
export type SealApi = Pick<
  SealCore,
  "sealGenesis" | "sealRecord" | "openGenesis" | "openRecord" | "verifyRecords"
>;

/** One build of the core. */
export interface CoreApi {
  readonly crypto: CryptoApi;
  readonly tlv: TlvApi;
  readonly emv: EmvApi;
  readonly seal: SealApi;
  /** SAF1 suite 2, which is WebCrypto's and the host's, so the same beside every build. */
  readonly sealSuite2: SealSuite2;
}
