/**
 * The reader of one page, connected when it is needed.
 *
 * Owns: connecting again on demand. A terminal has one reader and several tabs may have one each,
 * so a page does not fight for it: the page that sells connects its own.
 * @module
 */
import { HoldfastError } from "../../../engine/errors.ts";
import { SimulatedReader } from "../../../engine/reader/simulated_reader.ts";
import type { ByteTransport } from "../../../engine/ports.ts";
import type { PaymentIntent } from "../../../engine/intents.ts";
import type { ReaderInfo } from "../../../engine/reader/mod.ts";
import { createInProcessPair } from "../../../engine/reader/in_process_transport.ts";
import type { PageTerminal } from "../../browser/page_terminal.ts";
import { SystemClock } from "../../web/system_clock.ts";
import { connectWebSocket } from "../../web/websocket_transport.ts";

/** Milliseconds the simulated customer looks for the card. */
const CUSTOMER_DELAY_MS = 700;

/** The reader. */
export class PageReader {
  readonly #terminal: PageTerminal;
  readonly #open: () => Promise<ByteTransport>;
  readonly #simulated: SimulatedReader | null;
  /** What the next simulated customer does; `mix`: whatever comes. */
  card = "mix";
  info: ReaderInfo | null = null;

  /** `url` is a WebSocket reader's; null makes one in software. */
  constructor(terminal: PageTerminal, url: string | null, seed: string) {
    this.#terminal = terminal;
    const simulated = url === null
      ? new SimulatedReader({
        clock: new SystemClock(),
        seed,
        deviceType: "wisepos_e",
        customerDelayMs: CUSTOMER_DELAY_MS,
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
    this.info = await this.#terminal.connectReader(await this.#open());
  }

  /** Collects a card, with this page's own reader if the terminal has none. */
  async collect(
    intent: PaymentIntent,
    options: { signal?: AbortSignal },
  ): Promise<PaymentIntent> {
    if (this.card !== "mix") this.#simulated?.enqueue(this.card);
    try {
      return await this.#terminal.collectPaymentMethod(intent, options);
    } catch (error) {
      const isGone = error instanceof HoldfastError &&
        error.code === "READER_NOT_CONNECTED";
      if (!isGone) throw error;
      await this.connect();
      return await this.#terminal.collectPaymentMethod(intent, options);
    }
  }
}
