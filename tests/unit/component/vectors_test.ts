/** Project Wycheproof's vectors over the component boundary. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compileComponentCore } from "../../../scripts/component/compile.ts";
import { ComponentCrypto } from "../../../scripts/component/crypto_face.ts";
import { loadComponent } from "../../../scripts/component/load.ts";
import { WYCHEPROOF } from "../../reference/wycheproof.ts";

const { component } = loadComponent(
  new WebAssembly.Module(await compileComponentCore()),
);

test("crypto of the component answers every Wycheproof case", () => {
  const crypto = new ComponentCrypto(component);
  const counts = Object.values(WYCHEPROOF).map((run) => run(crypto));
  assert.deepEqual(counts, [518, 300, 174, 105]);
});
