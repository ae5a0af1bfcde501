// The README's first payment, run from the installed package under Node and under Deno.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { startSandbox } from "@holdfast/holdfast/sandbox";
import {
  createInProcessPair,
  SimulatedReader,
} from "@holdfast/holdfast/testing";

const runtime = process.argv[2] ??
  ("deno" in process.versions ? "deno" : "node");
const host = await import(`@holdfast/holdfast/${runtime}`);
const openTerminal = host.openDenoTerminal ?? host.openNodeTerminal;

// Stands in for Stripe: the official client talks to it unchanged.
const sandbox = await startSandbox();
const apiKey = "sk_test_first";
const answer = await fetch(`${sandbox.url}/v1/account`, {
  headers: { authorization: `Bearer ${apiKey}` },
});
const account = { id: (await answer.json()).id, isLivemode: false };

// The private half lives where the Stripe key lives; a till only needs the public one.
const core = await host.loadCore();
const keys = core.seal.generateKeyPair(
  crypto.getRandomValues(new Uint8Array(32)),
);
const keyId = Array.from(
  keys.keyId,
  (byte) => byte.toString(16).padStart(2, "0"),
).join("");

const folder = mkdtempSync(join(tmpdir(), "first-payment-"));
const terminal = await openTerminal({
  path: join(folder, "till.db"),
  account,
  location: { country: "US" },
  recipient: { keyId: keys.keyId, publicKey: keys.publicKey },
  probeUrl: sandbox.url,
  gateway: {
    apiKey,
    apiBase: sandbox.url,
    recipientKeys: new Map([[keyId, keys.privateKey]]),
  },
  offline: { isEnabled: true },
  forwarding: { reconnectSpreadMs: 0 },
});
const forwarded = new Promise((resolve) => {
  terminal.on("paymentForwarded", ({ payment }) => resolve(payment));
});

const [pos, readerSide] = createInProcessPair();
const clock = new host.SystemClock();
const reader = new SimulatedReader({
  clock,
  seed: "first",
  deviceType: "wisepad_3",
});
reader.enqueue("visa");
void reader.serve(readerSide);
await terminal.connectReader(pos);

await sandbox.control.setOffline(true); // The internet is gone.
const created = await terminal.createPaymentIntent({
  amount: 1250,
  currency: "usd",
});
const collected = await terminal.collectPaymentMethod(created);
const confirmed = await terminal.confirmPaymentIntent(collected);

await sandbox.control.setOffline(false); // It is back.
terminal.forwardNow();
const payment = await forwarded;
const report = await sandbox.control.report();
await terminal.close();
await sandbox.close();
rmSync(folder, { recursive: true });

console.log(JSON.stringify({
  stored: confirmed.state,
  then: payment.state,
  id: payment.id,
  charges: report.charges,
  duplicates: report.duplicates,
}));
