/** The decision, rule by rule: each refusal raised, each passing case that matters. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { EmvCore } from "../../../bindings/emv.ts";
import {
  BRANDS,
  DECISION_CODES,
  type DecisionRequest,
} from "../../../bindings/emv_types.ts";
import { coreInstance, hex, toHex } from "../../reference/core_instance.ts";
import { flatten } from "../../reference/emv_agreement.ts";
import { referenceDecide } from "../../reference/emv_reference.ts";
import { ACCEPTED, type Case, REFUSALS, requestWith } from "./emv_cases.ts";
import {
  ONLINE_ACCEPTED,
  ONLINE_ONLY,
  ONLINE_REFUSALS,
} from "./emv_online_cases.ts";
import { message, type Objects, REQUEST } from "./emv_message.ts";

const emv = new EmvCore(coreInstance());

/** Checks what decided, and that the twin says the same word by word. */
function checkReason(
  [, expected, changes, request = {}]: Case,
  outcome: "refused" | "online_only",
): void {
  const data = message(changes);
  const decision = emv.decide(data, requestWith(request));
  const { rule, tag, bit } = decision.explanation;
  const said = [rule, decision.code, tag, bit?.split(":")[0]]
    .filter((part) => part !== undefined).join(" ");
  assert.equal(said, expected);
  assert.equal(decision.decision, outcome);
  const twin = referenceDecide(data, requestWith(request));
  assert.deepEqual(flatten(decision), twin);
}

for (const row of REFUSALS) {
  const [name, expected] = row;
  test(`decide() ${name} is refused by ${expected}`, () => {
    checkReason(row, "refused");
  });
}

for (const row of ONLINE_REFUSALS) {
  const [name, expected] = row;
  test(`decide() ${name} is refused online too, by ${expected}`, () => {
    checkReason(row, "refused");
  });
}

for (const row of ONLINE_ONLY) {
  const [name, expected, changes, request] = row;
  test(`decide() ${name} is online only, offline refused by ${expected}`, () => {
    checkReason(row, "online_only");
    checkReason(
      [name, expected, changes, { ...request, isOnline: false }],
      "refused",
    );
  });
}

for (
  const [name, expected, changes, request = {}] of [
    ...ACCEPTED,
    ...ONLINE_ACCEPTED,
  ]
) {
  const when = request.isOnline ? " online too" : "";
  test(`decide() ${name} is ${expected}${when}`, () => {
    const data = message(changes);
    const decision = emv.decide(data, requestWith(request));
    assert.equal(decision.code, "accepted");
    assert.equal(decision.decision, expected);
    assert.notEqual(decision.card, null);
    const twin = referenceDecide(data, requestWith(request));
    assert.deepEqual(flatten(decision), twin);
  });
}

test("decide() every code but accepted is raised by the table", () => {
  const raised = new Set(
    REFUSALS.map(([, expected]) => expected.split(" ")[1]),
  );
  assert.deepEqual([...raised].sort(), DECISION_CODES.slice(1).toSorted());
});

test("decide() all EEA countries ask for a PIN, the rest of Europe does not", () => {
  const eea =
    "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL " +
    "PT RO SK SI ES SE IS LI NO";
  const tap = { "9F1A": null, "9F07": null, "9F39": "07", "9F34": "1F0002" };
  const codeIn = (terminalCountry: string): string =>
    emv.decide(message(tap), requestWith({ terminalCountry })).code;
  for (const country of eea.split(" ")) {
    assert.equal(codeIn(country), "sca_required", country);
  }
  for (
    const country of ["GB", "CH", "AD", "MC", "SM", "VA", "UA", "RS", "AL"]
  ) {
    assert.equal(codeIn(country), "accepted", country);
  }
});

test("decide() first match wins: repairing one rule uncovers the next", () => {
  const broken: Objects = {
    "9F02": "000000009999",
    "9F39": "90",
    "9F27": "00",
    "84": "A0000002771010",
    "5F24": "200101",
    "95": "0010940000",
    "9F34": "020301",
    "9F0E": "FFFFFFFFFF",
  };
  const codes: string[] = [];
  const changes = { ...broken };
  const repairs: [tag: string, value: string][] = [
    ["9F02", "000000001250"],
    ["9F39", "07"],
    ["9F27", "80"],
    ["84", "A0000000031010"],
    ["5F24", "281231"],
    ["95", "0000940000"],
    ["95", "0000140000"],
    ["9F34", "020300"],
    ["95", "0000100000"],
    ["9F34", "1F0302"],
  ];
  for (const [tag, value] of repairs) {
    codes.push(emv.decide(message(changes), REQUEST).code);
    changes[tag] = value;
  }
  assert.deepEqual(codes, [
    "emv_mismatch",
    "swipe_or_manual",
    "card_declined",
    "interac_not_supported",
    "expired",
    "service_not_allowed",
    "cvm_failed",
    "cvm_failed",
    "online_pin",
    "online_pin",
  ]);
  assert.equal(emv.decide(message(changes), REQUEST).code, "sca_required");
  const here = requestWith({ terminalCountry: "GB" });
  changes["9F1A"] = null;
  changes["9F07"] = null;
  assert.equal(emv.decide(message(changes), here).code, "iac_denied");
});

test("decide() an unreadable message names status and offset", () => {
  const data = hex("9F0206000000001250 5A80");
  const { code, explanation, card } = emv.decide(data, REQUEST);
  assert.equal(code, "emv_malformed");
  assert.equal(explanation.status, "BER_ERR_LENGTH_INDEFINITE");
  assert.equal(explanation.offset, 10);
  assert.equal(explanation.tag, null);
  assert.equal(card, null);
});

test("decide() a repeated decision object is refused where it repeats", () => {
  for (const tag of ["9F02", "9F26", "95", "5A", "84"]) {
    const data = new Uint8Array([...message(), ...message()]);
    const once = message({ [tag]: null });
    const twice = new Uint8Array([
      ...message(),
      ...message().slice(0, message().length - once.length),
    ]);
    assert.equal(emv.decide(data, REQUEST).code, "emv_malformed", tag);
    assert.equal(emv.decide(twice, REQUEST).code, "emv_malformed", tag);
  }
  const repeated = new Uint8Array([...message(), ...hex("9F0206000000001250")]);
  const { code, explanation } = emv.decide(repeated, REQUEST);
  assert.equal(code, "emv_malformed");
  assert.equal(explanation.offset, message().length);
});

test("decide() names of applications may repeat inside a directory", () => {
  const entry = "610F 4F07A0000000031010 500456495341";
  const data = new Uint8Array([...message(), ...hex(entry), ...hex(entry)]);
  assert.equal(emv.decide(data, REQUEST).code, "accepted");
  const hidden = new Uint8Array([...message(), ...hex("6105 9902 1234 00")]);
  assert.equal(emv.decide(hidden, REQUEST).code, "pin_block_present");
  const money = new Uint8Array([
    ...message(),
    ...hex("6109 9F0206000000001250"),
  ]);
  assert.equal(emv.decide(money, REQUEST).code, "emv_malformed");
});

test("decide() card facts tell everything but the number", () => {
  const { card } = emv.decide(
    message({ "9F11": "07", "9F12": "CA797A61" }),
    REQUEST,
  );
  assert.ok(card);
  const { cardHmac, cardTransactionHmac, ...shown } = card;
  assert.equal(cardHmac.length, 16);
  assert.equal(cardTransactionHmac.length, 16);
  assert.deepEqual(shown, {
    brand: "visa",
    last4: "1486",
    expiryMonth: 12,
    expiryYear: 2028,
    aid: "A0000000031010",
    applicationLabel: "VISA",
    applicationPreferredName: "Κyza",
    preferredLocales: ["de", "en"],
    readMethod: "contact_emv",
    cvm: "offline_pin",
    receipt: {
      dedicatedFileName: "A0000000031010",
      applicationCryptogram: "0102030405060708",
      terminalVerificationResults: "0000008000",
      transactionStatusInformation: "E800",
      cryptogramType: "arqc",
    },
  });
});

test("decide() HMACs depend on card, sale and device, and on nothing else", () => {
  const macs = (changes: Objects, deviceKey = REQUEST.deviceKey): string[] => {
    const { card } = emv.decide(message(changes), { ...REQUEST, deviceKey });
    assert.ok(card);
    return [toHex(card.cardHmac), toHex(card.cardTransactionHmac)];
  };
  const [card, sale] = macs({});
  assert.deepEqual(macs({ "9F10": null, "5F24": "300101", "5A": null }), [
    card,
    sale,
  ]);
  for (const changes of [{ "9F36": "001B" }, { "9F26": "0102030405060709" }]) {
    const [sameCard, otherSale] = macs(changes);
    assert.equal(sameCard, card);
    assert.notEqual(otherSale, sale);
  }
  for (
    const changes of [{ "5F34": "02" }, { "5F34": null }, { "5F34": "00" }]
  ) {
    const [otherCard, otherSale] = macs(changes);
    assert.notEqual(otherCard, card);
    assert.notEqual(otherSale, sale);
  }
  assert.notEqual(macs({ "5F34": null })[0], macs({ "5F34": "00" })[0]);
  const other = macs({}, new Uint8Array(32).fill(8));
  assert.notEqual(other[0], card);
  assert.notEqual(other[1], sale);
});

test("decide() leaves no PAN and no key in the core's memory", () => {
  const module = coreInstance();
  const core = new EmvCore(module);
  const deviceKey = Uint8Array.from({ length: 32 }, (_, index) => 0xc0 ^ index);
  core.decide(message(), { ...REQUEST, deviceKey });
  core.decide(message({ "9F02": "00" }), { ...REQUEST, deviceKey });
  core.decideBatch([message(), message({ "5A": null })], [
    { ...REQUEST, deviceKey },
    { ...REQUEST, deviceKey: new Uint8Array(32).fill(0xd1) },
  ]);
  const memory = toHex(module.bytes);
  for (
    const secret of ["4539578763621486", toHex(deviceKey), "d1".repeat(32)]
  ) {
    assert.equal(memory.includes(secret), false);
  }
  const { card } = core.decide(message(), { ...REQUEST, deviceKey });
  assert.ok(card);
  assert.equal(toHex(module.bytes).includes(toHex(card.cardHmac)), false);
});

test("decide() a wrong request names its field", () => {
  const wrong: [string, Record<string, unknown>][] = [
    ["amountMinor", { amountMinor: -1 }],
    ["amountMinor", { amountMinor: 1.5 }],
    ["amountMinor", { amountMinor: 1_000_000_000_000 }],
    ["currency", { currency: "XTS" }],
    ["terminalCountry", { terminalCountry: "EU" }],
    ["nowMs", { nowMs: NaN }],
    ["highWaterMs", { highWaterMs: -1 }],
    ["transactionType", { transactionType: 256 }],
    ["deviceKey", { deviceKey: new Uint8Array(31) }],
    ["policy.tac", {
      policy: { ...REQUEST.policy, tacDenial: new Uint8Array(4) },
    }],
    ["policy.allowedBrands", {
      policy: { ...REQUEST.policy, allowedBrands: ["diners"] },
    }],
  ];
  for (const [field, change] of wrong) {
    const request = { ...REQUEST, ...change } as DecisionRequest;
    assert.throws(() => emv.decide(message(), request), {
      code: "EMV_REQUEST",
      field,
    });
  }
  assert.throws(() => emv.decide(new Uint8Array(4097), REQUEST), {
    code: "EMV_BATCH",
  });
});

test("decideBatch() answers as decide() does, beyond the size of the arenas", () => {
  const messages: Uint8Array[] = [];
  const requests: DecisionRequest[] = [];
  for (let index = 0; index < 700; index++) {
    const changes = REFUSALS[index % REFUSALS.length];
    messages.push(message(changes[2]));
    requests.push(requestWith({
      ...changes[3],
      deviceKey: new Uint8Array(32).fill(index % 3),
    }));
  }
  messages.push(new Uint8Array(4096).fill(0x20));
  requests.push(REQUEST);
  const batch = emv.decideBatch(messages, requests);
  assert.equal(batch.length, 701);
  batch.forEach((decision, index) =>
    assert.deepEqual(decision, emv.decide(messages[index], requests[index]))
  );
  assert.deepEqual(emv.decideBatch([], []), []);
  assert.throws(() => emv.decideBatch([message()], []), RangeError);
});

test("decide() policy with every brand equals no list of brands", () => {
  const listed = requestWith({ policy: { allowedBrands: [...BRANDS] } });
  assert.equal(emv.decide(message(), listed).code, "accepted");
});
