/**
 * What goes wrong between a client and the server, by rule and by seed.
 *
 * Owns: the rules and the dice. Faults are decided once per request, in order
 * of arrival, from one seeded sequence: the same seed and the same requests
 * meet the same faults. The delivery applies what is decided here.
 * @module
 */
import { SeededRandom } from "./random.ts";

/**
 * Kinds of faults:
 *
 * | kind                 | the server                  | the client            |
 * | -------------------- | --------------------------- | --------------------- |
 * | `offline`            | reads nothing               | connection destroyed  |
 * | `drop_request`       | executes nothing            | connection destroyed  |
 * | `drop_response`      | executes                    | connection destroyed  |
 * | `delay`              | executes after `delay_ms`   | waits for the answer  |
 * | `slow`               | holds the key `delay_ms`    | waits for the answer  |
 * | `zombie`             | executes after `delay_ms`   | connection destroyed  |
 * | `duplicate_delivery` | executes twice              | gets the second answer|
 * | `error_before`       | executes nothing            | gets `status`         |
 * | `error_after`        | executes, saves the failure | gets `status`         |
 */
export type FaultKind =
  | "offline"
  | "drop_request"
  | "drop_response"
  | "delay"
  | "slow"
  | "zombie"
  | "duplicate_delivery"
  | "error_before"
  | "error_after";

/** Every kind, in the order in which they are tried. */
export const FAULT_KINDS: readonly FaultKind[] = [
  "offline",
  "drop_request",
  "zombie",
  "delay",
  "slow",
  "duplicate_delivery",
  "error_before",
  "error_after",
  "drop_response",
];

/** Statuses of `error_before` and `error_after`. */
export const FAULT_STATUSES = [500, 502, 503, 504] as const;

/** One rule; several may hit the same request. */
export interface FaultRule {
  /** What goes wrong. */
  kind: FaultKind;
  /**
   * Chance per request, 0 to 1.
   * @default 1
   */
  probability?: number;
  /**
   * How many requests it hits before it ends; null for no end.
   * @default null
   */
  count?: number | null;
  /**
   * Only this method.
   * @default any
   */
  method?: "GET" | "POST" | "DELETE";
  /**
   * Only paths that contain this text, as in `/confirm`.
   * @default any
   */
  path?: string;
  /**
   * Virtual milliseconds, for `delay`, `slow` and `zombie`.
   * @default 1000
   */
  delay_ms?: number;
  /**
   * Status of `error_before` and `error_after`.
   * @default 500
   */
  status?: typeof FAULT_STATUSES[number];
  /**
   * Whether `error_before` is saved under the idempotency key, so that every
   * repetition gets it again although nothing was done.
   * @default false
   */
  is_saved?: boolean;
  /**
   * Whether a `zombie` leaves the client waiting until its own deadline
   * instead of destroying the connection.
   * @default false
   */
  is_held?: boolean;
}

/** A rule as it stands: what is left of its count. */
export interface ActiveFault extends FaultRule {
  /** How often it hit. */
  hits: number;
}

/** The faults of one request, at most one of each kind. */
export type FaultPlan = ReadonlyMap<FaultKind, FaultRule>;

/** The rules of one sandbox. */
export class FaultPlanner {
  readonly #random: SeededRandom;
  #rules: ActiveFault[] = [];

  /** Starts the sequence of `seed`, without rules. */
  constructor(seed: number) {
    this.#random = new SeededRandom(seed ^ 0xfa17);
  }

  /** Rules in force, and how often each hit. */
  get rules(): readonly ActiveFault[] {
    return this.#rules;
  }

  /** Adds a rule. @throws {RangeError} when it makes no sense */
  add(rule: FaultRule): void {
    checkRule(rule);
    this.#rules.push({ ...rule, hits: 0 });
  }

  /** Removes all rules, or all of one kind. */
  clear(kind?: FaultKind): void {
    this.#rules = kind ? this.#rules.filter((r) => r.kind !== kind) : [];
  }

  /**
   * Whether nothing at all gets through, so that sockets need not be read. A
   * rule with a chance, a count or a filter is decided per request instead.
   */
  get isOffline(): boolean {
    return this.#rules.some((rule) =>
      rule.kind === "offline" && (rule.probability ?? 1) >= 1 &&
      rule.count == null && rule.path === undefined &&
      rule.method === undefined
    );
  }

  /** Decides the faults of one request. */
  plan(method: string, path: string): FaultPlan {
    const plan = new Map<FaultKind, FaultRule>();
    if (this.#rules.length === 0) return plan;
    for (const rule of this.#rules) {
      if (rule.method && rule.method !== method) continue;
      if (rule.path && !path.includes(rule.path)) continue;
      // Each matching rule throws its dice, hit or not, so that one rule's
      // luck does not shift another's.
      const isHit = this.#random.fraction() < (rule.probability ?? 1);
      if (!isHit || plan.has(rule.kind)) continue;
      rule.hits += 1;
      plan.set(rule.kind, rule);
    }
    this.#rules = this.#rules.filter((rule) =>
      rule.count == null || rule.hits < rule.count
    );
    return plan;
  }
}

function checkRule(rule: FaultRule): void {
  if (!FAULT_KINDS.includes(rule.kind)) {
    const list = FAULT_KINDS.join(", ");
    throw new RangeError(`kind must be one of ${list}, got ${rule.kind}`);
  }
  const { probability = 1, count = null, delay_ms = 0, status = 500 } = rule;
  if (!(probability >= 0 && probability <= 1)) {
    throw new RangeError(`probability must be 0 to 1, got ${probability}`);
  }
  if (count !== null && !(Number.isInteger(count) && count > 0)) {
    throw new RangeError(`count must be a positive integer, got ${count}`);
  }
  if (!(delay_ms >= 0)) {
    throw new RangeError(`delay_ms must be 0 or more, got ${delay_ms}`);
  }
  if (!FAULT_STATUSES.includes(status)) {
    const list = FAULT_STATUSES.join(", ");
    throw new RangeError(`status must be one of ${list}, got ${status}`);
  }
}
