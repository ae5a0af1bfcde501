/** The demo itself, small, on the runtime that runs this: a real kill in the middle. @module */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
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

test("the demo ended by hand says so by its status and leaves no folder", async () => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-demo-test-"));
  const child = spawn(
    denoPath(),
    ["run", "-A", "--quiet", "scripts/demo/main.ts", "--payments", "2000"],
    {
      env: { ...process.env, TMPDIR: folder, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const ended = once(child, "close");
  const lines = createInterface({ input: child.stdout });
  await new Promise<void>((resolve, reject) => {
    lines.on("line", (line) => line.includes("accepted") && resolve());
    lines.on("close", () => reject(new Error("it ended before it sold")));
  });
  assert.notDeepEqual(readdirSync(folder), []);
  child.kill("SIGINT");
  const [code, signal] = await ended;
  // Deno tells a parent of status 130 as if the signal itself had ended the child.
  assert.ok(code === 130 || signal === "SIGINT", `${code} ${signal}`);
  assert.deepEqual(readdirSync(folder), []);
  rmSync(folder, { recursive: true });
});
