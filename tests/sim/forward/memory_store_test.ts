/**
 * The fast worlds' store beside the real one: the same operations, the same answers.
 *
 * The real one is the engine's classes over SQLite, VFS and the simulated disk. Operations are
 * drawn by seed, transactions that throw halfway and refused moves among them; every answer and,
 * at the end, every row must be equal.
 * @module
 */
import assert from "node:assert/strict";
import test from "node:test";
import type { ForwardStore } from "../../../engine/forward/forward_context.ts";
import type { PresentAgain } from "../../../engine/forward/present_again.ts";
import type { Database } from "../../../engine/ports.ts";
import { type PaymentState, PLAIN_TERMS } from "../../../engine/payment.ts";
import { ActivityLog } from "../../../engine/store/activity.ts";
import { type Lease, Leases } from "../../../engine/store/lease.ts";
import { Payments } from "../../../engine/store/payments.ts";
import { Presentations } from "../../../engine/store/presentations.ts";
import { migrate } from "../../../engine/store/schema.ts";
import { type StepKind, Steps } from "../../../engine/store/steps.ts";
import { loadSqlite } from "../../../hosts/sqlite/load_sqlite.ts";
import { SqliteDatabase } from "../../../hosts/sqlite/sqlite_database.ts";
import { formatUuid } from "../../../engine/uuid.ts";
import { Prng } from "../prng.ts";
import { SimDisk } from "../sim_disk.ts";
import { MemoryStore } from "./memory_store.ts";
import { PLAIN_CARD } from "./plain_card.ts";

const SEEDS = 60;
const OPERATIONS = 150;
const ACCOUNT = "acct_contract";
const KINDS: readonly StepKind[] = ["create", "confirm", "capture", "cancel"];
const STATES: readonly PaymentState[] = [
  "stored",
  "unknown",
  "forwarded",
  "captured",
  "declined",
  "failed",
  "canceled",
];

interface Subject {
  store: ForwardStore;
  presentations: PresentAgain["presentations"];
  insert(card: number): number;
  recoverInterrupted(): void;
  timeline(rowId: number): unknown;
}

const clock = (nowMs: () => number) => ({
  nowMs,
  monotonicMs: nowMs,
  sleep: () => Promise.resolve(),
});

function sqliteSubject(database: Database, nowMs: () => number): Subject {
  migrate(database);
  database.execute(
    `INSERT INTO epoch(epoch, account, livemode, device_id, key_id, recipient_key, genesis,
       next_seq, previous_hash, secret_wrapped) VALUES(1, ?, 0, ?, ?, ?, ?, 1, ?, ?)`,
    [
      ACCOUNT,
      ...[16, 8, 32, 1, 32, 1].map((length) => new Uint8Array(length)),
    ],
  );
  const payments = new Payments(database);
  const activity = new ActivityLog(
    database,
    clock(nowMs),
    () => new Uint8Array(32),
  );
  const vault = {
    deviceId: new Uint8Array(16),
    genesis: () => new Uint8Array(),
  };
  const store = {
    database,
    payments,
    steps: new Steps(database),
    leases: new Leases(database),
    activity,
    vault,
  };
  return {
    store,
    insert: (card) =>
      database.transaction(() =>
        payments.insert({
          localId: bytes(16, card),
          epoch: 1,
          seq: card,
          account: ACCOUNT,
          isLivemode: false,
          amount: 100 + card,
          currency: card % 2 === 0 ? "usd" : "eur",
          captureMethod: "automatic",
          metadata: {},
          cardPresent: PLAIN_CARD,
          cardHmac: bytes(16, card),
          cardTransactionHmac: bytes(16, card),
          recordHash: bytes(32, card),
          record: bytes(9, card),
          isOffline: false,
          createdAtMs: nowMs(),
          storedAtMs: nowMs(),
          intentId: null,
          terms: PLAIN_TERMS,
          reader: null,
        })
      ),
    recoverInterrupted: () => void payments.recoverInterrupted(),
    timeline: (rowId) => activity.ofPayment(rowId),
    presentations: new Presentations(database),
  };
}

function memorySubject(nowMs: () => number): Subject {
  const memory = new MemoryStore(nowMs);
  return {
    store: memory.view(),
    presentations: memory.presentations,
    insert: (card) =>
      memory.insert({
        localIdBytes: bytes(16, card),
        cardHmac: bytes(16, card),
        recordHash: bytes(32, card),
        record: bytes(9, card),
        storedAtMs: nowMs(),
        payment: {
          localId: formatUuid(bytes(16, card)),
          seq: card,
          account: ACCOUNT,
          amount: 100 + card,
          currency: card % 2 === 0 ? "usd" : "eur",
          captureMethod: "automatic",
          offlineDetails: null,
        },
      }),
    recoverInterrupted: () => memory.recoverInterrupted(),
    timeline: (rowId) =>
      memory.activities.filter((line) => line.rowId === rowId)
        .map(({ atMs, kind, body }) => ({ atMs, kind, body })),
  };
}

function bytes(length: number, value: number): Uint8Array {
  return new Uint8Array(length).fill(value);
}

/** Draws one operation; returns how to do it on a subject. */
function draw(random: Prng, rows: number, nowMs: number, leases: Lease[][]) {
  const rowId = 1 + random.below(Math.max(1, rows));
  const kind = KINDS[random.below(KINDS.length)];
  const to = STATES[random.below(STATES.length)];
  const generation = random.below(3);
  const number = random.below(1000);
  const isTakeover = random.chance(0.5);
  const error = random.chance(0.5)
    ? { code: "card_declined", declineCode: null, adviceCode: "x" }
    : null;
  const lease = random.below(4);
  const operations: ((subject: Subject, side: number) => unknown)[] = [
    ({ store }) => store.payments.byRowId(rowId),
    ({ store }) => store.payments.sealedRecord(rowId),
    ({ store }) => store.payments.waiting(number % 4, 1 + number % 9),
    ({ store }) => store.payments.totals(),
    ({ store }) =>
      store.database.transaction(() => store.payments.move(rowId, to, error)),
    ({ store }) =>
      store.database.transaction(() => {
        store.payments.move(rowId, to, error);
        store.activity.add(to, rowId, { number });
        throw new Error("halfway");
      }),
    ({ store }) => store.steps.latest(rowId, kind),
    ({ store }) =>
      store.steps.begin(
        rowId,
        kind,
        generation,
        `${rowId}:${kind}:${generation}`,
        `{"n":${number}}`,
        nowMs,
      ),
    ({ store }) => store.steps.spend(rowId, kind),
    ({ store }) => store.steps.adoptIntent(rowId, `pi_${rowId}_${number}`),
    ({ store }) => store.steps.plan(rowId, number),
    ({ store }) => store.activity.add("note", rowId, { number }),
    ({ store }, side) => {
      const got = store.leases.acquire("l", "h", nowMs, 1000, isTakeover);
      if (got !== null) leases[side].push(got);
      return got;
    },
    ({ store }, side) => {
      const held = leases[side].at(-1 - lease);
      return held && store.leases.renew(held, nowMs, 1000);
    },
    ({ store }, side) => {
      const held = leases[side].at(-1 - lease);
      return held && store.leases.isCurrent(held);
    },
    ({ store }, side) => {
      const held = leases[side].at(-1 - lease);
      return held && store.leases.release(held);
    },
    ({ store, presentations }) =>
      presentations.notBeforeMs(rowId, generation) ??
        store.database.transaction(() => {
          const declined = error ??
            { code: "x", declineCode: "y", adviceCode: null };
          presentations.add(rowId, generation, declined, nowMs, number);
          return presentations.count(rowId);
        }),
    (subject) => subject.recoverInterrupted(),
    (subject) => subject.timeline(rowId),
  ];
  return operations[random.below(operations.length)];
}

function outcome(body: () => unknown): unknown {
  try {
    return { value: body() ?? null };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return { code, message };
  }
}

test("MemoryStore answers drawn operations as the store on SQLite does", async () => {
  const sqlite = await loadSqlite();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = new Prng(seed);
    let nowMs = 1_000_000;
    const database = new SqliteDatabase(sqlite, new SimDisk());
    const real = sqliteSubject(database, () => nowMs);
    const memory = memorySubject(() => nowMs);
    const leases: Lease[][] = [[], []];
    let rows = 0;
    for (let i = 0; i < OPERATIONS; i++) {
      nowMs += random.below(900) - 100;
      if (rows === 0 || random.chance(0.05)) {
        rows++;
        assert.equal(memory.insert(rows), real.insert(rows));
        continue;
      }
      const operation = draw(random, rows, nowMs, leases);
      assert.deepEqual(
        outcome(() => operation(memory, 0)),
        outcome(() => operation(real, 1)),
        `seed ${seed}, operation ${i}: ${operation}`,
      );
    }
    for (let rowId = 1; rowId <= rows; rowId++) {
      assert.deepEqual(
        memory.store.payments.byRowId(rowId),
        real.store.payments.byRowId(rowId),
      );
      assert.deepEqual(memory.timeline(rowId), real.timeline(rowId));
      for (const kind of KINDS) {
        assert.deepEqual(
          memory.store.steps.latest(rowId, kind),
          real.store.steps.latest(rowId, kind),
        );
      }
    }
    database.close();
  }
});
