/**
 * The readable twin of `core/dol.ts`.
 *
 * Owns: an independent statement of reading a list and of EMV 4.4 Book 3 §5.4.
 */
import { TAG_ROWS } from "../../bindings/_wasm/emv_tags.ts";
import { referenceParse } from "./ber_reference.ts";

/** Entries, or the status and offset of the refusal. */
export type ReferenceDol =
  | {
    readonly status: "ok";
    readonly entries: { tag: number; offset: number; length: number }[];
  }
  | {
    readonly status: string;
    readonly offset: number;
    readonly entries: null;
  };

/** Reads a list the slow way. */
export function referenceDol(list: Uint8Array): ReferenceDol {
  const refuse = (status: string, offset: number): ReferenceDol => ({
    status,
    offset,
    entries: null,
  });
  if (list.length > 252) return refuse("DOL_ERR_TOO_LONG", 252);
  const entries = [];
  let at = 0;
  while (at < list.length) {
    let end = at + 1;
    if ((list[at] & 0x1f) === 0x1f) {
      do {
        if (end - at === 4) return refuse("DOL_ERR_TAG_TOO_LONG", at);
        if (end === list.length) return refuse("DOL_ERR_TAG_TRUNCATED", at);
        end++;
      } while (list[end - 1] >= 0x80);
    }
    if (end === list.length) return refuse("DOL_ERR_LENGTH_MISSING", end);
    const tag = [...list.slice(at, end)].reduce((t, b) => t * 256 + b, 0);
    entries.push({ tag, offset: at, length: list[end] });
    at = end + 1;
  }
  return { status: "ok", entries };
}

/** Builds the data a list asks for, or gives the status of the refusal. */
export function referenceDolBuild(
  list: Uint8Array,
  data: Uint8Array,
): string | number[] {
  const dol = referenceDol(list);
  if (dol.entries === null) return dol.status;
  const parsed = referenceParse(data, "reader");
  if (parsed.nodes === null) return parsed.status;
  const built: number[] = [];
  for (const { tag, length } of dol.entries) {
    if (built.length + length > 252) return "DOL_ERR_RESULT_TOO_LONG";
    const node = parsed.nodes.find((candidate) => candidate.tag === tag);
    if (node === undefined || node.isConstructed) {
      built.push(...new Array(length).fill(0));
      continue;
    }
    const format = TAG_ROWS.find((row) => row[0] === tag)?.[1] ?? "b";
    const end = node.valueOffset + node.length;
    const value = [...data.slice(node.valueOffset, end)];
    if (format === "n") {
      while (value.length < length) value.unshift(0);
      built.push(...value.slice(value.length - length));
    } else {
      while (value.length < length) value.push(format === "cn" ? 0xff : 0);
      built.push(...value.slice(0, length));
    }
  }
  return built;
}
