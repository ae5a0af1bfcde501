/**
 * Which error codes are raised, and which tests see them raised.
 *
 * Owns: what counts. In a test a code counts where it is expected: as the `code` an assertion
 * compares, anywhere in the arguments of an assertion, or in a table with a column `code`. One in
 * a comment does not, nor a mention in a list or a fixture, nor one of an error that a test makes
 * by itself: that shows what is done with it, not that anybody raises it. The core's codes arrive
 * as numbers and are raised by its table.
 * @module
 */

/** Text of a file by its path. */
export type Sources = ReadonlyMap<string, string>;

/**
 * Helpers of the tests that assert a code, and makers of an expected result. The first must throw
 * when the code is another one.
 */
const HELPERS: readonly string[] = ["assertCode", "refused", "broken"];

/** How far before a code its assertion may begin; a table of expectations may be long. */
const REACH = 4_000;

/** Code → files in which it stands as an expectation, those of tests first. */
export function codeTests(
  codes: readonly string[],
  tests: Sources,
): Map<string, string[]> {
  const texts = [...tests].map(([path, text]) =>
    [path, withoutMade(withoutComments(text))] as const
  );
  return new Map(codes.map((code) => {
    const paths = texts.filter(([, text]) => isExpected(text, `"${code}"`))
      .map(([path]) => path);
    const rank = (path: string): number => path.endsWith("_test.ts") ? 0 : 1;
    return [code, paths.sort((left, right) => rank(left) - rank(right))];
  }));
}

function isExpected(text: string, quoted: string): boolean {
  for (
    let at = text.indexOf(quoted);
    at >= 0;
    at = text.indexOf(quoted, at + 1)
  ) {
    const before = text.slice(Math.max(0, at - REACH), at);
    if (/\bcode\??:\s*$|\bcode\s*===\s*$/.test(before)) return true;
    const openers = openersOf(before);
    if (openers.some(isAssertion)) return true;
    const isInTable = openers[0]?.kind === "[" && hasCodeColumn(text);
    if (isInTable) return true;
  }
  return false;
}

interface Opener {
  kind: string;
  /** What stands before it: the name of what is called. */
  callee: string;
}

/** Brackets that are open at the end of `before`, the innermost first. */
function openersOf(before: string): Opener[] {
  const plain = before.replaceAll(
    /"(?:[^"\\\n]|\\.)*"/g,
    (it) => " ".repeat(it.length),
  );
  const openers: Opener[] = [];
  let closed = 0;
  for (let at = plain.length - 1; at >= 0; at--) {
    const char = plain[at];
    if (")]}".includes(char)) closed++;
    else if ("([{".includes(char) && closed > 0) closed--;
    else if ("([{".includes(char)) {
      const callee = /([\w.]+)\s*$/.exec(plain.slice(0, at))?.[1] ?? "";
      openers.push({ kind: char, callee });
    }
  }
  return openers;
}

function isAssertion({ kind, callee }: Opener): boolean {
  if (kind !== "(") return false;
  return /^assert(\.(?!not|doesNot)\w+)?$/.test(callee) ||
    HELPERS.includes(callee);
}

/** Whether the file has a table whose rows name a code, which is then compared. */
function hasCodeColumn(text: string): boolean {
  return /\bconst \[[^\]]*\bcode\b[^\]]*\]\s+of\b|\[[^\]]*\bcode: string\b[^\]]*\]\[\]/
    .test(text);
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
