/**
 * Checks the failure table of `docs/reliability.md` against the tests.
 *
 * Owns: what makes a row of it true. It says what goes wrong, what holds and where that is shown;
 * each link's text begins a test's name in the file it leads to, `…` standing for what is made up
 * as the test runs; the test is not skipped, and runs under both runtimes or in the browser. The
 * checks of a contract count when somebody runs the contract.
 * @module
 */
import { join } from "node:path";
import { testsOf, type TestTree } from "./_parity.ts";

/** The heading of the table's section. */
const HEADING = "## The failure table";

/** Where the tests are, and who runs a contract. */
export interface FailureTree extends TestTree {
  /** Whether another test, or the contract it is part of, imports the file. */
  isRun(path: string): boolean;
}

/** Rows of the table, each as its cells; empty when there is no table. */
export function failureRows(page: string): string[][] {
  const section = page.split(`${HEADING}\n`)[1]?.split("\n## ")[0] ?? "";
  const lines = section.split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) =>
    line.slice(1, -1).split("|").map((cell) => cell.trim())
  );
}

/** Everything wrong with the table of `page`, which stands in `folder`. */
export function failureFaults(
  page: string,
  folder: string,
  tree: FailureTree,
): string[] {
  const rows = failureRows(page);
  if (rows.length === 0) return [`there is no table under "${HEADING}"`];
  const seen = new Set<string>();
  return rows.flatMap((cells) => {
    const [trouble] = cells;
    const faults = rowFaults(cells, folder, tree);
    if (seen.has(trouble)) faults.push("stands twice");
    seen.add(trouble);
    return faults.map((fault) => `"${trouble}": ${fault}`);
  });
}

function rowFaults(
  cells: readonly string[],
  folder: string,
  tree: FailureTree,
): string[] {
  if (cells.length !== 3) return [`has ${cells.length} cells, not three`];
  const [, holds, shown] = cells;
  const links = [...shown.matchAll(/\[([^\]]+)\]\(([^)]+)\)/g)];
  return [
    ...(holds === "" ? ["does not say what holds"] : []),
    ...(links.length === 0 ? ["no test is named"] : []),
    ...links.flatMap(([, name, target]) =>
      linkFaults(name, join(folder, target), tree)
    ),
  ];
}

function linkFaults(name: string, path: string, tree: FailureTree): string[] {
  const source = tree.read(path);
  if (source === null) return [`${path} does not exist`];
  const faults: string[] = [];
  const isContract = !path.endsWith("_test.ts");
  if (isContract && !tree.isRun(path)) faults.push(`nobody runs ${path}`);
  const runtimes = isContract ? ["deno", "node"] : tree.runtimes(path);
  const isEverywhere = runtimes.length === 2 ||
    path.startsWith("tests/browser/");
  if (!isEverywhere) faults.push(`${path} runs on ${runtimes.join()} only`);
  const found = testsOf(source).filter((it) => isBegunBy(it.name, name));
  if (found.length === 0) faults.push(`${path} has no test "${name}"`);
  else if (found.every(({ isSkipped }) => isSkipped)) {
    faults.push(`"${name}" is skipped`);
  }
  return faults;
}

/** Whether a written name, a template perhaps, begins as the link says. */
function isBegunBy(written: string, linked: string): boolean {
  const plain = written.replaceAll(/\$\{[^}]*\}/g, "…");
  const pieces = linked.split("…")
    .map((piece) => piece.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${pieces.join(".*")}`).test(plain);
}
