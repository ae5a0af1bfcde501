import assert from "node:assert/strict";
import { test } from "node:test";
import { coreInstance } from "../../reference/core_instance.ts";
import { checkForgetting } from "../../reference/forgetting.ts";

test("memory after any call with a secret is the same whatever the secrets", () => {
  assert.equal(checkForgetting(coreInstance()), 20);
});
