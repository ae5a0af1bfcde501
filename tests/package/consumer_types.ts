// Compiles only if the package's declarations are complete; the README's five-minute start in it.
import { type Core, HoldfastError, loadCore } from "@holdfast/holdfast/core";
import {
  connectTcp,
  createRelayClient,
  openNodeTerminal,
} from "@holdfast/holdfast/node";
import { startSandbox } from "@holdfast/holdfast/sandbox";
import { SimulatedReader } from "@holdfast/holdfast/testing";

const core: Core = await loadCore();
const tags: number[] = core.tlv.parse(new Uint8Array(0), "reader")
  .map((node) => node.tag);
export const summary: { count: number; code: string } = {
  count: tags.length,
  code:
    new HoldfastError("X", { message: "", retry: "never", remedy: "" }).code,
};

/** Never called. */
export async function sell(): Promise<string> {
  const { keyId, publicKey } = core.seal.generateKeyPair(new Uint8Array(32));
  const relay = { url: "https://relay.shop.example", token: "till.secret" };
  const terminal = await openNodeTerminal({
    path: "/var/lib/shop/holdfast.db",
    account: { id: "acct_x", isLivemode: false },
    location: { country: "US" },
    recipient: { keyId, publicKey },
    probeUrl: relay.url,
    gateway: createRelayClient(relay),
    offline: { isEnabled: true, limits: { paymentAmountMax: { usd: 50_000 } } },
  });
  terminal.on("paymentForwarded", ({ payment, error }) => {
    console.log(payment.localId, payment.id, error?.declineCode);
  });
  await terminal.connectReader(await connectTcp({ port: 4242 }));
  const created = await terminal.createPaymentIntent({
    amount: 1250,
    currency: "usd",
  });
  const collected = await terminal.collectPaymentMethod(created);
  return (await terminal.confirmPaymentIntent(collected)).state;
}

export const parts = [startSandbox, SimulatedReader];
