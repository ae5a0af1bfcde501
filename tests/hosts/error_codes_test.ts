/** Errors that no other story raises: each one raised, typed, with nothing lost. @module */
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { failure } from "../../engine/errors.ts";
import {
  createCardPresentGateway,
  createOpener,
  createReportGateway,
  createTerminalTestGateway,
  type Gateway,
  type HoldfastError,
  loadCore,
  type Terminal,
} from "../../engine/mod.ts";
import type { Database } from "../../engine/ports.ts";
import { connectReader } from "../../engine/reader/mod.ts";
import { createInProcessPair } from "../../engine/reader/in_process_transport.ts";
import { ReaderServer } from "../../engine/reader/reader_server.ts";
import { SimulatedReader } from "../../engine/reader/simulated_reader.ts";
import { assertServerSide } from "../../engine/stripe/server_side.ts";
import { openBrowserTerminal } from "../../hosts/browser/mod.ts";
import { openEngine } from "../../hosts/browser/open_engine.ts";
import {
  createStripeClient,
  stripePorts,
} from "../../hosts/posix/stripe_gateway.ts";
import { createRelayClient } from "../../hosts/web/relay_gateway.ts";
import { SystemClock } from "../../hosts/web/system_clock.ts";
import { openHere, RUNTIME } from "./_posix_place.ts";
import { API_KEY, type Shop, withShop } from "../support/shop.ts";

/** A view of `inner` with some members of its own. */
function overlay<T extends object>(inner: T, own: Partial<T>): T {
  return new Proxy(inner, {
    get: (target, key) => {
      const value = own[key as keyof T] ?? target[key as keyof T];
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** Opens with changed ports, sells one payment offline, and listens to what goes wrong. */
async function openWith(
  shop: Shop,
  ports: { database?: Database; gateway?: Partial<Gateway> },
): Promise<{ terminal: Terminal; errors: HoldfastError[] }> {
  await shop.sandbox.control.setOffline(true);
  const { gateway } = stripePorts(shop.core, shop.options());
  const terminal = await shop.openTerminalAt(new SystemClock(), {}, {
    ...(ports.database === undefined ? {} : { database: ports.database }),
    gateway: overlay(gateway, ports.gateway ?? {}),
  });
  await terminal.connectReader(shop.wire());
  const errors: HoldfastError[] = [];
  terminal.on("forwardingFailure", ({ error }) => errors.push(error));
  return { terminal, errors };
}

test("openTerminal() on a store of a newer release throws STORE_TOO_NEW and changes nothing", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    await shop.openTerminal();
    await shop.sell("visa");
    await shop.terminal.close();
    const database = await openHere(shop.path);
    const version = database.query("PRAGMA user_version")[0][0];
    database.execute("PRAGMA user_version = 999");
    database.close();
    await assert.rejects(shop.openTerminal(), { code: "STORE_TOO_NEW" });
    const again = await openHere(shop.path);
    again.execute(`PRAGMA user_version = ${version}`);
    again.close();
    assert.equal((await shop.openTerminal()).listPayments().length, 1);
  }));

test("confirmPaymentIntent() whose commit is unclear and not on disk throws STORE_WRITE_FAILED", () =>
  withShop(async (shop) => {
    const database = await openHere(shop.path);
    let isBroken = false;
    const { terminal } = await openWith(shop, {
      database: overlay(database, {
        transaction: <T>(body: () => T): T => {
          if (isBroken) {
            isBroken = false;
            throw failure("STORE_COMMIT_UNKNOWN", "the commit failed");
          }
          return database.transaction(body);
        },
      }),
    });
    shop.reader.enqueue("visa");
    const intent = await terminal.createPaymentIntent({
      amount: 500,
      currency: "usd",
    });
    await terminal.collectPaymentMethod(intent);
    isBroken = true;
    await assert.rejects(terminal.confirmPaymentIntent(intent), {
      code: "STORE_WRITE_FAILED",
    });
    assert.equal(terminal.listPayments().length, 0);
    assert.equal((await shop.sell("visa")).state, "stored");
  }));

test("confirmPaymentIntent() in the EEA without a PIN throws OFFLINE_SCA_REQUIRED", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const terminal = await shop.openTerminal({
      location: { country: "FR" },
      offline: {
        isEnabled: true,
        limits: { paymentAmountMax: { eur: 100_000 } },
      },
    });
    const withPin = await shop.sell("offline_pin_cvm", 500, {
      currency: "eur",
    });
    assert.equal(withPin.cardPresent!.cvm, "offline_pin");
    const clock = new SystemClock();
    // A reader without a PIN pad.
    const reader = new SimulatedReader({
      clock,
      seed: "eea",
      deviceType: "stripe_m2",
    });
    await terminal.connectReader(shop.wire(reader));
    reader.enqueue("visa");
    const intent = await terminal.createPaymentIntent({
      amount: 500,
      currency: "eur",
    });
    await terminal.collectPaymentMethod(intent);
    await assert.rejects(terminal.confirmPaymentIntent(intent), {
      code: "OFFLINE_SCA_REQUIRED",
    });
    assert.equal(terminal.listPayments().length, 1);
  }));

test("confirmPaymentIntent() of a published test card in live mode throws TEST_CARD_IN_LIVEMODE", () =>
  withShop(async (shop) => {
    const { gateway } = shop.options();
    await shop.sandbox.control.setOffline(true);
    await shop.openTerminal({
      account: { id: shop.account, isLivemode: true },
      gateway: {
        ...gateway,
        apiKey: API_KEY.replace("_test_", "_live_"),
      } as typeof gateway,
    });
    await assert.rejects(shop.sell("visa"), { code: "TEST_CARD_IN_LIVEMODE" });
  }));

test("capturePaymentIntent() of a stored or automatic payment throws CAPTURE_NOT_POSSIBLE", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    const terminal = await shop.openTerminal();
    const { localId } = await shop.sell("visa");
    const refusal = { code: "CAPTURE_NOT_POSSIBLE" };
    await assert.rejects(terminal.capturePaymentIntent(localId), refusal);
    await shop.sandbox.control.setOffline(false);
    await shop.drained();
    await assert.rejects(terminal.capturePaymentIntent(localId), refusal);
  }));

test("a forwarder whose lease was taken stops with FORWARDING_TAKEN_OVER and sends nothing", () =>
  withShop(async (shop) => {
    const database = await openHere(shop.path);
    const { errors } = await openWith(shop, { database });
    await shop.sell("visa");
    database.execute("UPDATE lease SET token = token + 1");
    await shop.sandbox.control.setOffline(false);
    await shop.until(() => errors.length > 0);
    assert.equal(errors[0].code, "FORWARDING_TAKEN_OVER");
    assert.equal((await shop.sandbox.control.intents()).length, 0);
  }));

test("a gateway that throws is told as FORWARDING_STEP_FAILED, and the payment is kept", () =>
  withShop(async (shop) => {
    const { terminal, errors } = await openWith(shop, {
      gateway: {
        createIntent: () => Promise.reject(new TypeError("a bug")),
      },
    });
    const { localId } = await shop.sell("visa");
    await shop.sandbox.control.setOffline(false);
    await shop.until(() => errors.length > 0);
    assert.equal(errors[0].code, "FORWARDING_STEP_FAILED");
    assert.match(errors[0].message, /TypeError/);
    assert.equal(terminal.getPayment(localId)!.state, "stored");
  }));

test("a store that cannot be opened again stops forwarding with FORWARDING_STOPPED", () =>
  withShop(async (shop) => {
    const database = await openHere(shop.path);
    const { errors } = await openWith(shop, {
      database: overlay(database, {
        reopen: () => {
          throw failure("STORE_IO", "the disk is gone");
        },
      }),
      gateway: {
        createIntent: () => Promise.reject(failure("STORE_IO", "disk error")),
      },
    });
    await shop.sell("visa");
    await shop.sandbox.control.setOffline(false);
    await shop.until(() => errors.length > 1);
    assert.deepEqual(errors.map(({ code }) => code).slice(0, 2), [
      "FORWARDING_STEP_FAILED",
      "FORWARDING_STOPPED",
    ]);
  }));

test("openTerminal() on Node without flock(1) throws STORE_LOCK_UNAVAILABLE; Deno needs none", () =>
  withShop(async (shop) => {
    const before = process.env.PATH;
    process.env.PATH = shop.folder;
    try {
      const open = openHere(shop.path);
      if (RUNTIME === "node") {
        await assert.rejects(open, { code: "STORE_LOCK_UNAVAILABLE" });
      } else (await open).close();
    } finally {
      process.env.PATH = before;
    }
  }));

test("canOperateOffline() on a store that may be evicted or lost names STORE_NOT_PERSISTENT", () =>
  withShop(async (shop) => {
    const database = await openHere(shop.path);
    const capabilities = {
      isDurable: false,
      isPersistent: false,
      isSettled: false,
      isThere: false,
    };
    const { terminal } = await openWith(shop, {
      database: overlay(database, { capabilities }),
    });
    assert.deepEqual(
      terminal.canOperateOffline().obstacles.map(({ code }) => code),
      [
        "STORE_DELETED",
        "STORE_NOT_DURABLE",
        "STORE_NOT_PERSISTENT",
        "STORE_NOT_SETTLED",
      ],
    );
  }));

test("createPaymentIntent() offline asks anew what the store promises, STORE_NOT_SETTLED too", () =>
  withShop(async (shop) => {
    const database = await openHere(shop.path);
    const now = {
      isDurable: true,
      isPersistent: true,
      isSettled: false,
      isThere: true,
    };
    const terminal = await shop.openTerminalAt(new SystemClock(), {
      offline: { isEnabled: true },
    }, { database: overlay(database, { capabilities: now }) });
    await terminal.connectReader(shop.wire());
    const refuses = (code: string): Promise<void> =>
      assert.rejects(
        terminal.createPaymentIntent({ amount: 1000, currency: "usd" }, {
          offlineBehavior: "force_offline",
        }),
        { code },
      );
    await refuses("STORE_NOT_SETTLED");
    now.isSettled = true;
    now.isPersistent = false;
    await refuses("STORE_NOT_PERSISTENT");
    now.isPersistent = true;
    await shop.sandbox.control.setOffline(true);
    await terminal.probeNetwork();
    assert.equal((await shop.sell()).state, "stored");
  }));

test("createPaymentIntent() offline on a store that may be evicted throws STORE_NOT_PERSISTENT", () =>
  withShop(async (shop) => {
    const open = async (
      changes: object,
      isDurable = true,
    ): Promise<Terminal> => {
      const database = await openHere(shop.path);
      return await shop.openTerminalAt(new SystemClock(), {
        offline: { isEnabled: true, ...changes },
      }, {
        database: overlay(database, {
          capabilities: {
            isDurable,
            isPersistent: false,
            isSettled: true,
            isThere: true,
          },
        }),
      });
    };
    const params = { amount: 1000, currency: "usd" };
    const terminal = await open({});
    for (const offlineBehavior of ["prefer_online", "force_offline"] as const) {
      if (offlineBehavior === "prefer_online") {
        // With a connection nothing has to wait here.
        await terminal.createPaymentIntent(params, { offlineBehavior });
        await shop.sandbox.control.setOffline(true);
        await terminal.probeNetwork();
      }
      await assert.rejects(
        terminal.createPaymentIntent(params, { offlineBehavior }),
        (error: HoldfastError) =>
          error.code === "STORE_NOT_PERSISTENT" && /install/.test(error.remedy),
      );
    }
    await terminal.close();
    const allowed = await open({ isEvictableStoreAllowed: true });
    await allowed.connectReader(shop.wire());
    assert.equal((await shop.sell()).state, "stored");
    await allowed.close();
    const volatile = await open({ isEvictableStoreAllowed: true }, false);
    await assert.rejects(volatile.createPaymentIntent(params), {
      code: "STORE_NOT_DURABLE",
    });
  }));

test("assertServerSide() of a secret key in a browser throws SECRET_KEY_IN_BROWSER", () => {
  const refusal = { code: "SECRET_KEY_IN_BROWSER" };
  assert.throws(() => assertServerSide("sk_test_shop", true), refusal);
  assert.throws(() => assertServerSide("rk_live_shop", true), refusal);
  assertServerSide("pk_test_shop", true);
  assertServerSide("sk_test_shop", false);
});

test("collect() on a reader whose customer never came rejects with CARD_READ_TIMED_OUT", async () => {
  const [pos, far] = createInProcessPair();
  const clock = new SystemClock();
  const inner = new SimulatedReader({
    clock,
    seed: "slow",
    deviceType: "wisepad_3",
  });
  const handlers = overlay(
    inner as ConstructorParameters<
      typeof ReaderServer
    >[1],
    {
      collect: () =>
        Promise.reject(failure("CARD_READ_TIMED_OUT", "no card in time")),
    },
  );
  new ReaderServer(far, handlers, clock);
  const reader = await connectReader(pos, { clock, deadlineMs: 1000 });
  const request = {
    amountMinor: 500,
    currency: "usd",
    isOffline: true,
    terminalCountry: "US",
  };
  await assert.rejects(reader.collect(request), {
    code: "CARD_READ_TIMED_OUT",
  });
  reader.close();
});

test("openEngine() of a browser with a gateway that a Stripe client is behind throws SECRET_KEY_IN_BROWSER", async () => {
  const core = await loadCore();
  const stripe = createStripeClient({ apiKey: "sk_live_shop" });
  const opener = createOpener(core, new Map());
  const direct = createCardPresentGateway(stripe, opener);
  const relay = { url: "https://relay.example", token: "till.secret" };
  const acquirer = createRelayClient(relay);
  const reporting = createReportGateway({
    ...{ stripe, acquirer },
    nowMs: () => 0,
    onUnreported: () => {},
  });
  const test = createTerminalTestGateway({
    ...{ stripe, opener, core, clock: new SystemClock() },
    readerIds: ["tmr_1"],
  });
  const options = { name: "shop", relay } as Parameters<typeof openEngine>[0];
  for (const gateway of [direct, { ...direct }, reporting, test]) {
    await assert.rejects(openEngine(options, gateway), {
      code: "SECRET_KEY_IN_BROWSER",
    });
  }
  // What only talks to a relay comes as far as what no server has: the browser's files.
  await assert.rejects(
    openEngine(options, acquirer),
    (error) => (error as { code?: string }).code !== "SECRET_KEY_IN_BROWSER",
  );
});

test("openBrowserTerminal() and openEngine() without a relay, or half of one, throw INVALID_ARGUMENT with the field", async () => {
  const gateway = createRelayClient({
    url: "https://relay.example",
    token: "",
  });
  const cases = [
    [{}, "relay"],
    [{ relay: null }, "relay"],
    [{ relay: { url: "https://relay.example" } }, "relay.token"],
  ] as const;
  for (const [options, field] of cases) {
    const refusal = { code: "INVALID_ARGUMENT", field };
    await assert.rejects(
      openBrowserTerminal(
        options as unknown as Parameters<typeof openBrowserTerminal>[0],
      ),
      refusal,
    );
    await assert.rejects(
      openEngine(
        options as unknown as Parameters<typeof openEngine>[0],
        gateway,
      ),
      refusal,
    );
  }
});

test("openBrowserTerminal() with a secret key as relay token throws SECRET_KEY_IN_BROWSER", async () => {
  for (const token of ["sk_test_1", "sk_live_1", "rk_live_1"]) {
    const options = { relay: { url: "https://relay.example", token } };
    await assert.rejects(
      openBrowserTerminal(
        options as unknown as Parameters<typeof openBrowserTerminal>[0],
      ),
      { code: "SECRET_KEY_IN_BROWSER" },
    );
  }
});
