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
import type { ForwardContext } from "../../../engine/forward/forward_context.ts";
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
  noteWork,
} from "./coverage.ts";
import { MemoryStore, type StoreCopy } from "./memory_store.ts";
import { brokenConnection, foreignPage, modelClient } from "./model_client.ts";
import { Outside, START_MS } from "./outside.ts";
import { type Fate, isCalm, type WorldEvent } from "./plan.ts";
import type { Task } from "./processes.ts";
import { DISK_FULL, PROCESS_DEATH, Programs } from "./programs.ts";
import {
  ACCOUNT,
  emvDataOf,
  localIdOf,
  OTHER_ACCOUNT,
  paymentOf,
  type Sale,
} from "./sales.ts";
import {
  type ModelAnswer,
  type ModelRequest,
  StripeModel,
} from "./stripe_model.ts";
import { work, type WorkResult } from "./task_work.ts";

const DEADLINE_MS = 15_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Attempts after the last fault within which everything must be settled. */
const QUIET_ROUNDS = 16;
/** Times an app asks for a capture that it wants, after the last fault. */
const CAPTURE_ROUNDS = 3;

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
  readonly #programs: Programs;
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
  /** Rows whose capture the app asked for. */
  #wanted = new Set<number>();
  #requests = 0;
  #attempts = 0;

  constructor(coverage: CoverageCounter, mutation?: Mutation) {
    this.#coverage = coverage;
    this.#mutation = mutation;
    this.stripe = new StripeModel((card) => this.sales[card - 1].temper);
    this.#outside = new Outside(this.stripe, coverage);
    this.store = new MemoryStore(() => this.deviceMs);
    this.checker = new Checker(this.store, this.stripe, this.sales);
    this.#programs = new Programs({
      ...{ store: this.store, outside: this.#outside, checker: this.checker },
      ...{ coverage, deadlineMs: DEADLINE_MS },
      nowMs: () => this.deviceMs,
      contextOf: () => this.#contextOf(),
    });
    this.store.onCommit = (when) =>
      this.#programs.onHalfCommit(when, this.#running?.process);
    this.#client = modelClient((method, path, parameters, key) => {
      const { account } = this.#running!.process;
      return this.#send({ method, path, parameters, key, account });
    });
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
    this.#programs.hasSwitches = events.some(({ kind }) => kind === "switch");
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
    this.#programs.reset();
    this.#outside.reset();
    this.#offsetMs = 0;
    this.#copy = null;
    this.#running = null;
    this.#isPresentingAgain = false;
    if (this.#wanted.size > 0) this.#wanted = new Set();
    this.#requests = 0;
    this.#attempts = 0;
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
        const task = this.#programs.pickWaiting(event.pick);
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
        this.#programs.kill(
          this.#programs.of(event.drainer),
          event.fate,
          event.delayMs,
        );
        return null;
      case "doom": {
        const process = this.#programs.of(event.drainer);
        if (process !== null) process.halfCommits = event.halfCommits;
        return null;
      }
      case "spoil": {
        const process = this.#programs.of(event.drainer);
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
        if (this.#programs.pickWaiting(0) !== null) {
          this.#coverage.note("takeover_during_a_request");
        }
        this.#programs.start(event.drainer);
        return null;
      case "succeed":
        this.#programs.succeed(event.drainer);
        return null;
      case "capture":
        return this.#capture(event.drainer, event.pick);
      case "switch":
        this.#switchAccount();
        return null;
      case "void":
        this.#void(event.pick);
        return null;
    }
  }

  /** No more faults: what is under way is answered, what is late arrives, the queue drains. */
  async #calmDown(): Promise<void> {
    for (let task = this.#programs.pickWaiting(0); task !== null;) {
      await this.#answer(task, "answered", 0);
      task = this.#programs.pickWaiting(0);
    }
    const accounts = this.#programs.hasSwitches
      ? [ACCOUNT, OTHER_ACCOUNT]
      : [ACCOUNT];
    for (const account of accounts) {
      this.#programs.account = account;
      await this.#drain();
      if (this.#wanted.size > 0) await this.#captureWanted(account);
    }
    this.#outside.pass(Infinity);
  }

  /** Goes on until nothing of this account is open. */
  async #drain(): Promise<void> {
    const process = this.#programs.start(0);
    for (let round = 0; round < QUIET_ROUNDS; round++) {
      const open = this.store.openRowIds().filter((rowId) =>
        this.#accountOf(rowId) === process.account
      );
      if (open.length === 0) break;
      process.isParked = false;
      for (const rowId of open) {
        const task = this.#programs.forwarding(0, rowId);
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
  }

  /** The app asks again for what it asked for already. */
  async #captureWanted(account: string): Promise<void> {
    for (const rowId of this.#wanted) {
      if (this.#accountOf(rowId) !== account) continue;
      for (let round = 0; round < CAPTURE_ROUNDS; round++) {
        const task = this.#programs.capturing(0, rowId);
        if (task === null) break;
        await this.#launch(task);
        while (task.pending !== null) await this.#answer(task, "answered", 0);
      }
    }
    this.checker.afterEvent();
  }

  #accountOf(rowId: number): string {
    return this.store.payments.byRowId(rowId)!.payment.account;
  }

  /** Checks the books of both sides and reports. */
  #report(events: readonly WorldEvent[]): WorldReport {
    this.checker.atEnd({
      isCalm: isCalm(events) && !this.#programs.hadLateRequest,
      wanted: this.#wanted,
    });
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

  #switchAccount(): void {
    const programs = this.#programs;
    programs.account = programs.account === ACCOUNT ? OTHER_ACCOUNT : ACCOUNT;
  }

  #sell(sale: Sale): void {
    if (this.#programs.pickWaiting(0) !== null) {
      this.#coverage.note("sale_during_a_drain");
    }
    this.sales.push(sale);
    const card = this.sales.length;
    this.store.insert(
      paymentOf(sale, card, this.deviceMs, this.#programs.account),
    );
  }

  /** The reader's message of a card transaction, with the canary and the card's number. */
  #open(record: Uint8Array): Uint8Array {
    const card = record[0];
    if (this.sales[card - 1].isUnreadable) {
      throw bindingFailure("SEAL_OPEN", "the record was changed");
    }
    return emvDataOf(card);
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
    const task = this.#programs.forwarding(drainer, rowId);
    return task === null ? null : this.#launch(task);
  }

  #capture(drainer: number, pick: number): Promise<void> | null {
    const ready = this.store.peek().filter(({ payment }) =>
      payment.state === "forwarded" && payment.captureMethod === "manual"
    );
    if (ready.length === 0) return null;
    const { rowId } = ready[pick % ready.length];
    if (this.#wanted.has(rowId)) this.#coverage.note("capture_asked_again");
    this.#wanted.add(rowId);
    return this.#launch(this.#programs.capturing(drainer, rowId)!);
  }

  #launch(task: Task): Promise<void> {
    this.#attempts++;
    const parked = this.#untilParked(task);
    work(task).then(
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

  #finish(task: Task, result: WorkResult): void {
    const { process } = task;
    noteWork(this.#coverage, result);
    if (result.kind === "fenced") this.#programs.fence(process);
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
      this.#programs.kill(task.process, "answered", 0);
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
    this.#programs.noteLateness(sentMs);
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

  /** The device is lost; whoever forwarded on it is gone. */
  #restore(fate: Fate, delayMs: number): void {
    const copy = this.#copy;
    if (copy === null || copy.rows.length !== this.sales.length) return;
    for (const process of this.#programs.all) {
      this.#programs.kill(process, fate, delayMs);
    }
    const open = this.store.openRowIds().length;
    this.store.restore(copy);
    this.checker.onRestore();
    if (this.store.openRowIds().length > open) {
      this.#coverage.note("settled_and_open_in_a_copy");
    }
  }

  /** As the terminal does it: only what was never confirmed and is not under way. */
  #void(pick: number): void {
    const rowId = this.#pickOpen(pick);
    if (rowId === null) return;
    const { payment, mustLook } = this.store.payments.byRowId(rowId)!;
    const isInFlight = this.#programs.isForwarding(rowId);
    const wasSent = mustLook ||
      this.store.steps.latest(rowId, "confirm") !== null;
    if (isInFlight || wasSent || payment.state !== "stored") return;
    this.#coverage.note("voided_before_it_was_sent");
    this.store.payments.move(rowId, "canceled");
  }
}

function nothing(): void {}
