/**
 * The books of both sides laid beside each other.
 *
 * Owns: what counts as lost, doubled or declined. Three witnesses are heard: what the till said
 * before it was killed, what its store says now, and what the sandbox charged.
 * @module
 */
import type { IntentSummary } from "../../hosts/sandbox/report.ts";

/** A payment the till called accepted. */
export interface Acknowledged {
  localId: string;
  amount: number;
  currency: string;
}

/** A payment as the store has it in the end. */
export interface Stored extends Acknowledged {
  id: string | null;
  state: string;
  error: { code: string; declineCode: string | null } | null;
}

/** One currency of both books, minor units. */
export interface CurrencyLine {
  currency: string;
  accepted: number;
  acceptedAmount: number;
  charged: number;
  chargedAmount: number;
  declined: number;
  declinedAmount: number;
}

/** What came of the comparison. */
export interface Reconciliation {
  /** Acknowledged, or committed an instant before the kill. */
  accepted: number;
  /** Committed, but the kill came before the till could say so. */
  recovered: number;
  atStripe: number;
  declined: number;
  lost: number;
  duplicated: number;
  /** Stored, not lost, not charged: waiting or kept for a person. */
  open: number;
  /** Charged with another amount or currency than was accepted. */
  mismatched: number;
  /** PaymentIntents nobody confirmed; no money moved. */
  orphans: number;
  currencies: CurrencyLine[];
  declines: Record<string, number>;
}

/** Compares the three witnesses. */
export function reconcile(
  acknowledged: readonly Acknowledged[],
  stored: readonly Stored[],
  intents: readonly IntentSummary[],
): Reconciliation {
  const said = new Map(acknowledged.map((entry) => [entry.localId, entry]));
  const inStore = new Map(stored.map((entry) => [entry.localId, entry]));
  const all = new Map<string, Acknowledged>([...inStore, ...said]);
  const result: Reconciliation = {
    accepted: all.size,
    recovered: [...inStore.keys()].filter((id) => !said.has(id)).length,
    atStripe: 0,
    declined: 0,
    lost: 0,
    duplicated: 0,
    open: 0,
    mismatched: 0,
    orphans: intents.filter(isOrphan).length,
    currencies: [],
    declines: {},
  };
  const lines = new Map<string, CurrencyLine>();
  for (const payment of all.values()) {
    const line = lines.get(payment.currency) ?? emptyLine(payment.currency);
    lines.set(payment.currency, line);
    line.accepted++;
    line.acceptedAmount += payment.amount;
    const ours = intents.filter((intent) =>
      intent.local_id === payment.localId
    );
    judge(result, line, payment, inStore.get(payment.localId), ours);
  }
  // A charge nobody accepted would be the worst of all: count it as a double.
  result.duplicated +=
    intents.filter((intent) =>
      !all.has(intent.local_id ?? "") && chargesOf(intent).length > 0
    ).length;
  result.currencies = [...lines.values()].sort((a, b) =>
    a.currency < b.currency ? -1 : 1
  );
  return result;
}

/** Puts one payment where it belongs. */
function judge(
  result: Reconciliation,
  line: CurrencyLine,
  payment: Acknowledged,
  entry: Stored | undefined,
  ours: readonly IntentSummary[],
): void {
  const charges = ours.flatMap(chargesOf);
  if (charges.length > 0) {
    result.atStripe++;
    result.duplicated += charges.length - 1;
    for (const { amount, currency } of charges) {
      line.charged++;
      line.chargedAmount += amount;
      const isSame = amount === payment.amount && currency === payment.currency;
      if (!isSame) result.mismatched++;
    }
    if (entry?.state !== "forwarded") result.mismatched++;
    return;
  }
  const isDeclined = ours.some((intent) => intent.decline_code !== null);
  if (entry?.state === "declined" && isDeclined) {
    const reason = entry.error?.declineCode ?? entry.error?.code ?? "unknown";
    result.declines[reason] = (result.declines[reason] ?? 0) + 1;
    result.declined++;
    line.declined++;
    line.declinedAmount += payment.amount;
    return;
  }
  const isKept = ["stored", "unknown", "failed"].includes(entry?.state ?? "");
  if (isKept) result.open++;
  else result.lost++;
}

function chargesOf(
  intent: IntentSummary,
): { amount: number; currency: string }[] {
  return intent.charges
    .filter((charge) => charge.status === "succeeded")
    .map(({ amount }) => ({ amount, currency: intent.currency }));
}

function isOrphan(intent: IntentSummary): boolean {
  return intent.charges.length === 0 && intent.status !== "canceled";
}

/** Whether the promise held: all accepted payments are accounted for, each once. */
export function isKept(result: Reconciliation): boolean {
  return result.lost === 0 && result.duplicated === 0 &&
    result.mismatched === 0 &&
    result.open === 0;
}

function emptyLine(currency: string): CurrencyLine {
  return {
    currency,
    accepted: 0,
    acceptedAmount: 0,
    charged: 0,
    chargedAmount: 0,
    declined: 0,
    declinedAmount: 0,
  };
}
