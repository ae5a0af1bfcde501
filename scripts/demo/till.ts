/**
 * The point of sale of the demo: a process that takes payments and may be killed at any moment.
 *
 * Owns: nothing the engine does. It is an app like any other: it opens a terminal, connects the
 * reader, and says "accepted" only after `confirmPaymentIntent` has returned. It is told what to
 * do in lines of JSON on its standard input and answers the same way.
 * @module
 */
import process from "node:process";
import { createInterface } from "node:readline";
import {
  connectTcp,
  createRelayClient,
  HoldfastError,
  type Payment,
  type ServerTerminalOptions,
  type Terminal,
} from "../../hosts/deno/mod.ts";
import { SeededRandom } from "../../hosts/sandbox/random.ts";
import { sayLine } from "../../hosts/posix/say_line.ts";

/** First line of a till's input. */
export interface TillSettings {
  path: string;
  keyPath: string;
  country: string;
  /** What is asked whether the network is there. */
  probeUrl: string;
  /** The relay has the Stripe key and the opener; the till has neither. */
  relayUrl: string;
  relayToken: string;
  account: string;
  readerPort: number;
  recipientKeyId: string;
  recipientPublicKey: string;
  seed: number;
}

const CURRENCIES = ["usd", "eur", "gbp"] as const;

/** Runs a till over `open`, the runtime's own way to open a terminal. */
export async function runTill(
  open: (options: ServerTerminalOptions) => Promise<Terminal>,
): Promise<void> {
  const lines = createInterface({ input: process.stdin })
    [Symbol.asyncIterator]();
  const settings = JSON.parse(
    (await lines.next()).value ?? "{}",
  ) as TillSettings;
  let terminal: Terminal;
  try {
    terminal = await open(optionsOf(settings));
  } catch (error) {
    say({ t: "error", ...factsOf(error) });
    process.exitCode = 1;
    return;
  }
  terminal.on(
    "forwardingFailure",
    ({ error }) => say({ t: "failure", ...factsOf(error) }),
  );
  terminal.on("paymentForwarded", ({ payment }) => {
    say({ t: "outcome", localId: payment.localId, state: payment.state });
  });
  if (settings.readerPort > 0) {
    const reader = await connectTcp({
      host: "127.0.0.1",
      port: settings.readerPort,
    });
    await terminal.connectReader(reader);
  }
  say({ t: "ready", open: terminal.offlineStatus.sdk.offlinePaymentsCount });
  const random = new SeededRandom(settings.seed);
  for await (const text of { [Symbol.asyncIterator]: () => lines }) {
    const command = JSON.parse(text) as { do: string; count?: number };
    if (command.do === "take") await take(terminal, random, command.count!);
    if (command.do === "list") list(terminal);
  }
  await terminal.close();
}

async function take(
  terminal: Terminal,
  random: SeededRandom,
  count: number,
): Promise<void> {
  for (let accepted = 0; accepted < count;) {
    const amount = 100 + Math.floor(random.fraction() * 20_000);
    const currency =
      CURRENCIES[Math.floor(random.fraction() * CURRENCIES.length)];
    try {
      const created = await terminal.createPaymentIntent({ amount, currency });
      const collected = await terminal.collectPaymentMethod(created);
      const { payment } = await terminal.confirmPaymentIntent(collected);
      accepted++;
      say({
        t: "accepted",
        localId: payment!.localId,
        amount,
        currency,
        state: payment!.state,
      });
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      say({ t: "refused", ...factsOf(error) });
    }
  }
  say({ t: "taken" });
}

function list(terminal: Terminal): void {
  const payments: Payment[] = terminal.listPayments({ limit: 100_000 });
  say({
    t: "list",
    payments: payments.map((
      { localId, id, state, amount, currency, error },
    ) => ({
      localId,
      id,
      state,
      amount,
      currency,
      error,
    })),
  });
}

function optionsOf(settings: TillSettings): ServerTerminalOptions {
  return {
    path: settings.path,
    keyPath: settings.keyPath,
    probeUrl: settings.probeUrl,
    account: { id: settings.account, isLivemode: false },
    location: { country: settings.country },
    recipient: {
      keyId: fromHex(settings.recipientKeyId),
      publicKey: fromHex(settings.recipientPublicKey),
    },
    gateway: createRelayClient({
      url: settings.relayUrl,
      token: settings.relayToken,
    }),
    offline: {
      isEnabled: true,
      limits: {
        paymentAmountMax: { usd: 1_000_000, eur: 900_000, gbp: 800_000 },
        // A few simulated cards stand in for hundreds of customers.
        cardCountMax: 10_000,
      },
    },
    callDeadlineMs: 5_000,
    forwarding: {
      probeDelayMsMin: 100,
      probeDelayMsMax: 500,
      reconnectSpreadMs: 200,
    },
  };
}

function factsOf(error: unknown): object {
  if (!(error instanceof HoldfastError)) {
    return { code: "UNEXPECTED", message: String(error) };
  }
  const { code, message, remedy, details } = error;
  return { code, message, remedy, reason: details.reason ?? null };
}

/** Written synchronously: what was said before a kill was really said. */
function say(line: object): void {
  sayLine(JSON.stringify(line));
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));
}
