/** The cryptographic tests in a page: vectors, differential runs, tampering, wiping. @module */
import "../unit/core/aead_test.ts";
import "../unit/core/forgetting_test.ts";
import "../unit/core/hmac_test.ts";
import "../unit/core/hpke_test.ts";
import "../unit/core/published_vectors_test.ts";
import "../unit/core/saf1_test.ts";
import "../unit/core/sha256_test.ts";
import "../unit/core/webcrypto_test.ts";
import "../unit/core/wycheproof_test.ts";
import "../unit/core/x25519_test.ts";
import { runCollected } from "./_node_shim.ts";

Object.assign(globalThis, { results: runCollected() });
