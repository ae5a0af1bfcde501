/**
 * The programs over one device's store as they start, die and follow each other.
 *
 * Owns: the lease, by force or once it has run out, its renewal, and which payment a program may
 * take up.
 * @module
 */
import { failure } from "../../../engine/errors.ts";
import type { ForwardContext } from "../../../engine/forward/forward_context.ts";
import {
  LEASE_MS,
  LEASE_RENEWAL_MS,
} from "../../../engine/forward/held_lease.ts";
import { Identity } from "../../../engine/forward/identity.ts";
import type { Lease } from "../../../engine/store/lease.ts";
import type { Checker } from "./checker.ts";
import type { CoverageCounter } from "./coverage.ts";
import type { MemoryStore } from "./memory_store.ts";
import type { Outside } from "./outside.ts";
import type { Fate } from "./plan.ts";
import { type Process, Processes, type Task } from "./processes.ts";
import { ACCOUNT } from "./sales.ts";

/** Thrown by a commit for which there is no room. */
export const DISK_FULL = failure("STORE_FULL", "the disk is full");
/** Thrown by the commit at which a process dies; no Error, for the price of its stack. */
export const PROCESS_DEATH = { name: "ProcessDeath" };

/** Where programs run. */
export interface Ground {
  store: MemoryStore;
  outside: Outside;
  checker: Checker;
  coverage: CoverageCounter;
  /** What the device's clock shows. */
  nowMs: () => number;
  /** What a program works with that starts now. */
  contextOf: () => ForwardContext;
  /** How long a caller waits for an answer. */
  deadlineMs: number;
}

/** The programs of one world. */
export class Programs extends Processes {
  /** Whose key a program has that starts now. */
  account: string = ACCOUNT;
  /** Whether the key changes in this world, so that programs ask whose it is. */
  hasSwitches = false;
  /** Whether a request arrived after its caller had any right to wait for it. */
  hadLateRequest = false;
  readonly #ground: Ground;
  /** Each world has its own: whoever died waiting listens to it for ever. */
  #signal: AbortSignal = new AbortController().signal;

  /** None yet. */
  constructor(ground: Ground) {
    super();
    this.#ground = ground;
  }

  override reset(): void {
    super.reset();
    this.account = ACCOUNT;
    this.hasSwitches = false;
    this.hadLateRequest = false;
    this.#signal = new AbortController().signal;
  }

  /** Starts one in the place of what that drainer was; by force, unless it got a lease. */
  start(drainer: number, lease: Lease = this.#acquire(true)!): Process {
    const { store, outside, coverage, nowMs, contextOf } = this.#ground;
    this.kill(this.of(drainer), "answered", 0);
    store.recoverInterrupted();
    const context = contextOf();
    const process: Process = {
      lease,
      renewedAtMs: outside.nowMs,
      renewedByClockMs: nowMs(),
      account: this.account,
      identity: this.hasSwitches ? new Identity(context) : null,
      isDead: false,
      isFenced: false,
      isParked: false,
      halfCommits: Infinity,
      goodCommits: Infinity,
      tasks: [],
      context,
      signal: this.#signal,
    };
    this.put(drainer, process);
    if (drainer > 1) coverage.note("third_drainer");
    return process;
  }

  /** Another one starts if the lease has run out. */
  succeed(drainer: number): void {
    const { store, checker, coverage, nowMs } = this.#ground;
    const holder = this.holderOf(store.leaseToken);
    const lease = this.#acquire(false);
    if (lease === null) return coverage.note("lease_held");
    if (holder !== null) {
      checker.onSuccession(nowMs() - holder.renewedByClockMs, LEASE_MS);
      if (holder.tasks.length > 0) {
        coverage.note("lease_run_out_during_a_request");
      }
    }
    this.start(drainer, lease);
  }

  /** Ends one; what it sent meets `fate`. */
  kill(process: Process | null, fate: Fate, delayMs: number): void {
    if (process === null) return;
    const { outside, coverage } = this.#ground;
    process.isDead = true;
    for (const { pending } of process.tasks) {
      if (pending === null) continue;
      coverage.note("death_during_a_request");
      this.noteLateness(pending.sentMs);
      outside.meet(pending.request, fate, delayMs);
    }
    process.tasks = [];
  }

  /** The running one commits: it may die before or after it, or find no room. */
  onHalfCommit(when: "before" | "after", process: Process | undefined): void {
    if (process === undefined) return;
    const { coverage } = this.#ground;
    if (process.isDead || process.halfCommits-- <= 0) {
      coverage.note(`death_${when}_a_commit`);
      process.isDead = true;
      throw PROCESS_DEATH;
    }
    if (when === "before" && process.goodCommits-- <= 0) {
      process.goodCommits = Infinity;
      coverage.note("commit_refused");
      throw DISK_FULL;
    }
  }

  /** A request that left at `sentMs` arrives now. */
  noteLateness(sentMs: number): void {
    const { outside, deadlineMs } = this.#ground;
    this.hadLateRequest ||= outside.nowMs - sentMs > deadlineMs;
  }

  /** Keeps one whose lease is another's from sending. */
  fence(process: Process): void {
    process.isFenced = true;
    this.#ground.coverage.note("fenced_off");
  }

  /** A task that forwards, unless there is one already or its program may not forward. */
  forwarding(drainer: number, rowId: number | null): Task | null {
    const process = this.#living(drainer);
    if (process.isFenced || process.isParked || rowId === null) return null;
    if (process.tasks.some((task) => task.rowId === rowId)) return null;
    if (!this.#renew(process)) {
      this.fence(process);
      return null;
    }
    return addTask(process, rowId, false);
  }

  /** A task that captures; null when there is nothing to capture. */
  capturing(drainer: number, rowId: number): Task | null {
    const { state } = this.#ground.store.payments.byRowId(rowId)!.payment;
    if (state !== "forwarded") return null;
    return addTask(this.#living(drainer), rowId, true);
  }

  #living(drainer: number): Process {
    const process = this.of(drainer);
    return process === null || process.isDead ? this.start(drainer) : process;
  }

  #acquire(isTakeover: boolean): Lease | null {
    const { store: { leases }, nowMs } = this.#ground;
    return leases.acquire(
      "forwarder",
      "program",
      nowMs(),
      LEASE_MS,
      isTakeover,
    );
  }

  /** What the loop does before it hands a payment out; false when the lease is another's. */
  #renew(process: Process): boolean {
    const { outside, nowMs } = this.#ground;
    if (outside.nowMs - process.renewedAtMs < LEASE_RENEWAL_MS) return true;
    process.renewedAtMs = outside.nowMs;
    process.renewedByClockMs = nowMs();
    return process.context.leases.renew(process.lease, nowMs(), LEASE_MS);
  }
}

function addTask(process: Process, rowId: number, isCapture: boolean): Task {
  const task = { process, rowId, isCapture, pending: null, expire: nothing };
  process.tasks.push(task);
  return task;
}

function nothing(): void {}
