/**
 * Our books and Stripe's, laid beside each other, both ways.
 *
 * Owns: finding what forwarding alone cannot: a payment we hold for failed that Stripe has
 * charged, a charge we know nothing of, figures that differ, and unconfirmed intents nobody
 * needs. It follows Stripe only where a row is still open or failed; everything else is a
 * finding for a person. It never confirms and never captures.
 * @module
 */
import type { GatewayCall, Intent, ListedIntent } from "../gateway.ts";
import { KEY_TRUST_MS } from "../forward/forward_payment.ts";
import { withDeadline } from "../forward/deadline.ts";
import { isCanceling } from "../forward/cancelling.ts";
import { cancelKey } from "../forward/keys.ts";
import type { ForwardContext } from "../forward/forward_context.ts";
import { OPEN_STATES, type Payment } from "../payment.ts";
import type { Books } from "../store/books.ts";
import type { Payments } from "../store/payments.ts";
import type { PaymentRow } from "../store/rows.ts";
import { formatUuid, parseUuid, uuidTimeMs } from "../uuid.ts";
import { judge } from "./judge.ts";
import type { Disagreement, ReconciliationReport } from "./report.ts";

/** What reconciling works with. */
export interface ReconcileContext
  extends Omit<ForwardContext, "payments" | "leases"> {
  payments: Pick<Payments, "byLocalId" | "byRowId" | "move">;
  books: Books;
  /** Whose payments; with other credentials nothing is compared. */
  owner: { account: string; isLivemode: boolean };
  /** Whether forwarding has a call under way for this row; such a row is left alone. */
  isInFlight: (rowId: number) => boolean;
}

/** What to reconcile. */
export interface ReconcileOptions {
  /** Intents created at or after this. @default two days before the last complete one's end */
  fromMs?: number;
  /** Gives up between two calls, and the call ends with `CANCELED`. @default never */
  signal?: AbortSignal;
  /** Milliseconds after which it ends with `REQUEST_TIMED_OUT`. @default as long as it takes */
  deadlineMs?: number;
}

/** An intent this young may still be on its way to being confirmed. */
const ORPHAN_AGE_MS = 24 * 60 * 60 * 1000;
/** Both windows see what was made around midnight, and what a late request made. */
const OVERLAP_MS = 48 * 60 * 60 * 1000;
/** Our clock may run behind Stripe's. */
const AHEAD_MS = 60 * 60 * 1000;
/** Rows asked after one by one in a run; more wait for the next. */
const ROWS_MAX = 200;

/** Reconciles; never throws for what Stripe answered. The report is kept in the store. */
export async function reconcile(
  context: ReconcileContext,
  options: ReconcileOptions = {},
): Promise<ReconciliationReport> {
  const run = new Reconciliation(context, options);
  await run.finish();
  context.books.addReport(run.report);
  return run.report;
}

class Reconciliation {
  readonly report: ReconciliationReport;
  readonly #context: ReconcileContext;
  readonly #signal: AbortSignal;
  readonly #seen = new Set<string>();

  constructor(context: ReconcileContext, options: ReconcileOptions) {
    this.#context = context;
    this.#signal = options.signal ?? new AbortController().signal;
    const { clock, books } = context;
    const nowMs = clock.nowMs();
    const beginning = books.lastComplete()?.toMs ??
      books.beginningMs() ?? nowMs;
    const fromMs = options.fromMs ?? Math.min(beginning, nowMs) - OVERLAP_MS;
    this.report = {
      startedAtMs: nowMs,
      fromMs: Math.max(0, Math.floor(fromMs)),
      toMs: nowMs + AHEAD_MS,
      isComplete: false,
      code: null,
      intentCount: 0,
      recovered: [],
      disagreements: [],
      orphansCanceled: [],
    };
  }

  async finish(): Promise<void> {
    this.report.isComplete = await this.#isOurs() &&
      await this.#readIntents() && await this.#askAfterRows();
  }

  /** Whether the gateway moves the money of our account. */
  async #isOurs(): Promise<boolean> {
    const { gateway, owner } = this.#context;
    const identity = await this.#call(({ signal }) => gateway.identify(signal));
    if (identity.kind !== "identity") return this.#stop(identity.code);
    const isOurs = identity.account === owner.account &&
      identity.isLivemode === owner.isLivemode;
    return isOurs || this.#stop("account_mismatch");
  }

  /** Stripe's side: every intent of the window; false when it could not be read. */
  async #readIntents(): Promise<boolean> {
    const { fromMs, toMs } = this.report;
    const range = { createdFromMs: fromMs, createdToMs: toMs };
    let cursor: string | null = null;
    do {
      const page = await this.#call((call) =>
        this.#context.gateway.listIntents(range, cursor, call)
      );
      if (page.kind !== "page") return this.#stop(page.code);
      for (const intent of page.intents) {
        if (!await this.#compare(intent)) return false;
      }
      cursor = page.nextCursor;
    } while (cursor !== null);
    return true;
  }

  /** Our side: rows with an open question that the window did not answer. */
  async #askAfterRows(): Promise<boolean> {
    const { payments, gateway, books, owner } = this.#context;
    const rows = books.expected(
      owner.account,
      owner.isLivemode,
      this.report.fromMs,
    ).filter(({ intentId }) => !this.#seen.has(intentId));
    for (const { rowId, intentId } of rows.slice(0, ROWS_MAX)) {
      const result = await this.#call((call) =>
        gateway.retrieveIntent(intentId, call)
      );
      const row = payments.byRowId(rowId)!;
      if (result.kind === "intent") this.#settle(result.intent, row);
      else if (result.kind === "not_found") {
        // A failed payment without an intent is just that; a charged one must exist.
        const isExpected = row.payment.state !== "failed";
        if (isExpected) this.#disagree("missing", intentId, row);
      } else return this.#stop("code" in result ? result.code : result.kind);
    }
    return rows.length <= ROWS_MAX || this.#stop("more_rows");
  }

  /** One listed intent; false when canceling it got no answer. */
  async #compare(intent: ListedIntent): Promise<boolean> {
    const localId = intent.metadata.holdfast_local_id ?? "";
    const bytes = parseUuid(localId);
    const row = bytes === null ? null : this.#context.payments.byLocalId(bytes);
    const { deviceId } = this.#context.vault;
    const isOurs = row !== null ||
      intent.metadata.holdfast_device === formatUuid(deviceId);
    // Another till's, or not of Holdfast at all.
    if (!isOurs || bytes === null) return true;
    this.#seen.add(intent.id);
    this.report.intentCount++;
    if (judge(intent, row?.payment ?? null) !== "orphan") {
      this.#settle(intent, row);
      return true;
    }
    const nowMs = this.#context.clock.nowMs();
    // By Stripe's clock and by ours: one of them may be wrong by years.
    const isOld = nowMs - intent.createdAtMs >= ORPHAN_AGE_MS &&
      nowMs - uuidTimeMs(bytes) >= ORPHAN_AGE_MS;
    return !isOld || await this.#cancel(intent.id, localId);
  }

  /** Applies the verdict on a pair that is no orphan. */
  #settle(intent: Intent, row: PaymentRow | null): void {
    if (row !== null && this.#context.isInFlight(row.rowId)) return;
    // Read again: the row may have moved while other answers were awaited.
    const now = row === null ? null : this.#context.payments.byRowId(row.rowId);
    const verdict = judge(intent, now?.payment ?? null);
    if (verdict === "agrees" || verdict === "orphan") return;
    if (verdict === "recover") this.#recover(intent, now!);
    else this.#disagree(verdict, intent.id, now, intent);
  }

  #recover(intent: Intent, row: PaymentRow): void {
    const { database, payments, steps, activity } = this.#context;
    const { state, localId } = row.payment;
    const isHeld = intent.status === "requires_capture";
    // Whether that takes the money or leaves it is for the forwarder to learn, while it is at it.
    const isForwarding = OPEN_STATES.includes(state);
    if (isHeld && isForwarding && isCanceling(steps, row, intent.id)) return;
    // The compare-and-set lets a drainer's own id win; then this is the second intent.
    if (steps.adoptIntent(row.rowId, intent.id) !== intent.id) return;
    database.transaction(() => {
      payments.move(row.rowId, "forwarded");
      activity.add("reconciled", row.rowId, {
        from: state,
        status: intent.status,
      });
    });
    this.report.recovered.push({ localId, intentId: intent.id, from: state });
  }

  #disagree(
    kind: Disagreement["kind"],
    intentId: string,
    row: PaymentRow | null,
    intent: Intent | null = null,
  ): void {
    this.#context.activity.add("disagreement", row?.rowId ?? null, {
      kind,
      intentId,
    });
    this.report.disagreements.push({
      kind,
      intentId,
      localId: row?.payment.localId ??
        intent?.metadata.holdfast_local_id ?? null,
      stripe: intent === null ? null : {
        status: intent.status,
        amount: intent.amount,
        currency: intent.currency,
      },
      ours: row === null ? null : figures(row.payment),
    });
  }

  async #cancel(intentId: string, localId: string): Promise<boolean> {
    const { books, clock, gateway, activity } = this.#context;
    const idempotencyKey = books.beginOrphan(
      intentId,
      (generation) => `${cancelKey(localId, intentId, generation)}:orphan`,
      clock.nowMs(),
      KEY_TRUST_MS,
    );
    const result = await this.#call(({ signal }) =>
      gateway.cancelIntent(intentId, { idempotencyKey, signal })
    );
    if (result.kind === "unavailable" || result.kind === "unauthorized") {
      return this.#stop(result.code);
    }
    // Anything else: somebody was faster; the next run sees what it has become.
    if (result.kind !== "intent" || result.intent.status !== "canceled") {
      return true;
    }
    books.endOrphan(intentId);
    activity.add("orphan_canceled", null, { intentId });
    this.report.orphansCanceled.push(intentId);
    return true;
  }

  #stop(code: string): false {
    this.report.code = code;
    return false;
  }

  #call<T>(send: (call: GatewayCall) => Promise<T>): Promise<T> {
    const { clock, callDeadlineMs } = this.#context;
    return withDeadline(
      clock,
      callDeadlineMs,
      this.#signal,
      (signal) => send({ idempotencyKey: null, signal }),
    );
  }
}

function figures(payment: Payment): NonNullable<Disagreement["ours"]> {
  const { state, amount, currency } = payment;
  return { state, amount, currency };
}
