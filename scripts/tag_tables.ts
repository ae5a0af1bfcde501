/**
 * Both sides of the tag dictionary, as text.
 *
 * Owns: the record layout of `core/emv_tag_table.ts`.
 * @module
 */

/** Order is the number in the table; 0 is never a format. */
const FORMATS = ["", "a", "an", "ans", "b", "cn", "n", "var"];
const CLASSES = ["public", "chd", "sad", "sealed", "vendor", "pin"];

/** One line of the dictionary. */
export interface TagRow {
  tag: number;
  format: string;
  lengthMin: number;
  lengthMax: number;
  templates: string[];
  sensitivity: string;
  field: string | null;
  name: string;
}

/** Reads the dictionary; throws on a line that is not one. */
export function readTags(text: string): TagRow[] {
  const rows: TagRow[] = [];
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const cells = line.split("\t");
    const [tag, format, min, max, template, sensitivity, field, name] = cells;
    const row: TagRow = {
      tag: parseInt(tag, 16),
      format,
      lengthMin: Number(min),
      lengthMax: Number(max),
      templates: template === "-" ? [] : template.split(","),
      sensitivity,
      field: field === "-" ? null : field,
      name,
    };
    const isGood = cells.length === 8 && FORMATS.indexOf(format) > 0 &&
      CLASSES.includes(sensitivity) && row.lengthMin <= row.lengthMax &&
      row.lengthMax <= 255 && !rows.some((other) => other.tag === row.tag);
    if (!isGood) throw new Error(`not a dictionary line: ${line}`);
    rows.push(row);
  }
  return rows.sort((a, b) => a.tag - b.tag);
}

function wrap(cells: (string | number)[], perLine: number): string[] {
  const lines: string[] = [];
  for (let at = 0; at < cells.length; at += perLine) {
    lines.push("  " + cells.slice(at, at + perLine).join(", ") + ",");
  }
  return lines;
}

/** The AssemblyScript side: numbers only. */
export function coreTable(rows: TagRow[]): string {
  const fields = rows.filter((row) => row.field !== null);
  const records = rows.flatMap((row) => {
    const field = row.field === null ? 0 : fields.indexOf(row) + 1;
    const shape = FORMATS.indexOf(row.format) |
      (CLASSES.indexOf(row.sensitivity) << 4);
    const hex = row.tag.toString(16).toUpperCase();
    const word = row.lengthMin | (row.lengthMax << 8) | (shape << 16) |
      (field << 24);
    return [`0x${hex}`, `0x${(word >>> 0).toString(16)}`];
  });
  const slots: number[] = new Array(512).fill(255);
  rows.forEach((row, index) => {
    const slot = row.tag < 0x100
      ? row.tag
      : row.tag >>> 7 === 0x5f00 >>> 7
      ? 256 + (row.tag & 0x7f)
      : row.tag >>> 7 === 0x9f00 >>> 7
      ? 384 + (row.tag & 0x7f)
      : -1;
    if (slot >= 0) slots[slot] = index;
  });
  const rest = rows.findIndex((row) => row.tag > 0x9f7f);
  const out = [
    "// Generated from scripts/emv_tags.tsv by scripts/gen_tags.ts; do not edit.",
    "//",
    "// One record, 8 bytes:   0      4          5          6               7      8",
    "//                        | tag  | shortest | longest  | class, format | field |",
    "",
    "export const TAG_RECORDS: usize = memory.data<u32>([",
    ...wrap(records, 8),
    "]);",
    `export const TAG_COUNT: u32 = ${rows.length};`,
    "/** First record that no slot leads to: tags above 9F7F, found by search. */",
    `export const TAG_REST: u32 = ${rest};`,
    "",
    "/** Record number by tag, 255 for none: 0..255 one byte, 256.. 5Fxx, 384.. 9Fxx. */",
    "export const TAG_SLOTS: usize = memory.data<u8>([",
    ...wrap(slots, 24),
    "]);",
    "",
    ...FORMATS.slice(1).map((name, index) =>
      `export const FORMAT_${name.toUpperCase()}: u32 = ${index + 1};`
    ),
    ...CLASSES.map((name, index) =>
      `export const CLASS_${name.toUpperCase()}: u32 = ${index};`
    ),
    "",
    ...fields.map((row, index) =>
      `export const FIELD_${row.field}: u32 = ${index + 1}; // ${
        row.tag.toString(16).toUpperCase()
      }`
    ),
    `export const FIELD_COUNT: u32 = ${fields.length + 1};`,
    "",
  ];
  return out.join("\n");
}

/** The TypeScript side: everything a person wants to read. */
export function bindingTable(rows: TagRow[]): string {
  return [
    "// Generated from scripts/emv_tags.tsv by scripts/gen_tags.ts; do not edit.",
    "// tag, format, shortest, longest, templates, sensitivity, decides, name",
    "/** Rows of the tag dictionary, ascending by tag; `bindings/emv_tags.ts` reads them. */",
    "export const TAG_ROWS: readonly (readonly [",
    "  tag: number, format: string, lengthMin: number, lengthMax: number,",
    "  templates: string, sensitivity: string, decides: boolean, name: string,",
    "])[] = [",
    ...rows.map((row) =>
      "  " + JSON.stringify([
        row.tag,
        row.format,
        row.lengthMin,
        row.lengthMax,
        row.templates.join(" "),
        row.sensitivity,
        row.field !== null,
        row.name,
      ]) + ","
    ),
    "];",
    "",
  ].join("\n");
}
