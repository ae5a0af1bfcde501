/**
 * Sales that may be charged now only: how they are begun, and what of them is on disk.
 *
 * Owns: the way to a payment whose card was collected online.
 */
import type { PaymentIntent } from "../../engine/mod.ts";
import type { Shop, TerminalChanges } from "../support/shop.ts";
import { openHere } from "./_posix_place.ts";

const LIMITS = {
  paymentAmountMax: { usd: 10_000, aud: 10_000, cad: 10_000, eur: 10_000 },
};

/** A terminal in `country` that takes its currency offline too. */
export function inCountry(
  country: string,
  changes: TerminalChanges = {},
): TerminalChanges {
  const offline = { isEnabled: true, limits: LIMITS };
  return { location: { country }, offline, ...changes };
}

/** Create and collect with the scripted customer. */
export async function collected(
  shop: Shop,
  script: string,
  currency: string,
): Promise<PaymentIntent> {
  const { terminal } = shop;
  shop.reader.enqueue(script);
  const created = await terminal.createPaymentIntent({
    amount: 1250,
    currency,
  });
  return await terminal.collectPaymentMethod(created);
}

/** Confirms, and leaves the call as soon as `condition` holds. */
export async function confirmUntil(
  shop: Shop,
  intent: PaymentIntent,
  condition: () => boolean | Promise<boolean>,
): Promise<PaymentIntent> {
  const leaving = new AbortController();
  const { signal } = leaving;
  const confirmed = shop.terminal.confirmPaymentIntent(intent, { signal });
  const watched = shop.until(condition).finally(() => leaving.abort());
  const [outcome] = await Promise.all([confirmed, watched]);
  return outcome;
}

/** Confirms a payment whose confirmation meets `fault`, and leaves once it has. */
export async function confirmInto(
  shop: Shop,
  intent: PaymentIntent,
  fault: "drop_request" | "drop_response",
): Promise<PaymentIntent> {
  const { control } = shop.sandbox;
  await control.addFaults({ kind: fault, path: "/confirm" });
  const outcome = await confirmUntil(
    shop,
    intent,
    async () =>
      (await control.requests()).some(({ path, faults }) =>
        path.endsWith("/confirm") && faults.includes(fault)
      ),
  );
  return outcome;
}

/** Rows of `payment`, and how many sealed records there are; the terminal is closed. */
export async function onDisk(
  shop: Shop,
): Promise<{ states: string[]; sealed: number }> {
  await shop.terminal.close();
  const database = await openHere(shop.path);
  try {
    return {
      states: database.query("SELECT state FROM payment ORDER BY id")
        .map(([state]) => state as string),
      sealed: database.query("SELECT count(*) FROM sealed")[0][0] as number,
    };
  } finally {
    database.close();
  }
}

/** The API's charge of a payment. */
export interface ApiCharge {
  captured: boolean;
  payment_method_details: {
    type: string;
    [kind: string]: { brand: string; offline: object | null } | string;
  };
}

/** The latest charge of an intent. */
export function chargeOf(shop: Shop, intentId: string): Promise<ApiCharge> {
  return shop.api<{ latest_charge: string }>(`/v1/payment_intents/${intentId}`)
    .then(({ latest_charge }) =>
      shop.api<ApiCharge>(`/v1/charges/${latest_charge}`)
    );
}
