/** The demo itself, small, on the runtime that runs this: a real kill in the middle. @module */
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { denoPath, run } from "../../scripts/_process.ts";

const RUNTIME = "deno" in process.versions ? "deno" : "node";

for (const seed of [1, 2]) {
  test(`the demo on ${RUNTIME} with seed ${seed} loses nothing and doubles nothing`, async () => {
    const { code, stdout, output } = await run(denoPath(), [
      ...["run", "-A", "--quiet", "scripts/demo/main.ts"],
      ...["--runtime", RUNTIME, "--payments", "24", "--kill-after", "11"],
      ...["--seed", String(seed)],
    ], { timeoutMs: 90_000 });
    assert.equal(code, 0, output);
    const figures = JSON.parse(stdout.trim().split("\n").at(-1)!);
    assert.ok(figures.accepted >= 24);
    assert.equal(figures.at_stripe + figures.declined, figures.accepted);
    assert.equal(figures.lost, 0);
    assert.equal(figures.duplicated, 0);
    assert.equal(figures.kills, 1);
    for (
      const error of [
        "STORE_KEY_MISMATCH",
        "STORE_IN_USE",
        "ACCOUNT_ID_MISMATCH_WHILE_FORWARDING",
      ]
    ) {
      assert.ok(stdout.includes(error), error);
    }
    assert.doesNotMatch(output, /4242424242424242/);
    assert.equal(output.includes("\u001b["), false, "no colours in a pipe");
  });
}

test("the demo with an impossible option says so and does nothing", async () => {
  const { code, output } = await run(denoPath(), [
    ...["run", "-A", "--quiet", "scripts/demo/main.ts", "--payments", "1"],
  ], { timeoutMs: 30_000 });
  assert.equal(code, 2);
  assert.match(output, /--payments expects an integer of 2\.\.2000, got 1/);
});
