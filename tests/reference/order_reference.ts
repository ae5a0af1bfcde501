/**
 * The scheduler again: arrays, filters and sorts, nothing clever.
 *
 * Owns: what the core's ordering room must do, in a form that can be read in one sitting. Times are
 * plain numbers on the scheduler's own clock; `offset` is that clock minus the caller's.
 * @module
 */

/** Settings, as `OrderOptions` with every field given. */
export interface ReferenceSettings {
  nowMs: number;
  capacity: number;
  maxInFlight: number;
  maxInFlightPerLane: number;
  ratePerSecond: number;
  burst: number;
  baseMs: number;
  capMs: number;
  priorityStepMs: number;
  urgentMs: number;
  delayMsMax: number;
}

interface Row {
  seq: number;
  lane: string;
  card: string | null;
  priority: number;
  due: number;
  deadline: number;
  attempts: number;
  state: "queued" | "in_flight" | "dead";
}

interface Lane {
  turn: number;
  index: number;
  isParked: boolean;
  urgentRun: number;
}

type Step =
  | { kind: "take"; seq: number }
  | { kind: "wait"; untilMs: number }
  | { kind: "empty" }
  | { kind: "busy" };

const clip = (value: number, limit: number): number =>
  Math.max(-limit, Math.min(limit, value));

const earliest = (rows: Row[]): number =>
  rows.reduce((due, row) => Math.min(due, row.due), Infinity);

/** floor(random / 2^64 × (ceiling + 1)), exactly. */
export function referenceJitter(ceiling: number, random: Uint8Array): number {
  let word = 0n;
  for (let i = 7; i >= 0; i--) word = word << 8n | BigInt(random[i]);
  return Number(word * BigInt(ceiling + 1) >> 64n);
}

/** The scheduler's readable twin; same answers, no speed. */
export class ReferenceOrder {
  readonly rows = new Map<number, Row>();
  readonly lanes = new Map<string, Lane>();
  readonly #set: ReferenceSettings;
  #clock: number;
  #offset = 0;
  #tokens: number;
  #turn = 0;
  #hold: number;

  constructor(settings: ReferenceSettings) {
    this.#set = { ...settings };
    this.#clock = settings.nowMs;
    this.#hold = settings.nowMs;
    this.#tokens = settings.burst * 1000;
  }

  add(
    seq: number,
    lane: string,
    card: string | null,
    priority: number,
    dueAtMs: number,
    deadlineAtMs: number | null,
  ): void {
    const due = Math.max(dueAtMs + this.#offset, this.#clock);
    this.rows.set(seq, {
      seq,
      lane,
      card,
      priority,
      due: Math.min(due, this.#clock + this.#set.delayMsMax),
      deadline: deadlineAtMs === null ? Infinity : deadlineAtMs + this.#offset,
      attempts: 0,
      state: "queued",
    });
    this.#lane(lane);
  }

  next(nowMs: number): Step {
    this.#tick(nowMs);
    const inFlight = this.#inFlight();
    const open = new Set(
      [...this.lanes.keys()].filter((name) =>
        !this.#lane(name).isParked &&
        this.#inFlight(name) < this.#set.maxInFlightPerLane
      ),
    );
    const acting = this.#acting().filter((row) => open.has(row.lane));
    if (acting.length === 0) return { kind: inFlight > 0 ? "busy" : "empty" };
    if (inFlight >= this.#set.maxInFlight) return { kind: "busy" };
    const ready = acting.filter((row) => row.due <= this.#clock);
    let at = Math.max(this.#hold, this.#clock + this.#tokenWait());
    if (ready.length === 0) {
      at = Math.max(at, earliest(acting));
    }
    if (at > this.#clock) return { kind: "wait", untilMs: at - this.#offset };

    const names = [...new Set(ready.map((row) => row.lane))];
    names.sort((a, b) => {
      const [x, y] = [this.#lane(a), this.#lane(b)];
      return x.turn - y.turn || x.index - y.index;
    });
    const lane = this.#lane(names[0]);
    lane.turn = ++this.#turn;
    const row = this.#choose(lane, ready.filter((r) => r.lane === names[0]));
    row.state = "in_flight";
    if (this.#set.ratePerSecond > 0) this.#tokens -= 1000;
    return { kind: "take", seq: row.seq };
  }

  done(seq: number): void {
    this.rows.delete(seq);
  }

  retry(
    seq: number,
    nowMs: number,
    random: Uint8Array,
    retryAfterMs: number,
  ): number {
    this.#tick(nowMs);
    const row = this.rows.get(seq)!;
    row.attempts++;
    const { baseMs, capMs, delayMsMax } = this.#set;
    let ceiling = Math.min(capMs, baseMs * 2 ** (row.attempts - 1));
    const left = row.deadline - this.#clock;
    if (left > 0) {
      ceiling = Math.min(ceiling, Math.max(baseMs, Math.floor(left / 2)));
    }
    const jitter = referenceJitter(ceiling, random);
    row.due = this.#clock + Math.min(retryAfterMs + jitter, delayMsMax);
    row.state = "queued";
    return row.due - this.#offset;
  }

  release(seq: number, nowMs: number): void {
    this.#tick(nowMs);
    const row = this.rows.get(seq)!;
    row.due = this.#clock;
    row.state = "queued";
  }

  deadLetter(seq: number): void {
    this.rows.get(seq)!.state = "dead";
  }

  makeDue(seq: number | "all", nowMs: number): void {
    this.#tick(nowMs);
    if (seq === "all") this.#hold = this.#clock;
    const rows = seq === "all"
      ? [...this.rows.values()].filter((row) => row.state === "queued")
      : [this.rows.get(seq)!];
    for (const row of rows) {
      if (row.state === "in_flight") continue;
      if (row.state === "dead") row.due = this.#clock;
      row.due = Math.min(row.due, this.#clock);
      row.state = "queued";
    }
  }

  park(lane: string, isParked: boolean): void {
    this.#lane(lane).isParked = isParked;
  }

  startAfterOutage(nowMs: number, random: Uint8Array, spread: number): number {
    this.#tick(nowMs);
    this.#hold = this.#clock + referenceJitter(spread, random);
    return this.#hold - this.#offset;
  }

  setLimits(
    limits: Partial<
      Pick<
        ReferenceSettings,
        "maxInFlight" | "maxInFlightPerLane" | "ratePerSecond" | "burst"
      >
    >,
  ): void {
    Object.assign(this.#set, limits);
    this.#tokens = this.#level(this.#tokens);
  }

  nextDueAt(): number | null {
    const open = this.#acting().filter((row) => !this.#lane(row.lane).isParked);
    if (open.length === 0) return null;
    return Math.max(earliest(open), this.#clock) - this.#offset;
  }

  counts(): Record<string, unknown> {
    const counts: Record<string, unknown> = Object.create(null);
    for (const [name, lane] of this.lanes) {
      const rows = [...this.rows.values()].filter((row) => row.lane === name);
      const of = (state: Row["state"]): number =>
        rows.filter((row) => row.state === state).length;
      counts[name] = {
        queued: of("queued"),
        inFlight: of("in_flight"),
        dead: of("dead"),
        isParked: lane.isParked,
      };
    }
    return counts;
  }

  /** Queued rows that are the first of their card, with no other of it in flight. */
  #acting(): Row[] {
    const first = new Map<string, Row>();
    const acting: Row[] = [];
    for (const row of this.rows.values()) {
      if (row.state === "dead") continue;
      if (row.card === null) {
        if (row.state === "queued") acting.push(row);
        continue;
      }
      const key = JSON.stringify([row.lane, row.card]);
      const other = first.get(key);
      const goesFirst = other === undefined || row.state === "in_flight" ||
        other.state !== "in_flight" && row.seq < other.seq;
      if (goesFirst) first.set(key, row);
    }
    for (const row of first.values()) {
      if (row.state === "queued") acting.push(row);
    }
    return acting;
  }

  #choose(lane: Lane, ready: Row[]): Row {
    const urgent = ready.filter((row) =>
      row.deadline > this.#clock &&
      row.deadline - this.#clock <= this.#set.urgentMs
    );
    if (urgent.length > 0 && lane.urgentRun < 3) {
      lane.urgentRun++;
      return urgent.sort((a, b) => a.deadline - b.deadline || a.seq - b.seq)[0];
    }
    lane.urgentRun = 0;
    const rank = (row: Row): number =>
      row.due - row.priority * this.#set.priorityStepMs;
    return ready.sort((a, b) => rank(a) - rank(b) || a.seq - b.seq)[0];
  }

  #inFlight(lane?: string): number {
    let count = 0;
    for (const row of this.rows.values()) {
      if (row.state !== "in_flight") continue;
      if (lane === undefined || row.lane === lane) count++;
    }
    return count;
  }

  #lane(name: string): Lane {
    let lane = this.lanes.get(name);
    if (lane === undefined) {
      const index = this.lanes.size;
      lane = { turn: 0, index, isParked: false, urgentRun: 0 };
      this.lanes.set(name, lane);
    }
    return lane;
  }

  #tick(nowMs: number): void {
    const limit = this.#set.burst * 1000;
    const step = nowMs + this.#offset - this.#clock;
    if (step < 0) this.#offset = this.#clock - nowMs;
    else this.#clock += step;
    const credit = clip(clip(step, limit) * this.#set.ratePerSecond, limit);
    this.#tokens = this.#level(this.#tokens + credit);
  }

  #level(tokens: number): number {
    const limit = this.#set.burst * 1000;
    return Math.max(1000 - limit, Math.min(tokens, limit));
  }

  #tokenWait(): number {
    const { ratePerSecond } = this.#set;
    if (ratePerSecond === 0 || this.#tokens >= 1000) return 0;
    return Math.ceil((1000 - this.#tokens) / ratePerSecond);
  }
}
