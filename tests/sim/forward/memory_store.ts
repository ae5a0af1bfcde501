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
} from "../../../engine/payment.ts";
import type { Activity } from "../../../engine/store/activity.ts";
import type { Lease } from "../../../engine/store/lease.ts";
import type { PaymentRow } from "../../../engine/store/rows.ts";
import type { Step, StepKind } from "../../../engine/store/steps.ts";
import type { DeviceStore, NewMemoryPayment } from "./device_store.ts";
import { isOpen, rowOf, totalsOf, waitingOf } from "./memory_rows.ts";
import { UndoLog } from "./undo_log.ts";

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
  // By row id - 1, each.
  #rows: PaymentRow[] = [];
  #nextAttempts: number[] = [];
  #sealed: (Uint8Array | null)[] = [];
  #steps: (readonly Step[])[] = [];
  #declines: (readonly Decline[])[] = [];
  readonly #lease = { token: 0, expiresAtMs: 0 };
  readonly #nowMs: () => number;
  readonly #log = new UndoLog();

  /** Makes an empty store; `nowMs` dates the timeline. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.database = {
      transaction: (body) => this.#log.transaction(body),
      reopen: () => {},
    };
    this.payments = this.#makePayments();
    this.steps = this.#makeSteps();
    this.leases = this.#makeLeases();
    this.activity = {
      add: (kind, rowId, body = {}) =>
        this.#log.statement(() => {
          this.#log.push(this.activities, {
            rowId,
            kind,
            body,
            atMs: this.#nowMs(),
          });
        }),
      ofPayment: (rowId) =>
        this.activities.filter((line) => line.rowId === rowId),
    };
    this.presentations = this.#makePresentations();
    this.vault = {
      deviceId: new Uint8Array(16).fill(0xd),
      genesis: () => NOTHING,
    };
  }

  /** Called before and after every commit; a throw before it undoes the commit. */
  set onCommit(callback: (when: "before" | "after") => void) {
    this.#log.onCommit = callback;
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
    this.#log.transaction(() => {
      this.#log.push(this.#rows, rowOf(rowId, sale));
      this.#log.push(this.#nextAttempts, sale.storedAtMs);
      this.#log.push<Uint8Array | null>(this.#sealed, sale.record);
      this.#log.push<readonly Step[]>(this.#steps, NO_STEPS);
      this.#log.push<readonly Decline[]>(this.#declines, NO_DECLINES);
    });
    return rowId;
  }

  /** A copy of what is on disk now; it keeps nothing alive that changes. */
  copy(): StoreCopy {
    return {
      rows: this.#rows.slice(),
      nextAttempts: this.#nextAttempts.slice(),
      sealed: this.#sealed.slice(),
      steps: this.#steps.slice(),
      declines: this.#declines.slice(),
    };
  }

  /** Puts a copy in this store's place, as `engine/backup.ts` does. */
  restore({ rows, nextAttempts, sealed, steps, declines }: StoreCopy): void {
    this.#rows = rows.map((row) =>
      isOpen(row) ? { ...row, mustLook: true } : row
    );
    this.#nextAttempts = nextAttempts.slice();
    this.#sealed = sealed.slice();
    this.#steps = steps.slice();
    this.#declines = declines.slice();
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
    this.#log.transaction(() => {
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
      waiting: (afterRowId, limit) => waitingOf(this.#rows, afterRowId, limit),
      totals: () => totalsOf(this.#rows),
    };
  }

  #makeSteps(): ForwardStore["steps"] {
    return {
      latest: (rowId, kind) => this.#latest(rowId, kind),
      begin: (rowId, kind, generation, key, parameters, nowMs) =>
        this.#log.transaction(() => {
          this.#begin(rowId, kind, generation, key, parameters, nowMs);
          return this.#latest(rowId, kind)!;
        }),
      spend: (rowId, kind) =>
        this.#log.statement(() => {
          const step = this.#latest(rowId, kind);
          if (step !== null) this.#replace(rowId, step, { isSpent: true });
        }),
      adoptIntent: (rowId, intentId) =>
        this.#log.transaction(() => {
          const { id } = this.#rows[rowId - 1].payment;
          if (id === null) this.#change(rowId, { id: intentId });
          return id ?? intentId;
        }),
      plan: (rowId, nextAttemptAtMs) =>
        this.#log.statement(() => {
          const row = this.#rows[rowId - 1];
          if (row === undefined) return;
          this.#log.set(this.#nextAttempts, rowId - 1, nextAttemptAtMs);
          this.#change(rowId, { attempts: row.payment.attempts + 1 });
        }),
    };
  }

  #makeLeases(): ForwardStore["leases"] {
    return {
      acquire: (name, _holder, atMs, durationMs, isTakeover) =>
        this.#log.transaction(() =>
          this.#acquire(name, atMs, durationMs, isTakeover)
        ),
      renew: (lease, atMs, durationMs) =>
        this.#log.statement(() => this.#expire(lease, atMs + durationMs)),
      isCurrent: (lease) => lease.token === this.#lease.token,
      release: (lease) =>
        this.#log.statement(() => void this.#expire(lease, 0)),
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
        this.#log.statement(() => {
          const declines = [...of(rowId), { generation, notBeforeMs }];
          this.#log.set(this.#declines, rowId - 1, declines);
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
    this.#log.set(this.#rows, rowId - 1, row);
  }

  #replace(rowId: number, step: Step, changes: Partial<Step>): void {
    const steps = this.stepsOf(rowId).map((known) =>
      known === step ? { ...step, ...changes } : known
    );
    this.#log.set(this.#steps, rowId - 1, steps);
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
    this.#log.statement(() => {
      this.#change(rowId, { state: to, error });
      const isKept = OPEN_STATES.includes(to) || to === "failed";
      if (!isKept) this.#log.set(this.#sealed, rowId - 1, null);
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
    this.#log.set(this.#steps, rowId - 1, [...steps, step]);
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
    this.#log.set(this.#lease, "token", token + 1);
    this.#log.set(this.#lease, "expiresAtMs", nowMs + durationMs);
    return { name, token: token + 1 };
  }

  #expire(lease: Lease, expiresAtMs: number): boolean {
    if (this.#lease.token === 0 || lease.token !== this.#lease.token) {
      return false;
    }
    this.#log.set(this.#lease, "expiresAtMs", expiresAtMs);
    return true;
  }
}

type PaymentChanges = Partial<
  Pick<Payment, "state" | "id" | "error" | "attempts">
>;

/** What a copy of a store holds, by row id - 1. */
export interface StoreCopy {
  readonly rows: readonly PaymentRow[];
  readonly nextAttempts: readonly number[];
  readonly sealed: readonly (Uint8Array | null)[];
  readonly steps: readonly (readonly Step[])[];
  readonly declines: readonly (readonly Decline[])[];
}

interface Decline {
  generation: number;
  notBeforeMs: number;
}

const NO_STEPS: readonly Step[] = [];
const NO_DECLINES: readonly Decline[] = [];
const NOTHING = new Uint8Array(0);
