/**
 * The reader of a terminal: found, connected, let go.
 *
 * Owns: when a reader may be connected and what is remembered of it. With a Location of Stripe's,
 * an online connection renews the configuration and is written down, and without a connection
 * only a reader that Stripe's rules allow is taken. Without one there is nothing to hold a reader
 * against: every reader that speaks the protocol is taken, and nothing is remembered.
 * @module
 */
import { type EligibilityFacts, offlineObstacle } from "./eligibility.ts";
import { failure } from "./errors.ts";
import type { ByteTransport } from "./ports.ts";
import type { DiscoveredReader, ReaderSource } from "./reader_source.ts";
import {
  connectReader,
  type ReaderClient,
  type ReaderEvent,
  type ReaderInfo,
} from "./reader/mod.ts";
import type { Rooms } from "./rooms.ts";
import { type CallOptions, limited, limitedStep } from "./step_limit.ts";

/** Deadline of a reader's own requests. */
const READER_DEADLINE_MS = 5_000;
/** As Stripe Terminal waits before it falls back to readers it remembers. */
const DISCOVERY_DEADLINE_MS = 15_000;

/** The reader of one terminal; documented where the app calls it. */
export class Readers {
  readonly #rooms: Rooms;
  readonly #tell: (event: ReaderEvent) => void;
  #current: ReaderClient | null = null;
  #isUpdateRequiredForOffline = false;

  constructor(rooms: Rooms, tell: (event: ReaderEvent) => void) {
    this.#rooms = rooms;
    this.#tell = tell;
  }

  /** The connected reader, or null. */
  get current(): ReaderClient | null {
    return this.#current;
  }

  /** Whether the connected reader takes no offline payment until it is updated. */
  get isUpdateRequiredForOffline(): boolean {
    return this.#isUpdateRequiredForOffline;
  }

  /**
   * The connected reader.
   *
   * @throws {HoldfastError} `READER_NOT_CONNECTED`.
   */
  require(): ReaderClient {
    if (this.#current !== null) return this.#current;
    throw failure("READER_NOT_CONNECTED", "no reader is connected");
  }

  /** See `Terminal.discoverReaders`. */
  discover(
    source: ReaderSource,
    options: CallOptions,
  ): Promise<readonly DiscoveredReader[]> {
    const { ports, settings, history } = this.#rooms;
    return limited(
      ports.clock,
      options,
      DISCOVERY_DEADLINE_MS,
      (signal) =>
        source({
          locationId: settings.locationId,
          remembered: history.all(),
          signal,
        }),
    );
  }

  /** See `Terminal.connectReader`. */
  connect(
    target: ByteTransport | DiscoveredReader,
    options: CallOptions,
  ): Promise<ReaderInfo> {
    this.disconnect();
    return limitedStep(
      this.#rooms,
      options,
      (signal) => this.#connect(target, signal),
    );
  }

  /** Lets the reader go; safe to repeat. */
  disconnect(): void {
    this.#current?.close();
    this.#current = null;
    this.#isUpdateRequiredForOffline = false;
  }

  async #connect(
    target: ByteTransport | DiscoveredReader,
    signal: AbortSignal,
  ): Promise<ReaderInfo> {
    const isFound = "open" in target;
    const transport = isFound ? await target.open(signal) : target;
    const { clock, random } = this.#rooms.ports;
    let isUpdateRequired = false;
    let reader: ReaderClient | null = null;
    reader = await connectReader(transport, {
      clock,
      random,
      deadlineMs: READER_DEADLINE_MS,
      onEvent: (event) => {
        if (event.kind === "update_required") {
          isUpdateRequired = event.update.isRequiredForOffline;
        }
        this.#onEvent(reader, event);
      },
    });
    try {
      signal.throwIfAborted();
      const address = isFound ? target.address : null;
      await this.#admit(reader.info, address, isUpdateRequired, signal);
      signal.throwIfAborted();
      if (!reader.isConnected) {
        throw failure("READER_DISCONNECTED", "the reader went away");
      }
    } catch (error) {
      reader.close();
      throw error;
    }
    this.#current = reader;
    this.#isUpdateRequiredForOffline = isUpdateRequired;
    return reader.info;
  }

  #onEvent(reader: ReaderClient | null, event: ReaderEvent): void {
    this.#tell(event);
    const isOurs = reader !== null && this.#current === reader;
    if (event.kind === "disconnected" && isOurs) this.disconnect();
  }

  /** Writes an online connection down, or judges an offline one. */
  async #admit(
    reader: ReaderInfo,
    address: string | null,
    isUpdateRequiredForOffline: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    if (!reader.hasEncryptionKeys) {
      throw failure(
        "READER_MISSING_ENCRYPTION_KEYS",
        "the reader has lost its keys and can read no card",
        { details: { serialNumber: reader.serialNumber } },
      );
    }
    const { settings, history, forwarder, forward, ports } = this.#rooms;
    const { locationId } = settings;
    if (locationId === null) return;
    const isOnline = await forwarder.probe() === "online";
    signal.throwIfAborted();
    const isFresh = isOnline &&
      await settings.refresh(forward.callDeadlineMs, signal) !== null;
    signal.throwIfAborted();
    const nowMs = ports.clock.nowMs();
    // Without a backend an answered probe is all the online there is.
    if (isFresh || (isOnline && ports.backend === undefined)) {
      const { serialNumber, deviceType, softwareVersion } = reader;
      history.record({
        locationId,
        serialNumber,
        deviceType,
        softwareVersion,
        address,
        onlineAtMs: nowMs,
      });
      return;
    }
    const facts = { reader, locationId, isUpdateRequiredForOffline, nowMs };
    const obstacle = offlineObstacle({ ...facts, ...this.#knownFacts() });
    if (obstacle !== null) throw obstacle;
  }

  #knownFacts(): Pick<
    EligibilityFacts,
    "location" | "isOfflineEnabled" | "history" | "isUnseenAllowed"
  > {
    const { settings, history, configuration } = this.#rooms;
    return {
      location: settings.location,
      isOfflineEnabled: settings.isOfflineEnabled,
      history: history.all(),
      isUnseenAllowed: configuration.offline?.isUnseenReaderAllowed ?? true,
    };
  }
}
