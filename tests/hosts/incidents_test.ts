/**
 * Five incidents that users of other offline terminals have reported, played here.
 *
 * Each test is named after the public report whose story it tells.
 * @module
 */
import assert from "node:assert/strict";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
} from "node:fs";
import { test } from "node:test";
import type { PaymentIntent } from "../../engine/mod.ts";
import { DEFAULT_FORWARDER_OPTIONS } from "../../engine/forward/forwarder_options.ts";
import { HEARTBEAT_INTERVAL_MS } from "../../engine/reader/reader_link.ts";
import type { Database } from "../../engine/ports.ts";
import { migrate, MIGRATIONS } from "../../engine/store/schema.ts";
import { SystemClock } from "../../hosts/web/system_clock.ts";
import { makePlace, openHere } from "./_posix_place.ts";
import { openTerminalHere, withShop } from "../support/shop.ts";

/** Whose account, the balance, the intent, its confirmation, and as many again in the meantime. */
const ANSWERS_MAX = 8;
/** Pauses of the longest kind: one that had just begun, in each of the two who probe, and another. */
const PAUSES_MAX = 4;
/** After so many pauses they are as long as they get: each is up to twice the one before. */
const GROWN = 12;
const CALL_MS = 400;
const PROBING = {
  probeDelayMsMin: 20,
  probeDelayMsMax: 90,
  probeDeadlineMs: 700,
  reconnectSpreadMs: 0,
};
/** Waiting that is no pause between probes: for an answer, and between two heartbeats. */
const DEADLINES = [CALL_MS, PROBING.probeDeadlineMs, HEARTBEAT_INTERVAL_MS];
const CARDS = ["visa", "mastercard", "amex", "discover", "jcb", "diners"];

// https://github.com/stripe/stripe-terminal-android/issues/747
test("incident android 747: new sales while the queue drains are charged once, under one key each", () =>
  withShop(async (shop) => {
    const { control } = shop.sandbox;
    await control.setOffline(true);
    const terminal = await shop.openTerminal({ callDeadlineMs: 1_000 });
    const sold: PaymentIntent[] = [];
    const sell = async (): Promise<void> => {
      const card = CARDS[sold.length % CARDS.length];
      const options = { offlineBehavior: "force_offline" as const };
      sold.push(await shop.sell(card, 1000 + sold.length, options));
    };
    for (let i = 0; i < 8; i++) await sell();
    await control.addFaults(
      { kind: "drop_response", path: "/confirm", count: 4 },
      { kind: "delay", delay_ms: 40, probability: 0.5 },
      { kind: "drop_response", probability: 0.2 },
      { kind: "duplicate_delivery", probability: 0.2 },
    );
    await control.setOffline(false);
    // The report's recipe: the queue drains and every new order is put into it meanwhile.
    for (let i = 0; i < 16; i++) {
      await sell();
      terminal.forwardNow();
    }
    await shop.until(() => {
      terminal.forwardNow();
      return terminal.offlineStatus.sdk.offlinePaymentsCount === 0;
    }, 60_000);
    const report = await control.report();
    assert.equal(report.charges, sold.length);
    assert.equal(report.duplicates, 0);
    assert.equal((await control.intents()).length, sold.length);
    const charges = await shop.charges();
    const posts = (await control.requests())
      .filter(({ method }) => method === "POST");
    const known = new Set<string | null>();
    for (const { localId } of sold) {
      assert.equal(charges.get(localId), 1);
      const { id, state } = terminal.getPayment(localId)!;
      assert.equal(state, "forwarded");
      // However often it was sent: the same intent, under the same two keys.
      const create = keysOf(posts, (it) => it.startsWith(`${localId}:c:`));
      assert.deepEqual([...create], [`${localId}:c:0`]);
      const confirm = keysOf(posts, (it) => it.startsWith(`${localId}:k:`));
      assert.deepEqual([...confirm], [`${localId}:k:${id}:0`]);
      const sent = keysOf(posts, (_, path) => path.includes(`/${id}/`));
      assert.deepEqual(sent, confirm, "nothing else was asked of the intent");
      for (const key of [...create, ...confirm]) known.add(key);
    }
    const strange = posts.filter((it) => !known.has(it.idempotency_key));
    assert.deepEqual(strange, [], "nothing was sent under another key");
    assert.ok(posts.length > known.size, "some were sent again");
  }));

/** The different keys of the requests that `isMeant` by key and path. */
function keysOf(
  posts: readonly { path: string; idempotency_key: string | null }[],
  isMeant: (key: string, path: string) => boolean,
): Set<string | null> {
  return new Set(
    posts.filter((it) => isMeant(it.idempotency_key ?? "", it.path))
      .map((it) => it.idempotency_key),
  );
}

/** Takes everything away that later versions added, so that the store is of version 1. */
function makeOld(database: Database, old: Database): void {
  const names = (of: Database, type: string): string[] =>
    of.query("SELECT name FROM sqlite_schema WHERE type = ? AND sql NOT NULL", [
      type,
    ]).map(([name]) => name as string);
  const columns = (of: Database, table: string): string[] =>
    of.query(`PRAGMA table_xinfo(${table})`).map(([, name]) => name as string);
  const added = (type: string): string[] =>
    names(database, type).filter((name) => !names(old, type).includes(name));
  for (const name of added("trigger")) {
    database.execute(`DROP TRIGGER ${name}`);
  }
  for (const name of added("index")) database.execute(`DROP INDEX ${name}`);
  for (const name of added("table")) database.execute(`DROP TABLE ${name}`);
  for (const table of names(old, "table")) {
    const kept = columns(old, table);
    // Generated columns first: they stand on others.
    const extra = columns(database, table).reverse()
      .filter((name) => !kept.includes(name));
    for (const name of extra) {
      database.execute(`ALTER TABLE ${table} DROP COLUMN ${name}`);
    }
  }
  const indexes = names(database, "index");
  for (
    const [name, sql] of old.query(
      "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql NOT NULL",
    )
  ) if (!indexes.includes(name as string)) database.execute(sql as string);
  database.execute("PRAGMA user_version = 1");
}

/** A database whose n-th statement of a migration fails. */
function failing(inner: Database, failAt: number): Database {
  let count = 0;
  return new Proxy(inner, {
    get: (target, key) => {
      if (key === "execute") {
        return (sql: string, parameters?: readonly []): number => {
          if (++count === failAt) throw new Error("the migration fails here");
          return target.execute(sql, parameters);
        };
      }
      const value = target[key as keyof Database] as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

// https://github.com/stripe/stripe-terminal-android/issues/731
test("incident android 731: an upgrade that fails at any statement keeps every stored payment", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    await shop.openTerminal();
    const sold: PaymentIntent[] = [];
    for (const card of CARDS) sold.push(await shop.sell(card));
    await shop.terminal.close();

    const place = makePlace();
    const old = await place.open();
    migrate(old, MIGRATIONS.slice(0, 1));
    const database = await openHere(shop.path);
    makeOld(database, old);
    old.close();
    place.remove();
    const hashes = (): unknown =>
      database.query(
        `SELECT local_id, record_hash, record FROM payment JOIN sealed ON payment = id ORDER BY id`,
      );
    const before = hashes();
    const statements = MIGRATIONS.slice(1).flat().length;
    let failures = 0;
    let version = 1;
    for (let failAt = 1;; failAt++) {
      try {
        migrate(failing(database, failAt));
        break; // Nothing was left to fail.
      } catch (error) {
        assert.match((error as Error).message, /the migration fails here/);
      }
      failures++;
      assert.deepEqual(hashes(), before, `version ${version}, at ${failAt}`);
      const now = database.query("PRAGMA user_version")[0][0] as number;
      // A step that is done is not done again: the next one fails at its first statement.
      if (now > version) failAt = 0;
      version = now;
    }
    assert.ok(failures >= statements, `${failures} failures were played`);
    database.close();

    const terminal = await shop.openTerminal();
    assert.deepEqual(
      terminal.listPayments().map(({ localId }) => localId),
      sold.map(({ localId }) => localId),
    );
    assert.equal((await shop.sell("unionpay")).state, "stored");
    await shop.sandbox.control.setOffline(false);
    await shop.drained();
    const charges = await shop.charges();
    for (const { localId } of sold) assert.equal(charges.get(localId), 1);
  }));

/** A clock that remembers how long it was asked to wait, where the waiting went to its end. */
class WaitsClock extends SystemClock {
  readonly #waitsMs: number[] = [];

  override async sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    await super.sleep(delayMs, signal);
    this.#waitsMs.push(delayMs);
  }

  /** Pauses between two probes that are over, milliseconds each. */
  pausesMs(): number[] {
    return this.#waitsMs.filter((it) => !DEADLINES.includes(it));
  }
}

// https://github.com/stripe/stripe-terminal-android/issues/640
test("incident android 640: the internet lost in the middle of a confirm is found again in seconds", () =>
  withShop(async (shop) => {
    const { control } = shop.sandbox;
    const clock = new WaitsClock();
    const terminal = await shop.openTerminalAt(clock, {
      callDeadlineMs: CALL_MS,
      forwarding: PROBING,
    });
    await terminal.connectReader(shop.wire());
    shop.reader.enqueue("visa");
    const intent = await terminal.createPaymentIntent({
      amount: 900,
      currency: "usd",
    });
    await terminal.collectPaymentMethod(intent);
    const confirm = terminal.confirmPaymentIntent(intent);
    await control.setOffline(true);
    const sold = await confirm;
    await terminal.probeNetwork();
    assert.equal(terminal.offlineStatus.sdk.networkStatus, "offline");
    // The outage lasts until the pauses between two probes have grown as long as they get.
    await shop.until(() => clock.pausesMs().length >= GROWN, 60_000);
    // How long it takes is the machine's. How long the till waits, and how much it has to hear
    // before it believes, is ours.
    const before = (await control.requests()).length;
    const back = new Promise<number>((resolve) =>
      terminal.on("offlineStatusChange", ({ sdk }) => {
        if (sdk.networkStatus === "online") resolve(clock.pausesMs().length);
      })
    );
    const first = clock.pausesMs().length;
    await control.setOffline(false);
    const limit = shop.until(
      () => terminal.offlineStatus.sdk.networkStatus === "online",
      60_000,
    );
    const last = await Promise.race([back, limit.then(() => back)]);
    const heard = (await control.requests()).length - before;
    assert.ok(heard <= ANSWERS_MAX, `${heard} answers and still offline`);
    const pauses = clock.pausesMs().slice(first, last);
    const waitedMs = pauses.reduce((sum, it) => sum + it, 0);
    const limitMs = PAUSES_MAX * PROBING.probeDelayMsMax;
    assert.ok(waitedMs <= limitMs, `it waited ${pauses}`);
    // With the pauses of a till in a shop, that is seconds.
    const { probeDelayMsMax } = DEFAULT_FORWARDER_OPTIONS;
    assert.ok(probeDelayMsMax <= 30_000, `${probeDelayMsMax} ms`);
    await shop.until(
      () => terminal.offlineStatus.sdk.offlinePaymentsCount === 0,
      60_000,
    );
    const next = await shop.sell("mastercard");
    assert.equal(next.state, "forwarded");
    assert.equal((await shop.charges()).get(sold.localId), 1);
  }));

// https://github.com/stripe/stripe-terminal-ios/issues/294
test("incident ios 294: a payment created online is never silently confirmed offline as a success", () =>
  withShop(async (shop) => {
    const { control } = shop.sandbox;
    const terminal = await shop.openTerminal();
    const params = { amount: 900, currency: "usd" };
    const card = "charge_declined_insufficient_funds";
    shop.reader.enqueue(card, card);
    const intent = await terminal.createPaymentIntent(params);
    assert.match(intent.id!, /^pi_/);
    await control.setOffline(true);
    await terminal.probeNetwork();
    await terminal.collectPaymentMethod(intent);
    // An app that must not go offline says so at the step itself, and gets an error.
    await assert.rejects(
      terminal.confirmPaymentIntent(intent, {
        offlineBehavior: "require_online",
      }),
      { code: "NOT_CONNECTED_TO_INTERNET_AND_REQUIRE_ONLINE_SET" },
    );
    assert.equal(terminal.listPayments().length, 0);
    // One that may, is told what it has: a stored payment, not an authorised one.
    const sold = await terminal.confirmPaymentIntent(intent);
    assert.equal(sold.state, "stored");
    assert.equal(sold.offlineDetails!.requiresUpload, true);
    const outcomes: string[] = [];
    terminal.on("paymentForwarded", ({ payment, error }) => {
      outcomes.push(`${payment.state} ${error?.declineCode}`);
    });
    await control.setOffline(false);
    await shop.until(() => outcomes.length > 0);
    await shop.drained();
    assert.deepEqual(outcomes, ["declined insufficient_funds"]);
    assert.equal((await control.intents()).length, 1);
  }));

/** A file in whose place nothing can be read, as a keychain's key while the screen is locked. */
class LockableFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  lock(): void {
    renameSync(this.#path, `${this.#path}.locked`);
    mkdirSync(this.#path);
  }

  unlock(): void {
    rmdirSync(this.#path);
    renameSync(`${this.#path}.locked`, this.#path);
  }
}

// https://github.com/stripe/stripe-terminal-ios/issues/355
test("incident ios 355: a key that cannot be read now is one typed error, and gone when it can", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    await shop.openTerminal();
    const sold = [await shop.sell("visa")];
    const key = new LockableFile(`${shop.path}.key`);
    const keyBytes = readFileSync(`${shop.path}.key`);
    // The running terminal holds its key: locking the screen stops no sale and no forwarding.
    key.lock();
    sold.push(await shop.sell("mastercard"));
    assert.equal(sold[1].state, "stored");
    await shop.sandbox.control.setOffline(false);
    await shop.drained();
    await shop.sandbox.control.setOffline(true);
    await shop.terminal.probeNetwork();
    sold.push(await shop.sell("discover"));
    await shop.terminal.close();
    // What starts in a locked device is refused as often as it tries, and spoils nothing.
    const files = (): unknown => [
      readdirSync(shop.folder).sort(),
      readFileSync(shop.path),
    ];
    const before = files();
    for (let i = 0; i < 3; i++) {
      await assert.rejects(openTerminalHere(shop.options()), {
        code: "DEVICE_KEY_UNAVAILABLE",
        retry: "safe",
      });
    }
    assert.deepEqual(files(), before);
    // The same process, with nothing restarted: one unlock and everything goes on.
    key.unlock();
    const terminal = await shop.openTerminal();
    assert.deepEqual(
      terminal.listPayments().map(({ localId }) => localId),
      sold.map(({ localId }) => localId),
    );
    assert.deepEqual(readFileSync(`${shop.path}.key`), keyBytes);
    sold.push(await shop.sell("amex"));
    const places = sold.map(({ payment }) => payment!.seq);
    assert.deepEqual(places, [1, 2, 3, 4], "one chain");
    await shop.sandbox.control.setOffline(false);
    await shop.drained();
    const charges = await shop.charges();
    assert.equal(charges.size, sold.length);
    for (const { localId } of sold) assert.equal(charges.get(localId), 1);
  }));
