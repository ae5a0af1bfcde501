/**
 * One payment and its refunds: a cashier, a till that dies, a network that loses, and Stripe.
 *
 * What is tested is real: the engine's `refundPayment`, its Stripe gateway, its store over SQLite,
 * and the sandbox as Stripe. Only the client's transport and the clocks are the world's. One task
 * runs at a time, until its next request leaves, so the same events give the same world.
 * @module
 */
import {
  type RefundContext,
  refundPayment,
} from "../../../engine/forward/refund.ts";
import type { Refund } from "../../../engine/gateway.ts";
import type { PaymentRow } from "../../../engine/store/rows.ts";
import { createCardPresentGateway } from "../../../engine/stripe/card_present_gateway.ts";
import type { SandboxWorld } from "../../../hosts/sandbox/mod.ts";
import {
  frozenWorld,
  pay,
  requestOf,
  type RequestOptions,
} from "../../unit/sandbox/_support.ts";
import { meet, type Outcome } from "../forward/fates.ts";
import {
  brokenConnection,
  foreignPage,
  modelClient,
} from "../forward/model_client.ts";
import type { Fate } from "../forward/plan.ts";
import { LateRequests } from "../forward/processes.ts";
import type { ModelAnswer, ModelRequest } from "../forward/stripe_model.ts";
import { RefundChecker, type RefundViolation } from "./checker.ts";
import type { RefundEvent } from "./plan.ts";
import { AMOUNT, type RefundProcess, type Stage } from "./stage.ts";

const DEADLINE_MS = 15_000;
const DAY_MS = 24 * 3600_000;
/** Attempts after the last fault within which the last wish must have its outcome. */
const QUIET_ROUNDS = 4;

/** Puts a bug into what a process works with. */
export type RefundMutation = (
  context: RefundContext,
  deviceMs: () => number,
) => RefundContext;

/** What came of a world. */
export interface RefundReport {
  violations: readonly RefundViolation[];
  requests: number;
  /** Refunds made, and wishes whose outcome was left to a person. */
  made: number;
  unclear: number;
}

interface Task {
  process: RefundProcess;
  pending: {
    request: ModelRequest;
    resolve: (answer: ModelAnswer) => void;
    reject: (reason: unknown) => void;
  } | null;
  /** Lets the deadline of the call under way pass. */
  expire: () => void;
  onPark: () => void;
}

/** Plays `events` over `stage`. */
export async function playRefunds(
  stage: Stage,
  events: readonly RefundEvent[],
  mutation?: RefundMutation,
): Promise<RefundReport> {
  const world = new RefundWorld(stage, mutation);
  for (const event of events) await world.happen(event);
  return await world.end();
}

class RefundWorld {
  readonly #sandbox: SandboxWorld;
  readonly #stage: Stage;
  readonly #mutation: RefundMutation | undefined;
  readonly #row: PaymentRow;
  readonly #intentId: string;
  readonly #late = new LateRequests();
  readonly #checker: RefundChecker;
  #offsetMs = 0;
  #process: RefundProcess = newProcess();
  #context: RefundContext;
  #tasks: Task[] = [];
  #running: Task | null = null;
  #requests = 0;

  constructor(stage: Stage, mutation: RefundMutation | undefined) {
    this.#stage = stage;
    this.#mutation = mutation;
    // One file holds the refunds of many worlds, and Stripe gives no id twice.
    const seed = 1 + stage.paymentCount;
    this.#sandbox = frozenWorld({
      ...{ seed, emv: stage.emv },
      keepsEvents: false,
    });
    this.#intentId = pay(this.#sandbox, { amount: AMOUNT }).body.id;
    this.#row = stage.newPayment(this.#intentId, () => this.#deviceMs);
    this.#checker = new RefundChecker(() => this.#atStripe());
    this.#context = this.#makeContext();
  }

  async happen(event: RefundEvent): Promise<void> {
    switch (event.kind) {
      case "ask":
        await this.#ask(event.amount);
        break;
      case "answer": {
        const task = this.#waiting(event.pick);
        if (task !== null) await this.#answer(task, event.fate, event.delayMs);
        break;
      }
      case "wait":
        await this.#giveUp(event.ms);
        this.#pass(event.ms);
        break;
      case "jump":
        this.#offsetMs += event.ms;
        break;
      case "die":
        this.#die(event.fate, event.delayMs);
        break;
      case "doom":
        this.#process.halfWrites = event.halfWrites;
        break;
      case "stranger":
        this.#checker.strangers += this.#refundByHand(event.amount);
    }
    this.#checker.look();
  }

  /** No more faults: what is late arrives, and the last wish gets its outcome. */
  async end(): Promise<RefundReport> {
    const calm = async (): Promise<void> => {
      for (
        let task = this.#waiting(0);
        task !== null;
        task = this.#waiting(0)
      ) {
        await this.#answer(task, "answered", 0);
      }
    };
    await calm();
    this.#process.halfWrites = Infinity;
    this.#pass(2 * DAY_MS);
    for (let round = 0; round < QUIET_ROUNDS; round++) {
      if (this.#checker.wish === null) break;
      await this.#ask(this.#checker.wish.amount);
      await calm();
    }
    this.#checker.look();
    const { refunds } = this.#stage;
    const made = refunds.made(this.#row.rowId, "usd");
    this.#checker.compare(made);
    const { violations, unclear } = this.#checker;
    return { violations, requests: this.#requests, made: made.length, unclear };
  }

  get #deviceMs(): number {
    return this.#sandbox.clock.nowMs() + this.#offsetMs;
  }

  #makeContext(): RefundContext {
    const process = this.#process;
    const { store } = this.#stage;
    const client = modelClient((method, path, parameters, key) =>
      this.#send({ method, path, parameters, key, account: "" })
    );
    const context: RefundContext = {
      ...this.#stage.viewOf(process),
      activity: store.activity,
      clock: {
        nowMs: () => this.#deviceMs,
        monotonicMs: () => this.#sandbox.clock.nowMs(),
        sleep: () => this.#untilDeadline(),
      },
      gateway: createCardPresentGateway(client, {
        open: () => Promise.reject(new Error("a refund opens no record")),
      }),
      callDeadlineMs: DEADLINE_MS,
    };
    return this.#mutation?.(context, () => this.#deviceMs) ?? context;
  }

  #untilDeadline(): Promise<void> {
    const task = this.#running!;
    return new Promise((resolve) => task.expire = resolve);
  }

  async #ask(amount: number | null): Promise<void> {
    if (this.#process.isDead) this.#restart();
    const wish = this.#checker.wishFor(amount);
    const task: Task = {
      process: this.#process,
      pending: null,
      expire: () => {},
      onPark: () => {},
    };
    this.#tasks.push(task);
    const { signal } = new AbortController();
    await this.#run(task, () => {
      refundPayment(this.#context, this.#row, wish.amount, signal).then(
        (refund) => {
          this.#end(task, () => this.#checker.onRefund(wish, refund));
        },
        (error) => this.#end(task, () => this.#checker.onError(wish, error)),
      );
    });
  }

  #run(task: Task, go: () => void): Promise<void> {
    this.#running = task;
    return new Promise((resolve) => {
      task.onPark = () => {
        this.#running = null;
        resolve();
      };
      go();
    });
  }

  /** A dead process tells its cashier nothing. */
  #end(task: Task, tell: () => void): void {
    if (!task.process.isDead) tell();
    this.#tasks = this.#tasks.filter((other) => other !== task);
    task.onPark();
  }

  #send(request: ModelRequest): Promise<ModelAnswer> {
    const task = this.#running!;
    this.#requests++;
    return new Promise((resolve, reject) => {
      task.pending = { request, resolve, reject };
      task.onPark();
    });
  }

  #waiting(pick: number): Task | null {
    const waiting = this.#tasks.filter(({ pending }) => pending !== null);
    return waiting.length === 0 ? null : waiting[pick % waiting.length];
  }

  async #answer(task: Task, fate: Fate, delayMs: number): Promise<void> {
    const { request, resolve, reject } = task.pending!;
    task.pending = null;
    const outcome = this.#meet(request, fate, delayMs);
    await this.#run(task, () => {
      if (outcome === "deadline") task.expire();
      else if (outcome === "broken") reject(brokenConnection());
      else if (outcome === "page") reject(foreignPage());
      else resolve(outcome);
    });
  }

  #meet(request: ModelRequest, fate: Fate, delayMs: number): Outcome {
    return meet(fate, request, delayMs, {
      execute: (sent) => this.#execute(sent),
      failAndSave: (sent, isExecuting) => {
        const call = this.#sandbox.api.start(toApi(sent));
        if (!("run" in call)) return decode(call);
        const isSaved = true;
        return decode(
          isExecuting ? call.runAndFail(500) : call.fail(500, isSaved),
        );
      },
      executeLate: (sent, lateMs) => {
        const sentMs = this.#sandbox.clock.nowMs();
        this.#late.add({ sentMs, atMs: sentMs + lateMs, request: sent });
      },
      retryAfter: "2",
    });
  }

  #execute(request: ModelRequest): ModelAnswer {
    return decode(this.#sandbox.api.handle(toApi(request)));
  }

  #die(fate: Fate, delayMs: number): void {
    for (const { pending } of this.#tasks) {
      if (pending !== null) this.#meet(pending.request, fate, delayMs);
    }
    this.#restart();
  }

  #restart(): void {
    this.#process.isDead = true;
    this.#tasks = [];
    this.#process = newProcess();
    const { rowId } = this.#row;
    this.#checker.onBooks(this.#stage.refunds.made(rowId, "usd"));
    this.#context = this.#makeContext();
  }

  /** Whoever waits for an answer longer than its deadline gives up; the request arrives later. */
  async #giveUp(ms: number): Promise<void> {
    if (ms < DEADLINE_MS) return;
    for (const task of [...this.#tasks]) {
      if (task.pending === null) continue;
      await this.#answer(task, "silent_zombie", Math.min(ms / 2, DAY_MS / 2));
    }
  }

  #pass(ms: number): void {
    const { clock } = this.#sandbox;
    const untilMs = clock.nowMs() + ms;
    for (const { atMs, request } of this.#late.takeUntil(untilMs)) {
      clock.advance(Math.max(0, atMs - clock.nowMs()));
      this.#execute(request);
    }
    clock.advance(untilMs - clock.nowMs());
  }

  #refundByHand(amount: number): number {
    const parameters = { payment_intent: this.#intentId, amount };
    const request = {
      method: "POST" as const,
      path: "/v1/refunds",
      parameters,
    };
    const { status } = this.#execute({ ...request, key: null, account: "" });
    return status === 200 ? amount : 0;
  }

  /** Every refund Stripe has made, oldest first. */
  #atStripe(): (Refund & { mark: string | null })[] {
    const { body } = this.#execute({
      method: "GET",
      path: `/v1/refunds?payment_intent=${this.#intentId}&limit=100`,
      parameters: {},
      key: null,
      account: "",
    });
    return body.data.map((
      refund: Refund & { metadata: { holdfast_refund?: string } },
    ) => ({ ...refund, mark: refund.metadata.holdfast_refund ?? null }))
      .reverse();
  }
}

function newProcess(): RefundProcess {
  return { isDead: false, halfWrites: Infinity };
}

function toApi(request: ModelRequest): ReturnType<typeof requestOf> {
  const [path, query = ""] = request.path.split("?");
  const options: RequestOptions = {
    fields: request.parameters as RequestOptions["fields"] & object,
    ...(request.key === null ? {} : { idempotencyKey: request.key }),
  };
  const made = requestOf(request.method, path, options);
  return request.method === "GET" ? { ...made, query } : made;
}

function decode(
  { status, body }: { status: number; body: string },
): ModelAnswer {
  return { status, body: JSON.parse(body) };
}
