/**
 * Generates both sides of the tag dictionary from `scripts/emv_tags.tsv`.
 *
 * `--check` compares with what is committed.
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import { readArguments, runCommand } from "../hosts/posix/command.ts";
import { bindingTable, coreTable, readTags } from "./tag_tables.ts";

const HELP = `Usage: scripts/gen_tags.ts [--check]

  --check   compares with what is committed, and writes nothing`;

function main(args: string[]): number {
  const values = readArguments(args, HELP, {
    check: { type: "boolean", default: false },
  });
  if (values === null) return 0;
  const rows = readTags(readFileSync("scripts/emv_tags.tsv", "utf8"));
  const made: Record<string, string> = {
    "core/emv_tag_table.ts": coreTable(rows),
    "bindings/_wasm/emv_tags.ts": bindingTable(rows),
  };
  const differing = Object.entries(made)
    .filter(([path, text]) => readFileSync(path, "utf8") !== text);
  for (const [path, text] of differing) {
    if (values.check) console.error(`${path} is old; run scripts/gen_tags.ts`);
    else writeFileSync(path, text);
  }
  console.log(
    JSON.stringify({ tags: rows.length, differing: differing.length }),
  );
  return values.check && differing.length > 0 ? 1 : 0;
}

if (import.meta.main) await runCommand(main);
