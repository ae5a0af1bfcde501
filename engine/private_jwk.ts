/**
 * A recipient's private key in a file.
 *
 * Owns: its type. It is that of the web's `JsonWebKey`, which a project with Node's types alone
 * does not know.
 * @module
 */

/** A private key of P-256 as a JSON Web Key (RFC 7517, RFC 7518 §6.2). */
export interface PrivateJwk {
  kty?: string;
  crv?: string;
  x?: string;
  y?: string;
  d?: string;
  ext?: boolean;
  key_ops?: string[];
}
