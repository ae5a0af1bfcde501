/** What a browser runs instead of `node:fs`: the files that the site gives in one answer. @module */

const files: Record<string, string> = await (await fetch("/files.json")).json();

/** Text of a file of this project. */
export function readFileSync(path: string): string {
  if (!Object.hasOwn(files, path)) throw new Error(`${path} was not served`);
  return files[path];
}
