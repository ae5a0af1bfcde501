/** What programs do with their arguments and configuration files; see deno/commands_test.ts. @module */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import test from "node:test";
import {
  readArguments,
  readChoice,
  readInteger,
  readOptionalInteger,
  readWithPaths,
  UsageError,
} from "../../hosts/posix/command.ts";
import { readConfiguration } from "../../hosts/reader/configuration.ts";
import { readRegisterConfiguration } from "../../hosts/register/configuration.ts";
import { readRelayConfiguration } from "../../hosts/relay/configuration.ts";
import { createDevice } from "../../hosts/relay/mod.ts";

test("readArguments() gives values and defaults, and refuses what is not in the table", () => {
  const options = { seed: { type: "string", default: "1" } } as const;
  assert.equal(readArguments(["--seed", "7"], "", options)?.seed, "7");
  assert.equal(readArguments([], "", options)?.seed, "1");
  const wrong = [["--sed", "7"], ["7"], ["--seed"], ["--seed", "-1"]];
  for (const args of wrong) {
    assert.throws(() => readArguments(args, "", options), (error: Error) => {
      assert.ok(error instanceof UsageError);
      assert.doesNotMatch(error.message, /\n|\. /);
      return true;
    });
  }
});

test("readArguments() a value with a dash is told how it is written", () => {
  const options = { seed: { type: "string" } } as const;
  assert.throws(() => readArguments(["--seed", "-1"], "", options), {
    message: "--seed expects a value; one with a dash is written --seed=-…",
  });
  assert.equal(readArguments(["--seed=-1"], "", options)?.seed, "-1");
});

test("readWithPaths() gives the files beside the options", () => {
  const options = { quiet: { type: "boolean", default: false } } as const;
  const { values, paths } = readWithPaths(["a", "--quiet", "b"], "", options)!;
  assert.deepEqual([values.quiet, paths], [true, ["a", "b"]]);
  assert.throws(() => readWithPaths(["--loud"], "", options), UsageError);
});

test("readInteger() takes the bounds and refuses what lies beyond or is no integer", () => {
  assert.equal(readInteger("n", "2", 2, 5), 2);
  assert.equal(readInteger("n", "5", 2, 5), 5);
  for (const text of ["1", "6", "2.5", "", " ", "x", "NaN", "Infinity"]) {
    assert.throws(() => readInteger("n", text, 2, 5), UsageError);
  }
  assert.equal(readOptionalInteger("n", undefined), undefined);
  assert.throws(() => readOptionalInteger("n", "x"), UsageError);
});

test("readChoice() takes one of the choices and names them otherwise", () => {
  assert.equal(readChoice("runtime", "node", ["deno", "node"]), "node");
  assert.throws(() => readChoice("runtime", "bun", ["deno", "node"]), {
    name: "UsageError",
    message: "--runtime expects deno or node, got bun",
  });
});

const RECIPIENT = { keyId: "01".repeat(8), publicKey: "09".repeat(32) };
const SHARED = {
  database: "/nowhere/till.db",
  account: { id: "acct_x", isLivemode: false },
  country: "US",
  recipient: RECIPIENT,
  relay: { url: "https://relay.example", token: "till.secret" },
};
const RELAY = {
  database: "/nowhere/relay.db",
  apiKey: "sk_test_x",
  recipientKeys: { ["01".repeat(8)]: "02".repeat(32) },
  devices: [createDevice("till-7").device],
};
const REGISTER = {
  ...SHARED,
  shop: { name: "Shop" },
  currencies: ["USD"],
  reader: { tcp: "127.0.0.1:1" },
};

function withFile(text: string, body: (path: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "configuration-"));
  try {
    const path = join(folder, "c.json");
    writeFileSync(path, text);
    body(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** One reader of a configuration, what it takes, and what it refuses by the field's name. */
const FILES = [
  ["readRelayConfiguration()", readRelayConfiguration, RELAY, [
    [{ devcies: [] }, "devcies"],
    [{ database: "" }, "database"],
    [{ apiKey: 7 }, "apiKey"],
    [{ apiBase: "localhost" }, "apiBase"],
    [{ webhookSecret: 7 }, "webhookSecret"],
    [{ listen: { port: 70_000 } }, "listen.port"],
    [{ listen: 8443 }, "listen"],
    [{ listen: { hots: "127.0.0.1" } }, "listen.hots"],
    [{ recipientKeys: {} }, "recipientKeys"],
    [{ recipientKeys: { ["01".repeat(8)]: "c0ffee" } }, "recipientKeys"],
    [{ devices: [] }, "devices"],
    [{ devices: [null] }, "devices"],
    [{ devices: [{ name: "till 7", secretHash: "" }] }, "device"],
    [{ devices: [RELAY.devices[0], RELAY.devices[0]] }, "listed twice"],
    [{ turns: { burst: -1 } }, "turns"],
    [{ turns: { bursts: 1 } }, "turns"],
  ]],
  ["readConfiguration()", readConfiguration, SHARED, [
    [{ limit: {} }, "limit"],
    [{ account: { id: "acct_x" } }, "account.isLivemode"],
    [{ account: 5 }, "account"],
    [{ account: { ...SHARED.account, isLive: true } }, "account.isLive"],
    [{ recipient: { ...RECIPIENT, key: "" } }, "recipient.key"],
    [{ relay: { ...SHARED.relay, tokn: "t" } }, "relay.tokn"],
    [{ country: "USA" }, "country"],
    [{ recipient: { ...RECIPIENT, keyId: "01" } }, "recipient.keyId"],
    [{ recipient: { ...RECIPIENT, publicKey: "zz" } }, "recipient.publicKey"],
    [{ relay: undefined }, "relay"],
    [{ relay: { url: "relay", token: "t" } }, "relay.url"],
    [{ relay: { url: "https://relay.example" } }, "relay.token"],
    [{ stripe: { apiKey: "sk_test_x", recipientKeys: {} } }, "relay"],
    [{ relay: undefined, stripe: {} }, "stripe.apiKey"],
    [
      { relay: undefined, stripe: { apiKey: "k", recipientKeys: { a: "b" } } },
      "stripe.recipientKeys",
    ],
    [{ relay: undefined, stripe: { apiKey: "k" } }, "stripe.recipientKeys"],
    [
      { relay: undefined, stripe: { apiKey: "k", recipientKeys: null } },
      "stripe.recipientKeys",
    ],
    [{ stripe: null }, "stripe"],
    [{ listen: null }, "listen"],
    [{ simulated: null }, "simulated"],
    [
      { relay: undefined, stripe: { apiKey: "k", apiBaze: "https://x" } },
      "stripe.apiBaze",
    ],
    [
      { relay: undefined, stripe: { apiKey: "k", apiBase: "x" } },
      "stripe.apiBase",
    ],
    [{ simulated: { device: "toaster" } }, "simulated.device"],
    [{ forwarding: { probeDelayMsMax: -1 } }, "forwarding.probeDelayMsMax"],
    [{ forwarding: { spread: 1 } }, "forwarding.spread"],
    [{ forwarding: 5 }, "forwarding"],
    [{ country: "ZZ" }, "country"],
    [{ name: 5 }, "name"],
    [{ name: "x".repeat(65) }, "name"],
    [{ pairings: 5 }, "pairings"],
    [{ listen: { port: 1 } }, "listen.port"],
    [{ listen: { host: 5 } }, "listen.host"],
    [{ listen: { tcpPort: 70_000 } }, "listen.tcpPort"],
    [{ listen: { webSocketPort: "x" } }, "listen.webSocketPort"],
    [{ simulated: 5 }, "simulated"],
    [{ simulated: { seed: 5 } }, "simulated.seed"],
    [{ simulated: { customers: "visa" } }, "simulated.customers"],
    [{ simulated: { customers: ["toaster"] } }, "simulated.customers"],
    [{ simulated: { customers: [5] } }, "simulated.customers"],
    [{ simulated: { customerDelayMs: -1 } }, "simulated.customerDelayMs"],
    [{ limits: { cardCount: 1 } }, "limits.cardCount"],
    [{ limits: { storedAmountMax: { USD: 1 } } }, "limits.storedAmountMax.USD"],
  ]],
  ["readRegisterConfiguration()", readRegisterConfiguration, REGISTER, [
    [{ managres: [] }, "managres"],
    [{ shop: {} }, "shop.name"],
    [{ currencies: ["dollars"] }, "currencies"],
    [{ reader: {} }, "reader"],
    [{ database: undefined }, "database"],
    [{ shop: { name: "Shop", address: "Main Street" } }, "shop.address"],
    [{ shop: { name: "Shop", adress: [] } }, "shop.adress"],
    [{ reader: { tcp: "127.0.0.1:1", isPlane: true } }, "reader.isPlane"],
    [{ location: 5 }, "location"],
    [{ tipPercentages: [-5] }, "tipPercentages"],
    [{ tipPercentages: [1, 2, 3, 4, 5] }, "tipPercentages"],
    [{ managers: [1] }, "managers"],
    [{ managers: [null] }, "managers"],
    [{ reader: { serial: "/dev/tty", baudRate: "x" } }, "reader.baudRate"],
    [{ limits: { brands: { Visa: {} } } }, "limits.brands.Visa"],
  ]],
] as const;

for (const [name, read, fine, wrongs] of FILES) {
  test(`${name} names the field that is wrong`, () => {
    delete process.env.HOLDFAST_RELAY_TOKEN;
    withFile(JSON.stringify(fine), (path) => {
      assert.equal(read(path).database, fine.database);
    });
    for (const [change, field] of wrongs) {
      withFile(JSON.stringify({ ...fine, ...change }), (path) => {
        assert.throws(() => read(path), (error: Error) => {
          assert.ok(error instanceof UsageError, `${field}: ${error}`);
          assert.ok(error.message.includes(field), error.message);
          return true;
        });
      });
    }
  });

  test(`${name} shows nothing of a file that it cannot read`, () => {
    assert.throws(() => read("/nowhere/c.json"), /cannot be read: ENOENT/);
    for (const text of ['{"apiKey":"sk_live_canary"', "sk_live_canary", "[]"]) {
      withFile(text, (path) => {
        assert.throws(() => read(path), (error: Error) => {
          assert.ok(error instanceof UsageError);
          assert.doesNotMatch(error.message, /canary/);
          return true;
        });
      });
    }
  });
}
