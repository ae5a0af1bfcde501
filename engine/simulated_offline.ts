/**
 * A bad network on demand, for testing an app without pulling cables.
 *
 * Owns: Stripe Terminal's four simulated modes, laid over the ports, so that everything above
 * them behaves as it would in the real weather. Test mode only. The POS and a smart reader each
 * run an engine and so each have a mode of their own.
 * @module
 */
import type { Backend } from "./backend.ts";
import { failure } from "./errors.ts";
import type { Gateway, Unavailable } from "./gateway.ts";
import type { Clock, Network, Random } from "./ports.ts";

/**
 * - `disabled`: the network as it is;
 * - `offlineImmediate`: every request fails at once;
 * - `offlineTimeout`: every request hangs for 15 seconds, then fails;
 * - `offlineIntermittent`: half of the requests fail, at random.
 */
export type SimulatedOfflineMode =
  | "disabled"
  | "offlineImmediate"
  | "offlineTimeout"
  | "offlineIntermittent";

/** Modes of one terminal. */
export interface SimulatedOfflineModes {
  /** Of this engine's own requests. */
  sdk: SimulatedOfflineMode;
}

/** How long `offlineTimeout` hangs, as in Stripe Terminal. */
const SIMULATED_TIMEOUT_MS = 15_000;

const MODES: readonly string[] = [
  "disabled",
  "offlineImmediate",
  "offlineTimeout",
  "offlineIntermittent",
];

/** What came of a simulated request that failed: it was never sent. */
const NOT_SENT: Unavailable = {
  kind: "unavailable",
  code: "simulated_offline",
  mayHaveExecuted: false,
  isSaved: false,
  isAnswered: false,
  retryAfterMs: null,
};

/** Lays a simulated weather over the ports of one terminal. */
export class SimulatedOffline {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #isLivemode: boolean;
  #mode: SimulatedOfflineMode = "disabled";

  /** @throws {HoldfastError} as {@link SimulatedOffline.set}. */
  constructor(
    clock: Clock,
    random: Random,
    isLivemode: boolean,
    modes: SimulatedOfflineModes | undefined,
  ) {
    this.#clock = clock;
    this.#random = random;
    this.#isLivemode = isLivemode;
    if (modes !== undefined) this.set(modes.sdk);
  }

  /** The mode in force. */
  get mode(): SimulatedOfflineMode {
    return this.#mode;
  }

  /**
   * Changes the mode, for requests from now on.
   *
   * @throws {HoldfastError} `SIMULATED_OFFLINE_MODE_NOT_AVAILABLE_IN_LIVEMODE`,
   *   `INVALID_ARGUMENT` for a mode there is not.
   */
  set(mode: SimulatedOfflineMode): void {
    if (!MODES.includes(mode)) {
      throw failure("INVALID_ARGUMENT", `expected ${MODES.join(", ")}`, {
        field: "simulatedOffline",
      });
    }
    if (this.#isLivemode && mode !== "disabled") {
      throw failure(
        "SIMULATED_OFFLINE_MODE_NOT_AVAILABLE_IN_LIVEMODE",
        "a simulated network is for test mode only",
      );
    }
    this.#mode = mode;
  }

  /** The network as the mode lets it be seen. */
  network(inner: Network): Network {
    return {
      probe: async (signal) =>
        await this.#fails(signal) ? false : await inner.probe(signal),
    };
  }

  /** The gateway as the mode lets it be reached. */
  gateway(inner: Gateway): Gateway {
    const over = <T>(signal: AbortSignal, call: () => Promise<T>) =>
      this.#over(signal, call);
    return {
      identify: (signal) => over(signal, () => inner.identify(signal)),
      createIntent: (request, call) =>
        over(call.signal, () => inner.createIntent(request, call)),
      confirmIntent: (id, request, call) =>
        over(call.signal, () => inner.confirmIntent(id, request, call)),
      captureIntent: (id, call) =>
        over(call.signal, () => inner.captureIntent(id, call)),
      cancelIntent: (id, call) =>
        over(call.signal, () => inner.cancelIntent(id, call)),
      lookUpIntent: (reference, call) =>
        over(call.signal, () => inner.lookUpIntent(reference, call)),
      claimIntent: (reference, claim, call) =>
        over(call.signal, () => inner.claimIntent(reference, claim, call)),
      retrieveIntent: (id, call) =>
        over(call.signal, () => inner.retrieveIntent(id, call)),
      findIntent: (localId, fromMs, call) =>
        over(call.signal, () => inner.findIntent(localId, fromMs, call)),
      listIntents: (range, cursor, call) =>
        over(call.signal, () => inner.listIntents(range, cursor, call)),
      refundIntent: (id, request, call) =>
        over(call.signal, () => inner.refundIntent(id, request, call)),
      listRefunds: (id, call) =>
        over(call.signal, () => inner.listRefunds(id, call)),
    };
  }

  /** The backend as the mode lets it be reached. */
  backend(inner: Backend): Backend {
    return {
      fetchLocation: (id, signal) =>
        this.#over(signal, () => inner.fetchLocation(id, signal)),
      listReaders: (id, signal) =>
        this.#over(signal, () => inner.listReaders(id, signal)),
    };
  }

  async #over<T>(
    signal: AbortSignal,
    call: () => Promise<T>,
  ): Promise<T | Unavailable> {
    return await this.#fails(signal) ? NOT_SENT : await call();
  }

  /** Whether this request fails; takes as long as the mode makes it hang. */
  async #fails(signal: AbortSignal): Promise<boolean> {
    switch (this.#mode) {
      case "disabled":
        return false;
      case "offlineImmediate":
        return true;
      case "offlineTimeout":
        await this.#clock.sleep(SIMULATED_TIMEOUT_MS, signal).catch(() => {});
        return true; // Aborted or not, nothing was sent.
      case "offlineIntermittent": {
        const byte = new Uint8Array(1);
        this.#random.fill(byte);
        return byte[0] < 128;
      }
    }
  }
}
