/** The core beside WebCrypto, which is another implementation on each runtime. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CryptoCore } from "../../../bindings/crypto.ts";
import { coreInstance, hex, toHex } from "../../reference/core_instance.ts";
import { rounds, SampleBytes } from "../../reference/seal_samples.ts";

const core = new CryptoCore(coreInstance());
const { subtle } = crypto;
const HMAC = { name: "HMAC", hash: "SHA-256" };
/** PrivateKeyInfo of RFC 8410 in front of the 32 bytes: WebCrypto takes no raw private key. */
const PKCS8 = hex("302e020100300506032b656e04220420");

/** `bytes` as WebCrypto's types ask for them. */
function source(bytes: Uint8Array): BufferSource {
  return bytes as Uint8Array<ArrayBuffer>;
}

function shown(bits: ArrayBuffer): string {
  return toHex(new Uint8Array(bits));
}

async function webHmac(key: Uint8Array, data: Uint8Array): Promise<string> {
  const secret = await subtle.importKey("raw", source(key), HMAC, false, [
    "sign",
  ]);
  return shown(await subtle.sign("HMAC", secret, source(data)));
}

/** The shared secret, or null where WebCrypto refuses it as all zero. */
async function webX25519(
  scalar: Uint8Array,
  point: Uint8Array,
): Promise<string | null> {
  const name = "X25519";
  const pkcs8 = source(new Uint8Array([...PKCS8, ...scalar]));
  const key = await subtle.importKey("pkcs8", pkcs8, name, false, [
    "deriveBits",
  ]);
  const theirs = await subtle.importKey("raw", source(point), name, true, []);
  try {
    return shown(await subtle.deriveBits({ name, public: theirs }, key, 256));
  } catch {
    return null;
  }
}

test("sha256() with every length 0 to 1,100 agrees with WebCrypto", async () => {
  const samples = new SampleBytes(50);
  for (let length = 0; length <= 1100; length++) {
    const data = samples.edge(length);
    const digest = shown(await subtle.digest("SHA-256", source(data)));
    assert.equal(toHex(core.sha256(data)), digest, `length ${length}`);
  }
});

test("hmacSha256() with every length 0 to 1,100 agrees with WebCrypto", async () => {
  const samples = new SampleBytes(51);
  for (let length = 0; length <= 1100; length++) {
    // WebCrypto refuses a key of no bytes; noble has it in hmac_test.ts.
    const key = samples.edge(1 + length % 200);
    const data = samples.edge(length);
    const mac = toHex(core.hmacSha256(key, data));
    assert.equal(mac, await webHmac(key, data), `length ${length}`);
  }
});

test("hkdfSha256() with edge inputs agrees with WebCrypto", async () => {
  const samples = new SampleBytes(52);
  for (let i = 0; i < rounds(300); i++) {
    const ikm = samples.edge(1 + samples.next() % 100);
    const salt = samples.edge(samples.next() % 100);
    const info = samples.edge(samples.next() % 100);
    const length = 1 + samples.next() % (i === 0 ? 8160 : 300);
    const key = await subtle.importKey("raw", source(ikm), "HKDF", false, [
      "deriveBits",
    ]);
    const parameters = {
      name: "HKDF",
      hash: "SHA-256",
      salt: source(salt),
      info: source(info),
    };
    const okm = shown(await subtle.deriveBits(parameters, key, length * 8));
    assert.equal(toHex(core.hkdfSha256(ikm, salt, info, length)), okm);
  }
});

test("x25519() with scalars and points at the edges agrees with WebCrypto", async () => {
  const samples = new SampleBytes(53);
  for (let i = 0; i < rounds(300); i++) {
    const [scalar, point] = [samples.edge(32), samples.edge(32)];
    let shared: string | null = null;
    try {
      shared = toHex(core.x25519(scalar, point));
    } catch (error) {
      assert.equal((error as { code: string }).code, "CRYPTO_SHARED_SECRET");
    }
    assert.equal(shared, await webX25519(scalar, point), toHex(point));
  }
});
