/**
 * No answer at all.
 * @module
 */
import type { Unavailable } from "../../../engine/gateway.ts";

/** What a gateway says when nothing came back: the request may have been executed. */
export const SILENCE: Unavailable = {
  kind: "unavailable",
  code: "connection",
  mayHaveExecuted: true,
  isSaved: false,
  isAnswered: false,
  retryAfterMs: null,
};
