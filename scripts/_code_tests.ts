/**
 * Which error codes are raised, and which tests see them raised.
 *
 * Owns: what counts. A code in quotes counts, in a test as in what is tested; one in a comment does
 * not, nor one of an error that a test makes by itself: that shows what is done with it, not that
 * anybody raises it. The core's codes arrive as numbers and are raised by its table.
 * @module
 */

/** Text of a file by its path. */
export type Sources = ReadonlyMap<string, string>;

/** Code → files in which it stands as an expectation, those of tests first. */
export function codeTests(
  codes: readonly string[],
  tests: Sources,
): Map<string, string[]> {
  const texts = [...tests].map(([path, text]) =>
    [path, withoutMade(withoutComments(text))] as const
  );
  return new Map(codes.map((code) => {
    const paths = texts.filter(([, text]) => text.includes(`"${code}"`))
      .map(([path]) => path);
    const rank = (path: string): number => path.endsWith("_test.ts") ? 0 : 1;
    return [code, paths.sort((left, right) => rank(left) - rank(right))];
  }));
}

/** Codes that stand nowhere but in their table: nobody raises them. */
export function unraisedCodes(
  codes: readonly string[],
  sources: Sources,
): string[] {
  const text = [...sources.values()].map(withoutComments).join("\n");
  return codes.filter((code) => !text.includes(`"${code}"`));
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(
    /^\s*\/\/.*$/gm,
    "",
  );
}

/** Without the codes of errors that are made right there. */
function withoutMade(text: string): string {
  return text.replaceAll(
    /\b(?:failure|HoldfastError)\(\s*"[A-Z][A-Z0-9_]*"/g,
    "",
  );
}
