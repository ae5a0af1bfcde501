/**
 * Conformance operations on SAF1 records, of either suite.
 *
 * Owns: their request and answer shapes: the header of `docs/formats/saf1.md` in snake case.
 * @module
 */
import type { RecordHeader, SealedRecord } from "../../bindings/seal.ts";
import type { OpenedGenesis, OpenedRecord } from "../../bindings/seal.ts";
import type { SealSuite2, Suite2Recipient } from "../../engine/seal_suite2.ts";
import type { SealApi } from "./core_api.ts";
import type { Operation } from "./crypto_operations.ts";
import {
  bytesListOf,
  bytesOf,
  bytesOr,
  type Fields,
  flagOf,
  numberOf,
  objectOf,
  RequestError,
  requestField,
  textOf,
  toHex,
  wordOf,
} from "./fields.ts";

const MODES = ["base", "psk"] as const;

function headerOf(request: Fields): RecordHeader {
  const fields = objectOf(request, "header");
  return {
    // Another one than 1 and 2 is refused by the core with its own code.
    suite: numberOf(fields, "suite", 1) as 1 | 2,
    mode: wordOf(fields, "mode", MODES),
    isLivemode: flagOf(fields, "livemode", false),
    keyId: bytesOf(fields, "key_id"),
    deviceId: bytesOf(fields, "device_id"),
    epoch: numberOf(fields, "epoch"),
    seq: numberOf(fields, "seq"),
    previousHash: bytesOf(fields, "previous_hash"),
    localId: bytesOf(fields, "local_id"),
    createdAtMs: numberOf(fields, "created_at_ms"),
    monotonicMs: numberOf(fields, "monotonic_ms"),
    bootId: bytesOf(fields, "boot_id"),
    amountMinor: numberOf(fields, "amount_minor"),
    currency: textOf(fields, "currency"),
    accountHash: bytesOf(fields, "account_hash"),
    idempotencyKey: bytesOf(fields, "idempotency_key"),
    cardTransactionHmac: bytesOf(fields, "card_transaction_hmac"),
    policyVersion: numberOf(fields, "policy_version"),
    schemaVersion: numberOf(fields, "schema_version"),
  };
}

function headerShown(header: RecordHeader & { paddedLength: number }): unknown {
  return {
    suite: header.suite,
    mode: header.mode,
    livemode: header.isLivemode,
    key_id: toHex(header.keyId),
    device_id: toHex(header.deviceId),
    epoch: header.epoch,
    seq: header.seq,
    previous_hash: toHex(header.previousHash),
    local_id: toHex(header.localId),
    created_at_ms: header.createdAtMs,
    monotonic_ms: header.monotonicMs,
    boot_id: toHex(header.bootId),
    amount_minor: header.amountMinor,
    currency: header.currency,
    account_hash: toHex(header.accountHash),
    idempotency_key: toHex(header.idempotencyKey),
    card_transaction_hmac: toHex(header.cardTransactionHmac),
    policy_version: header.policyVersion,
    schema_version: header.schemaVersion,
    padded_length: header.paddedLength,
  };
}

function sealedShown(sealed: SealedRecord): unknown {
  return {
    record: toHex(sealed.record),
    hash: toHex(sealed.hash),
    next_chain_secret: toHex(sealed.nextChainSecret),
  };
}

function seal(core: SealApi, fields: Fields): unknown {
  const header = headerOf(fields);
  const shared = {
    header,
    recipientPublicKey: bytesOf(fields, "recipient_public"),
    chainSecret: bytesOf(fields, "chain_secret"),
    entropy: bytesOr(
      fields,
      "entropy",
      crypto.getRandomValues(new Uint8Array(32)),
    ),
  };
  const plaintext = bytesOf(fields, "plaintext");
  return sealedShown(
    header.mode === "base"
      ? core.sealGenesis({ ...shared, deviceFacts: plaintext })
      : core.sealRecord({ ...shared, plaintext }),
  );
}

async function sealSuite2(
  suite2: SealSuite2,
  fields: Fields,
): Promise<unknown> {
  const header = headerOf(fields);
  if (fields.entropy !== undefined) {
    throw new RequestError(
      "REQUEST_FIELD",
      "suite 2 takes no entropy",
      "entropy",
    );
  }
  const shared = {
    header,
    recipientPublicKey: bytesOf(fields, "recipient_public"),
    chainSecret: bytesOf(fields, "chain_secret"),
  };
  const plaintext = bytesOf(fields, "plaintext");
  return sealedShown(
    header.mode === "base"
      ? await suite2.sealGenesis({ ...shared, deviceFacts: plaintext })
      : await suite2.sealRecord({ ...shared, plaintext }),
  );
}

function genesisShown(opened: OpenedGenesis): unknown {
  return {
    header: headerShown(opened.header),
    plaintext: toHex(opened.deviceFacts),
    hash: toHex(opened.hash),
    chain_secret: toHex(opened.chainSecret),
    next_chain_secret: toHex(opened.nextChainSecret),
  };
}

function recordShown(opened: OpenedRecord): unknown {
  return {
    header: headerShown(opened.header),
    plaintext: toHex(opened.plaintext),
    hash: toHex(opened.hash),
    next_chain_secret: toHex(opened.nextChainSecret),
  };
}

function open(core: SealApi, fields: Fields): unknown {
  const record = bytesOf(fields, "record");
  const recipientPrivateKey = bytesOf(fields, "recipient_private");
  if (fields.chain_secret === undefined) {
    return genesisShown(core.openGenesis({ recipientPrivateKey, record }));
  }
  const chainSecret = bytesOf(fields, "chain_secret");
  return recordShown(
    core.openRecord({ recipientPrivateKey, record, chainSecret }),
  );
}

async function openSuite2(
  suite2: SealSuite2,
  fields: Fields,
): Promise<unknown> {
  const record = bytesOf(fields, "record");
  const recipient = await recipientOf(suite2, fields);
  if (fields.chain_secret === undefined) {
    return genesisShown(await suite2.openGenesis({ recipient, record }));
  }
  const chainSecret = bytesOf(fields, "chain_secret");
  return recordShown(
    await suite2.openRecord({ recipient, record, chainSecret }),
  );
}

/** WebCrypto takes a private key of P-256 only together with its public half. */
function recipientOf(
  suite2: SealSuite2,
  fields: Fields,
): Promise<Suite2Recipient> {
  const publicKey = bytesOf(fields, "recipient_public");
  return suite2.importRecipient({
    kty: "EC",
    crv: "P-256",
    d: base64Url(bytesOf(fields, "recipient_private")),
    x: base64Url(publicKey.subarray(1, 33)),
    y: base64Url(publicKey.subarray(33)),
  });
}

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function verify(core: SealApi, fields: Fields): unknown {
  const verdict = core.verifyRecords(bytesListOf(fields, "records"));
  if (!verdict.ok) {
    const { index, code, field } = verdict;
    const own = field === undefined ? null : requestField("saf1", field);
    return { valid: false, index, code, field: own };
  }
  const { isComplete, lastHash } = verdict;
  return {
    valid: true,
    complete: isComplete,
    last_hash: lastHash === null ? null : toHex(lastHash),
  };
}

/** Offset of the suite in a record; `docs/formats/saf1.md` section 3. */
const SUITE_OFFSET = 5;

/** The operations over `core`, and over `suite2` for records of that suite. */
export function saf1Operations(
  core: SealApi,
  suite2: SealSuite2,
): Record<string, Operation> {
  return {
    saf1_seal: (fields) =>
      objectOf(fields, "header").suite === 2
        ? sealSuite2(suite2, fields)
        : seal(core, fields),
    saf1_open: (fields) =>
      bytesOf(fields, "record")[SUITE_OFFSET] === 2
        ? openSuite2(suite2, fields)
        : open(core, fields),
    saf1_verify: (fields) => verify(core, fields),
  };
}
