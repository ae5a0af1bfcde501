/**
 * What the far side knows: the other half of every reconciliation.
 *
 * Owns: the counting of intents, charges, money and duplicates. A duplicate
 * is found in two independent ways: two paid intents with the client's same
 * payment id, and one chip cryptogram charged on two intents.
 * @module
 */
import type Stripe from "stripe";
import { last4Of } from "./charges.ts";
import type { ModeState, SandboxState } from "./state.ts";

/** One payment that was charged more than once. */
export interface Duplicate {
  /** The client's payment id, or the digest of the chip transaction. */
  key: string;
  intents: string[];
}

/** The sandbox's side of the books. */
export interface SandboxReport {
  intents: number;
  by_status: Record<string, number>;
  /** Charges that took or reserved money. */
  charges: number;
  declined_charges: number;
  refunds: number;
  /** Payments charged more than once, each counted once. */
  duplicates: number;
  duplicates_by_local_id: Duplicate[];
  duplicates_by_cryptogram: Duplicate[];
  /** Net captured amount by currency, in minor units. */
  amounts: Record<string, number>;
  /** Reserved and not captured, by currency. */
  uncaptured: Record<string, number>;
  /** Intents nobody confirmed nor cancelled. */
  orphans: string[];
}

/** One intent, as a client's reconciliation needs it. */
export interface IntentSummary {
  id: string;
  account: string;
  livemode: boolean;
  local_id: string | null;
  metadata: Record<string, string>;
  amount: number;
  amount_received: number;
  amount_capturable: number;
  currency: string;
  status: string;
  created: number;
  decline_code: string | null;
  charges: { id: string; status: string; amount: number; last4: string }[];
}

/** Returns every intent of every account, oldest first within each. */
export function summariseIntents(state: SandboxState): IntentSummary[] {
  return [...modesOf(state)].flatMap((mode) => {
    const charges = chargesByIntent(mode);
    return [...mode.intents].map((intent) => ({
      id: intent.id,
      account: mode.accountId,
      livemode: mode.livemode,
      local_id: localIdOf(state, intent.metadata),
      metadata: intent.metadata,
      amount: intent.amount,
      amount_received: intent.amount_received,
      amount_capturable: intent.amount_capturable,
      currency: intent.currency,
      status: intent.status,
      created: intent.created,
      decline_code: intent.last_payment_error?.decline_code ?? null,
      charges: (charges.get(intent.id) ?? []).map((charge) => ({
        id: charge.id,
        status: charge.status,
        amount: charge.amount,
        last4: last4Of(charge) ?? "",
      })),
    }));
  });
}

/** Returns the books of all accounts together. */
export function reportOf(state: SandboxState): SandboxReport {
  const report: SandboxReport = {
    intents: 0,
    by_status: {},
    charges: 0,
    declined_charges: 0,
    refunds: 0,
    duplicates: 0,
    duplicates_by_local_id: [],
    duplicates_by_cryptogram: [],
    amounts: {},
    uncaptured: {},
    orphans: [],
  };
  for (const mode of modesOf(state)) addMode(report, state, mode);
  for (const [key, uses] of state.cryptograms) {
    const intents = [...new Set(uses.map((use) => use.intent))];
    if (intents.length > 1) {
      report.duplicates_by_cryptogram.push({ key, intents });
    }
  }
  report.duplicates = countDuplicates(report);
  return report;
}

function addMode(
  report: SandboxReport,
  state: SandboxState,
  mode: ModeState,
): void {
  const paid = new Map<string, string[]>();
  for (const intent of mode.intents) {
    report.intents += 1;
    add(report.by_status, intent.status, 1);
    if (isOrphan(intent)) report.orphans.push(intent.id);
  }
  for (const charge of mode.charges) {
    if (charge.status !== "succeeded") {
      report.declined_charges += 1;
      continue;
    }
    report.charges += 1;
    const net = charge.amount - charge.amount_refunded;
    const sums = charge.captured ? report.amounts : report.uncaptured;
    add(sums, charge.currency, net);
    const localId = localIdOf(state, charge.metadata);
    if (!localId) continue;
    const intents = paid.get(localId) ?? [];
    paid.set(localId, [...intents, charge.payment_intent as string]);
  }
  report.refunds += mode.refunds.size;
  for (const [key, intents] of paid) {
    if (intents.length < 2) continue;
    report.duplicates_by_local_id.push({ key, intents });
  }
}

/** The two ways mostly find the same payment; it counts once. */
function countDuplicates(report: SandboxReport): number {
  const seen = new Set<string>();
  let count = 0;
  for (
    const { intents } of [
      ...report.duplicates_by_local_id,
      ...report.duplicates_by_cryptogram,
    ]
  ) {
    if (!intents.some((id) => seen.has(id))) count += 1;
    for (const id of intents) seen.add(id);
  }
  return count;
}

function localIdOf(
  state: SandboxState,
  metadata: Readonly<Record<string, string>>,
): string | null {
  const key = state.behaviour.localIdKeys.find((name) => metadata[name]);
  return key ? metadata[key] : null;
}

function isOrphan(intent: Stripe.PaymentIntent): boolean {
  return intent.status === "requires_payment_method" && !intent.latest_charge;
}

function* modesOf(state: SandboxState): IterableIterator<ModeState> {
  for (const account of state.accounts) {
    yield account.live;
    yield account.test;
  }
}

function chargesByIntent(mode: ModeState): Map<string, Stripe.Charge[]> {
  const charges = new Map<string, Stripe.Charge[]>();
  for (const charge of mode.charges) {
    const id = charge.payment_intent as string;
    const known = charges.get(id);
    if (known) known.push(charge);
    else charges.set(id, [charge]);
  }
  return charges;
}

function add(sums: Record<string, number>, name: string, by: number): void {
  sums[name] = (sums[name] ?? 0) + by;
}
