/**
 * One world: a device, its drainers, the network and Stripe, played event by event.
 *
 * Owns: time, processes and what becomes of every request. What is tested is real: the engine's
 * `forwardPayment` and its Stripe gateway; only the store, the client and Stripe are models. One
 * task runs at a time, until its next request leaves, so the same events give the same world.
 * @module
 */
import { bindingFailure } from "../../../bindings/error_codes.ts";
import type {
  ForwardContext,
  ForwardResult,
} from "../../../engine/forward/forward_context.ts";
import { forwardPayment } from "../../../engine/forward/forward_payment.ts";
import { DEFAULT_RETRY_POLICY } from "../../../engine/forward/retry_policy.ts";
import type { Payment } from "../../../engine/payment.ts";
import type { PaymentRow } from "../../../engine/store/rows.ts";
import { createCardPresentGateway } from "../../../engine/stripe/card_present_gateway.ts";
import type { Lease } from "../../../engine/store/lease.ts";
import type { Mutation } from "./bugs.ts";
import { Checker, type Violation } from "./checker.ts";
import { MemoryStore } from "./memory_store.ts";
import { brokenConnection, foreignPage, modelClient } from "./model_client.ts";
import { type Fate, isCalm, type WorldEvent } from "./plan.ts";
import {
  type ModelAnswer,
  type ModelRequest,
  StripeModel,
} from "./stripe_model.ts";

/** A sale as the world remembers it. */
export type Sale = Extract<WorldEvent, { kind: "sale" }>;

/** Digits of a card that must be found nowhere. */
export const CANARY = "4000056655665556";
/** The account every world belongs to. */
export const ACCOUNT = "acct_sim";

/** Forwarding only asks whether a payment was taken offline. */
export const OFFLINE = {} as NonNullable<Payment["offlineDetails"]>;

const START_MS = Date.UTC(2026, 10, 24, 12);
const LEASE_MS = 60_000;
const DEADLINE_MS = 15_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Attempts after the last fault within which everything must be settled. */
const QUIET_ROUNDS = 16;

/** Thrown by the commit at which a process dies. */
class ProcessDeath extends Error {}

/** A request that left and has no answer. */
interface Pending {
  request: ModelRequest;
  sentMs: number;
  resolve: (answer: ModelAnswer) => void;
  reject: (reason: unknown) => void;
}

/** One attempt of one process at one payment. */
interface Task {
  process: Process;
  rowId: number;
  pending: Pending | null;
  /** Lets the deadline of the call under way pass. */
  expire: () => void;
  onPark: () => void;
  isDone: boolean;
}

/** A running program over the device's store. */
export interface Process {
  lease: Lease;
  isDead: boolean;
  isFenced: boolean;
  isParked: boolean;
  /** Dies before (even) or after (odd) the commit this many halves from now. */
  halfCommits: number;
  tasks: Task[];
  context: ForwardContext;
  signal: AbortSignal;
}

/** What a world came to. */
export interface WorldReport {
  violations: readonly Violation[];
  payments: number;
  requests: number;
  attempts: number;
}

/** Plays `events` with an engine that has `mutation`, and checks everything. */
export async function playWorld(
  events: readonly WorldEvent[],
  mutation?: Mutation,
): Promise<WorldReport> {
  const world = new World(mutation);
  for (const event of events) await world.happen(event);
  await world.calmDown();
  return world.report(events);
}

/** The state of one world; see {@link playWorld}. */
export class World {
  readonly sales: Sale[] = [];
  readonly stripe: StripeModel;
  readonly store: MemoryStore;
  readonly checker: Checker;
  readonly #mutation: Mutation | undefined;
  readonly #processes: (Process | null)[] = [null, null];
  #nowMs = START_MS;
  #offsetMs = 0;
  #late: { atMs: number; request: ModelRequest }[] = [];
  #running: Task | null = null;
  #isPresentingAgain = false;
  #requests = 0;
  #attempts = 0;
  /** Whether a request arrived after its caller had any right to wait for it. */
  #hadLateRequest = false;

  constructor(mutation?: Mutation) {
    this.#mutation = mutation;
    this.stripe = new StripeModel((card) => this.sales[card - 1].temper);
    this.store = new MemoryStore(() => this.deviceMs);
    this.checker = new Checker(this.store, this.stripe, this.sales);
    this.store.onCommit = () => this.#onHalfCommit();
  }

  /** What the device's clock shows. */
  get deviceMs(): number {
    return this.#nowMs + this.#offsetMs;
  }

  /** Lets one thing happen. */
  async happen(event: WorldEvent): Promise<void> {
    switch (event.kind) {
      case "sale":
        this.#sell(event);
        break;
      case "policy":
        this.#isPresentingAgain = true;
        break;
      case "begin":
        await this.#begin(event.drainer, event.pick);
        break;
      case "answer": {
        const tasks = this.#waiting();
        if (tasks.length === 0) break;
        const task = tasks[event.pick % tasks.length];
        await this.#answer(task, event.fate, event.delayMs);
        break;
      }
      case "wait":
        this.#pass(event.ms);
        break;
      case "jump":
        this.#offsetMs += event.ms;
        break;
      case "die":
        this.#kill(this.#processes[event.drainer], event.fate, event.delayMs);
        break;
      case "doom": {
        const process = this.#processes[event.drainer];
        if (process !== null) process.halfCommits = event.halfCommits;
        break;
      }
      case "takeover":
        this.#start(event.drainer);
        break;
      case "void":
        this.#void(event.pick);
    }
    this.checker.afterEvent();
  }

  /** No more faults: what is under way is answered, what is late arrives, the queue drains. */
  async calmDown(): Promise<void> {
    for (const task of this.#waiting()) {
      while (task.pending !== null) await this.#answer(task, "answered", 0);
    }
    const drainer = 0;
    this.#start(drainer);
    for (let round = 0; round < QUIET_ROUNDS; round++) {
      const open = this.store.payments.open(1000);
      if (open.length === 0) break;
      this.#processes[drainer]!.isParked = false;
      for (let i = 0; i < open.length; i++) {
        const task = await this.#begin(drainer, i, open);
        while (task !== null && task.pending !== null) {
          await this.#answer(task, "answered", 0);
        }
      }
      this.checker.afterEvent();
      // Long enough at last for a declined payment's next presentment.
      this.#pass(round < QUIET_ROUNDS / 2 ? 15 * MINUTE_MS : 31 * HOUR_MS);
    }
    this.#pass(Infinity);
  }

  /** Checks the books of both sides and reports. */
  report(events: readonly WorldEvent[]): WorldReport {
    this.checker.atEnd(isCalm(events) && !this.#hadLateRequest);
    return {
      violations: this.checker.violations,
      payments: this.sales.length,
      requests: this.#requests,
      attempts: this.#attempts,
    };
  }

  #sell(sale: Sale): void {
    this.sales.push(sale);
    const card = this.sales.length;
    this.store.insert({
      localIdBytes: new Uint8Array(16).fill(card),
      cardHmac: new Uint8Array(16).fill(card),
      recordHash: new Uint8Array(32).fill(card),
      record: Uint8Array.of(card),
      storedAtMs: this.deviceMs,
      payment: {
        localId: localIdOf(card),
        seq: card,
        account: ACCOUNT,
        amount: sale.amount,
        currency: sale.currency,
        captureMethod: sale.isManual ? "manual" : "automatic",
        offlineDetails: OFFLINE,
      },
    });
  }

  /** The reader's message of a card transaction, with the canary and the card's number. */
  #open(record: Uint8Array): Uint8Array {
    const card = record[0];
    if (this.sales[card - 1].isUnreadable) {
      throw bindingFailure("SEAL_OPEN", "the record was changed");
    }
    return emvDataOf(card);
  }

  #start(drainer: number): Process {
    this.#kill(this.#processes[drainer], "answered", 0);
    this.store.recoverInterrupted();
    const lease = this.store.leases.acquire(
      "forwarder",
      `process ${drainer}`,
      this.deviceMs,
      LEASE_MS,
      true,
    )!;
    const process: Process = {
      lease,
      isDead: false,
      isFenced: false,
      isParked: false,
      halfCommits: Infinity,
      tasks: [],
      context: this.#makeContext(),
      signal: new AbortController().signal,
    };
    this.#processes[drainer] = process;
    return process;
  }

  #makeContext(): ForwardContext {
    const client = modelClient((method, path, parameters, key) =>
      this.#send({ method, path, parameters, key, account: ACCOUNT })
    );
    const context: ForwardContext = {
      ...this.store.view(),
      clock: {
        nowMs: () => this.deviceMs,
        monotonicMs: () => this.#nowMs - START_MS,
        sleep: () => this.#untilDeadline(),
      },
      gateway: createCardPresentGateway(client, {
        open: (_genesis, record) => this.#open(record),
      }),
      callDeadlineMs: DEADLINE_MS,
      ...(this.#isPresentingAgain
        ? {
          presentAgain: {
            presentations: this.store.presentations,
            policy: { ...DEFAULT_RETRY_POLICY, isEnabled: true },
          },
        }
        : {}),
    };
    return this.#mutation === undefined
      ? context
      : this.#mutation({ context, client, nowMs: () => this.deviceMs });
  }

  #untilDeadline(): Promise<void> {
    const task = this.#running!;
    return new Promise((resolve) => task.expire = resolve);
  }

  /** A request leaves: its task waits until the world decides what becomes of it. */
  #send(request: ModelRequest): Promise<ModelAnswer> {
    const task = this.#running!;
    this.#requests++;
    this.checker.onSend(request, task.rowId, task.process.lease);
    return new Promise((resolve, reject) => {
      task.pending = { request, sentMs: this.#nowMs, resolve, reject };
      task.onPark();
    });
  }

  async #begin(
    drainer: number,
    pick: number,
    among: readonly PaymentRow[] = this.store.payments.open(1000),
  ): Promise<Task | null> {
    let process = this.#processes[drainer];
    if (process === null || process.isDead) process = this.#start(drainer);
    if (process.isFenced || process.isParked) return null;
    if (among.length === 0) return null;
    const { rowId } = among[pick % among.length];
    if (process.tasks.some((task) => task.rowId === rowId)) return null;
    const task: Task = {
      process,
      rowId,
      pending: null,
      expire: () => {},
      onPark: () => {},
      isDone: false,
    };
    process.tasks.push(task);
    this.#attempts++;
    const { context, lease, signal } = process;
    await this.#run(task, () => {
      forwardPayment(context, rowId, lease, signal).then(
        (result) => this.#finish(task, result),
        (error) => this.#break(task, error),
      );
    });
    return task;
  }

  /** Runs one task until its next request leaves or it ends. */
  async #run(task: Task, go: () => void): Promise<void> {
    const parked = new Promise<void>((resolve) => task.onPark = resolve);
    this.#running = task;
    go();
    await parked;
    this.#running = null;
  }

  #finish(task: Task, result: ForwardResult): void {
    if (result.kind === "fenced") task.process.isFenced = true;
    if (result.kind === "parked") task.process.isParked = true;
    this.#end(task);
  }

  #break(task: Task, error: unknown): void {
    if (error instanceof ProcessDeath) {
      this.#kill(task.process, "answered", 0);
    } else this.checker.onThrow(error);
    this.#end(task);
  }

  #end(task: Task): void {
    task.isDone = true;
    task.process.tasks = task.process.tasks.filter((other) => other !== task);
    task.onPark();
  }

  #waiting(): Task[] {
    return this.#processes.flatMap((process) =>
      process === null
        ? []
        : process.tasks.filter((task) => task.pending !== null)
    );
  }

  /** Decides what becomes of the request of `task`, and runs the task on. */
  async #answer(task: Task, fate: Fate, delayMs: number): Promise<void> {
    const { request, sentMs, resolve, reject } = task.pending!;
    task.pending = null;
    this.#hadLateRequest ||= this.#nowMs - sentMs > DEADLINE_MS;
    const outcome = this.#meet(request, fate, delayMs);
    await this.#run(task, () => {
      if (outcome === "deadline") task.expire();
      else if (outcome === "broken") reject(brokenConnection());
      else if (outcome === "page") reject(foreignPage());
      else resolve(outcome);
    });
    // A credential that was refused is renewed after a while.
    task.process.isParked &&= task.process.tasks.length > 0;
  }

  #meet(
    request: ModelRequest,
    fate: Fate,
    delayMs: number,
  ): ModelAnswer | "deadline" | "broken" | "page" {
    const execute = (): ModelAnswer =>
      this.stripe.execute(request, this.#nowMs);
    switch (fate) {
      case "answered":
        return execute();
      case "request_lost":
        return "broken";
      case "response_lost":
        execute();
        return "broken";
      case "silence":
        return "deadline";
      case "executed_in_silence":
        execute();
        return "deadline";
      case "zombie":
      case "silent_zombie":
        this.#late.push({ atMs: this.#nowMs + delayMs, request });
        return fate === "zombie" ? "broken" : "deadline";
      case "delivered_twice":
        execute();
        return execute();
      case "saved_500_before":
        return this.stripe.failAndSave(request, false, this.#nowMs);
      case "saved_500_after":
        return this.stripe.failAndSave(request, true, this.#nowMs);
      case "unsaved_503":
        return error(503, "api_error");
      case "rate_limited":
        return error(429, "rate_limit", { "retry-after": "2" });
      case "locked":
        return error(409, "lock_timeout");
      case "unauthorized":
        return error(401, "api_key_expired");
      case "forbidden":
        return error(403, "more_permissions_required");
      case "captive_portal":
        return { status: 200, body: { message: "please log in" } };
      case "bad_gateway_page":
        execute();
        return "page";
    }
  }

  #kill(process: Process | null, fate: Fate, delayMs: number): void {
    if (process === null) return;
    process.isDead = true;
    for (const { pending } of process.tasks) {
      if (pending === null) continue;
      this.#hadLateRequest ||= this.#nowMs - pending.sentMs > DEADLINE_MS;
      this.#meet(pending.request, fate, delayMs);
    }
    process.tasks = [];
  }

  #onHalfCommit(): void {
    const process = this.#running?.process;
    if (process === undefined) return;
    if (process.isDead || process.halfCommits-- <= 0) {
      process.isDead = true;
      throw new ProcessDeath();
    }
  }

  #pass(ms: number): void {
    const untilMs = this.#nowMs + ms;
    const due = this.#late.filter(({ atMs }) => atMs <= untilMs)
      .sort((a, b) => a.atMs - b.atMs);
    this.#late = this.#late.filter(({ atMs }) => atMs > untilMs);
    for (const { atMs, request } of due) {
      this.#nowMs = atMs;
      this.stripe.execute(request, atMs);
    }
    if (Number.isFinite(untilMs)) this.#nowMs = untilMs;
  }

  /** As the terminal does it: only what was never confirmed and is not under way. */
  #void(pick: number): void {
    const open = this.store.payments.open(1000);
    if (open.length === 0) return;
    const { rowId, payment } = open[pick % open.length];
    const isInFlight = this.#processes.some((process) =>
      process?.tasks.some((task) => task.rowId === rowId)
    );
    const wasSent = this.store.steps.latest(rowId, "confirm") !== null;
    if (isInFlight || wasSent || payment.state !== "stored") return;
    this.store.payments.move(rowId, "canceled");
  }
}

/** The local id of the payment with this card transaction. */
export function localIdOf(card: number): string {
  return `00000000-0000-7000-8000-${card.toString(16).padStart(12, "0")}`;
}

/** Chip data with the canary as a card number and the transaction's number at the end. */
export function emvDataOf(card: number): Uint8Array {
  const digits = CANARY.match(/../g)!.map((pair) => parseInt(pair, 16));
  return Uint8Array.of(0x5a, digits.length, ...digits, card >> 8, card & 0xff);
}

function error(
  status: number,
  code: string,
  headers: Record<string, string> = {},
): ModelAnswer {
  const type = status >= 500 ? "api_error" : "invalid_request_error";
  return { status, body: { error: { type, code, headers } } };
}
