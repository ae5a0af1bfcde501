/** Profile stripe/report: the acquirer is a gateway of the contract, Stripe is told. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createCardPresentGateway } from "../../engine/stripe/card_present_gateway.ts";
import {
  createReportGateway,
  type PaymentReport,
  reportPayment,
} from "../../engine/stripe/report_gateway.ts";
import { createStripeClient } from "../../hosts/posix/stripe_gateway.ts";
import { type Sandbox, startSandbox } from "../../hosts/sandbox/mod.ts";
import {
  callOf,
  expectIntent,
  type SaleKind,
} from "../../engine/testing/gateway_place.ts";
import { testGateway } from "../contract/gateway_contract.ts";
import { SandboxPlace } from "../support/sandbox_place.ts";

// The sandbox plays the acquirer; the reports of the contract go where nobody listens.
testGateway(
  "report",
  () =>
    SandboxPlace.open((stripe, opener) =>
      createReportGateway({
        stripe: createStripeClient({
          apiKey: "sk_test_reports",
          apiBase: "http://127.0.0.1:1",
        }),
        acquirer: createCardPresentGateway(stripe, opener),
        nowMs: () => Date.now(),
        onUnreported: () => {},
      })
    ),
);

interface World {
  place: SandboxPlace;
  stripe: Sandbox;
  unreported: [PaymentReport, string][];
}

async function withWorld(body: (world: World) => Promise<void>): Promise<void> {
  const stripe = await startSandbox({ seed: 2, rateLimits: null });
  const unreported: World["unreported"] = [];
  const place = await SandboxPlace.open((acquirer, opener) =>
    createReportGateway({
      stripe: clientOf(stripe),
      acquirer: createCardPresentGateway(acquirer, opener),
      nowMs: () => Date.now(),
      onUnreported: (report, code) => unreported.push([report, code]),
    })
  );
  try {
    await body({ place, stripe, unreported });
  } finally {
    await place.close();
    await stripe.close();
  }
}

function clientOf(sandbox: Sandbox) {
  return createStripeClient({
    apiKey: "sk_test_reports",
    apiBase: sandbox.url,
  });
}

async function sell(
  { place }: World,
  kind: SaleKind,
  captureMethod: "automatic" | "manual" = "automatic",
) {
  const { create, confirm } = place.sale(kind);
  const { localId } = confirm;
  const created = await place.gateway.createIntent(
    { ...create, captureMethod },
    callOf(`${localId}:c:0`),
  );
  const { id } = expectIntent(created);
  const result = await place.gateway.confirmIntent(
    id,
    confirm,
    callOf(`${id}:k`),
  );
  return { id, localId, result, confirm };
}

/** Records at Stripe by outcome and acquirer's reference. */
function records({ stripe }: World): string[] {
  return [...stripe.state.accounts].flatMap((account) =>
    [...account.test.paymentRecords].map((record) => {
      const { custom } = record.processor_details!;
      const outcome = record.amount_guaranteed.value > 0
        ? "guaranteed"
        : record.amount_failed.value > 0
        ? "failed"
        : "canceled";
      return `${custom!.payment_reference} ${outcome}`;
    })
  );
}

test("confirmIntent() reports a paid and a declined payment once each", () =>
  withWorld(async (world) => {
    const paid = await sell(world, "approved");
    const again = await world.place.gateway.confirmIntent(
      paid.id,
      paid.confirm,
      callOf(`${paid.id}:k`),
    );
    assert.equal(again.kind, "intent");
    const declined = await sell(world, "declined");
    assert.equal(declined.result.kind, "declined");
    assert.deepEqual(
      records(world).sort(),
      [
        `${paid.id} guaranteed`,
        `${declined.id} failed`,
      ].sort(),
    );
    assert.deepEqual(world.unreported, []);
  }));

test("captureIntent() reports a manual payment, its confirmation does not", () =>
  withWorld(async (world) => {
    const { id } = await sell(world, "approved", "manual");
    assert.deepEqual(records(world), []);
    await world.place.gateway.captureIntent(id, callOf("p:0"));
    assert.deepEqual(records(world), [`${id} guaranteed`]);
  }));

test("an outcome that cannot be reported stands, and can be reported later", () =>
  withWorld(async (world) => {
    await world.stripe.control.setOffline(true);
    const { id, result } = await sell(world, "approved");
    assert.equal(expectIntent(result).status, "succeeded");
    const [[report, code]] = world.unreported;
    assert.equal(code, "connection");
    assert.equal(report.reference, id);
    assert.equal(report.outcome, "guaranteed");
    await world.stripe.control.setOffline(false);
    const stripe = clientOf(world.stripe);
    for (let i = 0; i < 3; i++) {
      const told = await reportPayment(
        { stripe },
        report,
        new AbortController().signal,
      );
      assert.equal(told.kind, "reported");
    }
    assert.deepEqual(records(world), [`${id} guaranteed`]);
  }));
