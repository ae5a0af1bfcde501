/**
 * Loads one test file under Deno and adds the guard that `deno test` lacks.
 *
 * Deno 2.9.6 ends with status 0 when a module that registered `node:test` tests throws while
 * loading, and when an error or a rejection arrives after its test has ended (seen with a
 * three-line file each). The guard turns both into a failing test. Remove it when
 * `deno test` reports them itself; `test_run_test.ts` says when.
 * @module
 */
import { resolve } from "node:path";
import process from "node:process";
import test from "node:test";
import { pathToFileURL } from "node:url";
import { GUARD } from "./_test_reports.ts";

const late: unknown[] = [];
addEventListener("error", (event) => late.push(event.error));
addEventListener("unhandledrejection", (event) => late.push(event.reason));

const file = process.env.HOLDFAST_TEST_FILE;
try {
  if (!file) throw new Error("HOLDFAST_TEST_FILE names no file");
  await import(pathToFileURL(resolve(file)).href);
} catch (error) {
  late.push(error);
}

test(GUARD, () => {
  if (late.length > 0) throw late[0];
});
