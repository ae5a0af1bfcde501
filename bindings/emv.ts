/**
 * The offline decision: may this chip transaction be stored?
 *
 * Owns: the typed face of the core's EMV room. Synchronous; returns owned plain objects; wipes
 * what it put into the core's memory before it returns. A PAN never leaves the core.
 * @module
 */
import {
  BER_INPUT_BYTES_MAX,
  EMV_BATCH_MAX,
  EMV_CODE_ACCEPTED,
  EMV_DECISION_BYTES,
  EMV_REQUEST_BYTES,
  EMV_REQUEST_COUNTRY,
  EMV_REQUEST_LENGTH,
  EMV_REQUEST_MESSAGE,
  INPUT_BYTES,
} from "./_wasm/abi.ts";
import type { CoreModule } from "./core_module.ts";
import { readDecision } from "./emv_decision.ts";
import { writeRequest } from "./emv_request.ts";
import {
  type Brand,
  BRANDS,
  type Decision,
  type DecisionRequest,
} from "./emv_types.ts";
import { bindingFailure, statusFailure } from "./error_codes.ts";
import { countryNumeric } from "./iso_codes.ts";

export * from "./emv_bits.ts";
export * from "./emv_tags.ts";
export * from "./emv_types.ts";

/** The core's EMV room over one instance. */
export class EmvCore {
  readonly #module: CoreModule;
  readonly #decide: (
    request: number,
    message: number,
    length: number,
    result: number,
  ) => number;
  readonly #decideBatch: (count: number) => number;
  readonly #errorOffset: () => number;
  readonly #aidBrand: (at: number, length: number) => number;
  readonly #networkCode: (brand: number, country: number) => number;

  constructor(module: CoreModule) {
    this.#module = module;
    this.#decide = module.exports.emvDecide as never;
    this.#decideBatch = module.exports.emvDecideBatch as never;
    this.#errorOffset = module.exports.errorOffset as never;
    this.#aidBrand = module.exports.emvAidBrand as never;
    this.#networkCode = module.exports.emvNetworkCode as never;
  }

  /**
   * Decides whether a chip transaction may be stored offline; the same bytes and the same
   * request give the same answer on every host.
   *
   * A refusal is a value, bad card data included; only a wrong request throws.
   *
   * @param data    The reader's TLV message, 0..4,096 bytes; not kept, not changed.
   * @param request What the message is checked against.
   * @returns       Owned plain objects.
   * @throws {HoldfastError} `EMV_REQUEST` with the `field` that is out of range, `EMV_BATCH` for
   *   a message beyond 4,096 bytes.
   */
  decide(data: Uint8Array, request: DecisionRequest): Decision {
    return this.decideBatch([data], [request])[0];
  }

  /**
   * Decides about many messages with as few crossings as the arenas allow; answers and errors
   * are those of {@link EmvCore.decide}, and an error means that nothing is answered.
   *
   * @param messages One message per request, in the same order.
   */
  decideBatch(
    messages: readonly Uint8Array[],
    requests: readonly DecisionRequest[],
  ): Decision[] {
    if (messages.length !== requests.length) {
      throw new RangeError("messages and requests must have the same length");
    }
    const decisions: Decision[] = [];
    while (decisions.length < messages.length) {
      const start = decisions.length;
      const count = this.#fitting(messages, start);
      let used = count * EMV_REQUEST_BYTES;
      for (let index = 0; index < count; index++) {
        used += messages[start + index].length;
      }
      try {
        this.#run(messages, requests, start, count);
        for (let index = 0; index < count; index++) {
          const record = this.#module.outputPointer +
            index * EMV_DECISION_BYTES;
          decisions.push(readDecision(
            this.#module.bytes,
            record,
            messages[start + index],
            requests[start + index],
          ));
        }
      } finally {
        this.#module.wipe(used, count * EMV_DECISION_BYTES);
      }
    }
    return decisions;
  }

  /** Brand of an AID, from upper- or lower-case hex of 5 to 16 bytes. */
  aidBrand(aidHex: string): Brand {
    const aid = new Uint8Array(aidHex.length >> 1);
    for (let index = 0; index < aid.length; index++) {
      aid[index] = parseInt(aidHex.slice(index * 2, index * 2 + 2), 16);
    }
    const isHex = /^([0-9a-f]{2})+$/i.test(aidHex);
    if (!isHex || aid.length < 5 || aid.length > 16) return "unknown";
    const brand = this.#aidBrand(this.#module.put(aid), aid.length);
    return BRANDS[brand];
  }

  /** Whether `brand` takes offline payments at a terminal in `country` (alpha-2, any case). */
  canOperateOffline(brand: Brand, country: string): boolean {
    const numeric = countryNumeric(country);
    if (numeric === undefined) {
      throw bindingFailure(
        "EMV_REQUEST",
        "country must be an ISO alpha-2 code",
        {
          field: "country",
          details: { at: EMV_REQUEST_COUNTRY },
        },
      );
    }
    const code = this.#networkCode(BRANDS.indexOf(brand), numeric);
    return code === EMV_CODE_ACCEPTED;
  }

  /**
   * The applications of a co-badged card that may be selected, in the card's order.
   *
   * The cryptogram is bound to the application, so the international scheme must be chosen here,
   * at selection; a record captured over a domestic AID is refused later, never re-labelled.
   *
   * @param aids      Candidate AIDs, hex, in the order of the card's priority.
   * @param isOffline Whether the sale will be stored; online nothing is left out.
   * @param country   The terminal's country, alpha-2.
   */
  filterCandidates(
    aids: readonly string[],
    isOffline: boolean,
    country: string,
  ): string[] {
    if (!isOffline) return [...aids];
    return aids.filter((aid) =>
      this.canOperateOffline(this.aidBrand(aid), country)
    );
  }

  /** How many messages from `start` on fit into one crossing; at least one. */
  #fitting(messages: readonly Uint8Array[], start: number): number {
    let bytes = 0;
    let count = 0;
    while (start + count < messages.length && count < EMV_BATCH_MAX) {
      const length = messages[start + count].length;
      if (length > BER_INPUT_BYTES_MAX) {
        throw bindingFailure(
          "EMV_BATCH",
          `expected at most ${BER_INPUT_BYTES_MAX} bytes, got ${length}`,
        );
      }
      bytes += EMV_REQUEST_BYTES + length;
      if (bytes > INPUT_BYTES) break;
      count++;
    }
    return count;
  }

  /** Places `count` messages and their requests, and decides about them in one crossing. */
  #run(
    messages: readonly Uint8Array[],
    requests: readonly DecisionRequest[],
    start: number,
    count: number,
  ): void {
    const { bytes, view, inputPointer, outputPointer } = this.#module;
    let at = count * EMV_REQUEST_BYTES;
    for (let index = 0; index < count; index++) {
      const record = inputPointer + index * EMV_REQUEST_BYTES;
      const message = messages[start + index];
      writeRequest(bytes, view, record, requests[start + index]);
      view.setUint32(record + EMV_REQUEST_MESSAGE, at, true);
      view.setUint32(record + EMV_REQUEST_LENGTH, message.length, true);
      bytes.set(message, inputPointer + at);
      at += message.length;
    }
    const status = count === 1
      ? this.#decide(
        inputPointer,
        inputPointer + EMV_REQUEST_BYTES,
        messages[start].length,
        outputPointer,
      )
      : this.#decideBatch(count);
    if (status < 0) throw statusFailure(status, this.#errorOffset());
  }
}
