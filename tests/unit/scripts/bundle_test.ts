import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { run } from "../../../scripts/_process.ts";
import { bundleForNode } from "../../../scripts/bundle.ts";

const folder = `.build/bundle-${process.pid}`;

// The text is split so that bundling this test leaves it alone.
test("bundleForNode() makes a program Node 20 runs, its packages resolved", async () => {
  mkdirSync(folder, { recursive: true });
  const program = `${folder}/program.ts`;
  writeFileSync(
    `${folder}/part.ts`,
    `export const isMain = import.meta.${"main"};`,
  );
  writeFileSync(
    program,
    `import { encode } from "cborg";
    import { isMain } from "./part.ts";
    const bytes: Uint8Array = encode({ a: 1 });
    if (import.meta.${"main"}) console.log(bytes.length, isMain);`,
  );
  try {
    // Twice at once: neither may see the other's half-written bundle.
    const paths = await Promise.all([
      bundleForNode(program),
      bundleForNode(program),
    ]);
    assert.equal(paths[0], paths[1]);
    const { code, stdout, output } = await run("node", [paths[0]]);
    assert.equal(code, 0, output);
    assert.equal(stdout, "4 false\n");
    rmSync(paths[0]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
