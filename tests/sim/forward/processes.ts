/**
 * The programs over one device's store, and what they sent.
 *
 * Owns: who has a request under way, and requests that arrive when nobody waits any more.
 * @module
 */
import type { ForwardContext } from "../../../engine/forward/forward_context.ts";
import type { Identity } from "../../../engine/forward/identity.ts";
import type { Lease } from "../../../engine/store/lease.ts";
import type { ModelAnswer, ModelRequest } from "./stripe_model.ts";

/** A request that left and has no answer. */
export interface Pending {
  request: ModelRequest;
  sentMs: number;
  resolve: (answer: ModelAnswer) => void;
  reject: (reason: unknown) => void;
}

/** One attempt of one process at one payment. */
export interface Task {
  process: Process;
  rowId: number;
  /** Whether the app asked for a capture; otherwise the payment is forwarded. */
  isCapture: boolean;
  pending: Pending | null;
  /** Lets the deadline of the call under way pass. */
  expire: () => void;
}

/** A running program over the device's store. */
export interface Process {
  lease: Lease;
  /** When the lease was last renewed: true time, and what the device's clock showed. */
  renewedAtMs: number;
  renewedByClockMs: number;
  /** Whose key it has. */
  account: string;
  /** Asks whose key that is; null in worlds that know one account only. */
  identity: Identity | null;
  isDead: boolean;
  isFenced: boolean;
  isParked: boolean;
  /** Dies before (even) or after (odd) the commit this many halves from now. */
  halfCommits: number;
  /** The commit this many from now fails. */
  goodCommits: number;
  tasks: Task[];
  context: ForwardContext;
  signal: AbortSignal;
}

/** At most four drainers, dead ones included. */
export class Processes {
  readonly #processes: (Process | null)[] = [null, null, null, null];

  /** Another world: nobody runs. */
  reset(): void {
    this.#processes.fill(null);
  }

  /** The process that drainer is now, or null. */
  of(drainer: number): Process | null {
    return this.#processes[drainer];
  }

  /** The living program with that lease, or null. */
  holderOf(token: number): Process | null {
    return this.#processes.find((process) =>
      process !== null && !process.isDead && process.lease.token === token
    ) ?? null;
  }

  /** Every drainer that was ever started. */
  get all(): readonly (Process | null)[] {
    return this.#processes;
  }

  /** From now on that drainer is this process. */
  put(drainer: number, process: Process): void {
    this.#processes[drainer] = process;
  }

  /** Whether anybody is at that payment. */
  isForwarding(rowId: number): boolean {
    return this.#processes.some((process) =>
      process?.tasks.some((task) => task.rowId === rowId)
    );
  }

  /** One of the tasks with a request under way, or null. */
  pickWaiting(pick: number): Task | null {
    let count = 0;
    for (const process of this.#processes) {
      if (process === null) continue;
      for (const { pending } of process.tasks) if (pending !== null) count++;
    }
    if (count === 0) return null;
    let left = pick % count;
    for (const process of this.#processes) {
      for (const task of process?.tasks ?? []) {
        if (task.pending !== null && left-- === 0) return task;
      }
    }
    return null;
  }
}

/** A request whose caller has given up. */
export interface LateRequest {
  sentMs: number;
  atMs: number;
  request: ModelRequest;
}

const NONE: readonly LateRequest[] = [];

/** Requests that are still on their way. */
export class LateRequests {
  #late: LateRequest[] = [];

  /** Another world: nothing is on its way. */
  reset(): void {
    if (this.#late.length > 0) this.#late = [];
  }

  /** Lets one arrive later. */
  add(request: LateRequest): void {
    this.#late.push(request);
  }

  /** Takes out what arrives until then, in the order of arrival. */
  takeUntil(untilMs: number): readonly LateRequest[] {
    if (this.#late.length === 0) return NONE;
    const due = this.#late.filter(({ atMs }) => atMs <= untilMs)
      .sort((a, b) => a.atMs - b.atMs);
    this.#late = this.#late.filter(({ atMs }) => atMs > untilMs);
    return due;
  }
}
