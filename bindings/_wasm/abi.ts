// Generated from core/abi.ts by scripts/build_core.ts; do not edit.

/** Raised whenever a layout or a code changes meaning. */
export const ABI_VERSION = 1;
/** Bytes the host may place for one call; large enough for a batch of 128 messages of 512 B. */
export const INPUT_BYTES = 65536;
/** Bytes a call may return. */
export const OUTPUT_BYTES = 65536;
/** An argument is outside its documented range: a bug of the caller, not of the data. */
export const CORE_ERR_ARGUMENT = -1;
/** The result does not fit the output arena. */
export const CORE_ERR_OUTPUT_FULL = -2;

/** Name of every negative status. */
export const STATUS_NAMES: Readonly<Record<number, string>> = {
  [CORE_ERR_ARGUMENT]: "CORE_ERR_ARGUMENT",
  [CORE_ERR_OUTPUT_FULL]: "CORE_ERR_OUTPUT_FULL",
};
