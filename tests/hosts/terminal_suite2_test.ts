/** A till that seals to P-256 and AES-256-GCM (SAF1 suite 2), which seals before it commits. @module */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Buffer } from "node:buffer";
import {
  type PrivateJwk,
  type Reading,
  SealSuite2,
  type Terminal,
} from "../../engine/mod.ts";
import type { OnlinePin } from "../../engine/reader/mod.ts";
import { toHex } from "../../engine/uuid.ts";
import type { ServerTerminalOptions } from "../../hosts/posix/terminal_options.ts";
import { readRecipientKeys } from "../../hosts/relay/recipient_keys.ts";
import {
  API_KEY,
  type Shop,
  type TerminalChanges,
  withShop,
} from "../support/shop.ts";
import { inCountry, onDisk } from "./_now_only.ts";
import { openHere } from "./_posix_place.ts";

/** A shop whose payments are sealed to a new key of suite 2. */
async function suite2Of(
  shop: Shop,
): Promise<TerminalChanges & Pick<ServerTerminalOptions, "recipient">> {
  const seal = new SealSuite2(shop.core);
  const { keyId, publicKey, privateKey } = await seal.generateKeyPair();
  const recipientKeys = await readRecipientKeys(shop.core, {
    [toHex(keyId)]: privateKey,
  });
  return {
    recipient: { keyId, publicKey },
    gateway: { apiKey: API_KEY, apiBase: shop.sandbox.url, recipientKeys },
  };
}

/** Records of the store, by place. */
async function chainsOf(shop: Shop): Promise<Uint8Array[][]> {
  const database = await openHere(shop.path);
  try {
    const geneses = database.query(
      "SELECT epoch, genesis FROM epoch ORDER BY epoch",
    ) as [number, Uint8Array][];
    return geneses.map(([epoch, genesis]) => [
      genesis,
      ...database.query(
        `SELECT sealed.record FROM sealed JOIN payment ON payment.id = sealed.payment
         WHERE payment.epoch = ? ORDER BY payment.seq`,
        [epoch],
      ).map(([record]) => record as Uint8Array),
    ]);
  } finally {
    database.close();
  }
}

/** Each chain is whole, of the suite, and has so many payments. */
async function assertChains(
  shop: Shop,
  expected: [suite: number, count: number][],
): Promise<void> {
  const { seal } = shop.core;
  const chains = await chainsOf(shop);
  for (const records of chains) {
    const verdict = seal.verifyRecords(records);
    assert.deepEqual([verdict.ok, verdict.ok && verdict.isComplete], [
      true,
      true,
    ]);
  }
  assert.deepEqual(
    chains.map((records) => [
      seal.readHeader(records[0]).suite,
      records.length - 1,
    ]),
    expected,
  );
}

/** A card, presented and collected. */
async function collected(
  shop: Shop,
  amount = 1250,
): ReturnType<Terminal["collectPaymentMethod"]> {
  shop.reader.enqueue("visa");
  return await shop.terminal.collectPaymentMethod(
    await shop.terminal.createPaymentIntent({ amount, currency: "usd" }),
  );
}

test("a till of suite 2 stores offline, restarts, and forwards each payment once", () =>
  withShop(async (shop) => {
    const suite2 = await suite2Of(shop);
    await shop.sandbox.control.setOffline(true);
    await shop.openTerminal(suite2);
    const sold = [await shop.sell("visa"), await shop.sell("mastercard", 99)];
    await shop.openTerminal(suite2);
    sold.push(await shop.sell("amex", 5000));
    assert.deepEqual(sold.map(({ payment }) => payment!.seq), [1, 2, 3]);
    await shop.terminal.close();
    await assertChains(shop, [[2, 3]]);
    await shop.openTerminal(suite2);
    await shop.sandbox.control.setOffline(false);
    await shop.drained();
    const online = await shop.sell("visa", 300);
    assert.equal(online.state, "forwarded");
    const charges = await shop.charges();
    for (const { localId } of [...sold, online]) {
      assert.equal(charges.get(localId), 1);
    }
    assert.equal(charges.size, 4);
  }));

test("online PINs reach the issuer from a till of suite 2, and no disk", () =>
  withShop(async (shop) => {
    const blocks: Uint8Array[] = [];
    const keeping =
      <A extends unknown[], R extends { onlinePin?: OnlinePin | null }>(
        ask: (...args: A) => Promise<R>,
      ) =>
      async (...args: A): Promise<R> => {
        const result = await ask(...args);
        if (result.onlinePin) blocks.push(result.onlinePin.block.slice());
        return result;
      };
    shop.reader.collect = keeping(shop.reader.collect.bind(shop.reader));
    shop.reader.collectPin = keeping(shop.reader.collectPin.bind(shop.reader));
    await shop.openTerminal(inCountry("AU", await suite2Of(shop)));
    const aud = { currency: "aud" };
    // Entered with the card, and asked for by the issuer after a tap.
    const right = [
      await shop.sell("online_pin_cvm", 1250, aud),
      await shop.sell("online_pin_sca_retry:tap", 1300, aud),
    ];
    assert.deepEqual(right.map(({ state }) => state), [
      "forwarded",
      "forwarded",
    ]);
    const wrong = await shop.sell("online_pin_sca_retry:tap:4321", 1400, aud);
    assert.equal(wrong.error!.declineCode, "incorrect_pin");
    assert.equal(blocks.length, 3);
    const disk = Buffer.from(shop.rawFiles());
    for (const block of blocks) {
      assert.equal(disk.includes(Buffer.from(block)), false);
      assert.equal(disk.includes(Buffer.from(block).toString("hex")), false);
    }
    const charges = await shop.charges();
    for (const { localId } of right) assert.equal(charges.get(localId), 1);
    assert.equal(charges.get(wrong.localId), 0);
    // Offline the same card is refused, and nothing of it is kept.
    await shop.sandbox.control.setOffline(true);
    await shop.terminal.probeNetwork();
    await assert.rejects(shop.sell("online_pin_cvm", 1500, aud), {
      code: "ONLINE_PIN_NOT_SUPPORTED_OFFLINE",
    });
    const { states, sealed } = await onDisk(shop);
    assert.deepEqual(states, ["forwarded", "forwarded", "declined"]);
    assert.equal(sealed, 0);
  }));

test("sales of suite 2 that are confirmed at once take one place each", () =>
  withShop(async (shop) => {
    const suite2 = await suite2Of(shop);
    await shop.sandbox.control.setOffline(true);
    const terminal = await shop.openTerminal(suite2);
    const ready = [];
    for (let i = 0; i < 8; i++) ready.push(await collected(shop, 200 + i));
    const sold = await Promise.all(
      ready.map((intent) => terminal.confirmPaymentIntent(intent)),
    );
    assert.deepEqual(
      sold.map(({ payment }) => payment!.seq).sort(),
      [1, 2, 3, 4, 5, 6, 7, 8],
    );
    await shop.terminal.close();
    await assertChains(shop, [[2, 8]]);
  }));

test("confirmPaymentIntent() of suite 2 left at any moment stores, or refuses, never both", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const terminal = await shop.openTerminal(await suite2Of(shop));
    let storedCount = 0;
    let leftCount = 0;
    // Each round the customer leaves a little later: from before the seal to after the commit.
    for (let turns = 0; storedCount < 3 && turns < 200; turns++) {
      const intent = await collected(shop);
      const leaving = new AbortController();
      const confirming = terminal.confirmPaymentIntent(intent, {
        signal: leaving.signal,
      }).then(() => "stored", ({ code }) => code as string);
      for (let i = 0; i < turns; i++) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      leaving.abort();
      const answer = await confirming;
      // What the call leaves behind has ended when the next one is through.
      const isStored = terminal.listPayments()
        .some(({ localId }) => localId === intent.localId);
      if (answer === "stored") {
        assert.ok(isStored);
        storedCount++;
        continue;
      }
      assert.equal(answer, "CANCELED");
      leftCount++;
      if (isStored) continue; // Left after the commit: that ends the waiting only.
      await new Promise((resolve) => setTimeout(resolve, 20));
      assert.ok(
        !terminal.listPayments().some((it) => it.localId === intent.localId),
        "stored after its caller had left",
      );
    }
    assert.ok(storedCount > 0 && leftCount > 0);
  }));

test("cancelPaymentIntent() while suite 2 seals ends the sale and stores nothing", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const terminal = await shop.openTerminal(await suite2Of(shop));
    const { localId } = await shop.sell("visa", 100);
    const intent = await collected(shop);
    const real = crypto.subtle.encrypt;
    let wasSealing = false;
    crypto.subtle.encrypt = async function (...args) {
      const sealed = await real.apply(crypto.subtle, args);
      wasSealing = true;
      await terminal.cancelPaymentIntent(intent.localId);
      return sealed;
    };
    try {
      await assert.rejects(terminal.confirmPaymentIntent(intent), {
        code: "CANCELED",
      });
    } finally {
      crypto.subtle.encrypt = real;
    }
    assert.ok(wasSealing);
    assert.deepEqual(
      terminal.listPayments().map((payment) => payment.localId),
      [localId],
    );
  }));

test("storePayments() of suite 2 skips what is refused or repeated, and leaves no gap", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal({
      ...await suite2Of(shop),
      offline: {
        isEnabled: true,
        limits: { cardCountMax: 1000, storedAmountMax: { usd: 600 } },
      },
    });
    terminal.pauseForwarding();
    const read = async (amount: number): Promise<Reading> => {
      return { amount, currency: "usd", emvData: await shop.read(amount) };
    };
    const twice = await read(250);
    const results = await terminal.storePayments([
      { ...twice, emvData: new Uint8Array([0x9f]) },
      await read(300),
      await read(400),
      twice,
      { ...twice, emvData: twice.emvData.slice() },
      await read(500),
      await read(50),
      await read(60),
    ]);
    assert.deepEqual(
      results.map(({ payment, error }) => error?.code ?? payment!.seq),
      [
        "MISSING_EMV_DATA",
        1,
        "OFFLINE_STORED_AMOUNT_LIMIT",
        2,
        2,
        "OFFLINE_STORED_AMOUNT_LIMIT",
        3,
        "OFFLINE_STORED_AMOUNT_LIMIT",
      ],
    );
    await shop.terminal.close();
    await assertChains(shop, [[2, 3]]);
  }));

test("a recipient of the other suite begins a chain of its own, and one opener opens both", () =>
  withShop(async (shop) => {
    const suite2 = await suite2Of(shop);
    await shop.sandbox.control.setOffline(true);
    const sold = [];
    for (const changes of [{}, suite2, {}]) {
      await shop.openTerminal(changes);
      sold.push(await shop.sell("visa"), await shop.sell("visa", 700));
    }
    await shop.terminal.close();
    await assertChains(shop, [[1, 4], [2, 2]]);
    const { gateway } = shop.options();
    if (!("apiKey" in gateway) || !("apiKey" in suite2.gateway!)) {
      throw new Error("expected client settings");
    }
    await shop.openTerminal({
      gateway: {
        ...gateway,
        recipientKeys: new Map([
          ...gateway.recipientKeys,
          ...suite2.gateway.recipientKeys,
        ]),
      },
    });
    await shop.sandbox.control.setOffline(false);
    await shop.drained();
    const charges = await shop.charges();
    for (const { localId } of sold) assert.equal(charges.get(localId), 1);
  }));

test("a sealed export of suite 2 comes from a store that another till imports", () =>
  withShop(async (shop) => {
    const suite2 = await suite2Of(shop);
    await shop.sandbox.control.setOffline(true);
    await shop.openTerminal(suite2);
    const { localId } = await shop.sell("visa");
    const file = await shop.terminal.exportStored();
    writeFileSync(join(shop.folder, "export.hfx"), file!.bytes);
    const other = await shop.openTerminal({
      ...suite2,
      path: join(shop.folder, "other.db"),
    });
    const { imported } = await other.importStored(file!.bytes, file!.code);
    assert.deepEqual(imported, [localId]);
    await shop.sandbox.control.setOffline(false);
    await shop.drained();
    assert.equal((await shop.charges()).get(localId), 1);
  }));

test("openTerminal() with 65 bytes that are no point of P-256 throws SEAL_PUBLIC_KEY", () =>
  withShop(async (shop) => {
    const { recipient } = await suite2Of(shop);
    const publicKey = recipient.publicKey.slice();
    publicKey[64] ^= 1;
    await assert.rejects(
      shop.openTerminal({ recipient: { ...recipient, publicKey } }),
      { code: "SEAL_PUBLIC_KEY", field: "recipientPublicKey" },
    );
  }));

test("openTerminal() with a WebCrypto that fails throws, and the store opens again", () =>
  withShop(async (shop) => {
    const suite2 = await suite2Of(shop);
    const real = crypto.subtle.encrypt;
    crypto.subtle.encrypt = () => Promise.reject(new DOMException("no"));
    try {
      await assert.rejects(shop.openTerminal(suite2), { message: "no" });
    } finally {
      crypto.subtle.encrypt = real;
    }
    await shop.openTerminal(suite2);
    assert.match((await shop.sell("visa")).payment!.receiptCode, /^1-1-/);
  }));

test("importRecipient() takes a private JWK of P-256 whose halves belong together, and no other", () =>
  withShop(async ({ core }) => {
    const suite2 = new SealSuite2(core);
    const { privateKey, publicKey } = await suite2.generateKeyPair();
    const recipient = await suite2.importRecipient(privateKey);
    assert.deepEqual(recipient.publicKey, publicKey);
    assert.equal(recipient.privateKey.extractable, false);
    const { d: _, ...half } = privateKey;
    const other = (await suite2.generateKeyPair()).privateKey;
    const wrong: PrivateJwk[] = [
      {},
      half,
      { ...privateKey, crv: "P-384" },
      { ...privateKey, x: other.x! },
      { ...privateKey, d: other.d! },
    ];
    for (const jwk of wrong) {
      await assert.rejects(suite2.importRecipient(jwk), (error: Error) => {
        assert.equal((error as { code?: string }).code, "SEAL_FIELD");
        assert.ok(!JSON.stringify(error).includes(privateKey.d!));
        return true;
      });
    }
  }));
