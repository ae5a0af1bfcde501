/**
 * Reads chip data with the same core that wrote it into the payment.
 * @module
 */
import { CORE_WASM_BASE64 } from "../../bindings/_wasm/core.ts";
import { CoreModule } from "../../bindings/core_module.ts";
import { tagHex, TlvCore, tlvValue } from "../../bindings/tlv.ts";
import type { EmvReader } from "./card_present.ts";

/** Returns a reader over `module`, or over an instance of its own. */
export function emvReader(module: CoreModule = ownModule()): EmvReader {
  const core = new TlvCore(module);
  return (data) => {
    const values = new Map<string, Uint8Array>();
    for (const node of core.parse(data, "reader")) {
      if (node.isConstructed) continue;
      const tag = tagHex(node.tag);
      // The first of several counts; a later one may not replace it.
      if (!values.has(tag)) values.set(tag, tlvValue(data, node).slice());
    }
    return values;
  };
}

function ownModule(): CoreModule {
  const text = atob(CORE_WASM_BASE64);
  const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0));
  return new CoreModule(new WebAssembly.Module(bytes));
}
