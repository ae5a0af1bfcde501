/**
 * Decodes the nested form encoding of Stripe's v1 API: `a[b][c]=`, `a[0]=`.
 *
 * Owns: the limits of what is accepted. It knows nothing of any endpoint.
 * @module
 */
import { invalidParameter } from "./api_error.ts";

/** A decoded parameter: text, a list, or a record of parameters. */
export type FormValue = string | FormValue[] | FormRecord;
/** Decoded parameters by name. */
export interface FormRecord {
  [name: string]: FormValue;
}

// A request of this API has about 30 fields; the limits only stop abuse.
const MAX_PAIRS = 1000;
const MAX_DEPTH = 8;

/**
 * Returns the parameters of a query string or of a form body.
 *
 * @throws {ApiFailure} 400 when there are too many fields or levels, or when a
 *   name is used both as a value and as a record
 */
export function decodeForm(text: string): FormRecord {
  const form = emptyRecord();
  if (text === "") return form;
  const pairs = text.split("&");
  if (pairs.length > MAX_PAIRS) {
    throw invalidParameter("", `Too many parameters (${pairs.length}).`);
  }
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    const name = decodeText(at < 0 ? pair : pair.slice(0, at));
    const value = at < 0 ? "" : decodeText(pair.slice(at + 1));
    if (name !== "") assign(form, pathOf(name), value, name);
  }
  return listsOf(form) as FormRecord;
}

/** Returns the parameters in one fixed order, so that two calls compare. */
export function canonicalForm(value: FormValue): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalForm).join()}]`;
  const names = Object.keys(value).sort();
  const fields = names.map((name) =>
    `${JSON.stringify(name)}:${canonicalForm(value[name])}`
  );
  return `{${fields.join()}}`;
}

// Without a prototype, so that a field may be called `__proto__`.
function emptyRecord(): FormRecord {
  return Object.create(null) as FormRecord;
}

function decodeText(text: string): string {
  const spaced = text.includes("+") ? text.replaceAll("+", " ") : text;
  if (!spaced.includes("%")) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    throw invalidParameter("", "Invalid percent-encoding in the request.");
  }
}

function pathOf(name: string): string[] {
  const open = name.indexOf("[");
  if (open <= 0 || !name.endsWith("]")) return [name];
  const path = [name.slice(0, open)];
  path.push(...name.slice(open + 1, -1).split("]["));
  if (path.length > MAX_DEPTH) {
    throw invalidParameter(path[0], "Parameters are nested too deeply.");
  }
  return path;
}

function assign(
  form: FormRecord,
  path: string[],
  value: string,
  name: string,
): void {
  let record = form;
  for (const step of path.slice(0, -1)) {
    record[step] ??= emptyRecord();
    const next = record[step];
    if (typeof next === "string") {
      throw invalidParameter(name, `Invalid object: ${path[0]}`);
    }
    record = next as FormRecord;
  }
  const last = path[path.length - 1];
  // `a[]=x&a[]=y` appends.
  const key = last === "" ? String(Object.keys(record).length) : last;
  record[key] = value;
}

/** Turns records whose names are 0, 1, 2 … into lists, at every level. */
function listsOf(value: FormValue): FormValue {
  if (typeof value === "string") return value;
  const record = value as FormRecord;
  const names = Object.keys(record);
  for (const name of names) record[name] = listsOf(record[name]);
  const isList = names.length > 0 &&
    names.every((name, index) => name === String(index));
  return isList ? names.map((name) => record[name]) : record;
}
