/** A till in a page: real OPFS, real Worker, a simulated reader in the page itself. @module */
import {
  createInProcessPair,
  forgetStore,
  openBrowserTerminal,
  type PageTerminal,
  salvageStore,
  type WorkerOptions,
} from "../../hosts/browser/mod.ts";
import { SimulatedReader } from "../../engine/testing.ts";
import { SystemClock } from "../../hosts/web/system_clock.ts";

interface Till {
  open(options: WorkerOptions): Promise<boolean>;
  connectReader(): Promise<void>;
  /** Puts cards in the queue of this page's reader, whichever tab will ask for them. */
  offer(card: string, count: number): void;
  sell(
    card: string,
    amount: number,
    metadata?: Record<string, string>,
  ): Promise<object>;
  sellUntilKilled(isEarly?: boolean): Promise<void>;
  terminal(): PageTerminal;
  forgetStore(name: string): Promise<void>;
  salvageStore: typeof salvageStore;
  /** Ends the Worker as a crash would: it is told nothing and closes nothing. */
  killWorker(): void;
  acks: string[];
}

let terminal: PageTerminal;
let reader: SimulatedReader;
let worker: Worker;
const acks: string[] = [];

async function sell(
  card: string,
  amount: number,
  metadata: Record<string, string> = {},
  onCreated: (localId: string) => void | Promise<void> = () => {},
): Promise<object> {
  reader.enqueue(card);
  const created = await terminal.createPaymentIntent(
    { amount, currency: "usd", metadata },
    { offlineBehavior: "force_offline" },
  );
  await onCreated(created.localId);
  const collected = await terminal.collectPaymentMethod(created);
  const { localId, state, payment } = await terminal.confirmPaymentIntent(
    collected,
  );
  acks.push(localId);
  return { localId, state, seq: payment!.seq };
}

/** Connects a reader of this page; a tab that takes over has none. */
async function connectReader(): Promise<void> {
  reader = new SimulatedReader({
    clock: new SystemClock(),
    seed: String(performance.timeOrigin),
    deviceType: "wisepad_3",
  });
  const [pos, readerSide] = createInProcessPair();
  void reader.serve(readerSide);
  await terminal.connectReader(pos);
}

const till: Till = {
  acks,
  async open(options): Promise<boolean> {
    worker = new Worker("worker.js", { type: "module" });
    terminal = await openBrowserTerminal({
      ...options,
      // A new profile is denied persistent storage; who asks for that refusal says so.
      offline: { isEvictableStoreAllowed: true, ...options.offline },
      worker,
    });
    await connectReader();
    return terminal.leads;
  },
  connectReader,
  offer: (card, count) => reader.enqueue(...new Array(count).fill(card)),
  sell,
  async sellUntilKilled(isEarly = false): Promise<void> {
    // Reaches the test before the next sale begins: an acknowledgement somebody saw.
    const tell = (localId: string): void => console.log(`ack ${localId}`);
    const early = async (localId: string): Promise<void> => {
      tell(localId);
      await new Promise((resolve) => setTimeout(resolve, 100));
    };
    for (let amount = 100;; amount++) {
      const { localId } = await sell(
        "visa",
        amount,
        {},
        isEarly ? early : undefined,
      )
        .then((sold) => sold as { localId: string });
      if (!isEarly) tell(localId);
    }
  },
  terminal: () => terminal,
  forgetStore,
  salvageStore,
  killWorker: () => worker.terminate(),
};
(globalThis as unknown as { till: Till }).till = till;
