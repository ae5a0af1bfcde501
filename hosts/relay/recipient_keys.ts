/**
 * The recipient's private keys, as the relay's configuration file has them.
 *
 * Owns: their form in the file, and refusing another one. No part of a key stands in a message.
 * @module
 */
import {
  type Core,
  type PrivateJwk,
  type Recipient,
  type RecipientKey,
  SealSuite2,
} from "../../engine/mod.ts";
import { fromHex } from "../../engine/uuid.ts";

/** 64 hex digits for suite 1 (X25519), a private JWK for suite 2 (P-256). */
export type RecipientKeyText = string | PrivateJwk;

/**
 * The keys of the file, by key id.
 *
 * @throws {RangeError} a key id that is not 16 hex digits, a key that is not 64, no key at all.
 * @throws {HoldfastError} `SEAL_FIELD`: a JWK that is no private key of P-256.
 */
export async function readRecipientKeys(
  core: Core,
  keys: Readonly<Record<string, RecipientKeyText>>,
): Promise<Map<string, RecipientKey>> {
  const suite2 = new SealSuite2(core);
  const read = new Map<string, RecipientKey>();
  for (const [id, key] of Object.entries(keys)) {
    if (!/^[0-9a-f]{16}$/.test(id)) {
      throw new RangeError("expected key ids of 16 hex digits");
    }
    read.set(
      id,
      typeof key === "string"
        ? bytesOf(key)
        : await suite2.importRecipient(key),
    );
  }
  if (read.size === 0) throw new RangeError("there is no recipient key");
  return read;
}

/** The public half of the first key of the file. */
export function firstRecipient(
  core: Core,
  keys: ReadonlyMap<string, RecipientKey>,
): Recipient {
  const [[keyId, key]] = keys;
  return {
    keyId: fromHex(keyId)!,
    publicKey: key instanceof Uint8Array
      ? core.crypto.x25519PublicKey(key)
      : key.publicKey,
  };
}

function bytesOf(text: string): Uint8Array {
  if (!/^[0-9a-f]{64}$/i.test(text)) {
    throw new RangeError("recipientKeys has 64 hex digits, or a private JWK");
  }
  return fromHex(text.toLowerCase())!;
}
