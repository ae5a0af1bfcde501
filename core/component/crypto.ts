// `interface crypto` of core/wit/crypto.wit: lengths checked, then the core's own functions.
//
// Owns: that every call ends with all scratch of the core zeroed, refused ones included. Arguments
// are read where the host put them; results stand in the same arena.
import { aeadOpen, aeadSeal } from "../aead";
import { HKDF_OUTPUT_BYTES_MAX, hkdfExpand, hmacSha256 as mac } from "../hmac";
import {
  HPKE_MODE_BASE, HPKE_MODE_PSK, hpkeDecapsulate, hpkeDeriveKeyPair as derive, hpkeEncapsulate,
  hpkeOpen as openMessage, hpkeSchedule, hpkeSeal as sealMessage,
} from "../hpke";
import { CRYPTO_ERR_PSK } from "../abi";
import { wipeSecrets } from "../saf1";
import { sha256 as digest } from "../sha256";
import { x25519 as agree, x25519Public } from "../x25519";
import { failed, list, okList, PAYLOAD, RESULT, storeList, take } from "./memory";

const KEY_BYTES: u32 = 32;
const NONCE_BYTES: u32 = 12;
const TAG_BYTES: u32 = 16;

// variant crypto-error, enum argument
const BAD_ARGUMENT: u32 = 0;
const NOT_AUTHENTIC: u32 = 1;
const SHARED_SECRET: u32 = 2;
const BAD_PSK: u32 = 3;
const ARGUMENT_KEY: u32 = 0;
const ARGUMENT_NONCE: u32 = 1;
const ARGUMENT_LENGTH: u32 = 2;
const ARGUMENT_PRIVATE_KEY: u32 = 3;
const ARGUMENT_PUBLIC_KEY: u32 = 4;
const ARGUMENT_ENC: u32 = 5;
const ARGUMENT_IKM: u32 = 6;

export function sha256(data: usize, length: u32): usize {
  const target = take(KEY_BYTES);
  digest(data, length, target);
  wipeSecrets();
  return list(target, KEY_BYTES);
}

export function hmacSha256(key: usize, keyLength: u32, data: usize, length: u32): usize {
  const target = take(KEY_BYTES);
  mac(key, keyLength, data, length, target);
  wipeSecrets();
  return list(target, KEY_BYTES);
}

export function hkdfSha256(
  ikm: usize, ikmLength: u32, salt: usize, saltLength: u32, info: usize, infoLength: u32,
  length: u32,
): usize {
  if (length > HKDF_OUTPUT_BYTES_MAX) return failed(BAD_ARGUMENT, ARGUMENT_LENGTH);
  const prk = take(KEY_BYTES);
  const target = take(length);
  mac(salt, saltLength, ikm, ikmLength, prk);
  hkdfExpand(prk, KEY_BYTES, info, infoLength, target, length);
  wipeSecrets();
  return okList(target, length);
}

export function x25519(
  privateKey: usize, privateLength: u32, publicKey: usize, publicLength: u32,
): usize {
  if (privateLength != KEY_BYTES) return failed(BAD_ARGUMENT, ARGUMENT_PRIVATE_KEY);
  if (publicLength != KEY_BYTES) return failed(BAD_ARGUMENT, ARGUMENT_PUBLIC_KEY);
  const target = take(KEY_BYTES);
  const isSound = agree(privateKey, publicKey, target);
  wipeSecrets();
  return isSound ? okList(target, KEY_BYTES) : failed(SHARED_SECRET, 0);
}

export function x25519PublicKey(privateKey: usize, length: u32): usize {
  if (length != KEY_BYTES) return failed(BAD_ARGUMENT, ARGUMENT_PRIVATE_KEY);
  const target = take(KEY_BYTES);
  x25519Public(privateKey, target);
  wipeSecrets();
  return okList(target, KEY_BYTES);
}

export function chacha20Poly1305Seal(
  key: usize, keyLength: u32, nonce: usize, nonceLength: u32, aad: usize, aadLength: u32,
  plaintext: usize, length: u32,
): usize {
  if (keyLength != KEY_BYTES) return failed(BAD_ARGUMENT, ARGUMENT_KEY);
  if (nonceLength != NONCE_BYTES) return failed(BAD_ARGUMENT, ARGUMENT_NONCE);
  const target = take(<usize>length + TAG_BYTES);
  aeadSeal(key, nonce, aad, aadLength, plaintext, length, target);
  wipeSecrets();
  return okList(target, length + TAG_BYTES);
}

export function chacha20Poly1305Open(
  key: usize, keyLength: u32, nonce: usize, nonceLength: u32, aad: usize, aadLength: u32,
  ciphertext: usize, length: u32,
): usize {
  if (keyLength != KEY_BYTES) return failed(BAD_ARGUMENT, ARGUMENT_KEY);
  if (nonceLength != NONCE_BYTES) return failed(BAD_ARGUMENT, ARGUMENT_NONCE);
  if (length < TAG_BYTES) return failed(NOT_AUTHENTIC, 0);
  const target = take(length - TAG_BYTES);
  const isOpen = aeadOpen(key, nonce, aad, aadLength, ciphertext, length - TAG_BYTES, target);
  wipeSecrets();
  return isOpen ? okList(target, length - TAG_BYTES) : failed(NOT_AUTHENTIC, 0);
}

export function hpkeDeriveKeyPair(ikm: usize, length: u32): usize {
  if (length < KEY_BYTES) return failed(BAD_ARGUMENT, ARGUMENT_IKM);
  const privateKey = take(KEY_BYTES);
  const publicKey = take(KEY_BYTES);
  derive(ikm, length, privateKey, publicKey);
  wipeSecrets();
  okList(privateKey, KEY_BYTES);
  storeList(PAYLOAD + 8, publicKey, KEY_BYTES);
  return RESULT;
}

export function hpkeSeal(
  publicKey: usize, publicLength: u32, ikm: usize, ikmLength: u32, info: usize, infoLength: u32,
  aad: usize, aadLength: u32, plaintext: usize, length: u32,
  hasPsk: u32, psk: usize, pskLength: u32, pskId: usize, pskIdLength: u32,
): usize {
  if (publicLength != KEY_BYTES) return failed(BAD_ARGUMENT, ARGUMENT_PUBLIC_KEY);
  if (ikmLength < KEY_BYTES) return failed(BAD_ARGUMENT, ARGUMENT_IKM);
  const enc = take(KEY_BYTES);
  const target = take(<usize>length + TAG_BYTES);
  let status = hpkeEncapsulate(publicKey, ikm, ikmLength, enc);
  if (status >= 0) {
    status = schedule(info, infoLength, hasPsk, psk, pskLength, pskId, pskIdLength);
  }
  if (status >= 0) sealMessage(aad, aadLength, plaintext, length, target);
  wipeSecrets();
  if (status < 0) return refused(status);
  okList(enc, KEY_BYTES);
  storeList(PAYLOAD + 8, target, length + TAG_BYTES);
  return RESULT;
}

export function hpkeOpen(
  privateKey: usize, privateLength: u32, enc: usize, encLength: u32, info: usize, infoLength: u32,
  aad: usize, aadLength: u32, ciphertext: usize, length: u32,
  hasPsk: u32, psk: usize, pskLength: u32, pskId: usize, pskIdLength: u32,
): usize {
  if (privateLength != KEY_BYTES) return failed(BAD_ARGUMENT, ARGUMENT_PRIVATE_KEY);
  if (encLength != KEY_BYTES) return failed(BAD_ARGUMENT, ARGUMENT_ENC);
  if (length < TAG_BYTES) return failed(NOT_AUTHENTIC, 0);
  const target = take(length - TAG_BYTES);
  let status = hpkeDecapsulate(privateKey, enc);
  if (status >= 0) {
    status = schedule(info, infoLength, hasPsk, psk, pskLength, pskId, pskIdLength);
  }
  const isOpen = status >= 0 &&
    openMessage(aad, aadLength, ciphertext, length - TAG_BYTES, target);
  wipeSecrets();
  if (status < 0) return refused(status);
  return isOpen ? okList(target, length - TAG_BYTES) : failed(NOT_AUTHENTIC, 0);
}

function schedule(
  info: usize, infoLength: u32, hasPsk: u32, psk: usize, pskLength: u32, pskId: usize,
  pskIdLength: u32,
): i32 {
  return hasPsk != 0
    ? hpkeSchedule(HPKE_MODE_PSK, info, infoLength, psk, pskLength, pskId, pskIdLength)
    : hpkeSchedule(HPKE_MODE_BASE, info, infoLength, 0, 0, 0, 0);
}

function refused(status: i32): usize {
  return failed(status == CRYPTO_ERR_PSK ? BAD_PSK : SHARED_SECRET, 0);
}
