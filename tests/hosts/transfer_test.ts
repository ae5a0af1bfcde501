/** Payments that move to another device in a sealed file, against the real sandbox. @module */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { StoredExport, Terminal } from "../../engine/mod.ts";
import {
  openExport,
  readExportHeader,
  sealExport,
} from "../../engine/handover/export_file.ts";
import {
  decodeExport,
  encodeExport,
  type ExportContent,
} from "../../engine/handover/export_lines.ts";
import { parseTransferCode } from "../../engine/handover/transfer_code.ts";
import { openTerminalHere, type Shop, withShop } from "../support/shop.ts";

/** Sells `count` payments at the shop's own till, without a network. */
async function sold(shop: Shop, count = 3): Promise<Terminal> {
  await shop.sandbox.control.setOffline(true);
  const terminal = await shop.openTerminal();
  for (let i = 0; i < count; i++) await shop.sell("visa", 1000 + i);
  return terminal;
}

/** Runs `body` with a second device of the shop. */
async function withDevice<T>(
  shop: Shop,
  name: string,
  body: (terminal: Terminal) => Promise<T>,
): Promise<T> {
  const terminal = await openTerminalHere(
    shop.options({ path: join(shop.folder, `${name}.db`) }),
  );
  try {
    return await body(terminal);
  } finally {
    await terminal.close();
  }
}

function openCount(terminal: Terminal): number {
  return terminal.offlineStatus.sdk.offlinePaymentsCount;
}

async function exported(terminal: Terminal): Promise<StoredExport> {
  const made = await terminal.exportStored();
  assert.ok(made !== null);
  return made;
}

/** Every payment was charged exactly once. */
async function assertChargedOnce(shop: Shop, count: number): Promise<void> {
  const charges = await shop.charges();
  const paid = [...charges.values()].filter((times) => times > 0);
  assert.deepEqual(paid, new Array(count).fill(1));
}

test("exportStored() hands every open payment over, and another device forwards each once", () =>
  withShop(async (shop) => {
    const till = await sold(shop);
    const before = till.listPayments();
    const file = await exported(till);
    assert.deepEqual(file.localIds, before.map(({ localId }) => localId));
    assert.equal(openCount(till), 0);
    assert.deepEqual(
      till.listPayments().map(({ state }) => state),
      ["handed_over", "handed_over", "handed_over"],
    );
    await withDevice(shop, "second", async (second) => {
      const report = await second.importStored(file.bytes, file.code);
      assert.deepEqual(report.imported, file.localIds);
      assert.equal(openCount(second), 3);
      // The receipt the customer holds names the same place in the same chain.
      assert.deepEqual(
        second.listPayments().map(({ receiptCode }) => receiptCode),
        before.map(({ receiptCode }) => receiptCode),
      );
      await shop.sandbox.control.setOffline(false);
      till.forwardNow();
      second.forwardNow();
      await shop.until(() => openCount(second) === 0);
      assert.ok(
        second.listPayments().every(({ state }) => state === "forwarded"),
      );
    });
    await assertChargedOnce(shop, 3);
    // The device that took them learns of it when it lays the books beside each other.
    const { recovered } = await till.reconcile();
    assert.equal(recovered.length, 3);
    assert.ok(till.listPayments().every(({ state }) => state === "forwarded"));
  }));

/** What the closes say of one outcome, and what they call authorised. */
function closed(terminal: Terminal): [outcomes: string[], authorised: number] {
  const { totals, authorised } = terminal.closeDay();
  return [
    totals.map(({ outcome, count }) => `${count} ${outcome}`).sort(),
    authorised.usd ?? 0,
  ];
}

test("closeDay() on both sides of a hand-over counts its money once, where it was forwarded", () =>
  withShop(async (shop) => {
    const till = await sold(shop);
    const sum = till.listPayments().reduce(
      (all, { amount }) => all + amount,
      0,
    );
    const file = await exported(till);
    await withDevice(shop, "second", async (second) => {
      await second.importStored(file.bytes, file.code);
      await shop.sandbox.control.setOffline(false);
      await shop.until(() => openCount(second) === 0);
      assert.deepEqual(closed(second), [["3 forwarded"], sum]);
      await second.importStored(file.bytes, file.code);
      assert.deepEqual(closed(second), [[], 0]);
    });
    // This device learns that they were charged, and leaves them to the other one's close.
    assert.equal((await till.reconcile()).recovered.length, 3);
    assert.deepEqual(closed(till), [["3 handed_over"], 0]);
    const { totals, stillOpen } = till.closeDay();
    assert.deepEqual([totals, stillOpen], [[], []]);
  }));

test("closeDay() counts what was taken back, or came home, where it is", () =>
  withShop(async (shop) => {
    const till = await sold(shop, 4);
    const payments = till.listPayments();
    const leave = async (index: number): Promise<StoredExport> =>
      (await till.exportStored({ localIds: [payments[index].localId] }))!;
    const back = await leave(0);
    till.takeBack(back.id, { isFileDestroyed: true });
    const away = await leave(1);
    await withDevice(shop, "second", async (second) => {
      await second.importStored(away.bytes, away.code);
      const home = await exported(second);
      await till.importStored(home.bytes, home.code);
      assert.deepEqual(closed(second), [["1 handed_over"], 0]);
    });
    const gone = await leave(2);
    till.concludeHandover(gone.id, { isImported: true });
    await shop.sandbox.control.setOffline(false);
    await shop.drained();
    const sum = [0, 1, 3].reduce((all, i) => all + payments[i].amount, 0);
    assert.deepEqual(closed(till), [["1 handed_over", "3 forwarded"], sum]);
  }));

test("importStored() twice, and on two devices at once, charges each payment once", () =>
  withShop(async (shop) => {
    const file = await exported(await sold(shop, 4));
    await withDevice(shop, "second", async (second) => {
      await second.importStored(file.bytes, file.code);
      const again = await second.importStored(file.bytes, file.code);
      assert.deepEqual([again.imported, again.known], [[], file.localIds]);
      await withDevice(shop, "third", async (third) => {
        await third.importStored(file.bytes, file.code.toLowerCase());
        await shop.sandbox.control.setOffline(false);
        second.forwardNow();
        third.forwardNow();
        await shop.until(() => openCount(second) + openCount(third) === 0);
      });
    });
    await assertChargedOnce(shop, 4);
  }));

test("takeBack() after the file was imported and forwarded still charges once", () =>
  withShop(async (shop) => {
    const till = await sold(shop);
    const { id, bytes, code } = await exported(till);
    await shop.sandbox.control.setOffline(false);
    await withDevice(shop, "second", async (second) => {
      await second.importStored(bytes, code);
      await shop.until(() => openCount(second) === 0);
    });
    // Stripe forgets every key; only the look-up is left.
    await shop.sandbox.control.advance(25 * 3600 * 1000);
    assert.throws(() => till.takeBack(id, {} as { isFileDestroyed: true }), {
      code: "INVALID_ARGUMENT",
    });
    assert.equal(till.takeBack(id, { isFileDestroyed: true }).length, 3);
    await shop.drained();
    await assertChargedOnce(shop, 3);
    assert.throws(() => till.takeBack(id, { isFileDestroyed: true }), {
      code: "HANDOVER_NOT_FOUND",
    });
    assert.throws(() => till.exportAgain(id), { code: "HANDOVER_NOT_FOUND" });
    assert.equal(till.listHandovers()[0].direction, "taken_back");
    assert.equal(till.verifyActivityLog().isIntact, true);
  }));

test("a payment whose confirmation got no answer is exported as unknown and charged once", () =>
  withShop(async (shop) => {
    const { control } = shop.sandbox;
    const till = await shop.openTerminal({ callDeadlineMs: 1_500 });
    const path = "/v1/payment_intents";
    await control.addFaults(
      { kind: "drop_response", path: "/confirm" },
      { kind: "offline", path, method: "GET" },
    );
    const unclear = await shop.sell("visa", 6000);
    assert.equal(unclear.state, "unknown");
    await control.setOffline(true);
    const file = await exported(till);
    // Not before: a confirmation that is under way would be answered after all.
    await control.clearFaults();
    await withDevice(shop, "second", async (second) => {
      await second.importStored(file.bytes, file.code);
      const [payment] = second.listPayments();
      assert.deepEqual([payment.state, payment.id], ["unknown", unclear.id]);
      await control.setOffline(false);
      second.forwardNow();
      await shop.until(() => openCount(second) === 0);
      assert.equal(second.listPayments()[0].state, "forwarded");
    });
    await assertChargedOnce(shop, 1);
  }));

test("exportAgain() makes a lost file again, and payments that come home are forwarded from here", () =>
  withShop(async (shop) => {
    const till = await sold(shop);
    const [first, ...rest] = till.listPayments();
    const part = await till.exportStored({ localIds: [first.localId] });
    assert.deepEqual(part!.localIds, [first.localId]);
    assert.equal(openCount(till), rest.length);
    const again = till.exportAgain(part!.id);
    assert.equal(again.code, part!.code);
    assert.notDeepEqual(again.bytes, part!.bytes, "no two files share a key");
    const home = await withDevice(shop, "second", async (second) => {
      await second.importStored(again.bytes, again.code);
      return await exported(second);
    });
    const report = await till.importStored(home.bytes, home.code);
    assert.deepEqual(report.imported, [first.localId]);
    assert.equal(openCount(till), 3);
    await shop.sandbox.control.setOffline(false);
    till.forwardNow();
    await shop.drained();
    await assertChargedOnce(shop, 3);
  }));

test("concludeHandover() after the import leaves no ciphertext and no way back", () =>
  withShop(async (shop) => {
    const till = await sold(shop);
    const { id, bytes, code } = await exported(till);
    await withDevice(shop, "second", async (second) => {
      await second.importStored(bytes, code);
      const records = (): number =>
        readFileSync(shop.path).toString("latin1").split("SAF1").length - 1;
      const log = `${shop.path}-wal`;
      assert.throws(
        () => till.concludeHandover(id, {} as { isImported: true }),
        {
          code: "INVALID_ARGUMENT",
          field: "isImported",
        },
      );
      assert.equal(till.concludeHandover(id, { isImported: true }).length, 3);
      // The genesis record stays; the log was folded in and emptied.
      assert.equal(records(), 1);
      assert.ok(!readFileSync(log).toString("latin1").includes("SAF1"));
      for (
        const back of [
          () => till.exportAgain(id),
          () => till.takeBack(id, { isFileDestroyed: true }),
        ]
      ) assert.throws(back, { code: "HANDOVER_NOT_FOUND" });
      await shop.sandbox.control.setOffline(false);
      second.forwardNow();
      await shop.until(() => openCount(second) === 0);
    });
    await assertChargedOnce(shop, 3);
    assert.equal((await till.reconcile()).recovered.length, 3);
  }));

test("exportStored() of nothing is null, and of a settled or unknown payment throws", () =>
  withShop(async (shop) => {
    const till = await shop.openTerminal();
    assert.equal(await till.exportStored(), null);
    const { localId } = await shop.sell();
    await assert.rejects(till.exportStored({ localIds: [localId] }), {
      code: "PAYMENT_STATE_CONFLICT",
    });
    const nobody = "018f0000-0000-7000-8000-000000000000";
    await assert.rejects(till.exportStored({ localIds: [nobody] }), {
      code: "PAYMENT_NOT_FOUND",
    });
    assert.deepEqual(till.listHandovers(), []);
  }));

test("importStored() of a file for somebody else throws EXPORT_NOT_FOR_HERE with the field", () =>
  withShop(async (shop) => {
    const file = await exported(await sold(shop));
    const { recipient, gateway } = shop.options();
    const cases = {
      account: { account: { id: "acct_other", isLivemode: false } },
      livemode: { account: { id: shop.account, isLivemode: true } },
      recipient: { recipient: { ...recipient, keyId: new Uint8Array(8) } },
    };
    for (const [field, changes] of Object.entries(cases)) {
      const path = join(shop.folder, `${field}.db`);
      const other = await openTerminalHere(
        shop.options({ path, ...changes, gateway: gateway! }),
      );
      await assert.rejects(other.importStored(file.bytes, file.code), {
        code: "EXPORT_NOT_FOR_HERE",
        field,
      });
      assert.equal(other.listPayments().length, 0);
      if (field === "recipient") {
        const options = { isOtherRecipientAllowed: true };
        const report = await other.importStored(file.bytes, file.code, options);
        assert.equal(report.imported.length, 3);
      }
      await other.close();
    }
    await assert.rejects(shop.terminal.importStored(file.bytes, file.code), {
      code: "EXPORT_OF_THIS_DEVICE",
    });
  }));

test("importStored() names every kind of tampering and imports nothing", () =>
  withShop(async (shop) => {
    const { bytes, code } = await exported(await sold(shop));
    await withDevice(shop, "second", async (second) => {
      const wrong = code.replace(/^./, (char) => char === "0" ? "1" : "0");
      for (const bad of [wrong, "", code.slice(1)]) {
        await assert.rejects(second.importStored(bytes, bad), {
          code: "EXPORT_CODE_WRONG",
        });
      }
      const damages: [string, Uint8Array][] = [
        ["empty", bytes.slice(0, 0)],
        ["header only", bytes.slice(0, 80)],
        ["cut header", bytes.slice(0, 60)],
        ["cut", bytes.slice(0, -1)],
        ["longer", Uint8Array.of(...bytes, 0)],
        ...[0, 4, 6, 7, 8, 24, 80, 100, bytes.length - 1].map(
          (at): [string, Uint8Array] => {
            const changed = bytes.slice();
            changed[at] ^= 0x40;
            return [`byte ${at}`, changed];
          },
        ),
      ];
      for (const [name, file] of damages) {
        await assert.rejects(
          second.importStored(file, code),
          { code: "EXPORT_FILE_DAMAGED" },
          name,
        );
      }
      assert.deepEqual(second.listPayments(), []);
      assert.deepEqual(second.listHandovers(), []);
      assert.equal((await second.importStored(bytes, code)).imported.length, 3);
    });
  }));

test("importStored() of lines that are not what their records say throws, even under the right code", () =>
  withShop(async (shop) => {
    const { bytes, code } = await exported(await sold(shop));
    const secret = parseTransferCode(code)!;
    const header = readExportHeader(bytes);
    const content = decodeExport(openExport(shop.core, bytes, secret));
    const [first, second, third] = content.payments;
    const [chain] = content.chains;
    const cases: [string, Partial<ExportContent>][] = [
      ["amount", { payments: [{ ...first, amount: 1 }] }],
      ["currency", { payments: [{ ...first, currency: "eur" }] }],
      ["localId", { payments: [{ ...first, localId: second.localId }] }],
      ["seq", { payments: [{ ...first, seq: 9 }] }],
      ["record", { payments: [first, second, second] }],
      ["record", { payments: [first, { ...second, chain: 1 }] }],
      ["record", {
        payments: [first, {
          ...second,
          record: second.record.subarray(0, 300),
        }],
      }],
      ["account", { head: { ...content.head, account: "acct_other" } }],
      ["chain", { chains: [{ ...chain, epoch: 2 }] }],
    ];
    await withDevice(shop, "second", async (till) => {
      for (const [field, changes] of cases) {
        const forged = sealExport(
          shop.core,
          header,
          secret,
          new Uint8Array(16),
          encodeExport({ ...content, ...changes }),
        );
        const expected = field === "account"
          ? "EXPORT_NOT_FOR_HERE"
          : "EXPORT_FILE_DAMAGED";
        await assert.rejects(
          till.importStored(forged, code),
          { code: expected, field },
          field,
        );
      }
      // A record whose end was changed breaks the chain behind it.
      const changed = second.record.with(
        second.record.length - 1,
        second.record[second.record.length - 1] ^ 1,
      );
      const forged = sealExport(
        shop.core,
        header,
        secret,
        new Uint8Array(16),
        encodeExport({
          ...content,
          payments: [first, { ...second, record: changed }, third],
        }),
      );
      await assert.rejects(till.importStored(forged, code), {
        code: "EXPORT_FILE_DAMAGED",
        message: /payment 3: it does not follow/,
      });
      assert.deepEqual(till.listPayments(), []);
    });
  }));

test("no card data is in a sealed export, and the origin's code is not in it", () =>
  withShop(async (shop) => {
    const { bytes, code } = await exported(await sold(shop));
    const text = new TextDecoder("latin1").decode(bytes);
    for (const secret of ["4242", "visa", code, shop.account]) {
      assert.ok(!text.includes(secret), secret);
    }
  }));
