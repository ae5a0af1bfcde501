/**
 * What becomes of one request and its answer.
 *
 * Owns: the meaning of every fate, for the fast worlds and for the whole forwarder alike.
 * @module
 */
import type { Fate } from "./plan.ts";
import type { ModelAnswer, ModelRequest } from "./stripe_model.ts";

/** What the client meets: an answer, nothing until its deadline, a broken connection, a page. */
export type Outcome = ModelAnswer | "deadline" | "broken" | "page";

/** How requests can be executed. */
export interface FarSide {
  /** Executes it, or replays what it answered before. */
  execute(request: ModelRequest): ModelAnswer;
  /** Answers 500 and saves that, after executing or without. */
  failAndSave(request: ModelRequest, isExecuting: boolean): ModelAnswer;
  /** Will execute it when its client has long given up. */
  executeLate(request: ModelRequest, delayMs: number): void;
  /** What a 429 asks to wait, seconds. */
  retryAfter: string;
}

/** Lets a request meet its fate; `delayMs` is how late it arrives, if late it is. */
export function meet(
  fate: Fate,
  request: ModelRequest,
  delayMs: number,
  far: FarSide,
): Outcome {
  switch (fate) {
    case "answered":
      return far.execute(request);
    case "request_lost":
      return "broken";
    case "response_lost":
      far.execute(request);
      return "broken";
    case "silence":
      return "deadline";
    case "executed_in_silence":
      far.execute(request);
      return "deadline";
    case "zombie":
    case "silent_zombie":
      far.executeLate(request, delayMs);
      return fate === "zombie" ? "broken" : "deadline";
    case "delivered_twice":
      far.execute(request);
      return far.execute(request);
    case "saved_500_before":
      return far.failAndSave(request, false);
    case "saved_500_after":
      return far.failAndSave(request, true);
    case "unsaved_503":
      return error(503, "api_error");
    case "rate_limited":
      return error(429, "rate_limit", { "retry-after": far.retryAfter });
    case "locked":
      return error(409, "lock_timeout");
    case "key_in_use":
      far.executeLate(request, delayMs);
      return error(409, "idempotency_key_in_use");
    case "unauthorized":
      return error(401, "api_key_expired");
    case "forbidden":
      return error(403, "more_permissions_required");
    case "captive_portal":
      return { status: 200, body: { message: "please log in" } };
    case "bad_gateway_page":
      far.execute(request);
      return "page";
  }
}

function error(
  status: number,
  code: string,
  headers: Record<string, string> = {},
): ModelAnswer {
  const type = status >= 500 ? "api_error" : "invalid_request_error";
  return { status, body: { error: { type, code, headers } } };
}
