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

/** How a page opens its till, besides what crosses to the Worker. */
interface OwnOptions {
  /** Lets the terminal make another Worker when one dies. @default false */
  isLasting?: boolean;
  /** Who says yes when a manager is asked; empty: says no. @default nobody is asked */
  manager?: string;
  /** The Worker's script. @default "worker.js" */
  script?: string;
}

interface Till {
  open(options: WorkerOptions, own?: OwnOptions): Promise<boolean>;
  connectReader(): Promise<void>;
  /** Puts cards in the queue of this page's reader, whichever tab will ask for them. */
  offer(card: string, count: number): void;
  sell(
    card: string,
    amount: number,
    metadata?: Record<string, string>,
  ): Promise<object>;
  sellUntilKilled(isEarly?: boolean): Promise<void>;
  /** Sells until {@link stop}, whoever dies; returns the codes that sales ended with. */
  sellOn(): Promise<string[]>;
  stop(): void;
  terminal(): PageTerminal;
  forgetStore(name: string): Promise<void>;
  salvageStore: typeof salvageStore;
  /** Ends the Worker as a crash would: it is told nothing and closes nothing. */
  killWorker(): void;
  acks: string[];
  /** When each of them came, epoch milliseconds. */
  ackTimesMs: number[];
}

let terminal: PageTerminal;
let reader: SimulatedReader;
let worker: Worker;
let isStopped = false;
const acks: string[] = [];
const ackTimesMs: number[] = [];

function acknowledge(localId: string): void {
  acks.push(localId);
  ackTimesMs.push(Date.now());
}

/** As an app that follows the errors' remedies, and does nothing about readers. */
async function sellOn(): Promise<string[]> {
  const codes: string[] = [];
  while (!isStopped) {
    let localId = "";
    try {
      await sell("visa", 100, {}, (id) => void (localId = id));
    } catch (error) {
      const { code, retry } = error as { code: string; retry: string };
      codes.push(code);
      if (retry !== "same_key") break;
      const stored = localId !== "" && await terminal.getPayment(localId);
      if (stored) acknowledge(localId);
    }
  }
  return codes;
}

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
  acknowledge(localId);
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
  ackTimesMs,
  sellOn,
  stop: () => void (isStopped = true),
  async open(options, own = {}): Promise<boolean> {
    const { isLasting = false, manager, script = "worker.js" } = own;
    const make = (): Worker => worker = new Worker(script, { type: "module" });
    const approve = (): Promise<{ by: string } | null> =>
      Promise.resolve(manager ? { by: manager } : null);
    terminal = await openBrowserTerminal({
      ...options,
      // A new profile is denied persistent storage; who asks for that refusal says so.
      offline: {
        isEvictableStoreAllowed: true,
        ...options.offline,
        ...(manager === undefined ? {} : { approve }),
      },
      worker: isLasting ? make : make(),
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
