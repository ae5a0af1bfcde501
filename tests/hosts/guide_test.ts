/** The guide's code blocks, put together and run. @module */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { test } from "node:test";
import { ownConfig } from "../../scripts/_own_config.ts";
import { denoPath, run } from "../../scripts/_process.ts";
import { bundleForNode } from "../../scripts/bundle.ts";

const IS_DENO = "deno" in process.versions;
const PLACE = `.build/guide/${IS_DENO ? "deno" : "node"}.ts`;

/** What the page shows, as the test looks at it afterwards. */
interface Shown {
  first: { state: string; id: string | null; localId: string };
  refusal: string;
  lifted: { localId: string; state: string };
  paid: { state: string; id: string };
  captured: { state: string };
  refund: { amount: number };
  voided: { state: string };
  outcomes: string[];
  report: { disagreements: unknown[]; isComplete: boolean };
  close: { number: number };
  receipt: { merchant: { name: string } };
}

const NAMES = [
  "first, refusal, lifted, paid, captured, refund, voided",
  "outcomes, report, close, receipt",
].join(", ");

/** The program: the blocks in order, with the package's names as paths of this tree. */
function programOf(page: string): string {
  const { name, exports } = JSON.parse(readFileSync("deno.json", "utf8"));
  const blocks = [...page.matchAll(/^```ts\n([^]*?)^```$/gm)]
    .map(([, code]) => code);
  assert.ok(blocks.length > 8, "the page has lost its code");
  let program = blocks.join("\n");
  if (!IS_DENO) {
    // The page's own promise: only the entry's name changes.
    program = program.replaceAll(`${name}/deno`, `${name}/node`)
      .replaceAll("openDenoTerminal", "openNodeTerminal");
  }
  for (const [entry, path] of Object.entries(exports as object)) {
    program = program.replaceAll(
      `"${name}${entry.slice(1)}"`,
      `"${join("../..", path)}"`,
    );
  }
  const folder = mkdtempSync(join(tmpdir(), "holdfast-guide-"));
  return program.replace('"till.db"', JSON.stringify(join(folder, "till.db"))) +
    `\nexport { ${NAMES} };\n`;
}

test("the guide's program takes payments offline and ends with its books in order", async () => {
  mkdirSync(".build/guide", { recursive: true });
  writeFileSync(PLACE, programOf(readFileSync("docs/guide.md", "utf8")));
  if (IS_DENO) {
    // `.build/` is outside of the project's own configuration.
    const place = [...ownConfig("guide"), PLACE];
    const { code, output } = await run(denoPath(), ["check", "-q", ...place]);
    assert.equal(code, 0, output);
  }
  const path = IS_DENO ? resolve(PLACE) : await bundleForNode(PLACE);
  const shown = await import(pathToFileURL(path).href) as Shown;
  assert.deepEqual([shown.first.state, shown.first.id], ["stored", null]);
  assert.equal(shown.refusal, "AMOUNT_EXCEEDS_MAX_OFFLINE_AMOUNT");
  assert.equal(shown.lifted.state, "stored");
  assert.equal(shown.paid.state, "forwarded");
  assert.match(shown.paid.id, /^pi_/);
  assert.equal(shown.captured.state, "captured");
  assert.equal(shown.refund.amount, 1500);
  assert.equal(shown.voided.state, "canceled");
  assert.ok(
    shown.outcomes.includes(`${shown.first.localId} forwarded `),
    shown.outcomes.join("\n"),
  );
  assert.deepEqual(
    [shown.report.isComplete, shown.report.disagreements, shown.close.number],
    [true, [], 1],
  );
  assert.equal(shown.receipt.merchant.name, "Harbour Kiosk");
});
