import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import fc from "fast-check";
import { ENDPOINT_NAMES } from "../../../hosts/sandbox/router.ts";
import { encodeForm, frozenWorld, pay, SALE_FIELDS, send } from "./_support.ts";

const RUNS = process.env.HOLDFAST_SOAK ? 200_000 : 3000;

/** Names the endpoints know, so that values get past the first check. */
const NAMES = [
  "amount",
  "currency",
  "metadata",
  "metadata[a]",
  "expand[]",
  "expand[0]",
  "limit",
  "created[gte]",
  "starting_after",
  "query",
  "confirm",
  "payment_method_types[0]",
  "allowed_payment_method_types[0]",
  "payment_method_data[type]",
  "payment_method_data[card_present][emv_data]",
  "payment_method_data[card_present][read_method]",
  "payment_method_data[card_present][offline][stored_at]",
  "payment_method_data[card_present][online_pin][block]",
  "payment_method_data[card_present][online_pin][key_serial]",
  "payment_method_data[interac_present][emv_data]",
  "payment_method_data[interac_present][read_method]",
  "payment_intent",
  "registration_code",
  "display_name",
  "address[country]",
  "offline[enabled]",
  "amount_requested[value]",
  "__proto__[x]",
];
const VALUES = [
  ...["", "1", "1000", "-1", "true", "usd", "5a0842"],
  ...["card_present", "interac_present", "00".repeat(16)],
];

test("handle() answers any request with JSON and never throws", () => {
  const world = frozenWorld();
  const intent = pay(world, { capture_method: "manual" }).body;
  const pending = send(world, "POST", "/v1/payment_intents", {
    fields: SALE_FIELDS,
  }).body;
  const known = fc.constantFrom(intent.id, pending.id, intent.latest_charge);
  const text = fc.oneof(
    fc.constantFrom(...VALUES),
    known,
    fc.string({ maxLength: 12 }),
  );
  const name = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...NAMES) },
    { weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
  );
  const pair = fc.tuple(name, text).map(([n, v]) => encodeForm({ [n]: v }));
  const raw = fc.string({ maxLength: 20 });
  const form = fc.array(fc.oneof({ weight: 9, arbitrary: pair }, raw), {
    maxLength: 8,
  }).map((pairs) => pairs.join("&"));
  const endpoint = fc.constantFrom(...ENDPOINT_NAMES);
  const authorization = fc.oneof(
    { weight: 9, arbitrary: fc.constant("Bearer sk_test_shop") },
    raw,
    raw.map((value) => `Basic ${value}`),
  );
  fc.assert(
    fc.property(endpoint, text, form, authorization, (to, id, fields, auth) => {
      const [method, template] = to.split(" ");
      const response = world.api.handle({
        method,
        path: template.replace(":id", id),
        query: method === "POST" ? "" : fields,
        headers: { authorization: auth },
        body: method === "POST" ? fields : "",
      });
      assert.ok(response.status >= 200 && response.status < 500);
      assert.match(response.headers["request-id"], /^req_/);
      const body = JSON.parse(response.body);
      assert.equal("error" in body, response.status !== 200);
    }),
    { numRuns: RUNS, seed: 20261124 },
  );
});
