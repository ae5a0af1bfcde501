/** A smart reader with a connection: killed while it confirms, and asked for a PIN. @module */
import assert from "node:assert/strict";
import test from "node:test";
import type { SmartReader, StoredPayment } from "../../engine/mod.ts";
import {
  type Counter,
  sellStubbornly,
  withCounter,
} from "../support/counter.ts";

const WAYS = ["tcp", "webSocket"] as const;
/** Long enough that the answer never comes by itself. */
const HOURS_MS = 5 * 60 * 60 * 1000;

/** Begins a sale and pulls the reader's plug once its confirmation is on the wire. */
async function killedConfirming(
  counter: Counter,
  reader: SmartReader,
): Promise<StoredPayment> {
  const sale = {
    saleId: reader.createSaleId(),
    amountMinor: 1250,
    currency: "usd",
  };
  const selling = sellStubbornly(counter, reader, sale);
  await counter.until(async () =>
    (await counter.control.requests()).some(({ path, faults }) =>
      path.endsWith("/confirm") && faults.length > 0
    )
  );
  await counter.kill();
  await counter.boot();
  const answered = await selling;
  assert.equal(answered.saleId, sale.saleId);
  return answered;
}

/** Waits until the reader's own word about a sale is `state`. */
async function settled(
  counter: Counter,
  reader: SmartReader,
  saleId: string,
  state: StoredPayment["state"],
): Promise<void> {
  await counter.until(async () => {
    await reader.forwardNow();
    return (await reader.find(saleId))?.state === state;
  });
}

for (const way of WAYS) {
  test(`a smart reader killed while Stripe confirms, its till on ${way}, has charged once and says so`, () =>
    withCounter(["visa"], async (counter) => {
      const reader = await counter.connect(way);
      await counter.control.addFaults({
        kind: "zombie",
        path: "/confirm",
        is_held: true,
        delay_ms: HOURS_MS,
        count: 1,
      });
      const { saleId } = await killedConfirming(counter, reader);
      // The request of the reader that died is executed late, beside the new one's.
      await counter.control.advance(HOURS_MS);
      await settled(counter, reader, saleId!, "forwarded");
      const report = await counter.control.report();
      assert.equal(report.charges, 1);
      assert.deepEqual(report.amounts, { usd: 1250 });
      reader.close();
    }));

  test(`a smart reader killed while an online PIN is confirmed, its till on ${way}, cancels the sale`, () =>
    withCounter(["online_pin_cvm"], async (counter) => {
      const reader = await counter.connect(way);
      // Nothing gets through, before the kill and after it.
      await counter.control.addFaults({
        kind: "drop_request",
        path: "/confirm",
      });
      const { saleId } = await killedConfirming(counter, reader);
      await settled(counter, reader, saleId!, "canceled");
      const [intent] = await counter.control.intents();
      assert.equal(intent.status, "canceled");
      assert.equal((await counter.control.report()).charges, 0);
      reader.close();
    }));

  test(`a smart reader killed after an online PIN was charged, its till on ${way}, finds it charged once`, () =>
    withCounter(["online_pin_cvm"], async (counter) => {
      const reader = await counter.connect(way);
      await counter.control.addFaults({
        kind: "drop_response",
        path: "/confirm",
      });
      const { saleId } = await killedConfirming(counter, reader);
      await settled(counter, reader, saleId!, "forwarded");
      assert.equal((await counter.control.report()).charges, 1);
      reader.close();
    }));
}

test("a smart reader asks for the PIN the issuer wants, and its till sees the prompt", () =>
  withCounter(["online_pin_sca_retry:tap"], async (counter) => {
    const reader = await counter.connect();
    const prompts: string[] = [];
    reader.onEvent((event) => {
      if (event.kind === "prompt") prompts.push(event.prompt);
    });
    const sold = await reader.sell({
      saleId: reader.createSaleId(),
      amountMinor: 1250,
      currency: "usd",
    });
    assert.equal(sold.state, "forwarded");
    assert.deepEqual(prompts, ["insert_or_tap", "remove_card", "pin"]);
    reader.close();
  }));
