/** A till in a page: real OPFS, real Worker, a simulated reader in the page itself. @module */
import {
  createInProcessPair,
  openBrowserTerminal,
  type PageTerminal,
  type WorkerOptions,
} from "../../hosts/browser/mod.ts";
import { SimulatedReader } from "../../engine/testing.ts";
import { SystemClock } from "../../hosts/web/system_clock.ts";

interface Till {
  open(options: WorkerOptions): Promise<boolean>;
  sell(card: string, amount: number): Promise<object>;
  sellUntilKilled(): Promise<void>;
  terminal(): PageTerminal;
  acks: string[];
}

let terminal: PageTerminal;
let reader: SimulatedReader;
const acks: string[] = [];

async function sell(card: string, amount: number): Promise<object> {
  reader.enqueue(card);
  const created = await terminal.createPaymentIntent(
    { amount, currency: "usd" },
    { offlineBehavior: "force_offline" },
  );
  const collected = await terminal.collectPaymentMethod(created);
  const { localId, state, payment } = await terminal.confirmPaymentIntent(
    collected,
  );
  acks.push(localId);
  return { localId, state, seq: payment!.seq };
}

const till: Till = {
  acks,
  async open(options): Promise<boolean> {
    terminal = await openBrowserTerminal({
      ...options,
      worker: new Worker("worker.js", { type: "module" }),
    });
    reader = new SimulatedReader({
      clock: new SystemClock(),
      seed: String(performance.timeOrigin),
      deviceType: "wisepad_3",
    });
    const [pos, readerSide] = createInProcessPair();
    void reader.serve(readerSide);
    await terminal.connectReader(pos);
    return terminal.leads;
  },
  sell,
  async sellUntilKilled(): Promise<void> {
    for (let amount = 100;; amount++) {
      const { localId } = await sell("visa", amount) as { localId: string };
      // Reaches the test before the next sale begins: an acknowledgement somebody saw.
      console.log(`ack ${localId}`);
    }
  },
  terminal: () => terminal,
};
(globalThis as unknown as { till: Till }).till = till;
