/**
 * Generates both sides of the tag dictionary from `scripts/emv_tags.tsv`.
 *
 * `--check` compares with what is committed.
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { bindingTable, coreTable, readTags } from "./tag_tables.ts";

if (import.meta.main) {
  const rows = readTags(readFileSync("scripts/emv_tags.tsv", "utf8"));
  const made: Record<string, string> = {
    "core/emv_tag_table.ts": coreTable(rows),
    "bindings/_wasm/emv_tags.ts": bindingTable(rows),
  };
  for (const [path, text] of Object.entries(made)) {
    if (!process.argv.includes("--check")) {
      writeFileSync(path, text);
    } else if (readFileSync(path, "utf8") !== text) {
      console.error(`${path} is old; run scripts/gen_tags.ts`);
      process.exit(1);
    }
  }
  console.log(`${rows.length} tags`);
}
