/**
 * Both builds of the core, from their bytes.
 *
 * Owns: nothing of a runtime: this file also runs in a page of the browser tests.
 * @module
 */
import { CORE_WASM_BASE64 } from "../../bindings/_wasm/core.ts";
import { CoreModule } from "../../bindings/core_module.ts";
import { CryptoCore } from "../../bindings/crypto.ts";
import { EmvCore } from "../../bindings/emv.ts";
import { SealCore } from "../../bindings/seal.ts";
import { TlvCore } from "../../bindings/tlv.ts";
import { SealSuite2 } from "../../engine/seal_suite2.ts";
import { ComponentCrypto } from "../component/crypto_face.ts";
import { ComponentEmv } from "../component/emv_face.ts";
import { loadComponent } from "../component/load.ts";
import { ComponentSeal } from "../component/seal_face.ts";
import { ComponentTlv } from "../component/tlv_face.ts";
import type { CoreApi } from "./core_api.ts";

/** Bytes from base64. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

/** The plain module behind the bindings; each call makes a fresh instance. */
export async function moduleApi(): Promise<() => CoreApi> {
  const module = await WebAssembly.compile(fromBase64(CORE_WASM_BASE64));
  return () => {
    const core = new CoreModule(module);
    const rooms = { crypto: new CryptoCore(core), seal: new SealCore(core) };
    return {
      ...rooms,
      tlv: new TlvCore(core),
      emv: new EmvCore(core),
      sealSuite2: new SealSuite2(rooms),
    };
  };
}

/** The component around `core`; each call makes a fresh instance. */
export function componentApi(core: Uint8Array<ArrayBuffer>): () => CoreApi {
  const module = new WebAssembly.Module(core);
  const plain = new CoreModule(
    new WebAssembly.Module(fromBase64(CORE_WASM_BASE64)),
  );
  const sealSuite2 = new SealSuite2({
    crypto: new CryptoCore(plain),
    seal: new SealCore(plain),
  });
  return () => {
    const { component } = loadComponent(module);
    return {
      crypto: new ComponentCrypto(component),
      tlv: new ComponentTlv(component),
      emv: new ComponentEmv(component),
      seal: new ComponentSeal(component),
      sealSuite2,
    };
  };
}
