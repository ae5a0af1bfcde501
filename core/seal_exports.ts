// What the binding may call of the cryptography and of SAF1.
export { hkdfExpand, hmacSha256 } from "./hmac";
export { sha256 } from "./sha256";
export { inputPointer, outputPointer, wipe } from "./arena";
