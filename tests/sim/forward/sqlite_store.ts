/**
 * The store of the whole worlds: the engine's own classes over SQLite, our VFS and a disk that
 * loses power; payments are really sealed and really opened.
 * @module
 */
import type { Core } from "../../../bindings/mod.ts";
import type { ForwardStore } from "../../../engine/forward/forward_context.ts";
import { createOpener, type Opener } from "../../../engine/opener.ts";
import { PLAIN_TERMS } from "../../../engine/payment.ts";
import { type Activity, ActivityLog } from "../../../engine/store/activity.ts";
import { Leases } from "../../../engine/store/lease.ts";
import { Payments } from "../../../engine/store/payments.ts";
import type { PaymentRow } from "../../../engine/store/rows.ts";
import { migrate } from "../../../engine/store/schema.ts";
import { type Step, Steps } from "../../../engine/store/steps.ts";
import { Vault } from "../../../engine/vault.ts";
import type { Disk } from "../../../hosts/sqlite/disk.ts";
import type { Sqlite } from "../../../hosts/sqlite/load_sqlite.ts";
import { SqliteDatabase } from "../../../hosts/sqlite/sqlite_database.ts";
import type { Prng } from "../prng.ts";
import type { DeviceStore, NewMemoryPayment } from "./device_store.ts";
import { PLAIN_CARD } from "./plain_card.ts";
import { ACCOUNT } from "./sales.ts";

const KEY_ID = new Uint8Array(8).fill(1);
const DEVICE_KEY_BYTE = 9;
const RECIPIENT_SEED_BYTE = 7;

/** What a store is opened over. */
export interface SqliteStoreParts {
  core: Core;
  sqlite: Sqlite;
  disk: Disk;
  random: Prng;
  nowMs: () => number;
}

/** One opening of a device's file. */
export class SqliteStore implements DeviceStore {
  readonly database: SqliteDatabase;
  readonly payments: Payments;
  readonly steps: Steps;
  readonly leases: Leases;
  readonly activity: ActivityLog;
  readonly vault: Vault;
  readonly #opener: Opener;

  /** Opens the file on `disk`, recovering whatever a power cut left. */
  constructor({ core, sqlite, disk, random, nowMs }: SqliteStoreParts) {
    const database = new SqliteDatabase(sqlite, disk);
    migrate(database);
    const clock = {
      nowMs,
      monotonicMs: () => 0,
      sleep: () => Promise.resolve(),
    };
    const seed = new Uint8Array(32).fill(RECIPIENT_SEED_BYTE);
    const { publicKey, privateKey } = core.seal.generateKeyPair(seed);
    this.database = database;
    this.payments = new Payments(database);
    this.steps = new Steps(database);
    this.leases = new Leases(database);
    this.activity = new ActivityLog(
      database,
      clock,
      (line) => core.crypto.hmacSha256(KEY_ID, line),
    );
    this.vault = Vault.open(
      core,
      database,
      clock,
      {
        fill: (target) => {
          target.forEach((_, i) => target[i] = random.below(256));
        },
      },
      { keyId: KEY_ID, publicKey },
      { account: ACCOUNT, isLivemode: false },
      new Uint8Array(32).fill(DEVICE_KEY_BYTE),
    );
    this.#opener = createOpener(core, new Map([["01".repeat(8), privateKey]]));
  }

  view(): ForwardStore {
    const { database, payments, steps, leases, activity, vault } = this;
    return { database, payments, steps, leases, activity, vault };
  }

  insert(sale: NewMemoryPayment): number {
    return this.insertAll([sale])[0];
  }

  /** Inserts sales in one commit. */
  insertAll(sales: readonly NewMemoryPayment[]): number[] {
    return this.database.transaction(() =>
      sales.map((sale) => this.#insert(sale))
    );
  }

  #insert(sale: NewMemoryPayment): number {
    const { payment, record, cardHmac, storedAtMs } = sale;
    const { amount, currency, captureMethod } = payment;
    const localId = Uint8Array.from(
      payment.localId.replaceAll("-", "").match(/../g)!,
      (pair) => parseInt(pair, 16),
    );
    const sealed = this.vault.seal({
      localId,
      amount,
      currency,
      idempotencyKey: payment.localId,
      cardTransactionHmac: localId,
      policyVersion: 1,
      createdAtMs: storedAtMs,
      plaintext: record ?? new Uint8Array(1),
    });
    const rowId = this.payments.insert({
      ...sealed,
      localId,
      amount,
      currency,
      captureMethod,
      cardHmac,
      storedAtMs,
      account: ACCOUNT,
      isLivemode: false,
      metadata: {},
      cardPresent: PLAIN_CARD,
      cardTransactionHmac: localId,
      recordHash: sealed.hash,
      isOffline: false,
      createdAtMs: storedAtMs,
      intentId: null,
      terms: PLAIN_TERMS,
      reader: null,
    });
    this.activity.add("stored", rowId);
    return rowId;
  }

  recoverInterrupted(): void {
    this.payments.recoverInterrupted();
  }

  open(genesis: Uint8Array, record: Uint8Array): ReturnType<Opener["open"]> {
    return this.#opener.open(genesis, record);
  }

  peek(): readonly PaymentRow[] {
    return this.payments.list();
  }

  stepsOf(rowId: number): Step[] {
    return this.database.query(
      `SELECT kind, generation, idempotency_key, parameters, first_attempt_at_ms, attempts,
         is_spent FROM step WHERE payment = ? ORDER BY kind, generation`,
      [rowId],
    ).map(([kind, generation, key, parameters, first, attempts, isSpent]) => ({
      kind: kind as Step["kind"],
      generation: generation as number,
      idempotencyKey: key as string,
      parameters: parameters as string,
      firstAttemptAtMs: first as number,
      attempts: attempts as number,
      isSpent: isSpent === 1,
    }));
  }

  get activities(): Activity[] {
    return this.database.query("SELECT at_ms, kind, body FROM activity")
      .map(([atMs, kind, body]) => ({
        atMs: atMs as number,
        kind: kind as string,
        body: JSON.parse(body as string),
      }));
  }

  get leaseToken(): number {
    const rows = this.database.query("SELECT token FROM lease");
    return rows.length === 0 ? 0 : rows[0][0] as number;
  }
}
