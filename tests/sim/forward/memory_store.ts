/**
 * The store of the fast worlds: what forwarding needs, in memory, with SQLite's commit semantics.
 *
 * Owns: being indistinguishable from the classes under `engine/store/` for the calls that
 * forwarding makes; `memory_store_test.ts` holds both to the same operations. A throw in a
 * transaction undoes all of it; rows that are handed out are copies.
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
  extends Omit<PaymentRow, "rowId" | "epoch" | "payment"> {
  record: Uint8Array;
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
  open(genesis: Uint8Array, record: Uint8Array): Uint8Array;
  /** All rows, to be read and not kept. */
  peek(): Iterable<Readonly<PaymentRow>>;
  /** All steps of one payment. */
  stepsOf(rowId: number): Step[];
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
  readonly activities: (Activity & { rowId: number | null })[] = [];
  /** Called before and after every commit; a throw before it undoes the commit. */
  onCommit: (when: "before" | "after") => void = () => {};
  readonly #rows = new Map<number, PaymentRow>();
  readonly #sealed = new Map<number, Uint8Array>();
  readonly #steps = new Map<string, Step[]>();
  readonly #declines = new Map<number, Map<number, number>>();
  readonly #nowMs: () => number;
  #lease: { token: number; expiresAtMs: number } | null = null;
  #undo: (() => void)[] | null = null;

  /** Makes an empty store; `nowMs` dates the timeline. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.database = {
      transaction: (body) => this.#transaction(body),
      reopen: () => {},
    };
    this.payments = {
      byRowId: (rowId) => this.#copy(rowId),
      sealedRecord: (rowId) => this.#sealed.get(rowId) ?? null,
      move: (rowId, to, error = null) => this.#move(rowId, to, error),
      open: (limit) =>
        [...this.#rows.values()].filter(isOpen).slice(0, limit)
          .map(({ rowId }) => this.#copy(rowId)!),
      waiting: (afterRowId, limit) =>
        [...this.#rows.values()].filter((row) => isOpen(row))
          .filter(({ rowId }) => rowId > afterRowId).slice(0, limit)
          .map(({ rowId, cardHmac, storedAtMs, payment }) => ({
            ...{ rowId, cardHmac, storedAtMs },
            account: payment.account,
            isLivemode: payment.isLivemode,
            nextAttemptAtMs: payment.nextAttemptAtMs,
          })),
      totals: () => this.#totals(),
    };
    this.steps = {
      latest: (rowId, kind) => {
        const step = this.#stepsOf(rowId, kind).at(-1);
        return step === undefined ? null : { ...step };
      },
      begin: (rowId, kind, generation, key, parameters, nowMs) =>
        this.#transaction(() =>
          this.#begin(rowId, kind, generation, key, parameters, nowMs)
        ),
      spend: (rowId, kind) =>
        this.#statement(() => {
          const step = this.#stepsOf(rowId, kind).at(-1);
          if (step !== undefined) this.#set(step, "isSpent", true);
        }),
      adoptIntent: (rowId, intentId) =>
        this.#transaction(() => {
          const { payment } = this.#rows.get(rowId)!;
          if (payment.id === null) this.#set(payment, "id", intentId);
          return payment.id!;
        }),
      plan: (rowId, nextAttemptAtMs) =>
        this.#statement(() => {
          const payment = this.#rows.get(rowId)?.payment;
          if (payment === undefined) return;
          this.#set(payment, "attempts", payment.attempts + 1);
          this.#set(payment, "nextAttemptAtMs", nextAttemptAtMs);
        }),
    };
    this.leases = {
      acquire: (name, _holder, atMs, durationMs, isTakeover) =>
        this.#transaction(() =>
          this.#acquire(name, atMs, durationMs, isTakeover)
        ),
      renew: (lease, atMs, durationMs) =>
        this.#statement(() => this.#expire(lease, atMs + durationMs)),
      isCurrent: (lease) => lease.token === this.#lease?.token,
      release: (lease) => this.#statement(() => void this.#expire(lease, 0)),
    };
    this.activity = {
      add: (kind, rowId, body = {}) =>
        this.#statement(() => {
          this.activities.push({ rowId, kind, body, atMs: this.#nowMs() });
          this.#undo!.push(() => this.activities.pop());
        }),
    };
    this.presentations = {
      count: (rowId) => this.#declines.get(rowId)?.size ?? 0,
      notBeforeMs: (rowId, generation) =>
        this.#declines.get(rowId)?.get(generation) ?? null,
      add: (rowId, generation, error, _nowMs, notBeforeMs) =>
        this.#statement(() => {
          const before = this.#declines.get(rowId);
          const after = new Map(before).set(generation, notBeforeMs);
          this.#declines.set(rowId, after);
          this.#undo!.push(() =>
            this.#declines.set(rowId, before ?? new Map())
          );
          const row = this.#rows.get(rowId);
          if (row && isOpen(row)) this.#set(row.payment, "error", error);
        }),
    };
    this.vault = {
      deviceId: new Uint8Array(16).fill(0xd),
      genesis: () => new Uint8Array(0),
    };
  }

  /** What forwarding sees, and nothing else. */
  view(): ForwardStore {
    const { database, payments, steps, leases, activity, vault } = this;
    return { database, payments, steps, leases, activity, vault };
  }

  /** Token of the newest lease; 0 before the first. */
  get leaseToken(): number {
    return this.#lease?.token ?? 0;
  }

  /** Records are not sealed here: they are the plaintext. */
  open(_genesis: Uint8Array, record: Uint8Array): Uint8Array {
    return record.slice();
  }

  /** Inserts a stored payment and returns its row id, as `Payments.insert` in a transaction. */
  insert({ record, payment, ...row }: NewMemoryPayment): number {
    const rowId = this.#rows.size + 1;
    this.#transaction(() => {
      this.#rows.set(rowId, {
        ...row,
        rowId,
        epoch: 1,
        payment: {
          ...payment,
          id: null,
          state: "stored",
          isLivemode: false,
          metadata: {},
          terms: PLAIN_TERMS,
          reader: null,
          createdAtMs: row.storedAtMs,
          cardPresent: PLAIN_CARD,
          error: null,
          attempts: 0,
          nextAttemptAtMs: row.storedAtMs,
          receiptCode: `1-${payment.seq}-${toHex(row.recordHash.slice(0, 4))}`,
        },
      });
      this.#sealed.set(rowId, record);
      this.#undo!.push(() => {
        this.#rows.delete(rowId);
        this.#sealed.delete(rowId);
      });
    });
    return rowId;
  }

  /** All rows, as copies, in order. */
  rows(): PaymentRow[] {
    return [...this.#rows.keys()].map((rowId) => this.#copy(rowId)!);
  }

  /** The rows themselves, to be read and not kept: a copy of each after each event is slow. */
  peek(): Iterable<Readonly<PaymentRow>> {
    return this.#rows.values();
  }

  /** All steps of one payment, oldest generation first within a kind. */
  stepsOf(rowId: number): Step[] {
    const kinds: StepKind[] = ["create", "confirm", "capture", "cancel"];
    return kinds.flatMap((kind) => this.#stepsOf(rowId, kind));
  }

  /** What `Payments.recoverInterrupted` does after a restart. */
  recoverInterrupted(): void {
    this.#transaction(() => {
      for (const { rowId, payment } of this.#rows.values()) {
        const isUnderWay = this.#stepsOf(rowId, "confirm").some((step) =>
          this.presentations.notBeforeMs(rowId, step.generation) === null
        );
        const mayBeSent = payment.state === "stored" && payment.id !== null;
        if (mayBeSent && isUnderWay) {
          this.#set(payment, "state", "unknown");
        }
      }
    });
  }

  #copy(rowId: number): PaymentRow | null {
    const row = this.#rows.get(rowId);
    if (row === undefined) return null;
    const { payment } = row;
    const nextAttemptAtMs = isOpen(row) ? payment.nextAttemptAtMs : null;
    return { ...row, payment: { ...payment, nextAttemptAtMs } };
  }

  #stepsOf(rowId: number, kind: StepKind): Step[] {
    return this.#steps.get(`${rowId}/${kind}`) ?? [];
  }

  /** A statement on its own is a transaction of its own. */
  #statement<T>(body: () => T): T {
    return this.#undo === null ? this.#transaction(body) : body();
  }

  #transaction<T>(body: () => T): T {
    if (this.#undo !== null) throw new Error("transaction is not reentrant");
    const undo: (() => void)[] = this.#undo = [];
    try {
      const value = body();
      this.onCommit("before");
      this.#undo = null;
      this.onCommit("after");
      return value;
    } catch (error) {
      // After the commit `#undo` is null already: what is durable stays.
      if (this.#undo !== null) undo.reverse().forEach((step) => step());
      throw error;
    } finally {
      this.#undo = null;
    }
  }

  #set<T, K extends keyof T>(target: T, key: K, value: T[K]): void {
    const before = target[key];
    target[key] = value;
    this.#undo!.push(() => target[key] = before);
  }

  #move(
    rowId: number,
    to: PaymentState,
    error: PaymentError | null,
  ): boolean {
    const payment = this.#rows.get(rowId)?.payment;
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
      this.#set(payment, "state", to);
      this.#set(payment, "error", error);
      if (OPEN_STATES.includes(to) || to === "failed") return;
      const record = this.#sealed.get(rowId);
      if (record === undefined) return;
      this.#sealed.delete(rowId);
      this.#undo!.push(() => this.#sealed.set(rowId, record));
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
  ): Step {
    const name = `${rowId}/${kind}`;
    const steps = this.#stepsOf(rowId, kind);
    const known = steps.find((step) => step.generation === generation);
    if (known !== undefined) this.#set(known, "attempts", known.attempts + 1);
    else {
      const step: Step = {
        kind,
        generation,
        idempotencyKey,
        parameters,
        firstAttemptAtMs: nowMs,
        attempts: 1,
        isSpent: false,
      };
      const after = [...steps, step];
      after.sort((a, b) => a.generation - b.generation);
      this.#steps.set(name, after);
      this.#undo!.push(() => this.#steps.set(name, steps));
    }
    return { ...this.#stepsOf(rowId, kind).at(-1)! };
  }

  #acquire(
    name: string,
    nowMs: number,
    durationMs: number,
    isTakeover: boolean,
  ): Lease | null {
    const { token, expiresAtMs } = this.#lease ?? { token: 0, expiresAtMs: 0 };
    const isHeld = nowMs < expiresAtMs && expiresAtMs - nowMs <= durationMs;
    if (isHeld && !isTakeover) return null;
    const before = this.#lease;
    this.#lease = { token: token + 1, expiresAtMs: nowMs + durationMs };
    this.#undo!.push(() => this.#lease = before);
    return { name, token: token + 1 };
  }

  #expire(lease: Lease, expiresAtMs: number): boolean {
    if (this.#lease === null || lease.token !== this.#lease.token) return false;
    this.#set(this.#lease, "expiresAtMs", expiresAtMs);
    return true;
  }

  #totals(): CurrencyTotal[] {
    const totals = new Map<string, CurrencyTotal>();
    for (const row of this.#rows.values()) {
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

function isOpen(row: PaymentRow): boolean {
  return row.payment.state === "stored" || row.payment.state === "unknown";
}
