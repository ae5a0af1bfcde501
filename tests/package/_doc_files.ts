/**
 * The files that a page of the documentation writes out.
 *
 * Owns: what counts as one. A code block whose first line is a comment with a path is that file;
 * whoever follows the page has the same bytes.
 * @module
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const BLOCK = /^```\w+\n([\s\S]*?)^```$/gm;
const NAME = /^(?:\/\/|<!--) ([\w./-]+\.\w+)(?: -->)?\n/;

/** Writes the files of `page` below `folder`; returns their paths. */
export function writeDocFiles(page: string, folder: string): string[] {
  const text = readFileSync(page, "utf8");
  return [...text.matchAll(BLOCK)].flatMap(([, body]) => {
    const named = body.match(NAME);
    if (named === null) return [];
    const path = join(folder, named[1]);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, body.slice(named[0].length));
    return [named[1]];
  });
}
