/**
 * A smart reader: takes payments for a point of sale, keeps them, forwards them by itself.
 *
 * Owns: that whoever is not paired gets nothing, that one point of sale is served at a time (the
 * one that authenticated last), and that none is needed: what is stored is forwarded whether
 * anybody is connected or not. Card data never leaves the reader, so COLLECT is refused here.
 * @module
 */
import {
  type ByteTransport,
  type Clock,
  type Core,
  createInProcessPair,
  HoldfastError,
  type PairingStore,
  type Random,
  SessionGate,
  type Terminal,
} from "../../engine/mod.ts";
import { failure } from "../../engine/errors.ts";
import {
  type ReaderHandlers,
  ReaderServer,
} from "../../engine/reader/reader_server.ts";
import { ReaderStore } from "../../engine/reader/reader_store.ts";
import type { SimulatedReader } from "../../engine/reader/simulated_reader.ts";

/** What a smart reader is made of. */
export interface SmartReaderHostOptions {
  core: Core;
  clock: Clock;
  random: Random;
  /** The reader's own terminal; no reader is connected to it yet. */
  terminal: Terminal;
  account: { id: string; isLivemode: boolean };
  /** The part that reads cards. */
  cardReader: SimulatedReader;
  pairings: PairingStore;
  name: string;
  /** Hears of pairings, refusals and connections, for the reader's log. */
  onNews: (news: ReaderNews) => void;
}

/** A line of the reader's log; never card data, never a key. */
export type ReaderNews =
  | { kind: "paired"; peerName: string }
  | { kind: "connected" }
  | { kind: "refused"; code: string };

/** One smart reader; give it every stream that comes in. */
export class SmartReaderHost {
  readonly #options: SmartReaderHostOptions;
  readonly #gate: SessionGate;
  readonly #store: ReaderStore;
  #server: ReaderServer | null = null;

  private constructor(options: SmartReaderHostOptions) {
    this.#options = options;
    this.#gate = new SessionGate(options);
    this.#store = new ReaderStore(options.terminal, options.account);
  }

  /** Connects the card reader to the terminal and starts. */
  static async start(
    options: SmartReaderHostOptions,
  ): Promise<SmartReaderHost> {
    const { terminal } = options;
    const connect = async (): Promise<void> => {
      const [near, far] = createInProcessPair();
      void options.cardReader.serve(far);
      await terminal.connectReader(near);
    };
    await connect();
    terminal.on("readerEvent", ({ event }) => {
      // The card reader restarts now and then; in one process it is back at once.
      const { kind } = event as { kind: string };
      if (kind === "disconnected") queueMicrotask(() => void connect());
    });
    return new SmartReaderHost(options);
  }

  /** Shows a new pairing code. */
  openPairing(): string {
    return this.#gate.openPairing();
  }

  /** Serves whoever is at the other end, if they may come in. */
  async serve(transport: ByteTransport): Promise<void> {
    const { clock, onNews } = this.#options;
    try {
      const admission = await this.#gate.admit(transport);
      if (admission.kind === "paired") {
        return onNews({ kind: "paired", peerName: admission.peerName });
      }
      this.#server?.close();
      this.#server = new ReaderServer(
        admission.transport,
        this.#handlers(),
        clock,
        this.#store,
      );
      onNews({ kind: "connected" });
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      onNews({ kind: "refused", code: error.code });
    }
  }

  /** Lets the point of sale go. */
  close(): void {
    this.#server?.close();
  }

  #handlers(): ReaderHandlers {
    const { cardReader } = this.#options;
    return {
      hello: () => cardReader.hello(),
      configure: (request) => cardReader.configure(request),
      collect: () =>
        Promise.reject(failure(
          "FEATURE_NOT_AVAILABLE_ON_CONNECTED_READER",
          "this reader keeps card data to itself; use STORE_SALE",
          { field: "collect" },
        )),
      collectInputs: (request, use) => cardReader.collectInputs(request, use),
      display: () => cardReader.display(),
      status: () => cardReader.status(),
      reboot: () => cardReader.reboot(),
      update: () => cardReader.update(),
    };
  }
}
