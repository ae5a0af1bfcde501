/**
 * The terminal as far as its reader and its configuration go.
 *
 * Owns: no rule of its own; `readers.ts`, `settings.ts` and `readiness.ts` have them.
 * @module
 */
import type { ByteTransport } from "./ports.ts";
import type { DiscoveredReader, ReaderSource } from "./reader_source.ts";
import { checkCallOptions } from "./intent_params.ts";
import type {
  CollectInputsResult,
  DisplayRequest,
  InputRequest,
  ReaderInfo,
  ReaderStatus,
} from "./reader/mod.ts";
import { type OfflineReadiness, offlineReadiness } from "./readiness.ts";
import type { SimulatedOfflineModes } from "./simulated_offline.ts";
import { type CallOptions, limited } from "./step_limit.ts";
import type { CachedLocation } from "./store/locations.ts";
import { type ShownReader, TerminalBase } from "./terminal_base.ts";

/** Readers, Location, configuration; use `openTerminal`. */
export class TerminalReaders extends TerminalBase {
  #stopShowing = (): void => {};

  /** What the connected reader said of itself, or null. */
  get connectedReader(): ReaderInfo | null {
    return this.readers.current?.info ?? null;
  }

  /** The Location and its configuration as they were fetched last, or null. */
  get location(): CachedLocation | null {
    this.assertOpen();
    return this.rooms.settings.location;
  }

  /** Says whether a payment could be stored now, and names everything that stands against it. */
  canOperateOffline(): OfflineReadiness {
    this.assertOpen();
    return offlineReadiness(this.rooms, this.readers);
  }

  /**
   * Looks for readers; needs no network.
   *
   * @param source  Where to look, such as `internetReaders` or a host's Bluetooth source.
   * @param options `deadlineMs` @default 15_000; `signal` ends it earlier.
   * @throws {HoldfastError} `REQUEST_TIMED_OUT`, `CANCELED`.
   */
  async discoverReaders(
    source: ReaderSource,
    options: CallOptions = {},
  ): Promise<readonly DiscoveredReader[]> {
    this.assertOpen();
    checkCallOptions(options);
    return await this.readers.discover(source, options);
  }

  /**
   * Connects a reader, found or over a byte transport; needs no network. The reader before it is
   * let go. With a Location's id in the configuration, an online connection fetches what Stripe
   * says about the Location and is remembered, and an offline one is allowed for readers that
   * were connected online before: a mobile reader's type here within 30 days, a smart reader
   * itself within 24 hours.
   *
   * @returns What the reader is.
   * @throws {HoldfastError} `READER_DISCONNECTED`, `REQUEST_TIMED_OUT`, `CANCELED`,
   *   `UNSUPPORTED_READER_VERSION`, `READER_MISSING_ENCRYPTION_KEYS`; `LOCATION_NOT_FOUND`;
   *   offline also `NO_LAST_SEEN_ACCOUNT`, `STRIPE_API_CONNECTION_ERROR` while offline mode is
   *   off, `READER_CONNECTION_NOT_AVAILABLE_OFFLINE`,
   *   `LOCATION_CONNECTION_NOT_AVAILABLE_OFFLINE`, `READER_CONNECTION_OFFLINE_NEEDS_UPDATE`,
   *   `READER_CONNECTION_OFFLINE_PAIRING_UNSEEN_DISABLED`, each with its dates in `details`.
   */
  async connectReader(
    target: ByteTransport | DiscoveredReader,
    options: CallOptions = {},
  ): Promise<ReaderInfo> {
    this.assertOpen();
    checkCallOptions(options);
    return await this.readers.connect(target, options);
  }

  /** Lets the reader go; safe to repeat. */
  disconnectReader(): void {
    this.readers.disconnect();
  }

  /**
   * Shows a smart reader's own counters as `offlineStatus.reader`, and tells of their changes as
   * `offlineStatusChange`. The terminal neither sells on it nor closes it; `SmartReader` does.
   *
   * @param reader Replaces the one shown before; null shows none.
   */
  showSmartReader(reader: ShownReader | null): void {
    this.assertOpen();
    this.#stopShowing();
    this.smartReader = reader;
    const tell = (): void => {
      if (!this.isClosed) {
        this.emit("offlineStatusChange", this.offlineStatus);
      }
    };
    this.#stopShowing = reader?.onEvent(tell) ?? ((): void => {});
    tell();
  }

  /**
   * Asks the customer questions on a smart reader's screen.
   *
   * @throws {HoldfastError} `READER_NOT_CONNECTED`,
   *   `FEATURE_NOT_AVAILABLE_ON_CONNECTED_READER`, `CANCELED`, `REQUEST_TIMED_OUT`.
   */
  async collectInputs(
    inputs: readonly InputRequest[],
    options: CallOptions = {},
  ): Promise<CollectInputsResult> {
    this.assertOpen();
    checkCallOptions(options);
    return await this.readers.require().collectInputs(inputs, options);
  }

  /** Shows a cart on the reader's screen; no lines clear it. Throws as {@link collectInputs}. */
  async setReaderDisplay(
    cart: DisplayRequest,
    options: CallOptions = {},
  ): Promise<void> {
    this.assertOpen();
    checkCallOptions(options);
    await this.readers.require().setDisplay(cart, options);
  }

  /** Battery, keys and uptime of the reader. Throws as {@link collectInputs}. */
  async readerStatus(options: CallOptions = {}): Promise<ReaderStatus> {
    this.assertOpen();
    checkCallOptions(options);
    return await this.readers.require().status(options);
  }

  /** Restarts the reader, which ends its connection and starts its 24 hours anew. */
  async rebootReader(options: CallOptions = {}): Promise<void> {
    this.assertOpen();
    checkCallOptions(options);
    await this.readers.require().reboot(options);
  }

  /** Installs the update the reader asked for; the connection ends when it restarts. */
  async installReaderUpdate(options: CallOptions = {}): Promise<void> {
    this.assertOpen();
    checkCallOptions(options);
    await this.readers.require().installUpdate(options);
  }

  /**
   * Fetches the Location and its configuration now. They are also fetched at every online
   * connection of a reader, and kept for the time without one.
   *
   * @returns What holds now, or null when nobody answered: what was kept stays.
   * @throws {HoldfastError} `LOCATION_NOT_FOUND`, `FORWARDING_UNAUTHORIZED`,
   *   `REQUEST_TIMED_OUT`, `CANCELED`.
   */
  async refreshConfiguration(
    options: CallOptions = {},
  ): Promise<CachedLocation | null> {
    this.assertOpen();
    checkCallOptions(options);
    const { ports: { clock }, forward: { callDeadlineMs }, settings } =
      this.rooms;
    return await limited(
      clock,
      options,
      callDeadlineMs * 2, // A Location and its configuration: two calls.
      (signal) => settings.refresh(callDeadlineMs * 2, signal),
    );
  }

  /**
   * Plays a bad network from now on; test mode only.
   *
   * @throws {HoldfastError} `SIMULATED_OFFLINE_MODE_NOT_AVAILABLE_IN_LIVEMODE`.
   */
  setSimulatedOfflineMode(modes: SimulatedOfflineModes): void {
    this.assertOpen();
    this.rooms.simulatedOffline.set(modes.sdk);
    // What is known of the network is from before the weather changed.
    void this.rooms.forwarder.probe();
  }
}
