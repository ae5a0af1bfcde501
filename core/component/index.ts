// Exports of the component: one file an interface of core/wit/. The build gives them their
// canonical names (`holdfast:core/tlv@0.1.0#parse`), which AssemblyScript cannot spell.
export { cabiRealloc, postReturn } from "./memory";
export * from "./crypto";
export * from "./emv";
export * from "./order";
export * from "./seal";
export { dolBuild, dolParse, index, parse } from "./tlv";
