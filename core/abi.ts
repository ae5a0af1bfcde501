// The one source of every number that crosses the WASM boundary.
//
// Owns: arena capacities, record layouts, status codes, enumerations. The build generates
// `bindings/_wasm/abi.ts` from this file, so no number is typed twice; a start-up check
// compares ABI_VERSION on both sides. Every line is `export const NAME: i32 = <expression>;`
// and the generator reads nothing else. Convention for results: negative is a status
// (`*_ERR_*`), zero or positive is a count or a length.

/** Raised whenever a layout or a code changes meaning. */
export const ABI_VERSION: i32 = 1;

// --- Arenas -----------------------------------------------------------------------------
/** Bytes the host may place for one call; large enough for a batch of 128 messages of 512 B. */
export const INPUT_BYTES: i32 = 65536;
/** Bytes a call may return. */
export const OUTPUT_BYTES: i32 = 65536;

// --- Status codes, general (-1 … -19) ---------------------------------------------------
/** An argument is outside its documented range: a bug of the caller, not of the data. */
export const CORE_ERR_ARGUMENT: i32 = -1;
/** The result does not fit the output arena. */
export const CORE_ERR_OUTPUT_FULL: i32 = -2;
