/**
 * One request line to one answer line.
 *
 * Owns: that every line gets exactly one answer and that no line ends the program. A trap of the
 * core is a bug; it is answered as `CORE_TRAP`, and the next request meets a fresh instance,
 * because nobody knows what a trap left behind.
 * @module
 */
import { HoldfastError } from "../../bindings/errors.ts";
import type { Operation } from "./crypto_operations.ts";
import { type Fields, RequestError, requestField } from "./fields.ts";

/** Every operation of one build by name. */
export type Operations = ReadonlyMap<string, Operation>;

/** Answers lines with the operations that `load` makes, anew after a trap. */
export class Answerer {
  readonly #load: () => Operations;
  #operations: Operations;

  constructor(load: () => Operations) {
    this.#load = load;
    this.#operations = load();
  }

  /**
   * The answer to one line, without its line feed; a promise only where the operation waits for
   * WebCrypto. Never throws.
   */
  answer(line: string): string | Promise<string> {
    let id: unknown = null;
    let op = "";
    try {
      const request = parseRequest(line);
      id = request.id ?? null;
      op = typeof request.op === "string" ? request.op : "";
      const operation = this.#operations.get(op);
      if (operation === undefined) {
        throw new RequestError(
          "REQUEST_OPERATION",
          "op must name an operation",
          "op",
        );
      }
      const ok = operation(request);
      return ok instanceof Promise
        ? ok.then(
          (later) => JSON.stringify({ id, ok: later }),
          (error) => this.#refuse(id, op, error),
        )
        : JSON.stringify({ id, ok });
    } catch (error) {
      return this.#refuse(id, op, error);
    }
  }

  #refuse(id: unknown, op: string, error: unknown): string {
    const described = this.#describe(op, error);
    try {
      return JSON.stringify({ id, error: described });
    } catch {
      // An id nested too deep to write.
      return JSON.stringify({ id: null, error: described });
    }
  }

  #describe(op: string, error: unknown): Record<string, unknown> {
    if (error instanceof RequestError) {
      return { code: error.code, field: error.field };
    }
    if (error instanceof HoldfastError) {
      const { code } = error;
      const field = error.field && requestField(op, error.field);
      // A header to seal is no bytes yet: an offset would be one into nothing that was sent.
      const offset = op === "saf1_seal" ? undefined : error.offset;
      // Absent members are left out by JSON.stringify.
      return { code, offset, field };
    }
    if (error instanceof RangeError || error instanceof TypeError) {
      return { code: "REQUEST_FIELD" };
    }
    this.#operations = this.#load();
    return { code: "CORE_TRAP" };
  }
}

function parseRequest(line: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new RequestError("REQUEST_JSON", "a line must be one JSON object");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new RequestError("REQUEST_JSON", "a line must be one JSON object");
  }
  return value as Fields;
}
