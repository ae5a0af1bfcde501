/** Interac and online PIN at the sandbox: what it takes, and what it refuses. @module */
import assert from "node:assert/strict";
import { assertShape, SHAPES } from "./_shapes.ts";
import { test } from "node:test";
import { SeededRandom } from "../../../engine/reader/seeded_random.ts";
import { SimulatedPinPad } from "../../../engine/reader/simulated_pin.ts";
import {
  type Answer,
  chipHex,
  type ChipOptions,
  type Fields,
  frozenWorld,
  send,
} from "./_support.ts";

const INTERAC: ChipOptions = {
  number: "4506445006931933",
  aid: "a0000002771010",
};
const PINNED: ChipOptions = { number: "4001000360000005", cvm: "420300" };
const pad = new SimulatedPinPad("WPC320000001", new SeededRandom("pin"));

function pinFields(pin: string, number: string): Fields {
  const { block, keySerial } = pad.enter(pin, number);
  const hex = (bytes: Uint8Array): string =>
    [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return { online_pin: { block: hex(block), key_serial: hex(keySerial) } };
}

/** Creates an intent and presents a card. */
function present(
  world: ReturnType<typeof frozenWorld>,
  type: string,
  chip: ChipOptions,
  card: Fields = {},
  intent: Fields = {},
): Answer {
  const made = send(world, "POST", "/v1/payment_intents", {
    fields: {
      amount: 1000,
      currency: "cad",
      payment_method_types: { 0: "card_present", 1: "interac_present" },
      ...intent,
    },
  });
  assert.equal(made.status, 200, JSON.stringify(made.body));
  return send(world, "POST", `/v1/payment_intents/${made.body.id}/confirm`, {
    fields: {
      payment_method_data: {
        type,
        [type]: {
          emv_data: chipHex(chip),
          read_method: "contact_emv",
          ...card,
        },
      },
    },
  });
}

const MANUAL_PREFERRED: Fields = {
  payment_method_options: {
    card_present: { capture_method: "manual_preferred" },
  },
};

test("confirmIntent() of interac_present takes the money at once, where a card's waits", () => {
  const world = frozenWorld();
  const interac = present(
    world,
    "interac_present",
    INTERAC,
    {},
    MANUAL_PREFERRED,
  );
  assert.equal(interac.body.status, "succeeded");
  const { body: charge } = send(
    world,
    "GET",
    `/v1/charges/${interac.body.latest_charge}`,
  );
  assert.equal(charge.captured, true);
  assert.equal(charge.payment_method_details.type, "interac_present");
  assert.equal(charge.payment_method_details.interac_present.last4, "1933");
  assert.equal(charge.payment_method_details.card_present, undefined);
  const visa = present(world, "card_present", {}, {}, MANUAL_PREFERRED);
  assert.equal(visa.body.status, "requires_capture");
});

test("createIntent() and updateIntent() refuse manual capture of interac_present", () => {
  const world = frozenWorld();
  const fields: Fields = {
    amount: 1000,
    currency: "cad",
    payment_method_types: { 0: "card_present", 1: "interac_present" },
  };
  const refused = send(world, "POST", "/v1/payment_intents", {
    fields: { ...fields, capture_method: "manual" },
  });
  assert.equal(refused.status, 400);
  assert.equal(refused.body.error.param, "capture_method");
  const { body } = send(world, "POST", "/v1/payment_intents", { fields });
  const path = `/v1/payment_intents/${body.id}`;
  const updated = send(world, "POST", path, {
    fields: { amount: 2000, capture_method: "manual" },
  });
  assert.equal(updated.status, 400);
  assert.equal(send(world, "GET", path).body.amount, 1000, "half an update");
});

test("confirmIntent() refuses an application under the other type's name", () => {
  const world = frozenWorld();
  for (
    const [type, chip] of [["card_present", INTERAC], ["interac_present", {}]]
  ) {
    const { status, body } = present(
      world,
      type as string,
      chip as ChipOptions,
    );
    assert.deepEqual([status, body.error.param], [
      400,
      "payment_method_data[type]",
    ]);
  }
});

test("confirmIntent() refuses interac_present where the intent does not allow it", () => {
  const { status, body } = present(
    frozenWorld(),
    "interac_present",
    INTERAC,
    {},
    {
      payment_method_types: { 0: "card_present" },
    },
  );
  assert.deepEqual([status, body.error.param], [
    400,
    "payment_method_data[type]",
  ]);
});

test("confirmIntent() refuses what cannot be deferred", () => {
  const world = frozenWorld();
  const offline = { stored_at: 1, type: "deferred" };
  for (
    const answer of [
      present(world, "interac_present", INTERAC, { offline }),
      present(world, "card_present", PINNED, {
        offline,
        ...pinFields("1234", PINNED.number!),
      }),
    ]
  ) {
    assert.equal(answer.status, 400);
    assert.match(answer.body.error.param, /\[offline\]$/);
  }
});

test("confirmIntent() opens the PIN block of the right card only", () => {
  const world = frozenWorld();
  const pay = (card: Fields): string => {
    const { body } = present(world, "card_present", PINNED, card);
    return body.error?.decline_code ?? body.status;
  };
  assert.equal(pay(pinFields("1234", PINNED.number!)), "succeeded");
  assert.equal(pay(pinFields("12345", PINNED.number!)), "incorrect_pin");
  assert.equal(pay(pinFields("1243", PINNED.number!)), "incorrect_pin");
  // Of another card, or of nobody: no issuer could open it.
  assert.equal(pay(pinFields("1234", "4242424242424242")), "incorrect_pin");
  const block = { block: "00".repeat(16), key_serial: "00" };
  assert.equal(pay({ online_pin: block }), "incorrect_pin");
  assert.equal(pay({}), "online_or_offline_pin_required");
});

test("confirmIntent() refuses a PIN block that is none, without repeating it", () => {
  const world = frozenWorld();
  for (
    const online_pin of [
      { block: "1234", key_serial: "00" },
      { block: "00".repeat(16), key_serial: "xyz" },
      { block: "00".repeat(8), key_serial: "00" },
    ]
  ) {
    const { status, body } = present(world, "card_present", PINNED, {
      online_pin,
    });
    assert.equal(status, 400);
    assert.equal(body.error.param, "online_pin");
    assert.equal(JSON.stringify(body).includes(online_pin.block), false);
  }
});

test("confirmIntent() of a tap that wants its PIN is paid once the PIN comes", () => {
  const world = frozenWorld();
  const chip: ChipOptions = { number: "4000002760000008" };
  const tap = { read_method: "contactless_emv" };
  const bare = present(world, "card_present", chip, tap);
  assert.equal(
    bare.body.error.decline_code,
    "online_or_offline_pin_required",
  );
  const pinned = present(world, "card_present", chip, {
    ...tap,
    ...pinFields("1234", chip.number!),
  });
  assert.equal(pinned.body.status, "succeeded");
});

test("createRefund() of an Interac charge needs the card", () => {
  const world = frozenWorld();
  const paid = present(world, "interac_present", INTERAC);
  const { status, body } = send(world, "POST", "/v1/refunds", {
    fields: { payment_intent: paid.body.id },
  });
  assert.deepEqual([status, body.error.code], [400, "charge_not_refundable"]);
  const { body: charge } = send(
    world,
    "GET",
    `/v1/charges/${paid.body.latest_charge}`,
  );
  assert.equal(charge.amount_refunded, 0);
  assertShape(
    charge.payment_method_details.interac_present,
    SHAPES.interacPresent,
  );
});
