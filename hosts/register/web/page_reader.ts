/**
 * The reader of one page, connected when it is needed.
 *
 * Owns: whose reader it is. A terminal has one reader and several tabs may have one each: the page
 * that sells connects its own, and a page that does not sell does not fight for it. After a
 * takeover the terminal connects it again by itself.
 * @module
 */
import { SimulatedReader } from "../../../engine/reader/simulated_reader.ts";
import type { ByteTransport } from "../../../engine/ports.ts";
import type { PaymentIntent } from "../../../engine/intents.ts";
import type { ReaderInfo } from "../../../engine/reader/mod.ts";
import { createInProcessPair } from "../../../engine/reader/in_process_transport.ts";
import type { PageTerminal } from "../../browser/page_terminal.ts";
import { SystemClock } from "../../web/system_clock.ts";
import { connectWebSocket } from "../../web/websocket_transport.ts";
import type { PageSettings } from "./settings.ts";

/** The reader. */
export class PageReader {
  readonly #terminal: PageTerminal;
  readonly #open: () => Promise<ByteTransport>;
  readonly #simulated: SimulatedReader | null;
  /** What the next simulated customer does; `mix`: whatever comes. */
  card = "mix";
  info: ReaderInfo | null = null;
  #isConnected = false;

  /** Connects nothing yet; the reader in software draws its customers by `seed`. */
  constructor(terminal: PageTerminal, settings: PageSettings, seed: string) {
    const { readerUrl: url, customerDelayMs } = settings;
    this.#terminal = terminal;
    const simulated = url === null
      ? new SimulatedReader({
        clock: new SystemClock(),
        seed,
        deviceType: "wisepos_e",
        customerDelayMs,
      })
      : null;
    this.#simulated = simulated;
    this.#open = simulated === null ? () => connectWebSocket(url!) : () => {
      const [near, far] = createInProcessPair();
      void simulated.serve(far);
      return Promise.resolve(near);
    };
  }

  /** Connects; throws `READER_DISCONNECTED` when it is not there. */
  async connect(): Promise<void> {
    const transport = await this.#open();
    this.#isConnected = true;
    const gone = (): void => {
      this.#isConnected = false;
    };
    this.info = await this.#terminal.connectReader({
      send: (bytes) => transport.send(bytes),
      receive: (onBytes, onClose) =>
        transport.receive(onBytes, (reason) => {
          gone();
          onClose(reason);
        }),
      // Also when another tab's reader takes its place.
      close: () => {
        gone();
        transport.close();
      },
    });
  }

  /** Collects a card with this page's own reader. */
  async collect(
    intent: PaymentIntent,
    options: { signal?: AbortSignal },
  ): Promise<PaymentIntent> {
    if (!this.#isConnected) await this.connect();
    if (this.card !== "mix") this.#simulated?.enqueue(this.card);
    return await this.#terminal.collectPaymentMethod(intent, options);
  }
}
