/**
 * Payments that left in a sealed file, and payments that came in one.
 *
 * Owns: the `handover` table, what of a payment travels, and foreign chains. A foreign chain has
 * a row in `epoch` like our own, under a number of ours, with the other device's id and no
 * secret: nothing can be sealed in it. Everything that writes runs in the caller's transaction.
 * @module
 */
import type {
  ChainLine,
  PaymentLine,
  PresentationLine,
  StepLine,
} from "../handover/export_lines.ts";
import type { PaymentState } from "../payment.ts";
import type { Database, SqlValue } from "../ports.ts";
import { readTerms } from "../terms.ts";
import { formatUuid, parseUuid } from "../uuid.ts";
import type { Payments } from "./payments.ts";
import type { PaymentOrigin } from "./rows.ts";
import type { StepKind } from "./steps.ts";

/** Direction of a hand-over; `taken_back` left and came back unused. */
export type HandoverDirection = "out" | "in" | "taken_back";

/** One file of payments. */
export interface Handover {
  /** 16 bytes. */
  id: Uint8Array;
  direction: HandoverDirection;
  /** The device that made the file, 16 bytes. */
  deviceId: Uint8Array;
  account: string;
  isLivemode: boolean;
  /** Payments it took along. */
  count: number;
  atMs: number;
}

const COLUMNS = "id, direction, device_id, account, livemode, count, at_ms";

/** Reads and writes hand-overs. */
export class Handovers {
  readonly #database: Database;
  readonly #payments: Payments;

  constructor(database: Database, payments: Payments) {
    this.#database = database;
    this.#payments = payments;
  }

  /** The hand-over with this id, or null. */
  find(id: Uint8Array): Handover | null {
    const rows = this.#database.query(
      `SELECT ${COLUMNS} FROM handover WHERE id = ?`,
      [id],
    );
    return rows.length === 0 ? null : readHandover(rows[0]);
  }

  /** All of them, oldest first: their ids begin with the time. */
  list(): Handover[] {
    return this.#database.query(
      `SELECT ${COLUMNS} FROM handover ORDER BY at_ms, id`,
    ).map(readHandover);
  }

  /** Notes a hand-over. */
  add(handover: Handover): void {
    const { id, direction, deviceId, account, isLivemode, count, atMs } =
      handover;
    this.#database.execute(
      `INSERT INTO handover(${COLUMNS}) VALUES(?, ?, ?, ?, ?, ?, ?)`,
      [id, direction, deviceId, account, isLivemode ? 1 : 0, count, atMs],
    );
  }

  /** Marks a hand-over as taken back. */
  takeBack(id: Uint8Array): void {
    this.#database.execute(
      "UPDATE handover SET direction = 'taken_back' WHERE id = ? AND direction = 'out'",
      [id],
    );
  }

  /** Row ids of the payments that may leave: open or failed, with a record, in order. */
  movable(account: string, isLivemode: boolean): number[] {
    return ["stored", "unknown", "failed"].flatMap((state) =>
      this.#database.query(
        `SELECT id FROM payment INDEXED BY payment_state
         WHERE state = ? AND account = ? AND livemode = ?
           AND EXISTS(SELECT 1 FROM sealed WHERE sealed.payment = payment.id)`,
        [state, account, isLivemode ? 1 : 0],
      ).map(([id]) => id as number)
    ).sort((a, b) => a - b);
  }

  /** Row ids of the payments that left with this file and have had no outcome since. */
  leftWith(id: Uint8Array): number[] {
    return this.#database.query(
      `SELECT id FROM payment WHERE handover = ? AND state = 'handed_over' ORDER BY id`,
      [id],
    ).map(([rowId]) => rowId as number);
  }

  /** Marks a payment as gone with a file; the record stays until its outcome is known. */
  handOver(rowId: number, id: Uint8Array): void {
    const { state, error } = this.#payments.byRowId(rowId)!.payment;
    this.#payments.move(rowId, "handed_over", error);
    this.#database.execute(
      "UPDATE payment SET handover = ?, left_as = ? WHERE id = ?",
      [id, state, rowId],
    );
  }

  /** The chain of a local epoch, as it travels. */
  chain(epoch: number, chainEpoch: number): ChainLine {
    const [[device, recipientKey, genesis]] = this.#database.query(
      "SELECT device_id, recipient_key, genesis FROM epoch WHERE epoch = ?",
      [epoch],
    );
    return {
      kind: "chain",
      device: formatUuid(device as Uint8Array),
      epoch: chainEpoch,
      recipientKey: recipientKey as Uint8Array,
      genesis: genesis as Uint8Array,
    };
  }

  /** Gives up what is left here of a payment that left: its record, and the way back. */
  giveUp(rowId: number): void {
    this.#payments.destroyRecord(rowId);
    this.#database.execute("UPDATE payment SET handover = NULL WHERE id = ?", [
      rowId,
    ]);
  }

  /** Puts a payment that had left back into the state in which it left. */
  putBack(rowId: number): void {
    const { error } = this.#payments.byRowId(rowId)!.payment;
    const [[leftAs]] = this.#database.query(
      "SELECT left_as FROM payment WHERE id = ?",
      [rowId],
    );
    this.#payments.move(rowId, leftAs as PaymentState, error);
    this.#database.execute(
      `UPDATE payment SET must_look = 1, handover = NULL, left_as = NULL WHERE id = ?`,
      [rowId],
    );
  }

  /** A payment that left, as it travels. */
  line(rowId: number): Omit<PaymentLine, "chain"> {
    const [row] = this.#database.query(
      `SELECT local_id, seq, amount, currency, capture_method, metadata, card_present, terms,
         card_hmac, card_transaction_hmac, record, offline, created_at_ms, stored_at_ms,
         intent_id, error_code, decline_code, advice_code, attempts, reader, left_as
       FROM payment JOIN sealed ON sealed.payment = payment.id WHERE id = ?`,
      [rowId],
    );
    const [localId, seq, amount, currency, captureMethod, metadata] = row;
    const [cardPresent, terms, cardHmac, cardTransactionHmac, record] = row
      .slice(6);
    const [offline, createdAtMs, storedAtMs, intentId] = row.slice(11);
    const [errorCode, declineCode, adviceCode, attempts, reader, state] = row
      .slice(15);
    return {
      kind: "payment",
      localId,
      seq,
      state,
      amount,
      currency,
      captureMethod,
      metadata,
      cardPresent,
      terms,
      cardHmac,
      cardTransactionHmac,
      record,
      isOffline: offline === 1,
      createdAtMs,
      storedAtMs,
      intentId,
      errorCode,
      declineCode,
      adviceCode,
      attempts,
      reader,
      steps: this.#steps(rowId),
      presentations: this.#presentations(rowId),
    } as Omit<PaymentLine, "chain">;
  }

  /** The local epoch of a foreign chain, entered now if it is new. */
  foreignEpoch(
    { device, recipientKey, genesis }: ChainLine,
    keyId: Uint8Array,
    owner: { account: string; isLivemode: boolean },
  ): number {
    const known = this.#database.query(
      "SELECT epoch FROM epoch WHERE genesis = ?",
      [genesis],
    );
    if (known.length > 0) return known[0][0] as number;
    const epoch = 1 + (this.#database.query(
      "SELECT coalesce(max(epoch), 0) FROM epoch",
    )[0][0] as number);
    this.#database.execute(
      `INSERT INTO epoch(epoch, account, livemode, device_id, key_id, recipient_key, genesis,
         next_seq, previous_hash, secret_wrapped) VALUES(?, ?, ?, ?, ?, ?, ?, 1, zeroblob(32), x'')`,
      [
        ...[epoch, owner.account, owner.isLivemode ? 1 : 0],
        ...[parseUuid(device), keyId, recipientKey, genesis],
      ],
    );
    return epoch;
  }

  /** Inserts a payment that came in a file, with the keys that were sent for it. */
  receive(
    line: PaymentLine,
    place: {
      epoch: number;
      recordHash: Uint8Array;
      handover: Uint8Array;
      origin: PaymentOrigin | null;
      account: string;
      isLivemode: boolean;
    },
  ): number {
    const rowId = this.#payments.insert({
      ...line,
      epoch: place.epoch,
      account: place.account,
      isLivemode: place.isLivemode,
      metadata: JSON.parse(line.metadata),
      cardPresent: JSON.parse(line.cardPresent),
      terms: readTerms(line.terms),
      recordHash: place.recordHash,
    });
    this.#database.execute(
      `UPDATE payment SET must_look = 1, origin = ?, handover = ?, attempts = ?, error_code = ?,
         decline_code = ?, advice_code = ? WHERE id = ?`,
      [
        place.origin === null ? null : JSON.stringify(place.origin),
        place.handover,
        line.attempts,
        ...[line.errorCode, line.declineCode, line.adviceCode, rowId],
      ],
    );
    for (const step of line.steps) this.#addStep(rowId, step);
    for (const row of line.presentations) this.#addPresentation(rowId, row);
    if (line.state !== "stored") {
      const { errorCode, declineCode, adviceCode } = line;
      const error = errorCode === null
        ? null
        : { code: errorCode, declineCode, adviceCode };
      this.#payments.move(rowId, line.state, error);
    }
    return rowId;
  }

  /** Puts a payment back that had left and comes home, with what was sent for it meanwhile. */
  comeHome(rowId: number, line: PaymentLine): void {
    this.#database.execute("DELETE FROM presentation WHERE payment = ?", [
      rowId,
    ]);
    this.#database.execute("DELETE FROM step WHERE payment = ?", [rowId]);
    for (const step of line.steps) this.#addStep(rowId, step);
    for (const row of line.presentations) this.#addPresentation(rowId, row);
    this.#database.execute(
      `UPDATE payment SET must_look = 1, handover = NULL, left_as = NULL, attempts = ?,
         intent_id = coalesce(intent_id, ?) WHERE id = ?`,
      [line.attempts, line.intentId, rowId],
    );
    const { errorCode: code, declineCode, adviceCode } = line;
    const error = code === null ? null : { code, declineCode, adviceCode };
    this.#payments.move(rowId, line.state, error);
  }

  #addStep(rowId: number, step: StepLine): void {
    this.#database.execute(
      `INSERT INTO step(payment, kind, generation, idempotency_key, parameters,
         first_attempt_at_ms, last_attempt_at_ms, attempts, is_spent)
       VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        ...[rowId, step.kind, step.generation, step.key, step.parameters],
        ...[step.firstAttemptAtMs, step.lastAttemptAtMs, step.attempts],
        step.isSpent ? 1 : 0,
      ],
    );
  }

  #addPresentation(rowId: number, row: PresentationLine): void {
    this.#database.execute(
      `INSERT INTO presentation(payment, number, confirm_generation, code, decline_code,
         advice_code, declined_at_ms, not_before_ms) VALUES(?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        ...[rowId, row.number, row.confirmGeneration, row.code],
        ...[row.declineCode, row.adviceCode],
        ...[row.declinedAtMs, row.notBeforeMs],
      ],
    );
  }

  #steps(rowId: number): StepLine[] {
    return this.#database.query(
      `SELECT kind, generation, idempotency_key, parameters, first_attempt_at_ms,
         last_attempt_at_ms, attempts, is_spent FROM step WHERE payment = ?
       ORDER BY kind, generation`,
      [rowId],
    ).map((
      [kind, generation, key, parameters, first, last, attempts, spent],
    ) => ({
      kind: kind as StepKind,
      generation: generation as number,
      key: key as string,
      parameters: parameters as string,
      firstAttemptAtMs: first as number,
      lastAttemptAtMs: last as number,
      attempts: attempts as number,
      isSpent: spent === 1,
    }));
  }

  #presentations(rowId: number): PresentationLine[] {
    return this.#database.query(
      `SELECT number, confirm_generation, code, decline_code, advice_code, declined_at_ms,
         not_before_ms FROM presentation WHERE payment = ? ORDER BY number`,
      [rowId],
    ).map((
      [number, generation, code, decline, advice, declined, notBefore],
    ) => ({
      number: number as number,
      confirmGeneration: generation as number,
      code: code as string,
      declineCode: decline as string | null,
      adviceCode: advice as string | null,
      declinedAtMs: declined as number,
      notBeforeMs: notBefore as number,
    }));
  }
}

function readHandover(row: readonly SqlValue[]): Handover {
  const [id, direction, deviceId, account, livemode, count, atMs] = row;
  return {
    id: id as Uint8Array,
    direction: direction as HandoverDirection,
    deviceId: deviceId as Uint8Array,
    account: account as string,
    isLivemode: livemode === 1,
    count: count as number,
    atMs: atMs as number,
  };
}
