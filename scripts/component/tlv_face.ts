/**
 * The component's `tlv` behind the methods of the bindings' {@link TlvCore}.
 * @module
 */
import type { DolEntry, TlvNode, TlvSource } from "../../bindings/tlv.ts";
import type { TlvFailure } from "../../core/component/_jco/interfaces/holdfast-core-tlv.d.ts";
import { type Component, statusOf, unwrap, wordFailure } from "./load.ts";
import type { TlvApi } from "../conformance/core_api.ts";

function describe({ code, offset }: TlvFailure): Error {
  const isList = code.startsWith("dol-");
  return isList
    ? wordFailure("DOL_ERR_", code.slice("dol-".length), offset)
    : wordFailure("BER_ERR_", code, offset);
}

/** The core's status for a word of `tlv-error`. */
export function tlvStatus(code: TlvFailure["code"]): number {
  return statusOf("BER_ERR_", code);
}

/** TLV and data object lists, by the component. */
export class ComponentTlv implements TlvApi {
  readonly #tlv: Component["tlv"];

  constructor({ tlv }: Component) {
    this.#tlv = tlv;
  }

  parse(data: Uint8Array, source: TlvSource): TlvNode[] {
    const { nodes } = unwrap(() => this.#tlv.parse(data, source), describe);
    return nodes.map(({ tag, offset, valueOffset, length, depth, traits }) => ({
      tag,
      offset,
      valueOffset,
      length,
      depth,
      isConstructed: traits.constructed === true,
      isCanonical: traits.longLength !== true,
    }));
  }

  dolParse(list: Uint8Array): DolEntry[] {
    return unwrap(() => this.#tlv.dolParse(list), describe);
  }

  dolBuild(list: Uint8Array, data: Uint8Array, source: TlvSource): Uint8Array {
    return unwrap(() => this.#tlv.dolBuild(list, data, source), describe);
  }
}
