/**
 * Every conformance operation over one build of the core.
 * @module
 */
import type { Operations } from "./answer.ts";
import type { CoreApi } from "./core_api.ts";
import { cryptoOperations } from "./crypto_operations.ts";
import { dolOperations } from "./dol_operations.ts";
import { emvOperations } from "./emv_operations.ts";
import { saf1Operations } from "./saf1_operations.ts";

/** The operations by name. */
export function operationsOf(
  { crypto, tlv, emv, seal, sealSuite2 }: CoreApi,
): Operations {
  return new Map(Object.entries({
    ...cryptoOperations(crypto),
    ...dolOperations(tlv),
    ...emvOperations(tlv, emv),
    ...saf1Operations(seal, sealSuite2),
  }));
}
