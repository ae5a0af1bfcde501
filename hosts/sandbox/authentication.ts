/**
 * From a secret key to an account and a mode.
 *
 * Owns: 401 and 403. Any well-formed key is accepted and leads to its own
 * account, so a test needs no set-up; the control API expires or revokes keys.
 * @see https://docs.stripe.com/api/authentication
 * @module
 */
import { Buffer } from "node:buffer";
import { forbidden, unauthenticated } from "./api_error.ts";
import { accountIdOfKey, type ModeState, type SandboxState } from "./state.ts";

/**
 * Returns the account and mode a request acts for.
 *
 * @throws {ApiFailure} 401 when there is no usable key, 403 when the key may
 *   not act for the account in `Stripe-Account`
 */
export function authenticate(
  state: SandboxState,
  headers: Readonly<Record<string, string | undefined>>,
): ModeState {
  const key = keyOf(headers.authorization);
  if (key === null) {
    throw unauthenticated(
      "You did not provide an API key. You need to provide your API key in " +
        "the Authorization header, using Bearer auth.",
    );
  }
  const match = /^(sk|rk)_(test|live)_[A-Za-z0-9_]+$/.exec(key);
  const status = state.keyStatus.get(key) ?? "active";
  if (/^pk_/.test(key)) {
    throw unauthenticated(
      "This API call cannot be made with a publishable API key. Please use " +
        "a secret API key.",
      "secret_key_required",
    );
  }
  if (!match || status === "revoked") {
    throw unauthenticated(`Invalid API Key provided: ${masked(key)}`);
  }
  if (status === "expired") {
    throw unauthenticated(
      `Expired API Key provided: ${masked(key)}`,
      "api_key_expired",
    );
  }
  if (status === "restricted") {
    throw forbidden(
      `The provided key '${masked(key)}' does not have the required ` +
        "permissions for this endpoint.",
      "more_permissions_required_for_application",
    );
  }
  const platform = accountIdOfKey(key);
  const asked = headers["stripe-account"];
  if (
    asked && asked !== platform && !state.connected.get(platform)?.has(asked)
  ) {
    throw forbidden(
      `The provided key '${masked(key)}' does not have access to account ` +
        `'${asked}' (or that account does not exist).`,
      "account_invalid",
    );
  }
  const account = state.account(asked || platform);
  return match[2] === "live" ? account.live : account.test;
}

/** Whether a request that was authenticated for `mode` acts for another account than its own. */
export function isForAnother(
  headers: Readonly<Record<string, string | undefined>>,
  mode: ModeState,
): boolean {
  const key = keyOf(headers.authorization);
  return key !== null && accountIdOfKey(key) !== mode.accountId;
}

function keyOf(header: string | undefined): string | null {
  if (!header) return null;
  const [scheme, value = ""] = header.split(" ");
  if (/^bearer$/i.test(scheme)) return value || null;
  if (!/^basic$/i.test(scheme)) return null;
  // The key is the user name (RFC 7617 2), the password is empty.
  return Buffer.from(value, "base64").toString("latin1").split(":")[0] || null;
}

/** Keys appear in no log and in no answer, beyond prefix and last four. */
function masked(key: string): string {
  return `${key.slice(0, 8)}${"*".repeat(8)}${key.slice(-4)}`;
}
