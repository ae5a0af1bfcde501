/**
 * Opening a sealed record on its way to Stripe.
 *
 * Owns: what a record that does not open means for the payment and for the lane.
 * @module
 */
import { HoldfastError } from "../errors.ts";
import type { ConfirmIntentRequest, GatewayResult } from "../gateway.ts";
import type { Opener } from "../opener.ts";

/**
 * Runs `use` with the plaintext, which is wiped afterwards, and returns what it returns; a record
 * that does not open is a result.
 */
export async function withRecord(
  opener: Opener,
  request: ConfirmIntentRequest,
  use: (emvData: Uint8Array) => Promise<GatewayResult>,
): Promise<GatewayResult> {
  let emvData: Uint8Array;
  try {
    emvData = await opener.open(request.genesis, request.record);
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    const code = error.code.toLowerCase();
    // A missing key concerns the whole lane; a damaged record only itself. Neither heals alone.
    return error.code === "RECIPIENT_KEY_UNKNOWN"
      ? { kind: "unauthorized", code }
      : { kind: "rejected", code };
  }
  try {
    return await use(emvData);
  } finally {
    emvData.fill(0);
  }
}
