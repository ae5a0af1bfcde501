/** ChaCha20-Poly1305 of node:crypto: OpenSSL's under Node, a Rust one under Deno. */
import { Buffer } from "node:buffer";
import { createCipheriv } from "node:crypto";

/** Ciphertext ‖ tag. */
export function nativeSeal(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
): Buffer {
  const cipher = createCipheriv("chacha20-poly1305", key, nonce, {
    authTagLength: 16,
  });
  cipher.setAAD(aad, { plaintextLength: plaintext.length });
  const body = cipher.update(plaintext);
  cipher.final();
  return Buffer.concat([body, cipher.getAuthTag()]);
}
