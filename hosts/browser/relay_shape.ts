/**
 * The option `relay` of a till in a browser.
 *
 * Owns: its check, for the page and for its Worker: each reads the token before all options are
 * checked, to refuse a Stripe key.
 * @module
 */
import { object, text } from "../../engine/configuration_check.ts";
import type { WorkerOptions } from "./worker.ts";

/** Throws `INVALID_ARGUMENT` with the field unless it is a url and a token. */
export const relayShape = object<WorkerOptions["relay"]>({
  url: text,
  token: text,
});
