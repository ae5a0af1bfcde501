// What the binding may call of the cryptography and of SAF1.
export { aeadOpen, aeadSeal } from "./aead";
// ChaCha20 alone, for the vectors of RFC 8439 A.1, A.2 and A.4, whose block 0 no AEAD shows.
export { chacha20Begin, chacha20Xor } from "./chacha20";
export { hkdfExpand, hmacSha256 } from "./hmac";
export {
  hpkeDecapsulate,
  hpkeDeriveKeyPair,
  hpkeEncapsulate,
  hpkeOpen,
  hpkeSchedule,
  hpkeSeal,
} from "./hpke";
// Poly1305 alone, for the edge vectors of RFC 8439 A.3 that no AEAD key reaches.
export { poly1305Absorb, poly1305Begin, poly1305End } from "./poly1305";
export { saf1Advance, saf1Open, saf1Psk, saf1Seal, wipeSecrets } from "./saf1";
export { saf1Follows, saf1Hash } from "./saf1_chain";
export { checkHeader as saf1CheckHeader, sealErrorOffset } from "./saf1_header";
// A message longer than the arena is hashed piece by piece.
export { sha256, sha256Begin, sha256End, sha256Update } from "./sha256";
export { x25519, x25519Both, x25519Public } from "./x25519";
