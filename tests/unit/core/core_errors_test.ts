/** Errors of the core that no other story raises. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { STATUS_NAMES } from "../../../bindings/_wasm/abi.ts";
import { orderExports } from "../../../bindings/_order_exports.ts";
import { statusFailure } from "../../../bindings/error_codes.ts";
import { loadCore } from "../../../bindings/mod.ts";
import { OrderCore } from "../../../bindings/order.ts";
import { coreInstance } from "../../reference/core_instance.ts";

test("loadCore() of a module of another version throws CORE_ABI_MISMATCH", async () => {
  // (module (func (export "abiVersion") (result i32) i32.const 0)), assembled by hand.
  const name = [..."abiVersion"].map((it) => it.charCodeAt(0));
  const bytes = Uint8Array.of(
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[1, 5, 1, 0x60, 0, 1, 0x7f],
    ...[3, 2, 1, 0],
    ...[7, name.length + 4, 1, name.length, ...name, 0, 0],
    ...[10, 6, 1, 4, 0, 0x41, 0, 0x0b],
  );
  await assert.rejects(loadCore(bytes), { code: "CORE_ABI_MISMATCH" });
});

test("parse() of too deep a nesting throws BER_DEPTH, of a status word BER_STATUS_WORD", async () => {
  const core = await loadCore();
  let nested = Uint8Array.of(0x9f, 0x02, 1, 0);
  for (let depth = 0; depth < 9; depth++) {
    nested = Uint8Array.of(0x70, nested.length, ...nested);
  }
  assert.throws(() => core.tlv.parse(nested, "card"), { code: "BER_DEPTH" });
  const answered = Uint8Array.of(0x50, 1, 0x41, 0x90, 0x00);
  assert.throws(() => core.tlv.parse(answered, "card"), {
    code: "BER_STATUS_WORD",
  });
});

test("statusFailure() makes a typed error with a remedy of every status of the core", () => {
  for (const [status, name] of Object.entries(STATUS_NAMES)) {
    if (Number(status) >= 0) continue;
    const error = statusFailure(Number(status), 3);
    assert.equal(error.code, name.replace("_ERR_", "_"));
    assert.doesNotMatch(error.remedy, /status of the core/);
  }
});

test("statusFailure() of what a broken caller of the core brings about names it", () => {
  // The bindings keep handles and order themselves: only the exports can be called like this.
  const module = coreInstance();
  const order = orderExports(module);
  const code = (status: number): string => statusFailure(status, 0).code;
  const add = (handle: number): number =>
    order.orderAdd(handle, 0, 1, 0, 0, 0, 0, 0, Infinity);
  assert.equal(code(add(0)), "ORDER_NOT_READY");
  assert.equal(code(order.orderDone(0)), "ORDER_NOT_READY");
  new OrderCore(module, { capacity: 2, nowMs: 0 });
  assert.equal(code(add(2)), "ORDER_HANDLE");
  assert.equal(code(order.orderDone(0)), "ORDER_HANDLE_FREE");
  assert.equal(add(0), 0);
  assert.equal(code(add(0)), "ORDER_HANDLE_USED");
});
