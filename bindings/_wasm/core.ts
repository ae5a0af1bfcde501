// Generated from core/ by scripts/build_core.ts; do not edit.
/** SHA-256 of the sources in core/. */
export const SOURCE_HASH = "5ab0b738d3bcaa3ea96040c3896f10d8639ac0988223fbb8a7807f6d242b4857";
/** Compiler that made these bytes. */
export const COMPILER = "assemblyscript 0.28.20";
/** The module, base64. */
export const CORE_WASM_BASE64 = [
  "AGFzbQEAAAABCgJgAAF/YAJ/fwADBQQAAQAABQUBAQiAAgc9BQphYmlWZXJzaW9uAAAMaW5wdXRQb2ludGVyAAMNb3V0cHV0",
  "UG9pbnRlcgACBHdpcGUAAQZtZW1vcnkCAApDBAQAQQELLwBBgAhBAEGAgAQgACAAQYCABE8b/AsAQYCIBEEAQYCABCABIAFB",
  "gIAETxv8CwALBgBBgIgECwUAQYAICw==",
].join("");
