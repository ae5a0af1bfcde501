/**
 * The store of the fast worlds: what forwarding needs, in memory, with SQLite's commit semantics.
 *
 * Owns: being indistinguishable from the classes under `engine/store/` for the calls that
 * forwarding makes; `memory_store_test.ts` holds both to the same operations. A throw in a
 * transaction undoes all of it. Rows and steps never change: a change puts another in their place,
 * so that what was handed out stays as it was and nothing is copied for reading.
 * @module
 */
import { failure } from "../../../engine/errors.ts";
import type { ForwardStore } from "../../../engine/forward/forward_context.ts";
import type { PresentAgain } from "../../../engine/forward/present_again.ts";
import {
  mayFollow,
  OPEN_STATES,
  type Payment,
  type PaymentError,
  type PaymentState,
  PLAIN_TERMS,
} from "../../../engine/payment.ts";
import { toHex } from "../../../engine/uuid.ts";
import { PLAIN_CARD } from "./plain_card.ts";
import type { Lease } from "../../../engine/store/lease.ts";
import type {
  CurrencyTotal,
  Payments,
} from "../../../engine/store/payments.ts";
import type { PaymentRow } from "../../../engine/store/rows.ts";
import type { Step, StepKind } from "../../../engine/store/steps.ts";
import type { Activity } from "../../../engine/store/activity.ts";

/** What a payment starts as. */
export interface NewMemoryPayment
  extends
    Omit<PaymentRow, "rowId" | "epoch" | "payment" | "mustLook" | "origin"> {
  record: Uint8Array | null;
  payment: Pick<
    Payment,
    | "localId"
    | "seq"
    | "account"
    | "amount"
    | "currency"
    | "captureMethod"
    | "offlineDetails"
  >;
}

/** What a world needs of a store besides what forwarding needs. */
export interface DeviceStore extends ForwardStore {
  payments: ForwardStore["payments"] & Pick<Payments, "open">;
  /** Inserts a stored payment and returns its row id; durable when it returns. */
  insert(payment: NewMemoryPayment): number;
  /** What a restart does first. */
  recoverInterrupted(): void;
  /** What forwarding sees, and nothing else. */
  view(): ForwardStore;
  /** Plaintext of a sealed record, for the gateway. */
  open(
    genesis: Uint8Array,
    record: Uint8Array,
  ): Uint8Array | Promise<Uint8Array>;
  /** All rows, to be read and not changed. */
  peek(): readonly Readonly<PaymentRow>[];
  /** All steps of one payment. */
  stepsOf(rowId: number): readonly Step[];
  /** The timeline, oldest first. */
  readonly activities: readonly Activity[];
  /** Token of the newest lease; 0 before the first. */
  readonly leaseToken: number;
}

/** Rows, steps, lease and timeline of one device. */
export class MemoryStore implements DeviceStore {
  readonly database: ForwardStore["database"];
  readonly payments: DeviceStore["payments"];
  readonly steps: ForwardStore["steps"];
  readonly leases: ForwardStore["leases"];
  readonly activity: ForwardStore["activity"];
  readonly vault: ForwardStore["vault"];
  /** Declines that are not final. */
  readonly presentations: PresentAgain["presentations"];
  /** The timeline, oldest first. */
  activities: (Activity & { rowId: number | null })[] = [];
  /** Called before and after every commit; a throw before it undoes the commit. */
  onCommit: (when: "before" | "after") => void = () => {};
  // By row id - 1, each.
  #rows: PaymentRow[] = [];
  #nextAttempts: number[] = [];
  #sealed: (Uint8Array | null)[] = [];
  #steps: (readonly Step[])[] = [];
  #declines: (readonly Decline[])[] = [];
  readonly #lease = { token: 0, expiresAtMs: 0 };
  readonly #nowMs: () => number;
  /** What a rollback puts back: target, key, value, and so on. */
  #undo: unknown[] = [];
  #isInTransaction = false;

  /** Makes an empty store; `nowMs` dates the timeline. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.database = {
      transaction: (body) => this.#transaction(body),
      reopen: () => {},
    };
    this.payments = this.#makePayments();
    this.steps = this.#makeSteps();
    this.leases = this.#makeLeases();
    this.activity = {
      add: (kind, rowId, body = {}) =>
        this.#statement(() => {
          this.#push(this.activities, {
            rowId,
            kind,
            body,
            atMs: this.#nowMs(),
          });
        }),
    };
    this.presentations = this.#makePresentations();
    this.vault = {
      deviceId: new Uint8Array(16).fill(0xd),
      genesis: () => NOTHING,
    };
  }

  /** Forgets everything: another device. */
  reset(): void {
    this.activities = [];
    this.#rows = [];
    this.#nextAttempts = [];
    this.#sealed = [];
    this.#steps = [];
    this.#declines = [];
    this.#lease.token = this.#lease.expiresAtMs = 0;
  }

  /** What forwarding sees, and nothing else. */
  view(): ForwardStore {
    const { database, payments, steps, leases, activity, vault } = this;
    return { database, payments, steps, leases, activity, vault };
  }

  /** Token of the newest lease; 0 before the first. */
  get leaseToken(): number {
    return this.#lease.token;
  }

  /** Records are not sealed here: they are the plaintext. */
  open(_genesis: Uint8Array, record: Uint8Array): Uint8Array {
    return record.slice();
  }

  /** Inserts a stored payment and returns its row id, as `Payments.insert` in a transaction. */
  insert(sale: NewMemoryPayment): number {
    const rowId = this.#rows.length + 1;
    this.#transaction(() => {
      this.#push(this.#rows, rowOf(rowId, sale));
      this.#push(this.#nextAttempts, sale.storedAtMs);
      this.#push<Uint8Array | null>(this.#sealed, sale.record);
      this.#push<readonly Step[]>(this.#steps, NO_STEPS);
      this.#push<readonly Decline[]>(this.#declines, NO_DECLINES);
    });
    return rowId;
  }

  /** All rows, in order of their row id. */
  peek(): readonly Readonly<PaymentRow>[] {
    return this.#rows;
  }

  /** Row ids of open payments, in order. */
  openRowIds(): number[] {
    const open: number[] = [];
    for (const row of this.#rows) if (isOpen(row)) open.push(row.rowId);
    return open;
  }

  /** All steps of one payment, in the order in which they were begun. */
  stepsOf(rowId: number): readonly Step[] {
    return this.#steps[rowId - 1] ?? NO_STEPS;
  }

  /** What `Payments.recoverInterrupted` does after a restart. */
  recoverInterrupted(): void {
    this.#transaction(() => {
      for (const { rowId, payment } of this.#rows) {
        if (payment.state !== "stored" || payment.id === null) continue;
        const isUnderWay = this.stepsOf(rowId).some(({ kind, generation }) =>
          kind === "confirm" &&
          this.presentations.notBeforeMs(rowId, generation) === null
        );
        if (isUnderWay) this.#change(rowId, { state: "unknown" });
      }
    });
  }

  #makePayments(): DeviceStore["payments"] {
    return {
      byRowId: (rowId) => this.#rows[rowId - 1] ?? null,
      sealedRecord: (rowId) => this.#sealed[rowId - 1] ?? null,
      move: (rowId, to, error = null) => this.#move(rowId, to, error),
      open: (limit) => this.#rows.filter(isOpen).slice(0, limit),
      waiting: (afterRowId, limit) =>
        this.#rows.filter((row) => row.rowId > afterRowId && isOpen(row))
          .slice(0, limit)
          .map(({ rowId, cardHmac, storedAtMs, payment }) => ({
            ...{ rowId, cardHmac, storedAtMs },
            account: payment.account,
            isLivemode: payment.isLivemode,
            nextAttemptAtMs: payment.nextAttemptAtMs,
          })),
      totals: () => this.#totals(),
    };
  }

  #makeSteps(): ForwardStore["steps"] {
    return {
      latest: (rowId, kind) => this.#latest(rowId, kind),
      begin: (rowId, kind, generation, key, parameters, nowMs) =>
        this.#transaction(() => {
          this.#begin(rowId, kind, generation, key, parameters, nowMs);
          return this.#latest(rowId, kind)!;
        }),
      spend: (rowId, kind) =>
        this.#statement(() => {
          const step = this.#latest(rowId, kind);
          if (step !== null) this.#replace(rowId, step, { isSpent: true });
        }),
      adoptIntent: (rowId, intentId) =>
        this.#transaction(() => {
          const { id } = this.#rows[rowId - 1].payment;
          if (id === null) this.#change(rowId, { id: intentId });
          return id ?? intentId;
        }),
      plan: (rowId, nextAttemptAtMs) =>
        this.#statement(() => {
          const row = this.#rows[rowId - 1];
          if (row === undefined) return;
          this.#set(this.#nextAttempts, rowId - 1, nextAttemptAtMs);
          this.#change(rowId, { attempts: row.payment.attempts + 1 });
        }),
    };
  }

  #makeLeases(): ForwardStore["leases"] {
    return {
      acquire: (name, _holder, atMs, durationMs, isTakeover) =>
        this.#transaction(() =>
          this.#acquire(name, atMs, durationMs, isTakeover)
        ),
      renew: (lease, atMs, durationMs) =>
        this.#statement(() => this.#expire(lease, atMs + durationMs)),
      isCurrent: (lease) => lease.token === this.#lease.token,
      release: (lease) => this.#statement(() => void this.#expire(lease, 0)),
    };
  }

  #makePresentations(): PresentAgain["presentations"] {
    const of = (rowId: number): readonly Decline[] =>
      this.#declines[rowId - 1] ?? NO_DECLINES;
    return {
      count: (rowId) => of(rowId).length,
      notBeforeMs: (rowId, generation) =>
        of(rowId).find((decline) => decline.generation === generation)
          ?.notBeforeMs ?? null,
      add: (rowId, generation, error, _nowMs, notBeforeMs) =>
        this.#statement(() => {
          const declines = [...of(rowId), { generation, notBeforeMs }];
          this.#set(this.#declines, rowId - 1, declines);
          const row = this.#rows[rowId - 1];
          if (row && isOpen(row)) this.#change(rowId, { error });
        }),
    };
  }

  #latest(rowId: number, kind: StepKind): Step | null {
    let latest: Step | null = null;
    for (const step of this.stepsOf(rowId)) {
      if (step.kind !== kind) continue;
      if (latest === null || step.generation > latest.generation) latest = step;
    }
    return latest;
  }

  /** A statement on its own is a transaction of its own. */
  #statement<T>(body: () => T): T {
    return this.#isInTransaction ? body() : this.#transaction(body);
  }

  #transaction<T>(body: () => T): T {
    if (this.#isInTransaction) throw new Error("transaction is not reentrant");
    this.#isInTransaction = true;
    try {
      const value = body();
      this.onCommit("before");
      this.#undo = [];
      this.onCommit("after");
      return value;
    } catch (error) {
      // After the commit nothing is left to undo: what is durable stays.
      this.#rollback();
      throw error;
    } finally {
      this.#isInTransaction = false;
    }
  }

  #rollback(): void {
    for (let i = this.#undo.length - 3; i >= 0; i -= 3) {
      const target = this.#undo[i] as Record<PropertyKey, unknown>;
      target[this.#undo[i + 1] as PropertyKey] = this.#undo[i + 2];
    }
    this.#undo = [];
  }

  #set<T, K extends keyof T>(target: T, key: K, value: T[K]): void {
    this.#undo.push(target, key, target[key]);
    target[key] = value;
  }

  #push<T>(list: T[], value: T): void {
    this.#undo.push(list, "length", list.length);
    list.push(value);
  }

  /** Puts a changed row in the place of the old one. */
  #change(rowId: number, changes: PaymentChanges): void {
    const before = this.#rows[rowId - 1];
    const payment = { ...before.payment };
    const { state, id, error, attempts } = changes;
    if (state !== undefined) payment.state = state;
    if (id !== undefined) payment.id = id;
    if (error !== undefined) payment.error = error;
    if (attempts !== undefined) payment.attempts = attempts;
    const isOpenNow = OPEN_STATES.includes(payment.state);
    payment.nextAttemptAtMs = isOpenNow ? this.#nextAttempts[rowId - 1] : null;
    const row = { ...before };
    row.payment = payment;
    this.#set(this.#rows, rowId - 1, row);
  }

  #replace(rowId: number, step: Step, changes: Partial<Step>): void {
    const steps = this.stepsOf(rowId).map((known) =>
      known === step ? { ...step, ...changes } : known
    );
    this.#set(this.#steps, rowId - 1, steps);
  }

  #move(
    rowId: number,
    to: PaymentState,
    error: PaymentError | null,
  ): boolean {
    const payment = this.#rows[rowId - 1]?.payment;
    if (payment === undefined) {
      throw failure("PAYMENT_NOT_FOUND", `no payment has row ${rowId}`);
    }
    const from = payment.state;
    if (from === to) return false;
    if (!mayFollow(from, to)) {
      throw failure(
        "PAYMENT_STATE_CONFLICT",
        `a payment cannot go from ${from} to ${to}`,
      );
    }
    this.#statement(() => {
      this.#change(rowId, { state: to, error });
      const isKept = OPEN_STATES.includes(to) || to === "failed";
      if (!isKept) this.#set(this.#sealed, rowId - 1, null);
    });
    return true;
  }

  #begin(
    rowId: number,
    kind: StepKind,
    generation: number,
    idempotencyKey: string,
    parameters: string,
    nowMs: number,
  ): void {
    const steps = this.stepsOf(rowId);
    const known = steps.find((step) =>
      step.kind === kind && step.generation === generation
    );
    if (known !== undefined) {
      return this.#replace(rowId, known, { attempts: known.attempts + 1 });
    }
    const step: Step = {
      kind,
      generation,
      idempotencyKey,
      parameters,
      firstAttemptAtMs: nowMs,
      attempts: 1,
      isSpent: false,
    };
    this.#set(this.#steps, rowId - 1, [...steps, step]);
  }

  #acquire(
    name: string,
    nowMs: number,
    durationMs: number,
    isTakeover: boolean,
  ): Lease | null {
    const { token, expiresAtMs } = this.#lease;
    const isHeld = nowMs < expiresAtMs && expiresAtMs - nowMs <= durationMs;
    if (isHeld && !isTakeover) return null;
    this.#set(this.#lease, "token", token + 1);
    this.#set(this.#lease, "expiresAtMs", nowMs + durationMs);
    return { name, token: token + 1 };
  }

  #expire(lease: Lease, expiresAtMs: number): boolean {
    if (this.#lease.token === 0 || lease.token !== this.#lease.token) {
      return false;
    }
    this.#set(this.#lease, "expiresAtMs", expiresAtMs);
    return true;
  }

  #totals(): CurrencyTotal[] {
    const totals = new Map<string, CurrencyTotal>();
    for (const row of this.#rows) {
      if (!isOpen(row)) continue;
      const { account, isLivemode, currency, amount } = row.payment;
      const name = `${account}/${isLivemode ? 1 : 0}/${currency}`;
      const total = totals.get(name);
      if (total === undefined) {
        totals.set(name, { account, isLivemode, currency, count: 1, amount });
      } else {
        total.count++;
        total.amount += amount;
      }
    }
    return [...totals.keys()].sort().map((name) => totals.get(name)!);
  }
}

type PaymentChanges = Partial<
  Pick<Payment, "state" | "id" | "error" | "attempts">
>;

interface Decline {
  generation: number;
  notBeforeMs: number;
}

const NO_STEPS: readonly Step[] = [];
const NO_DECLINES: readonly Decline[] = [];
const NO_METADATA: Readonly<Record<string, string>> = {};
const NOTHING = new Uint8Array(0);

function isOpen(row: PaymentRow): boolean {
  return row.payment.state === "stored" || row.payment.state === "unknown";
}

/** The row of a new payment; written out, because worlds make millions of them. */
function rowOf(
  rowId: number,
  { localIdBytes, cardHmac, recordHash, storedAtMs, payment }: NewMemoryPayment,
): PaymentRow {
  return {
    rowId,
    localIdBytes,
    epoch: 1,
    cardHmac,
    recordHash,
    storedAtMs,
    mustLook: false,
    origin: null,
    payment: {
      localId: payment.localId,
      id: null,
      seq: payment.seq,
      state: "stored",
      amount: payment.amount,
      currency: payment.currency,
      captureMethod: payment.captureMethod,
      metadata: NO_METADATA,
      terms: PLAIN_TERMS,
      reader: null,
      account: payment.account,
      isLivemode: false,
      createdAtMs: storedAtMs,
      offlineDetails: payment.offlineDetails,
      cardPresent: PLAIN_CARD,
      error: null,
      attempts: 0,
      nextAttemptAtMs: storedAtMs,
      receiptCode: `1-${payment.seq}-${toHex(recordHash.subarray(0, 4))}`,
    },
  };
}
