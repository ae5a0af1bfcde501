/** The vectors, twins and scans of the sealing room bite: every seeded bug is noticed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CoreModule } from "../../bindings/core_module.ts";
import { CRYPTO_BUGS } from "./crypto_mutations.ts";
import { SAF1_BUGS } from "./saf1_mutations.ts";
import { checkCrypto, checkSaf1 } from "./seal_checks.ts";
import { compileBugs } from "./seeded_bugs.ts";

const BUGS = [...CRYPTO_BUGS, ...SAF1_BUGS];
const binary = await compileBugs(BUGS, "seal_exports");
const compiled = new WebAssembly.Module(binary as BufferSource);

function instance(bug: number): CoreModule {
  const module = new CoreModule(compiled);
  (module.exports.setMutant as (bug: number) => void)(bug);
  return module;
}

test("checkCrypto() and checkSaf1() pass the core without a seeded bug", () => {
  checkCrypto(instance(0));
  checkSaf1(instance(0));
});

BUGS.forEach(({ name }, index) => {
  const check = index < CRYPTO_BUGS.length ? checkCrypto : checkSaf1;
  test(`${check.name}() notices: ${name}`, () => {
    assert.throws(() => check(instance(index + 1)));
  });
});
