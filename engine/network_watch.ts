/**
 * Noticing that the connection is back when nothing waits to be forwarded.
 *
 * Owns: that `offline` is never said for longer than until the next probe. The forwarder probes
 * while it has something to send; with an empty queue nobody would ask until the next sale, and
 * the app would show `offline` long after the internet returned.
 * @module
 */
import type { NetworkStatus } from "./events.ts";
import type { Clock } from "./ports.ts";

/** What the watch looks at. */
export interface WatchedNetwork {
  readonly networkStatus: NetworkStatus;
  probe(): Promise<NetworkStatus>;
}

/** Probes with growing pauses while the network is thought to be gone. */
export class NetworkWatch {
  readonly #network: WatchedNetwork;
  readonly #clock: Clock;
  readonly #delayMsMin: number;
  readonly #delayMsMax: number;
  readonly #stop = new AbortController();
  #running: Promise<void> | null = null;

  /** Pauses double from `delayMsMin` to `delayMsMax` milliseconds. */
  constructor(
    network: WatchedNetwork,
    clock: Clock,
    delayMsMin: number,
    delayMsMax: number,
  ) {
    this.#network = network;
    this.#clock = clock;
    this.#delayMsMin = delayMsMin;
    this.#delayMsMax = delayMsMax;
  }

  /** Looks at the status, and begins to probe when it is `offline`; cheap to call often. */
  look(): void {
    const isNeeded = this.#network.networkStatus === "offline" &&
      !this.#stop.signal.aborted;
    if (!isNeeded || this.#running !== null) return;
    this.#running = this.#run().finally(() => {
      this.#running = null;
    });
  }

  /** Ends the probing and waits for the last probe. */
  async stop(): Promise<void> {
    this.#stop.abort(new DOMException("the terminal closed", "AbortError"));
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    for (
      let delayMs = this.#delayMsMin;
      this.#network.networkStatus === "offline";
      delayMs = Math.min(delayMs * 2, this.#delayMsMax)
    ) {
      await this.#clock.sleep(delayMs, signal).catch(() => {});
      if (signal.aborted) return;
      await this.#network.probe();
    }
  }
}
