/**
 * The alarm before an authorisation lapses uncaptured.
 *
 * Owns: when. Stripe holds a card-present authorisation for two days and then cancels it, and
 * the sale is gone. The time counts from when the store learned of the authorisation, which is
 * never earlier than the authorisation itself by more than a lost answer; the alarm comes early
 * enough to forgive that.
 * @see https://docs.stripe.com/terminal/payments/collect-card-payment#capture-payment
 * @module
 */
import type { Payment } from "../payment.ts";
import type { Clock, Database } from "../ports.ts";
import type { ActivityLog } from "../store/activity.ts";
import type { Payments } from "../store/payments.ts";

/** How long Stripe holds a card-present authorisation. */
const CAPTURE_WINDOW_MS = 2 * 24 * 60 * 60 * 1000;

/** An authorisation that will lapse soon. */
export interface ClosingCapture {
  payment: Payment;
  /** When Stripe will cancel it, epoch milliseconds by this device's clock; may have passed. */
  closesAtMs: number;
}

/** What the alarm reads and writes. */
export interface CaptureAlarmContext {
  database: Database;
  payments: Pick<Payments, "byRowId">;
  activity: Pick<ActivityLog, "add">;
  clock: Clock;
  /** Milliseconds before the window closes. */
  leadMs: number;
}

/** Looks for authorisations that lapse soon. */
export class CaptureAlarm {
  readonly #context: CaptureAlarmContext;
  readonly #told = new Set<number>();

  constructor(context: CaptureAlarmContext) {
    this.#context = context;
  }

  /** Forgets who was told. */
  forget(): void {
    this.#told.clear();
  }

  /** Those nobody was told of since the start; the timeline of each gets one line, ever. */
  look(): ClosingCapture[] {
    const { database, payments, activity, clock, leadMs } = this.#context;
    const dueAtMs = clock.nowMs() - (CAPTURE_WINDOW_MS - leadMs);
    const found: ClosingCapture[] = [];
    for (const [rowId, atMs, isNoted] of this.#uncaptured(dueAtMs)) {
      if (this.#told.has(rowId)) continue;
      const closesAtMs = atMs + CAPTURE_WINDOW_MS;
      if (!isNoted) {
        database.transaction(() =>
          activity.add("capture_window_closing", rowId, { closesAtMs })
        );
      }
      this.#told.add(rowId);
      found.push({ payment: payments.byRowId(rowId)!.payment, closesAtMs });
    }
    return found;
  }

  /** Forwarded manual payments: row, time of forwarding, and whether the line is there. */
  #uncaptured(beforeMs: number): [number, number, boolean][] {
    return this.#context.database.query(
      `SELECT payment.id, min(activity.at_ms),
         EXISTS(SELECT 1 FROM activity AS line WHERE line.payment = payment.id
           AND line.kind = 'capture_window_closing')
       FROM payment INDEXED BY payment_uncaptured
         JOIN activity ON activity.payment = payment.id
       WHERE payment.state = 'forwarded' AND payment.capture_method = 'manual'
         AND activity.kind IN ('forwarded', 'reconciled')
       GROUP BY payment.id HAVING min(activity.at_ms) <= ?
       ORDER BY payment.id`,
      [beforeMs],
    ).map(([rowId, atMs, isNoted]) => [
      rowId as number,
      atMs as number,
      isNoted === 1,
    ]);
  }
}
