/**
 * The builds of the core that the conformance adapter can run.
 *
 * Owns: how each is loaded. What a loader returns makes fresh operations each time it is called.
 * @module
 */
import { CORE_WASM_BASE64 } from "../../bindings/_wasm/core.ts";
import { CoreModule } from "../../bindings/core_module.ts";
import { CryptoCore } from "../../bindings/crypto.ts";
import { EmvCore } from "../../bindings/emv.ts";
import { SealCore } from "../../bindings/seal.ts";
import { TlvCore } from "../../bindings/tlv.ts";
import type { Operations } from "./answer.ts";
import { cryptoOperations } from "./crypto_operations.ts";
import { dolOperations } from "./dol_operations.ts";
import { emvOperations } from "./emv_operations.ts";
import { saf1Operations } from "./saf1_operations.ts";

async function loadModule(): Promise<() => Operations> {
  const module = await WebAssembly.compile(
    Uint8Array.from(atob(CORE_WASM_BASE64), (char) => char.charCodeAt(0)),
  );
  return () => {
    const core = new CoreModule(module);
    return new Map(Object.entries({
      ...cryptoOperations(new CryptoCore(core)),
      ...dolOperations(core),
      ...emvOperations(new TlvCore(core), new EmvCore(core)),
      ...saf1Operations(new SealCore(core)),
    }));
  };
}

/** Build name → its loader. */
export const BUILDS: Readonly<Record<string, () => Promise<() => Operations>>> =
  {
    module: loadModule,
  };
