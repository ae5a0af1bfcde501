// The reader in software: its cards, and what it says of them.
import assert from "node:assert/strict";
import test, { before } from "node:test";
import {
  type Core,
  type Decision,
  type DecisionRequest,
  loadCore,
} from "../../../bindings/mod.ts";
import type { HoldfastError } from "../../../engine/errors.ts";
import {
  type CollectResult,
  DEVICE_TYPES,
} from "../../../engine/reader/messages.ts";
import type { CollectRequest } from "../../../engine/reader/reader_client.ts";
import {
  drawCard,
  SIMULATED_CARDS,
  type SimulatedCardName,
} from "../../../engine/reader/simulated_cards.ts";
import { SIMULATED_DEVICES } from "../../../engine/reader/simulated_devices.ts";
import type { SimulatedReaderOptions } from "../../../engine/reader/simulated_reader.ts";
import { SeededRandom } from "../../../engine/reader/seeded_random.ts";
import {
  connectSimulated,
  hex,
  objectsOf,
  rejection,
  SALE,
  toHex,
  VirtualClock,
} from "./_reader_world.ts";

const NAMES = Object.keys(SIMULATED_CARDS) as SimulatedCardName[];
let core: Core;
before(async () => {
  core = await loadCore();
});

async function collectOne(
  options: Partial<SimulatedReaderOptions>,
  request: Partial<CollectRequest> = {},
): Promise<CollectResult & { prompts: string[]; clock: VirtualClock }> {
  const { client, clock } = await connectSimulated(options);
  const prompts: string[] = [];
  client.onEvent((e) => e.kind === "prompt" ? prompts.push(e.prompt) : 0);
  const result = await client.collect({ ...SALE, ...request });
  await clock.advance(0);
  client.close();
  return { ...result, prompts, clock };
}

function decide(
  data: Uint8Array,
  clock: VirtualClock,
  rest: Partial<DecisionRequest> = {},
): Decision {
  return core.emv.decide(data, {
    amountMinor: SALE.amountMinor,
    currency: SALE.currency,
    terminalCountry: SALE.terminalCountry,
    nowMs: clock.nowMs(),
    highWaterMs: 0,
    isLivemode: false,
    deviceKey: new Uint8Array(32).fill(7),
    policy: { allowedBrands: null, respectIacDefault: null },
    ...rest,
  });
}

/** What the core decides on a WisePad 3 in the United States; the others are accepted. */
const REFUSALS: Partial<Record<SimulatedCardName, string>> = {
  interac: "interac_not_supported",
  eftpos_au_debit: "network_not_offline",
  girocard: "network_not_offline",
  online_pin_cvm: "online_pin",
  online_pin_sca_retry: "online_pin",
  visa_swipe: "swipe_or_manual",
  visa_expired: "expired",
  visa_refused_by_chip: "card_declined",
};

test("SimulatedReader.collect() gives every card the decision it stands for", async () => {
  for (const name of NAMES) {
    const { emvData, clock } = await collectOne({ customers: [name] });
    const { code, card, explanation } = decide(emvData, clock);
    const expected = REFUSALS[name] ?? "accepted";
    assert.equal(code, expected, `${name}: ${JSON.stringify(explanation)}`);
    assert.equal(card?.last4, SIMULATED_CARDS[name].pan.slice(-4), name);
  }
  assert.equal(NAMES.length, 36);
});

test("SimulatedReader.collect() gives every accepted card its brand", async () => {
  const brands: Partial<Record<SimulatedCardName, string>> = {
    visa: "visa",
    visa_us_common_debit: "visa",
    mastercard: "mastercard",
    maestro: "maestro",
    amex: "amex",
    discover: "discover",
    diners: "discover",
    jcb: "jcb",
    unionpay: "unionpay",
    eftpos_au_visa_debit: "visa",
    eftpos_au_debit_mastercard: "mastercard",
    cartes_bancaires_visa_debit: "visa",
    cartes_bancaires_mastercard_debit: "mastercard",
  };
  for (const [name, brand] of Object.entries(brands)) {
    const { emvData, clock } = await collectOne({ customers: [name] });
    assert.equal(decide(emvData, clock).card?.brand, brand, name);
  }
});

test("SimulatedReader.collect() in the EEA inserts and verifies a PIN, or is refused", async () => {
  const request = { terminalCountry: "FR", currency: "eur" } as const;
  for (const deviceType of DEVICE_TYPES) {
    const hasPin = SIMULATED_DEVICES[deviceType].capabilities.canOfflinePin;
    for (
      const script of ["visa:tap", "mastercard", "offline_pin_sca_retry:tap"]
    ) {
      const { emvData, readMethod, prompts, clock } = await collectOne(
        { deviceType, customers: [script] },
        request,
      );
      assert.equal(readMethod, "contact_emv");
      const expected = [
        "insert",
        ...script.endsWith(":tap") ? ["tap_refused"] : [],
        ...hasPin ? ["pin"] : [],
        "remove_card",
      ];
      assert.deepEqual(prompts, expected);
      const decision = decide(emvData, clock, request);
      assert.equal(decision.code, hasPin ? "accepted" : "sca_required");
      if (hasPin) assert.equal(decision.card?.cvm, "offline_pin");
    }
  }
});

test("SimulatedReader.collect() taps outside the EEA", async () => {
  for (const name of ["visa", "mastercard", "amex", "offline_pin_cvm"]) {
    const { emvData, readMethod, prompts, clock } = await collectOne({
      customers: [`${name}:tap`],
    });
    assert.equal(readMethod, "contactless_emv");
    assert.deepEqual(prompts, ["insert_or_tap", "remove_card"]);
    const decision = decide(emvData, clock);
    assert.equal(decision.code, "accepted", name);
    assert.equal(decision.card?.readMethod, "contactless_emv");
  }
});

test("SimulatedReader.collect() carries the request and the clock in its objects", async () => {
  const { emvData } = await collectOne(
    { customers: ["maestro"], deviceType: "stripe_m2" },
    {
      amountMinor: 999_999_999_999,
      currency: "GBP",
      terminalCountry: "GB",
      transactionType: 0x09,
    },
  );
  const found = await objectsOf(emvData);
  const expected: Record<string, string> = {
    "5A": "6759649826438453",
    "57": "6759649826438453d3012201" + "0".repeat(13) + "f",
    "5F24": "301231",
    "5F28": "0826",
    "5F2A": "0826",
    "84": "a0000000043060",
    "9A": "260714",
    "9C": "09",
    "9F02": "999999999999",
    "9F1A": "0826",
    "9F21": "123015",
    "9F27": "80",
    "9F33": "6008c8",
    "9F34": "1f0302",
    "9F39": "05",
  };
  for (const [tag, value] of Object.entries(expected)) {
    assert.equal(found.get(tag), value, tag);
  }
  const wanted = "4F 50 57 5A 5F20 5F24 5F28 5F2A 5F34 82 84 8E 95 9A 9B 9C " +
    "9F02 9F03 9F07 9F09 9F0D 9F0E 9F0F 9F10 9F12 9F1A 9F1E 9F21 9F26 9F27 " +
    "9F33 9F34 9F35 9F36 9F37 9F39 9F40 9F41 9F4E";
  assert.deepEqual([...found.keys()].sort(), wanted.split(" ").sort());
});

test("SimulatedReader.collect() writes objects in ascending order, each tag once", async () => {
  for (const script of ["visa", "visa:tap", "visa_swipe"]) {
    const { emvData } = await collectOne({ customers: [script] });
    const tags = core.tlv.parse(emvData, "reader").map(({ tag }) => tag);
    assert.deepEqual(tags, [...new Set(tags)].sort((a, b) => a - b));
  }
});

test("SimulatedReader.collect() hands a swipe over, or refuses it and waits for another card", async () => {
  const customers = ["visa:swipe", "mastercard"];
  const swiped = await collectOne({ customers });
  assert.equal(swiped.readMethod, "magnetic_stripe_track2");
  assert.equal((await objectsOf(swiped.emvData)).has("9F26"), false);
  const refused = await collectOne({ customers }, { swipe: "refuse" });
  assert.equal(refused.readMethod, "contact_emv");
  assert.deepEqual(refused.prompts, [
    "insert_or_tap",
    "swipe_refused",
    "remove_card",
  ]);
});

test("SimulatedReader.collect() selects a co-badged card's other network when one is blocked", async () => {
  const customers = ["cartes_bancaires_visa_debit"];
  const aid = async (request: Partial<CollectRequest>): Promise<unknown> => {
    const { emvData } = await collectOne({ customers }, request);
    return (await objectsOf(emvData)).get("84");
  };
  assert.equal(await aid({}), "a0000000031010");
  assert.equal(await aid({ isOffline: false }), "a0000000421010");
  const blockedAids = [hex("a000000042")];
  assert.equal(await aid({ isOffline: false, blockedAids }), "a0000000031010");
  const all = [hex("a000000042"), hex("a000000003")];
  const error = await rejection(aid({ blockedAids: all }));
  assert.equal((error as HoldfastError).code, "READER_NO_COMMON_APPLICATION");
});

test("SimulatedReader.collect() counts every card and never repeats a cryptogram", async () => {
  const { client } = await connectSimulated({ customers: ["visa", "amex"] });
  const seen = new Set<string>();
  const last = new Map<string, number>();
  for (let i = 0; i < 300; i++) {
    const found = await objectsOf((await client.collect(SALE)).emvData);
    const pan = found.get("5A")!;
    const atc = parseInt(found.get("9F36")!, 16);
    if (last.has(pan)) assert.equal(atc, last.get(pan)! + 1);
    last.set(pan, atc);
    seen.add(found.get("9F26")!);
  }
  assert.equal(seen.size, 300);
  assert.equal(last.size, 2);
});

test("SimulatedReader.collect() signs amount, type, currency, date and counter", async () => {
  const cryptogram = async (
    request: Partial<CollectRequest>,
  ): Promise<string> => {
    const { emvData } = await collectOne({ customers: ["visa"] }, request);
    return (await objectsOf(emvData)).get("9F26")!;
  };
  const changes: Partial<CollectRequest>[] = [
    {},
    { amountMinor: 1251 },
    { currency: "cad" },
    { transactionType: 0x20 },
    { terminalCountry: "CA" },
  ];
  const made = await Promise.all(changes.map(cryptogram));
  assert.equal(new Set(made).size, changes.length);
  assert.equal(await cryptogram({}), made[0], "the same sale, the same bytes");
});

test("SimulatedReader plays the same day from the same seed", async () => {
  const day = async (seed: string): Promise<string[]> => {
    const { client } = await connectSimulated({ seed, customers: "mix" });
    const sales: string[] = [client.info.serialNumber];
    for (let i = 0; i < 60; i++) {
      sales.push(toHex((await client.collect(SALE)).emvData));
    }
    return sales;
  };
  const [first, again, other] = await Promise.all([
    day("a"),
    day("a"),
    day("b"),
  ]);
  assert.deepEqual(first, again);
  assert.notDeepEqual(first, other);
});

test("SimulatedReader started again with the same seed repeats no cryptogram", async () => {
  const seen = new Set<string>();
  for (let start = 0; start < 20; start++) {
    const clock = new VirtualClock();
    await clock.advance(start * 1_000);
    const { client } = await connectSimulated({ clock });
    seen.add(
      (await objectsOf((await client.collect(SALE)).emvData)).get("9F26")!,
    );
  }
  assert.equal(seen.size, 20);
});

test("drawCard() is mostly good, sometimes declined, sometimes refused", () => {
  const random = new SeededRandom("mix");
  const counts = { good: 0, declined: 0, refused: 0 };
  for (let i = 0; i < 5_000; i++) {
    const name = drawCard((bound) => random.below(bound));
    if (name in REFUSALS) counts.refused++;
    else if (name.startsWith("charge_declined")) counts.declined++;
    else counts.good++;
  }
  assert.ok(counts.good > 4_150 && counts.good < 4_450, `${counts.good}`);
  assert.ok(counts.declined > 320 && counts.refused > 220);
});
