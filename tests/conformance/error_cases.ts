/**
 * Conformance cases that must be refused, with code, offset and field.
 *
 * Owns: one case for each code that a message, a list or an argument can raise.
 */
import { type Answer, type ConformanceCase, refuses } from "./cases.ts";

type Fault = NonNullable<Answer["error"]>;

const MESSAGES: [data: string, code: string, offset: number][] = [
  ["9f", "BER_TAG_TRUNCATED", 0],
  ["9fffffff01", "BER_TAG_TOO_LONG", 0],
  ["9f02", "BER_LENGTH_TRUNCATED", 2],
  ["9c80", "BER_LENGTH_INDEFINITE", 1],
  ["9c83000001", "BER_LENGTH_FORM", 1],
  ["e1049c0100", "BER_VALUE_TRUNCATED", 1],
  ["e1039c0200", "BER_VALUE_OVERRUN", 3],
  ["e100".repeat(513), "BER_NODES", 1024],
  ["00".repeat(4097), "BER_INPUT_TOO_LONG", 4096],
];

const LISTS: [dol: string, code: string, offset: number][] = [
  ["9f", "DOL_TAG_TRUNCATED", 0],
  ["9fffffff01", "DOL_TAG_TOO_LONG", 0],
  ["9f02", "DOL_LENGTH_MISSING", 2],
  ["9a03".repeat(127), "DOL_TOO_LONG", 252],
];

const KEY = "11".repeat(32);
const SMALL_ORDER = "00".repeat(32);
const PSK = { psk: "22".repeat(31), psk_id: "33" };
const SEALED = { pk: KEY, ikm_e: KEY, plaintext: "" };
const OPENED = { sk: KEY, ciphertext: "00".repeat(16) };
const AEAD = { key: KEY, nonce: "00".repeat(12) };

function argument(field: string): Fault {
  return { code: "CRYPTO_ARGUMENT", field };
}

const REQUESTS: [request: Record<string, unknown>, error: Fault][] = [
  [
    { op: "hkdf_sha256", ikm: "", length: 8161 },
    argument("length"),
  ],
  [{ op: "hkdf_sha256", ikm: "00", length: 1e99 }, argument("length")],
  [{ op: "hkdf_sha256", ikm: "00", length: 1.5 }, argument("length")],
  [{ op: "x25519", private: "00", public: KEY }, argument("private")],
  [{ op: "x25519", private: KEY, public: "00" }, argument("public")],
  [
    { op: "x25519", private: KEY, public: SMALL_ORDER },
    { code: "CRYPTO_SHARED_SECRET" },
  ],
  [
    { op: "chacha20poly1305_seal", ...AEAD, key: "00", plaintext: "" },
    argument("key"),
  ],
  [
    { op: "chacha20poly1305_seal", ...AEAD, nonce: "00", plaintext: "" },
    argument("nonce"),
  ],
  [
    { op: "chacha20poly1305_open", ...AEAD, ciphertext: "00".repeat(15) },
    { code: "CRYPTO_OPEN" },
  ],
  [
    { op: "chacha20poly1305_open", ...AEAD, ciphertext: "00".repeat(16) },
    { code: "CRYPTO_OPEN" },
  ],
  [{ op: "hpke_base_seal", ...SEALED, pk: "00" }, argument("pk")],
  [{ op: "hpke_base_seal", ...SEALED, ikm_e: "00" }, argument("ikm_e")],
  [
    { op: "hpke_base_seal", ...SEALED, pk: SMALL_ORDER },
    { code: "CRYPTO_SHARED_SECRET" },
  ],
  [{ op: "hpke_psk_seal", ...SEALED, ...PSK }, { code: "CRYPTO_PSK" }],
  [
    { op: "hpke_psk_seal", ...SEALED, psk: KEY, psk_id: "" },
    { code: "CRYPTO_PSK" },
  ],
  [{ op: "hpke_base_open", ...OPENED, enc: "00" }, argument("enc")],
  [
    { op: "hpke_base_open", ...OPENED, enc: SMALL_ORDER },
    { code: "CRYPTO_SHARED_SECRET" },
  ],
  [
    { op: "hpke_base_open", ...OPENED, enc: "09" + "00".repeat(31) },
    { code: "CRYPTO_OPEN" },
  ],
  [
    { op: "hmac_sha256", key: "", data: "00".repeat(65_537) },
    { code: "CORE_INPUT_TOO_LARGE" },
  ],
];

/** The cases. */
export function errorCases(): ConformanceCase[] {
  return [
    ...MESSAGES.map(([data, code, offset]) =>
      refuses({ op: "tlv_parse", data, source: "reader" }, { code, offset })
    ),
    ...LISTS.map(([dol, code, offset]) =>
      refuses({ op: "dol_parse", dol }, { code, offset })
    ),
    ...LISTS.map(([dol, code, offset]) =>
      refuses({ op: "dol_build", dol, data: "" }, { code, offset })
    ),
    // Only a build counts what the entries ask for together.
    refuses({ op: "dol_build", dol: "9aff9bff", data: "" }, {
      code: "DOL_RESULT_TOO_LONG",
      offset: 0,
    }),
    refuses({ op: "dol_build", dol: "9a03", data: "9f02" }, {
      code: "BER_LENGTH_TRUNCATED",
      offset: 2,
    }),
    refuses({ op: "dol_build", dol: "9a03", data: "00".repeat(4097) }, {
      code: "BER_INPUT_TOO_LONG",
      offset: 4096,
    }),
    ...REQUESTS.map(([request, error]) => refuses(request, error)),
  ];
}
