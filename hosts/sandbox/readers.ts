/**
 * Simulated smart readers: register, process, present a test card.
 *
 * Owns: the reader's action and its outcome. This is how a public `sk_test_`
 * key reaches a whole payment without hardware, at Stripe and here.
 * @see https://docs.stripe.com/terminal/references/testing
 * @module
 */
import type Stripe from "stripe";
import { invalidParameter, unexpectedState } from "./api_error.ts";
import type { Call } from "./call.ts";
import { CARD_TYPES, type PresentedCard } from "./card_present.ts";
import { cardError } from "./charges.ts";
import { type ListPage, readPageQuery } from "./collection.ts";
import { attemptCharge } from "./confirmation.ts";
import { emit } from "./events.ts";
import { changedMetadata } from "./parameters.ts";

type Reader = Stripe.Terminal.Reader;

/** Registration code → device type, for test mode. */
const SIMULATED: Readonly<Record<string, Reader["device_type"]>> = {
  "simulated-wpe": "simulated_wisepos_e",
  "simulated-s700": "simulated_stripe_s700",
  "simulated-s710": "simulated_stripe_s710",
};

/** Registers a simulated reader. */
export function createReader(call: Call): Reader {
  const { parameters, state, mode } = call;
  const code = parameters.requiredText("registration_code");
  const label = parameters.text("label");
  const location = parameters.text("location");
  const metadata = parameters.metadata();
  parameters.done();
  const deviceType = mode.livemode ? undefined : SIMULATED[code];
  if (!deviceType) {
    throw invalidParameter(
      "registration_code",
      "We couldn't find a reader with that registration code.",
    );
  }
  if (location) mode.locations.get(location);
  const serial = state.ids.short("").toUpperCase();
  return mode.readers.add({
    id: state.ids.short("tmr_"),
    object: "terminal.reader",
    action: null,
    device_sw_version: "1.0.0",
    device_type: deviceType,
    ip_address: "127.0.0.1",
    label: label || serial,
    last_seen_at: state.clock.nowMs(),
    livemode: mode.livemode,
    location: location ?? null,
    metadata: changedMetadata({}, metadata),
    serial_number: serial,
    status: "online",
  });
}

/** Returns the reader of the path. */
export function retrieveReader(call: Call): Reader {
  call.parameters.done();
  return call.mode.readers.get(call.id);
}

/** Changes label and metadata. */
export function updateReader(call: Call): Reader {
  const label = call.parameters.text("label");
  const metadata = call.parameters.metadata();
  call.parameters.done();
  const reader = call.mode.readers.get(call.id);
  if (label !== undefined) reader.label = label || reader.serial_number;
  reader.metadata = changedMetadata(reader.metadata, metadata);
  return reader;
}

/** Deletes a reader. */
export function deleteReader(call: Call): Stripe.Terminal.DeletedReader {
  call.parameters.done();
  const reader = call.mode.readers.remove(call.id);
  const { id, object, serial_number } = reader;
  const device_type = reader.device_type as Stripe.Terminal.DeletedReader[
    "device_type"
  ];
  return { id, object, device_type, serial_number, deleted: true };
}

/** Returns a page of readers. */
export function listReaders(call: Call): ListPage<Reader> {
  const query = readPageQuery(call.parameters);
  const filters = ["device_type", "location", "serial_number", "status"]
    .map((name) => [name, call.parameters.text(name)] as const)
    .filter(([, wanted]) => wanted !== undefined);
  call.parameters.done();
  return call.mode.readers.page(
    query,
    (reader) =>
      filters.every(([name, wanted]) =>
        (reader as unknown as Record<string, unknown>)[name] === wanted
      ),
  );
}

/** Starts a payment on the reader, which then waits for a card. */
export function processPaymentIntent(call: Call): Reader {
  const { parameters, mode } = call;
  const intentId = parameters.requiredText("payment_intent");
  parameters.ignore("process_config");
  parameters.done();
  const reader = mode.readers.get(call.id);
  const intent = mode.intents.get(intentId);
  if (reader.action?.status === "in_progress") {
    throw invalidParameter(
      "",
      "Reader is currently busy processing another request.",
      "terminal_reader_busy",
    );
  }
  if (intent.status !== "requires_payment_method") {
    throw unexpectedState(
      intent,
      `The PaymentIntent has a status of ${intent.status}; a reader can ` +
        "process it only in requires_payment_method.",
    );
  }
  reader.action = {
    api_error: null,
    failure_code: null,
    failure_message: null,
    process_payment_intent: { payment_intent: intent.id },
    status: "in_progress",
    type: "process_payment_intent",
  };
  emit(call, "terminal.reader.action_updated", reader);
  return reader;
}

/** Takes the reader's action back. */
export function cancelAction(call: Call): Reader {
  call.parameters.done();
  const reader = call.mode.readers.get(call.id);
  reader.action = null;
  return reader;
}

/** Presents a test card to the waiting reader. */
export function presentPaymentMethod(call: Call): Reader {
  const { parameters, mode, state } = call;
  const type = parameters.choice("type", CARD_TYPES) ?? "card_present";
  const card = parameters.record(type);
  const number = card?.text("number") ?? "4242424242424242";
  card?.done();
  const tip = parameters.integer("amount_tip");
  parameters.done();
  const reader = mode.readers.get(call.id);
  const action = reader.action;
  if (action?.status !== "in_progress" || !action.process_payment_intent) {
    throw invalidParameter("", "The reader is not waiting for a card.");
  }
  const id = action.process_payment_intent.payment_intent as string;
  const intent = mode.intents.get(id);
  if (tip !== undefined) {
    intent.amount += tip;
    intent.amount_details = { tip: { amount: tip } };
  }
  const { charge, decline } = attemptCharge(call, intent, {
    ...NO_CHIP,
    type,
    number,
    expYear: new Date(state.clock.nowMs()).getUTCFullYear() + 3,
  });
  if (decline) {
    const { body } = cardError(intent, charge, decline);
    const { payment_intent: _, ...apiError } = body;
    action.api_error = apiError as Stripe.Terminal.Reader.Action.ApiError;
    action.failure_code = decline.code;
    action.failure_message = decline.message;
  }
  action.status = decline ? "failed" : "succeeded";
  emit(
    call,
    decline
      ? "terminal.reader.action_failed"
      : "terminal.reader.action_succeeded",
    reader,
  );
  return reader;
}

/** A simulated card signs nothing. */
const NO_CHIP: Omit<PresentedCard, "type" | "number" | "expYear"> = {
  pin: "none",
  expMonth: 12,
  readMethod: "contact_emv",
  storedAt: null,
  amount: null,
  cryptogram: null,
  receipt: {
    cryptogram: null,
    applicationId: null,
    applicationName: null,
    tvr: null,
    tsi: null,
  },
};
