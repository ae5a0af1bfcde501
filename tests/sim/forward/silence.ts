/**
 * No answer at all, and one that is no better.
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

/** A 500 that is replayed for its key for ever. */
export const SAVED_500: Unavailable = {
  ...SILENCE,
  code: "server_error",
  isSaved: true,
  isAnswered: true,
};
