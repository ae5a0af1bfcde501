/**
 * Finds what is exported for nobody.
 *
 * Owns: the rule that a value another file does not name is not exported: whoever reads the file
 * then knows that nothing outside depends on it. It goes by words, so a name that several files
 * use for different things hides one of them. Types and classes are left alone: they belong to the
 * functions that take or return them. So is what a module hands on with `export *`, which is public.
 * @module
 */
import { dirname, join } from "node:path/posix";

const EXPORT =
  /^export (?:async )?(?:function\*?|const|let) ([A-Za-z_$][\w$]*)/gm;
const HANDED_ON = /^export \* from "(\.[^"]*)"/gm;

/**
 * Names the exports that no other file uses, one line each.
 *
 * @param files  Texts by path, all that may use one.
 * @param isUsed Paths whose exports are for users outside, and `path name` of what is used unnamed.
 */
export function unusedExports(
  files: ReadonlyMap<string, string>,
  isUsed: ReadonlySet<string> = new Set(),
): string[] {
  const handedOn = new Set(isUsed);
  const users = new Map<string, Set<string>>();
  for (const [path, text] of files) {
    for (const [, target] of text.matchAll(HANDED_ON)) {
      handedOn.add(join(dirname(path), target));
    }
    for (const [word] of text.matchAll(/[A-Za-z_$][\w$]*/g)) {
      const known = users.get(word);
      if (known === undefined) users.set(word, new Set([path]));
      else known.add(path);
    }
  }
  return [...files].filter(([path]) => !handedOn.has(path))
    .flatMap(([path, text]) =>
      [...text.matchAll(EXPORT)].map(([, name]) => name)
        .filter((name) =>
          users.get(name)!.size === 1 && !isUsed.has(`${path} ${name}`)
        )
        .map((name) => `${path}: nothing outside uses ${name}`)
    );
}
