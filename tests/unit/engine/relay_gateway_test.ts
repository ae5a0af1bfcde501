import assert from "node:assert/strict";
import { test } from "node:test";
import type { GatewayCall } from "../../../engine/gateway.ts";
import { createRelayGateway } from "../../../engine/relay/relay_gateway.ts";
import {
  decodeRequest,
  decodeResult,
  encodeMessage,
} from "../../../engine/relay/protocol.ts";

const CALL: GatewayCall = {
  idempotencyKey: "key",
  signal: new AbortController().signal,
};

async function heard(answer: string | Error): Promise<unknown> {
  const gateway = createRelayGateway(() =>
    answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
  );
  return await gateway.captureIntent("pi_1", CALL);
}

function unavailable(code: string, facts: object = {}): object {
  return {
    kind: "unavailable",
    code,
    mayHaveExecuted: true,
    isSaved: false,
    isAnswered: false,
    retryAfterMs: null,
    ...facts,
  };
}

const SILENT = unavailable("not_a_relay");
test("createRelayGateway() passes every fact of an unavailable result through", async () => {
  for (let bits = 0; bits < 8; bits++) {
    const result = unavailable("server_error", {
      mayHaveExecuted: (bits & 1) > 0,
      isSaved: (bits & 2) > 0,
      isAnswered: (bits & 4) > 0,
      retryAfterMs: bits * 1000,
    });
    assert.deepEqual(await heard(JSON.stringify(result)), result);
  }
});

test("createRelayGateway() believes no answer of another form", async () => {
  const bodies = [
    "",
    "<html>Welcome to our Wi-Fi</html>",
    "null",
    "[]",
    "{}",
    '{"kind":"intent"}',
    '{"kind":"page","intents":[],"nextCursor":null}',
    '{"kind":"identity","account":"acct_1","isLivemode":false}',
    '{"kind":"unavailable","code":"x"}',
    '{"kind":"__proto__"}',
    '{"kind":"declined","error":{"code":"x"}}',
    '{"kind":"rejected","code":7}',
  ];
  for (const body of bodies) {
    assert.deepEqual(await heard(body), SILENT, body);
  }
});

test("createRelayGateway() tells a timeout from a broken connection", async () => {
  assert.deepEqual(await heard(new Error("x")), unavailable("connection"));
  const gateway = createRelayGateway(() => Promise.reject(new Error("x")));
  const result = await gateway.captureIntent("pi_1", {
    idempotencyKey: "key",
    signal: AbortSignal.abort(),
  });
  assert.deepEqual(result, unavailable("timeout"));
});

test("createRelayGateway() sends nothing that changes something without a key", async () => {
  const gateway = createRelayGateway(() => Promise.reject(new Error("sent")));
  const call = { ...CALL, idempotencyKey: null };
  await assert.rejects(
    async () => await gateway.cancelIntent("pi_1", call),
    TypeError,
  );
});

test("decodeRequest() returns what encodeMessage() wrote, bytes included", () => {
  const request = {
    key: "k",
    id: "pi_1",
    request: {
      localId: "01234567-89ab-7cde-8f01-23456789abcd",
      amount: 1,
      currency: "eur",
      genesis: Uint8Array.of(0, 1, 254, 255),
      record: new Uint8Array(4640).fill(0xab),
      storedAtMs: 0,
      readMethod: "contact_emv",
    },
  };
  const text = encodeMessage(request);
  assert.deepEqual(decodeRequest("confirm", text), request);
  for (
    const [from, to] of [
      ['"amount":1', '"amount":0'],
      ['"amount":1', '"amount":1.5'],
      ['"currency":"eur"', '"currency":"EUR"'],
      ["0001feff", "0001fef"],
      ["0001feff", "0001FEFF"],
      ['"id":"pi_1"', '"id":"pi_1/../x"'],
      ["01234567-", "0123456-"],
      ["abababab", "ababababab"],
    ]
  ) {
    assert.ok(text.includes(from));
    assert.equal(decodeRequest("confirm", text.replace(from, to)), null, to);
  }
});

test("decodeResult() drops fields it does not know and keeps the metadata", () => {
  const intent = {
    id: "pi_1",
    status: "succeeded",
    amount: 1,
    currency: "eur",
    isLivemode: false,
    metadata: { a: "b" },
    error: null,
  };
  const body = JSON.stringify({ kind: "intent", intent, x: 1 });
  assert.deepEqual(decodeResult("retrieve", body), { kind: "intent", intent });
});
