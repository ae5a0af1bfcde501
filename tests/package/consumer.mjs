// What a stranger's program does with the installed package; runs under Node and under Deno.
import process from "node:process";
import { HoldfastError, loadCore } from "@holdfast/holdfast/core";

const runtime = process.argv[2];
const entries = [
  "@holdfast/holdfast",
  "@holdfast/holdfast/core",
  "@holdfast/holdfast/sandbox",
  "@holdfast/holdfast/testing",
  `@holdfast/holdfast/${runtime}`,
];
const exported = {};
for (const entry of entries) {
  exported[entry] = Object.keys(await import(entry)).length;
}

const core = await loadCore();
// EMV 4.4 Book 3, Annex A: amount authorised 12.50 and currency 978 inside a template.
const message = Uint8Array.from(
  [0x70, 0x0e, 0x9f, 0x02, 0x06, 0, 0, 0, 0, 0x12, 0x50]
    .concat([0x5f, 0x2a, 0x02, 0x09, 0x78]),
);
const tags = core.tlv.parse(message, "reader").map(({ tag }) => tag);
let refused = null;
try {
  core.tlv.parse(message.subarray(0, 9), "reader");
} catch (error) {
  refused = error instanceof HoldfastError ? error.code : String(error);
}
console.log(JSON.stringify({ exported, tags, refused }));
