/**
 * What one row of the parity table says.
 * @module
 */

/** A test: file below `tests/` without `_test.ts`, and its exact name. */
export type TestLink = readonly [file: string, name: string];

/** One documented behaviour of Stripe Terminal's offline mode, and what we do. */
export interface ParityRow {
  behaviour: string;
  /** `shown`: the same, shown by the tests; `differs`: on purpose; `missing`: not built. */
  standing: "shown" | "differs" | "missing";
  /** Why it differs or is missing; for a shown row a remark, or empty. */
  note: string;
  tests: readonly TestLink[];
}

/** Rows that belong together. */
export interface ParitySection {
  title: string;
  rows: readonly ParityRow[];
}

/** The same as documented, shown by these tests. */
export function shown(
  behaviour: string,
  ...tests: readonly TestLink[]
): ParityRow {
  return { behaviour, standing: "shown", note: "", tests };
}

/** Other than documented, on purpose, shown by these tests. */
export function differs(
  behaviour: string,
  note: string,
  ...tests: readonly TestLink[]
): ParityRow {
  return { behaviour, standing: "differs", note, tests };
}

/** Not built. */
export function missing(behaviour: string, note: string): ParityRow {
  return { behaviour, standing: "missing", note, tests: [] };
}
