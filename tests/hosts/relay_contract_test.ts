/**
 * The gateway contract through a relay: with trouble behind it, and with trouble before it.
 * @module
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Core, loadCore } from "../../bindings/mod.ts";
import type { Gateway, GatewayCall } from "../../engine/gateway.ts";
import { createOpener } from "../../engine/opener.ts";
import {
  createRelayGateway,
  type Exchange,
} from "../../engine/relay/relay_gateway.ts";
import { createCardPresentGateway } from "../../engine/stripe/card_present_gateway.ts";
import { parseUuid } from "../../engine/uuid.ts";
import { createDevice, startRelay } from "../../hosts/relay/mod.ts";
import { createRelayExchange } from "../../hosts/web/relay_gateway.ts";
import { SystemClock } from "../../hosts/web/system_clock.ts";
import type {
  GatewayPlace,
  Offer,
  SaleKind,
  SaleRequests,
  Trouble,
} from "../../engine/testing/gateway_place.ts";
import { testGateway } from "../contract/gateway_contract.ts";
import { NO_TURNS, openDatabaseHere } from "../support/relay.ts";
import { SandboxPlace } from "../support/sandbox_place.ts";

const KEY_ID = new Uint8Array(8).fill(1);
const NOBODY = "00000000-0000-7000-8000-000000000000";

/** What a till sees when the way to its relay is bad. */
const LINK: Partial<
  Record<
    Trouble,
    (pass: Exchange, ...request: Parameters<Exchange>) => Promise<string>
  >
> = {
  request_lost: () => Promise.reject(new TypeError("connection refused")),
  response_lost: async (pass, ...request) => {
    await pass(...request);
    throw new TypeError("connection reset");
  },
  silence: (_pass, _path, _body, signal) =>
    new Promise((_, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason))
    ),
  captive_portal: () => Promise.resolve('{"login":"please"}'),
  foreign_503: () => Promise.resolve('{"message":"unavailable"}'),
  bad_gateway_page: () => Promise.resolve("<h1>Bad gateway</h1>"),
};

/** One device's chain of sealed records. */
class Chain {
  readonly #core: Core;
  readonly #publicKey: Uint8Array;
  readonly #account: string;
  readonly #genesis: Uint8Array;
  #seq = 0;
  #hash: Uint8Array;
  #secret: Uint8Array;

  constructor(core: Core, publicKey: Uint8Array, account: string) {
    this.#core = core;
    this.#publicKey = publicKey;
    this.#account = account;
    const genesis = core.seal.sealGenesis({
      header: this.#header("XXX", 0, new Uint8Array(16), new Uint8Array(32)),
      recipientPublicKey: publicKey,
      entropy: this.#random(),
      chainSecret: this.#random(),
      deviceFacts: new Uint8Array(0),
    });
    this.#genesis = genesis.record;
    this.#hash = genesis.hash;
    this.#secret = genesis.nextChainSecret;
  }

  seal(sale: SaleRequests): SaleRequests {
    const { confirm } = sale;
    this.#seq++;
    const sealed = this.#core.seal.sealRecord({
      header: this.#header(
        confirm.currency.toUpperCase(),
        confirm.amount,
        parseUuid(confirm.localId)!,
        this.#hash,
      ),
      recipientPublicKey: this.#publicKey,
      chainSecret: this.#secret,
      entropy: this.#random(),
      plaintext: confirm.record,
    });
    this.#hash = sealed.hash;
    this.#secret = sealed.nextChainSecret;
    const { record } = sealed;
    return { ...sale, confirm: { ...confirm, record, genesis: this.#genesis } };
  }

  #header(
    currency: string,
    amountMinor: number,
    localId: Uint8Array,
    previousHash: Uint8Array,
  ) {
    const account = new TextEncoder().encode(this.#account);
    return {
      suite: 1 as const,
      mode: this.#seq === 0 ? "base" as const : "psk" as const,
      isLivemode: false,
      keyId: KEY_ID,
      deviceId: new Uint8Array(16).fill(9),
      epoch: 1,
      seq: this.#seq,
      previousHash,
      localId,
      createdAtMs: 0,
      monotonicMs: 0,
      bootId: new Uint8Array(16),
      amountMinor,
      currency,
      accountHash: this.#core.crypto.sha256(account).slice(0, 16),
      idempotencyKey: new Uint8Array(32),
      cardTransactionHmac: new Uint8Array(16),
      policyVersion: 1,
      schemaVersion: 1,
    };
  }

  #random(): Uint8Array {
    return crypto.getRandomValues(new Uint8Array(32));
  }
}

/** The sandbox behind a relay. */
class RelayPlace implements GatewayPlace {
  readonly isOneIntentPerPayment = true;
  readonly cardNumbers: readonly string[];
  readonly identity: GatewayPlace["identity"];
  readonly gateway: Gateway;
  readonly #sandbox: SandboxPlace;
  readonly #chain: Chain;
  readonly #isLinkBad: boolean;
  readonly #end: () => Promise<void>;
  #trouble: Trouble | null = null;

  private constructor(
    sandbox: SandboxPlace,
    chain: Chain,
    isLinkBad: boolean,
    pass: Exchange,
    end: () => Promise<void>,
  ) {
    this.cardNumbers = sandbox.cardNumbers;
    this.identity = sandbox.identity;
    this.#sandbox = sandbox;
    this.#chain = chain;
    this.#isLinkBad = isLinkBad;
    this.#end = end;
    this.gateway = ownKeys(createRelayGateway((...request) => {
      const link = this.#trouble === null ? undefined : LINK[this.#trouble];
      return link === undefined ? pass(...request) : link(pass, ...request);
    }));
  }

  static async open(isLinkBad: boolean): Promise<RelayPlace> {
    const core = await loadCore();
    const entropy = new Uint8Array(32).fill(5);
    const { publicKey, privateKey } = core.seal.generateKeyPair(entropy);
    const keys = new Map([["01".repeat(8), privateKey]]);
    const opener = createOpener(core, keys);
    const sandbox = await SandboxPlace.open((stripe) =>
      createCardPresentGateway(stripe, opener)
    );
    const folder = mkdtempSync(join(tmpdir(), "holdfast-relay-"));
    const { token, device } = createDevice("till");
    const relay = await startRelay({
      turns: NO_TURNS,
      core,
      database: await openDatabaseHere(join(folder, "relay.db")),
      clock: new SystemClock(),
      gateway: sandbox.gateway,
      opener,
      devices: [device],
      // Longer than the contract's own deadline, so that silence is heard as silence; and than a busy
      // machine needs to answer, so that nothing else is.
      callDeadlineMs: 2_000,
    });
    const pass = createRelayExchange({ url: relay.url, token });
    const chain = new Chain(core, publicKey, sandbox.identity.account);
    return new RelayPlace(sandbox, chain, isLinkBad, pass, async () => {
      await relay.close();
      await sandbox.close();
      rmSync(folder, { recursive: true });
    });
  }

  sale(kind: SaleKind): SaleRequests {
    const sale = this.#chain.seal(this.#sandbox.sale(kind));
    if (kind === "unreadable") sale.confirm.record[300] ^= 1;
    return sale;
  }

  offer = (): Promise<Offer> => this.#sandbox.offer();

  async trouble(trouble: Trouble): Promise<void> {
    if (this.#isLinkBad && LINK[trouble]) this.#trouble = trouble;
    else await this.#sandbox.trouble(trouble);
  }

  async calm(): Promise<void> {
    this.#trouble = null;
    await this.#sandbox.calm();
  }

  nowMs(): number {
    return this.#sandbox.nowMs();
  }

  async pass(ms: number): Promise<void> {
    await this.#sandbox.pass(ms);
  }

  charges(localId: string): number {
    return this.#sandbox.charges(localId);
  }

  close(): Promise<void> {
    return this.#end();
  }
}

/** A relay takes only keys that name their payment, as the engine's all do. */
function ownKeys(gateway: Gateway): Gateway {
  const payments = new Map<string, string>();
  const own = (call: GatewayCall, localId = NOBODY): GatewayCall => {
    const key = call.idempotencyKey;
    assert.ok(key !== null);
    const isOwn = key.startsWith(`${localId}:`);
    return { ...call, idempotencyKey: isOwn ? key : `${localId}:${key}` };
  };
  return {
    ...gateway,
    async createIntent(request, call) {
      const localId = request.metadata.holdfast_local_id;
      const result = await gateway.createIntent(request, own(call, localId));
      if (result.kind === "intent") payments.set(result.intent.id, localId);
      return result;
    },
    confirmIntent: (id, request, call) =>
      gateway.confirmIntent(id, request, own(call, request.localId)),
    captureIntent: (id, call) =>
      gateway.captureIntent(id, own(call, payments.get(id))),
    cancelIntent: (id, call) =>
      gateway.cancelIntent(id, own(call, payments.get(id))),
    refundIntent: (id, { amount, mark }, call) =>
      gateway.refundIntent(
        id,
        { amount, mark: `${payments.get(id) ?? NOBODY}:${mark}` },
        own(call, payments.get(id)),
      ),
    async listRefunds(id, call) {
      const result = await gateway.listRefunds(id, call);
      if (result.kind !== "refunds") return result;
      const prefix = `${payments.get(id) ?? NOBODY}:`;
      const refunds = result.refunds.map((refund) => ({
        ...refund,
        mark: refund.mark?.replace(prefix, "") ?? null,
      }));
      return { ...result, refunds };
    },
  };
}

testGateway("relay, trouble behind it", () => RelayPlace.open(false));
testGateway("relay, trouble before it", () => RelayPlace.open(true));
