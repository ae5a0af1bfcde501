/**
 * One world: a device, its drainers, the network and Stripe, played event by event.
 *
 * Owns: time, processes and what becomes of every request. What is tested is real: the engine's
 * `forwardPayment` and its Stripe gateway; only the store, the client and Stripe are models. One
 * task runs at a time, until its next request leaves, so the same events give the same world.
 * @module
 */
import type Stripe from "stripe";
import { bindingFailure } from "../../../bindings/error_codes.ts";
import { failure } from "../../../engine/errors.ts";
import type {
  ForwardContext,
  ForwardResult,
} from "../../../engine/forward/forward_context.ts";
import { forwardPayment } from "../../../engine/forward/forward_payment.ts";
import { DEFAULT_RETRY_POLICY } from "../../../engine/forward/retry_policy.ts";
import { createCardPresentGateway } from "../../../engine/stripe/card_present_gateway.ts";
import type { Mutation } from "./bugs.ts";
import { Checker, type WorldReport } from "./checker.ts";
import {
  CoverageCounter,
  isListWith,
  noteGap,
  noteJump,
  noteOutcomes,
} from "./coverage.ts";
import { MemoryStore, type StoreCopy } from "./memory_store.ts";
import { brokenConnection, foreignPage, modelClient } from "./model_client.ts";
import { Outside, START_MS } from "./outside.ts";
import { type Fate, isCalm, type WorldEvent } from "./plan.ts";
import { type Process, Processes, type Task } from "./processes.ts";
import {
  ACCOUNT,
  emvDataOf,
  localIdOf,
  paymentOf,
  type Sale,
} from "./sales.ts";
import {
  type ModelAnswer,
  type ModelRequest,
  StripeModel,
} from "./stripe_model.ts";

const LEASE_MS = 60_000;
const DEADLINE_MS = 15_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Attempts after the last fault within which everything must be settled. */
const QUIET_ROUNDS = 16;

/** Thrown by a commit for which there is no room. */
const DISK_FULL = failure("STORE_FULL", "the disk is full");
/** Thrown by the commit at which a process dies; no Error, for the price of its stack. */
const PROCESS_DEATH = { name: "ProcessDeath" };

/** Plays `events` with an engine that has `mutation`, and checks everything. */
export function playWorld(
  events: readonly WorldEvent[],
  mutation?: Mutation,
): Promise<WorldReport> {
  return new World(new CoverageCounter(), mutation).play(events);
}

/** A world; what is made once for it serves the next one too. */
export class World {
  readonly sales: Sale[] = [];
  readonly stripe: StripeModel;
  readonly store: MemoryStore;
  readonly checker: Checker;
  readonly #mutation: Mutation | undefined;
  readonly #coverage: CoverageCounter;
  readonly #client: Stripe;
  /** Without and with re-presentment; a mutation gets a context of its own for each process. */
  readonly #contexts: readonly [ForwardContext, ForwardContext];
  /** Each world has its own: whoever died waiting listens to it for ever. */
  #signal: AbortSignal = new AbortController().signal;
  readonly #processes = new Processes();
  #offsetMs = 0;
  /** The newest copy, and how many sales were made before it. */
  #copy: StoreCopy | null = null;
  #running: Task | null = null;
  /** Called when the running task's next request leaves, or the task ends. */
  #onPark: () => void = nothing;
  readonly #keepOnPark = (resolve: () => void): void => {
    this.#onPark = resolve;
  };
  readonly #outside: Outside;
  #isPresentingAgain = false;
  #requests = 0;
  #attempts = 0;
  /** Whether a request arrived after its caller had any right to wait for it. */
  #hadLateRequest = false;

  constructor(coverage: CoverageCounter, mutation?: Mutation) {
    this.#coverage = coverage;
    this.#mutation = mutation;
    this.stripe = new StripeModel((card) => this.sales[card - 1].temper);
    this.#outside = new Outside(this.stripe, coverage);
    this.store = new MemoryStore(() => this.deviceMs);
    this.checker = new Checker(this.store, this.stripe, this.sales);
    this.store.onCommit = (when) => this.#onHalfCommit(when);
    this.#client = modelClient((method, path, parameters, key) =>
      this.#send({ method, path, parameters, key, account: ACCOUNT })
    );
    const context = this.#makeContext();
    const presentAgain = {
      presentations: this.store.presentations,
      policy: { ...DEFAULT_RETRY_POLICY, isEnabled: true },
    };
    this.#contexts = [context, { ...context, presentAgain }];
  }

  /** Forgets the last world and plays another. */
  async play(events: readonly WorldEvent[]): Promise<WorldReport> {
    this.#reset();
    for (const event of events) {
      const under = this.happen(event);
      if (under !== null) await under;
      this.checker.afterEvent();
    }
    await this.#calmDown();
    return this.#report(events);
  }

  #reset(): void {
    this.sales.length = 0;
    this.stripe.reset();
    this.store.reset();
    this.checker.reset();
    this.#processes.reset();
    this.#signal = new AbortController().signal;
    this.#outside.reset();
    this.#offsetMs = 0;
    this.#copy = null;
    this.#running = null;
    this.#isPresentingAgain = false;
    this.#requests = 0;
    this.#attempts = 0;
    this.#hadLateRequest = false;
  }

  /** What the device's clock shows. */
  get deviceMs(): number {
    return this.#outside.nowMs + this.#offsetMs;
  }

  /** Lets one thing happen; null when it is over already. */
  happen(event: WorldEvent): Promise<unknown> | null {
    switch (event.kind) {
      case "sale":
        this.#sell(event);
        return null;
      case "policy":
        this.#isPresentingAgain = true;
        return null;
      case "begin":
        return this.#begin(event.drainer, this.#pickOpen(event.pick));
      case "answer": {
        const task = this.#processes.pickWaiting(event.pick);
        if (task === null) return null;
        return this.#answer(task, event.fate, event.delayMs);
      }
      case "wait":
        this.#outside.pass(event.ms);
        if (this.store.openRowIds().length > 0) {
          noteGap(this.#coverage, event.ms);
        }
        return null;
      case "jump":
        this.#offsetMs += event.ms;
        noteJump(this.#coverage, event.ms);
        return null;
      case "die":
        this.#kill(
          this.#processes.of(event.drainer),
          event.fate,
          event.delayMs,
        );
        return null;
      case "doom": {
        const process = this.#processes.of(event.drainer);
        if (process !== null) process.halfCommits = event.halfCommits;
        return null;
      }
      case "spoil": {
        const process = this.#processes.of(event.drainer);
        if (process !== null) process.goodCommits = event.commits;
        return null;
      }
      case "backup":
        this.#copy = this.store.copy();
        return null;
      case "restore":
        this.#restore(event.fate, event.delayMs);
        return null;
      case "takeover":
        if (this.#processes.pickWaiting(0) !== null) {
          this.#coverage.note("takeover_during_a_request");
        }
        this.#start(event.drainer);
        return null;
      case "void":
        this.#void(event.pick);
        return null;
    }
  }

  /** No more faults: what is under way is answered, what is late arrives, the queue drains. */
  async #calmDown(): Promise<void> {
    for (let task = this.#processes.pickWaiting(0); task !== null;) {
      await this.#answer(task, "answered", 0);
      task = this.#processes.pickWaiting(0);
    }
    const drainer = 0;
    this.#start(drainer);
    for (let round = 0; round < QUIET_ROUNDS; round++) {
      const open = this.store.openRowIds();
      if (open.length === 0) break;
      this.#processes.of(drainer)!.isParked = false;
      for (const rowId of open) {
        const task = this.#prepare(drainer, rowId);
        if (task === null) continue;
        await this.#launch(task);
        while (task.pending !== null) await this.#answer(task, "answered", 0);
      }
      this.checker.afterEvent();
      // Long enough at last for a declined payment's next presentment.
      this.#outside.pass(
        round < QUIET_ROUNDS / 2 ? 15 * MINUTE_MS : 31 * HOUR_MS,
      );
    }
    this.#outside.pass(Infinity);
  }

  /** Checks the books of both sides and reports. */
  #report(events: readonly WorldEvent[]): WorldReport {
    this.checker.atEnd(isCalm(events) && !this.#hadLateRequest);
    noteOutcomes(
      this.#coverage,
      this.stripe,
      this.store.activities,
      this.sales.length,
    );
    this.#coverage.endWorld();
    return {
      violations: this.checker.violations,
      payments: this.sales.length,
      requests: this.#requests,
      attempts: this.#attempts,
    };
  }

  #sell(sale: Sale): void {
    if (this.#processes.pickWaiting(0) !== null) {
      this.#coverage.note("sale_during_a_drain");
    }
    this.sales.push(sale);
    const card = this.sales.length;
    this.store.insert(paymentOf(sale, card, this.deviceMs));
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
    this.#kill(this.#processes.of(drainer), "answered", 0);
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
      goodCommits: Infinity,
      tasks: [],
      context: this.#contextOf(),
      signal: this.#signal,
    };
    this.#processes.start(drainer, process);
    if (drainer > 1) this.#coverage.note("third_drainer");
    return process;
  }

  #makeContext(): ForwardContext {
    return {
      ...this.store.view(),
      clock: {
        nowMs: () => this.deviceMs,
        monotonicMs: () => this.#outside.nowMs - START_MS,
        sleep: () => this.#untilDeadline(),
      },
      gateway: createCardPresentGateway(this.#client, {
        open: (_genesis, record) => this.#open(record),
      }),
      callDeadlineMs: DEADLINE_MS,
    };
  }

  #contextOf(): ForwardContext {
    const context = this.#contexts[this.#isPresentingAgain ? 1 : 0];
    return this.#mutation === undefined ? context : this.#mutation({
      context,
      client: this.#client,
      nowMs: () => this.deviceMs,
    });
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
      task.pending = { request, sentMs: this.#outside.nowMs, resolve, reject };
      this.#park();
    });
  }

  #pickOpen(pick: number): number | null {
    const open = this.store.openRowIds();
    return open.length === 0 ? null : open[pick % open.length];
  }

  #begin(drainer: number, rowId: number | null): Promise<void> | null {
    const task = this.#prepare(drainer, rowId);
    return task === null ? null : this.#launch(task);
  }

  /** A task for the payment, unless it has one or its process may not forward. */
  #prepare(drainer: number, rowId: number | null): Task | null {
    let process = this.#processes.of(drainer);
    if (process === null || process.isDead) process = this.#start(drainer);
    if (process.isFenced || process.isParked || rowId === null) return null;
    if (process.tasks.some((task) => task.rowId === rowId)) return null;
    const task: Task = { process, rowId, pending: null, expire: nothing };
    process.tasks.push(task);
    return task;
  }

  #launch(task: Task): Promise<void> {
    this.#attempts++;
    const { context, lease, signal } = task.process;
    const parked = this.#untilParked(task);
    forwardPayment(context, task.rowId, lease, signal).then(
      (result) => this.#finish(task, result),
      (error) => this.#break(task, error),
    );
    return parked;
  }

  /** One task runs from now on, until its next request leaves or it ends. */
  #untilParked(task: Task): Promise<void> {
    this.#running = task;
    return new Promise(this.#keepOnPark);
  }

  #park(): void {
    this.#running = null;
    this.#onPark();
  }

  #finish(task: Task, result: ForwardResult): void {
    const { process } = task;
    if (result.kind === "fenced") {
      process.isFenced = true;
      this.#coverage.note("fenced_off");
    }
    if (result.kind === "parked") {
      process.isParked = true;
      if (this.store.openRowIds().length > 1) {
        this.#coverage.note("credentials_refused_in_a_drain");
      }
    }
    this.#end(task);
  }

  #break(task: Task, error: unknown): void {
    if (error === PROCESS_DEATH) {
      this.#kill(task.process, "answered", 0);
    } else if (error !== DISK_FULL) this.checker.onThrow(error);
    this.#end(task);
  }

  #end(task: Task): void {
    const { tasks } = task.process;
    const at = tasks.indexOf(task);
    if (at >= 0) tasks.splice(at, 1);
    // A credential that was refused is renewed after a while.
    task.process.isParked &&= tasks.length > 0;
    this.#park();
  }

  /** Decides what becomes of the request of `task`, and runs the task on. */
  #answer(task: Task, fate: Fate, delayMs: number): Promise<void> {
    const { request, sentMs, resolve, reject } = task.pending!;
    task.pending = null;
    this.#hadLateRequest ||= this.#outside.nowMs - sentMs > DEADLINE_MS;
    this.#coverage.noteFate(fate);
    const outcome = this.#outside.meet(request, fate, delayMs);
    if (isListWith(outcome, localIdOf(task.rowId))) {
      this.#coverage.note("intent_found_by_listing");
    }
    const parked = this.#untilParked(task);
    if (outcome === "deadline") task.expire();
    else if (outcome === "broken") reject(brokenConnection());
    else if (outcome === "page") reject(foreignPage());
    else resolve(outcome);
    return parked;
  }

  #kill(process: Process | null, fate: Fate, delayMs: number): void {
    if (process === null) return;
    process.isDead = true;
    for (const { pending } of process.tasks) {
      if (pending === null) continue;
      this.#coverage.note("death_during_a_request");
      this.#hadLateRequest ||=
        this.#outside.nowMs - pending.sentMs > DEADLINE_MS;
      this.#outside.meet(pending.request, fate, delayMs);
    }
    process.tasks = [];
  }

  /** The device is lost; whoever forwarded on it is gone. */
  #restore(fate: Fate, delayMs: number): void {
    const copy = this.#copy;
    if (copy === null || copy.rows.length !== this.sales.length) return;
    for (const process of this.#processes.all) {
      this.#kill(process, fate, delayMs);
    }
    const open = this.store.openRowIds().length;
    this.store.restore(copy);
    this.checker.onRestore();
    if (this.store.openRowIds().length > open) {
      this.#coverage.note("settled_and_open_in_a_copy");
    }
  }

  #onHalfCommit(when: "before" | "after"): void {
    const process = this.#running?.process;
    if (process === undefined) return;
    if (process.isDead || process.halfCommits-- <= 0) {
      this.#coverage.note(`death_${when}_a_commit`);
      process.isDead = true;
      throw PROCESS_DEATH;
    }
    if (when === "before" && process.goodCommits-- <= 0) {
      process.goodCommits = Infinity;
      this.#coverage.note("commit_refused");
      throw DISK_FULL;
    }
  }

  /** As the terminal does it: only what was never confirmed and is not under way. */
  #void(pick: number): void {
    const rowId = this.#pickOpen(pick);
    if (rowId === null) return;
    const { payment, mustLook } = this.store.payments.byRowId(rowId)!;
    const isInFlight = this.#processes.isForwarding(rowId);
    const wasSent = mustLook ||
      this.store.steps.latest(rowId, "confirm") !== null;
    if (isInFlight || wasSent || payment.state !== "stored") return;
    this.#coverage.note("voided_before_it_was_sent");
    this.store.payments.move(rowId, "canceled");
  }
}

function nothing(): void {}
