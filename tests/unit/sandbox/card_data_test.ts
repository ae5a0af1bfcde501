import assert from "node:assert/strict";
import { test } from "node:test";
import { renderPage } from "../../../hosts/sandbox/page.ts";
import { reportOf, summariseIntents } from "../../../hosts/sandbox/report.ts";
import {
  chipHex,
  confirmFields,
  type Fields,
  frozenWorld,
  pay,
  requestOf,
  SALE_FIELDS,
  send,
} from "./_support.ts";

const NUMBERS = ["4242424242424242", "4000000000009995", "378282246310005"];

test("renderPage(), reports, log and answers contain no card number", async () => {
  const world = frozenWorld();
  world.faults.add({ kind: "drop_response", path: "pi_none" });
  const shown: unknown[] = [];
  for (const [index, number] of NUMBERS.entries()) {
    shown.push(pay(world, {}, { number, counter: `000${index}` }));
    const made = send(world, "POST", "/v1/payment_intents", {
      fields: SALE_FIELDS,
    });
    const path = `/v1/payment_intents/${made.body.id}/confirm`;
    // Refusals must not quote what they refuse.
    const fields = confirmFields({ number, amount: 5 });
    shown.push(send(world, "POST", path, { fields }));
    const cut = { ...fields };
    cut.payment_method_data = {
      type: "card_present",
      card_present: {
        emv_data: chipHex({ number }).slice(0, -4),
        read_method: "contact_emv",
      },
    };
    shown.push(send(world, "POST", path, { fields: cut }));
    await world.deliver(
      requestOf("POST", path.replace(made.body.id, "pi_none"), { fields }),
    );
  }
  for (const path of ["payment_intents", "charges", "events"]) {
    const fields = { limit: 100 };
    shown.push(send(world, "GET", `/v1/${path}`, { fields }));
  }
  const parts = { ...world, setOffline: () => {} };
  shown.push(renderPage(parts), reportOf(world.state));
  shown.push(summariseIntents(world.state), world.journal.entries);
  const text = JSON.stringify(shown);
  assert.match(text, /4242/); // The last four digits are there.
  for (const number of NUMBERS) {
    assert.ok(!text.includes(number), `…${number.slice(-4)} appears`);
  }
});

test("renderPage() shows requests, keys, faults and duplicates, escaped", async () => {
  const world = frozenWorld();
  const metadata = { local_id: "<b>one</b>" };
  const one = pay(world, { metadata });
  pay(world, { metadata });
  world.faults.add({ kind: "drop_response", probability: 0.5 });
  await world.deliver(requestOf("POST", "/v1/payment_intents", {
    fields: SALE_FIELDS,
    idempotencyKey: "the-key",
  }));
  const page = renderPage({ ...world, setOffline: () => {} });
  assert.ok(page.includes(one.body.id));
  assert.ok(page.includes(one.body.latest_charge));
  assert.ok(page.includes("the-key"));
  assert.ok(page.includes("drop_response"));
  assert.ok(page.includes("&#60;b&#62;one"));
  assert.ok(!page.includes("<b>one"));
  assert.match(page, /Duplicates<\/dt><dd class="bad">1</);
  assert.match(
    page,
    /class="verdict bad">1 payment was charged more than once/,
  );
});

test("renderPage() with a query shows that payment, its charges, keys and requests alone", async () => {
  const world = frozenWorld();
  const parts = { ...world, setOffline: () => {} };
  const ask = async (
    path: string,
    fields: Fields,
    key: string,
  ) =>
    await world.deliver(
      requestOf("POST", path, { fields, idempotencyKey: key }),
    ) as { body: string };
  const ids: string[] = [];
  for (const [i, name] of ["one", "two"].entries()) {
    const metadata = { local_id: name };
    const made = await ask(
      "/v1/payment_intents",
      { ...SALE_FIELDS, metadata },
      `${name}:c`,
    );
    const { id } = JSON.parse(made.body);
    const confirm = confirmFields({ counter: `000${i}` });
    await ask(`/v1/payment_intents/${id}/confirm`, confirm, `${name}:k`);
    await ask(`/v1/payment_intents/${id}/confirm`, confirm, `${name}:k`);
    ids.push(id);
  }
  const whole = renderPage(parts);
  for (const text of [...ids, "one:c", "two:k", "replayed"]) {
    assert.ok(whole.includes(text), text);
  }
  const page = renderPage(parts, ids[0]);
  for (const text of ["Charges 1", "Keys 2", "Requests 3", "one:c", "one:k"]) {
    assert.ok(page.includes(text), text);
  }
  assert.ok(!page.includes(ids[1]) && !page.includes("two:"));
  // A day later Stripe has forgotten both keys.
  world.clock.advance(24 * 3600_000);
  assert.equal(renderPage(parts, ids[0]).split(">forgotten<").length, 3);
  assert.ok(!renderPage(parts, '"><script>').includes("<script>"));
});
