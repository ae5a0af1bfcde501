/**
 * Bugs on purpose: each one is in the core for the time of a test and must be noticed.
 *
 * Owns: one module that contains a whole list of bugs behind a switch, so that a single compilation
 * serves the list. Bug 0 is none. The lists are in `*_mutations.ts`.
 */
import asc from "assemblyscript/asc";
import { readFileSync } from "node:fs";

/** A bug: an expression or whole statements of the core, and what stands there instead. */
export interface SeededBug {
  readonly name: string;
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly good: string;
  readonly bad: string;
}

/**
 * The module of one room with every bug behind `setMutant(number)`; numbers count from 1.
 *
 * @param exports The file of `core/` that lists the room's exports.
 */
export async function compileBugs(
  bugs: readonly SeededBug[],
  exports = "tlv_exports",
): Promise<Uint8Array> {
  let binary: Uint8Array | null = null;
  const virtual: Record<string, string> = {
    "core/mutant.ts": "export let mutant: u32 = 0;\n" +
      "export function setMutant(bug: u32): void { mutant = bug; }\n",
    "core/mutant_entry.ts": 'import { ABI_VERSION } from "./abi";\n' +
      'export { inputPointer, outputPointer, wipe } from "./arena";\n' +
      `export * from "./${exports}";\n` +
      'export { setMutant } from "./mutant";\n' +
      "export function abiVersion(): i32 { return ABI_VERSION; }\n",
  };
  const read = (name: string): string | null => {
    if (name in virtual) return virtual[name];
    let text: string;
    try {
      text = readFileSync(name, "utf8");
    } catch {
      return null;
    }
    const own = bugs.filter(({ file }) => name === `core/${file}.ts`);
    for (const bug of own) text = switched(text, bug, bugs.indexOf(bug) + 1);
    if (own.length === 0) return text;
    return 'import { mutant } from "./mutant";\n' + text;
  };
  const { error, stderr } = await asc.main(
    [
      "core/mutant_entry.ts",
      "--outFile",
      "out.wasm",
      "-O1",
      "--runtime",
      "stub",
      "--use",
      "abort=",
      "--initialMemory",
      "8",
    ],
    {
      readFile: (name: string) => read(name.replace(/^\.\//, "")),
      writeFile: (name: string, contents: Uint8Array | string) => {
        if (name.endsWith(".wasm")) binary = contents as Uint8Array;
      },
      listFiles: () => [],
    },
  );
  if (error || binary === null) {
    throw new Error(`the seeded core does not compile\n${stderr.toString()}`);
  }
  return binary;
}

/** Puts good and bad side by side, chosen by the switch. */
function switched(text: string, bug: SeededBug, number: number): string {
  if (text.split(bug.good).length !== 2) {
    throw new Error(`"${bug.good}" must occur once in core/${bug.file}.ts`);
  }
  return text.replace(bug.good, () => both(bug, number));
}

function both({ good, bad }: SeededBug, number: number): string {
  const isOn = `mutant == ${number}`;
  if (good.endsWith(";")) return `if (${isOn}) { ${bad} } else { ${good} }`;
  // What follows the expression, an operator or a comment, stays outside.
  const [, left, tail] = good.match(/^(.*?)( \|\||;[^]*| \?)?$/s)!;
  const [, right] = bad.match(/^(.*?)( \|\||;[^]*| \?)?$/s)!;
  const assignment = left.match(/^(\w+) = (.*)$/);
  if (assignment !== null) {
    const value = right.replace(/^\w+ = /, "");
    return `${assignment[1]} = ${isOn} ? ${value} : ${assignment[2]}` +
      (tail ?? "");
  }
  return `(${isOn} ? (${right}) : (${left}))${tail ?? ""}`;
}
