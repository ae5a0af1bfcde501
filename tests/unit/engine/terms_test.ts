import assert from "node:assert/strict";
import { test } from "node:test";
import { PLAIN_TERMS } from "../../../engine/payment.ts";
import { createParameters } from "../../../engine/stripe/wire.ts";
import { readRequest, readTerms, termsOf } from "../../../engine/terms.ts";

test("readTerms() of every older form gives today's", () => {
  assert.deepEqual(readTerms("{}"), PLAIN_TERMS);
  const transferData = { destination: "acct_1" };
  assert.deepEqual(readTerms('{"transferDestination":null}'), PLAIN_TERMS);
  assert.deepEqual(readTerms('{"tip":5,"transferDestination":"acct_1"}'), {
    ...PLAIN_TERMS,
    tip: 5,
    transferData,
  });
  const terms = { ...PLAIN_TERMS, transferData, transferGroup: "a" };
  assert.deepEqual(readTerms(JSON.stringify(terms)), terms);
});

test("readRequest() of a creation written down before asks Stripe for the very same", () => {
  const request = {
    amount: 500,
    currency: "usd",
    captureMethod: "automatic" as const,
    metadata: {},
  };
  assert.deepEqual(readRequest(JSON.stringify(request)), request);
  const old = readRequest(
    JSON.stringify({ ...request, transferDestination: "acct_1" }),
  );
  assert.deepEqual(createParameters(old).transfer_data, {
    destination: "acct_1",
  });
  const transferData = { destination: "acct_1", amount: 400 };
  const terms = { ...PLAIN_TERMS, transferData, transferGroup: "order 17" };
  const full = { ...request, ...termsOf(terms) };
  assert.deepEqual(readRequest(JSON.stringify(full)), full);
  const { transfer_data, transfer_group } = createParameters(full);
  assert.deepEqual([transfer_data, transfer_group], [transferData, "order 17"]);
});
