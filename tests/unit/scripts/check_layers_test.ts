import assert from "node:assert/strict";
import test from "node:test";
import {
  edgesOf,
  findCycle,
  findFaults,
  judgeEdge,
  roomOf,
} from "../../../scripts/check_layers.ts";

const right: [string, string][] = [
  ["core/tlv.ts", "core/abi.ts"],
  ["bindings/mod.ts", "bindings/_wasm/core.ts"],
  ["engine/seal.ts", "bindings/mod.ts"],
  ["engine/reader/payload.ts", "npm:cborg"],
  ["hosts/sqlite/store.ts", "engine/ports.ts"],
  ["hosts/posix/file.ts", "hosts/sqlite/vfs.ts"],
  ["hosts/posix/file.ts", "node:fs"],
  ["hosts/deno/mod.ts", "hosts/posix/file.ts"],
  ["hosts/node/mod.ts", "hosts/sqlite/store.ts"],
  ["hosts/browser/mod.ts", "hosts/sqlite/store.ts"],
  ["hosts/register/main.ts", "hosts/deno/mod.ts"],
  ["hosts/sandbox/mod.ts", "npm:stripe"],
  ["tests/unit/a_test.ts", "tests/reference/ber.ts"],
  ["tests/unit/a_test.ts", "scripts/test.ts"],
  ["bench/tlv_bench.ts", "hosts/node/mod.ts"],
  ["bench/tlv_bench.ts", "tests/reference/ber_reference.ts"],
  ["scripts/demo.ts", "hosts/sandbox/mod.ts"],
];

const wrong: [string, string, RegExp][] = [
  ["core/tlv.ts", "bindings/mod.ts", /core may import only itself/],
  ["core/tlv.ts", "npm:assemblyscript", /may not import the package/],
  ["bindings/mod.ts", "engine/errors.ts", /bindings may import only itself/],
  ["bindings/mod.ts", "core/abi.ts", /import bindings/],
  ["engine/a.ts", "hosts/deno/mod.ts", /engine may import only/],
  ["engine/a.ts", "node:fs", /may not use the runtime/],
  ["engine/a.ts", "npm:stripe", /may not import the package stripe/],
  ["hosts/deno/a.ts", "hosts/node/a.ts", /never import each other/],
  ["hosts/browser/a.ts", "hosts/deno/a.ts", /never import each other/],
  ["hosts/browser/a.ts", "hosts/posix/a.ts", /hosts\/browser may import only/],
  ["hosts/sqlite/a.ts", "hosts/posix/a.ts", /hosts\/sqlite may import only/],
  ["hosts/posix/a.ts", "hosts/deno/a.ts", /hosts\/posix may import only/],
  ["hosts/node/a.ts", "hosts/sandbox/a.ts", /hosts\/node may import only/],
  ["hosts/sandbox/a.ts", "scripts/test.ts", /a program may not import/],
  ["engine/a.ts", "tests/sim/clock.ts", /never imports its tests/],
  ["hosts/relay/a.ts", "tests/sim/clock.ts", /never imports its tests/],
  ["hosts/web/a.ts", "hosts/posix/a.ts", /hosts\/web may import only/],
  ["misc/a.ts", "engine/a.ts", /not a known room/],
];

for (const [source, target] of right) {
  test(`judgeEdge() accepts ${source} → ${target}`, () => {
    assert.equal(judgeEdge({ source, target }), null);
  });
}

for (const [source, target, reason] of wrong) {
  test(`judgeEdge() refuses ${source} → ${target}`, () => {
    assert.match(judgeEdge({ source, target }) ?? "", reason);
  });
}

test("judgeEdge() lets the engine use another party's types only as types", () => {
  const edge = { source: "engine/stripe/a.ts", target: "npm:stripe" };
  assert.equal(judgeEdge({ ...edge, isTypeOnly: true }), null);
  assert.match(judgeEdge(edge) ?? "", /may not import the package stripe/);
});

test("roomOf() takes two folders below hosts/ and one elsewhere", () => {
  assert.equal(roomOf("hosts/posix/deep/a.ts"), "hosts/posix");
  assert.equal(roomOf("engine/store/a.ts"), "engine");
});

test("edgesOf() reads own files, packages and type imports", () => {
  const graph = {
    modules: [
      {
        specifier: "file:///p/engine/a.ts",
        dependencies: [
          { specifier: "./b.ts", code: { specifier: "file:///p/engine/b.ts" } },
          {
            specifier: "../hosts/c.ts",
            type: { specifier: "file:///p/hosts/c.ts" },
          },
          { specifier: "@scope/x/y.js", code: { specifier: "file:///q.js" } },
          { specifier: "node:fs", code: { specifier: "node:fs" } },
        ],
      },
      {
        specifier: "file:///p/node_modules/x/a.js",
        dependencies: [
          { specifier: "./b.js", code: { specifier: "file:///p/b.js" } },
        ],
      },
    ],
  };
  assert.deepEqual(edgesOf(graph, "file:///p/").map(({ target }) => target), [
    "engine/b.ts",
    "hosts/c.ts",
    "npm:@scope/x",
    "node:fs",
  ]);
});

test("findCycle() names the rooms of a cycle between programs", () => {
  const edges = [
    { source: "hosts/relay/a.ts", target: "hosts/register/b.ts" },
    { source: "hosts/register/c.ts", target: "hosts/relay/d.ts" },
  ];
  assert.deepEqual(findCycle(edges), [
    "hosts/relay",
    "hosts/register",
    "hosts/relay",
  ]);
  assert.equal(findCycle(edges.slice(1)), null);
});

test("findFaults() reports each wrong edge once with its reason", () => {
  const faults = findFaults([
    { source: "engine/a.ts", target: "hosts/deno/mod.ts" },
    { source: "engine/a.ts", target: "bindings/mod.ts" },
  ]);
  assert.equal(faults.length, 1);
  assert.match(faults[0], /^engine\/a\.ts → hosts\/deno\/mod\.ts: /);
});
