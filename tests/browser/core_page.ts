/** The core's own tests in a page: vectors, twins, tampering, wiping, order. @module */
import "../unit/core/aead_test.ts";
import "../unit/core/aid_test.ts";
import "../unit/core/ber_test.ts";
import "../unit/core/dol_test.ts";
import "../unit/core/emv_bits_test.ts";
import "../unit/core/emv_decide_test.ts";
import "../unit/core/forgetting_test.ts";
import "../unit/core/hmac_test.ts";
import "../unit/core/hpke_test.ts";
import "../unit/core/order_property_test.ts";
import "../unit/core/order_reference_test.ts";
import "../unit/core/order_test.ts";
import "../unit/core/published_vectors_test.ts";
import "../unit/core/saf1_test.ts";
import "../unit/core/sha256_test.ts";
import "../unit/core/webcrypto_test.ts";
import "../unit/core/wycheproof_test.ts";
import "../unit/core/x25519_test.ts";
import { runCollected } from "./_node_shim.ts";

Object.assign(globalThis, { results: runCollected() });
