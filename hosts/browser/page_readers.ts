/**
 * What a page asks of its reader, of the Location and of the network.
 *
 * Owns: these verbs, see `TerminalReaders` for what they promise; and the reader that hangs on
 * this page, which is connected again by itself when another tab has taken over.
 * @module
 */
import type {
  ByteTransport,
  CachedLocation,
  CallOptions,
  CollectInputsResult,
  DiscoveredReader,
  DiscoveryRequest,
  DisplayRequest,
  HoldfastError,
  InputRequest,
  OfflineReadiness,
  ReaderInfo,
  ReaderSource,
  ReaderStatus,
  SimulatedOfflineModes,
} from "../../engine/mod.ts";
import { limited } from "../../engine/step_limit.ts";
import { SystemClock } from "../web/system_clock.ts";
import { PageCalls } from "./page_calls.ts";

/** As the engine waits for a source, and for a way to a reader. */
const DISCOVERY_MS = 15_000;
const OPEN_MS = 30_000;

/** A found reader without the function that opens the way to it. */
export type FoundReader = Omit<DiscoveredReader, "open">;

/** A reader that hangs on this page. */
interface HangingReader {
  readonly transport: ByteTransport;
  readonly found: FoundReader | null;
  /** Its connection to the terminal; another one after every takeover. */
  stream: number;
  /** What it said of itself, once it was connected. */
  info: ReaderInfo | null;
}

/** The part of a page's terminal that is about readers. */
export class PageReaders extends PageCalls {
  readonly #hanging = new Map<number, HangingReader>();
  readonly #clock = new SystemClock();

  /** See `Terminal.connectedReader`; whichever tab the reader hangs on. */
  connectedReader(): Promise<ReaderInfo | null> {
    return this.call("connectedReader", []);
  }

  /** See `Terminal.location`. */
  location(): Promise<CachedLocation | null> {
    return this.call("location", []);
  }

  /** See `Terminal.canOperateOffline`. */
  canOperateOffline(): Promise<OfflineReadiness> {
    return this.call("canOperateOffline", []);
  }

  /** See `Terminal.discoverReaders`; the source runs in this page. */
  async discoverReaders(
    source: ReaderSource,
    options: CallOptions = {},
  ): Promise<readonly DiscoveredReader[]> {
    const request = await this.call<Omit<DiscoveryRequest, "signal">>(
      "discoveryRequest",
      [],
      options,
    );
    return await limited(
      this.#clock,
      options,
      DISCOVERY_MS,
      (signal) => source({ ...request, signal }),
    );
  }

  /**
   * See `Terminal.connectReader`. The reader hangs on this page and goes with it; when another tab
   * takes over, or this page's Worker is started again, it is connected again by itself. Where
   * that fails, `readerEvent` tells of `disconnected` with the reason.
   */
  async connectReader(
    target: ByteTransport | DiscoveredReader,
    options: CallOptions = {},
  ): Promise<ReaderInfo> {
    const isFound = "open" in target;
    const transport = isFound
      ? await limited(this.#clock, options, OPEN_MS, (it) => target.open(it))
      : target;
    const reader: HangingReader = {
      transport,
      found: isFound ? plainReader(target) : null,
      stream: this.nextNumber++,
      info: null,
    };
    this.#hanging.set(reader.stream, reader);
    transport.receive(
      (bytes) => this.postBytes(reader.stream, bytes),
      () => {
        this.#hanging.delete(reader.stream);
        this.postBytes(reader.stream, null);
      },
    );
    return await this.#connect(reader, options, null);
  }

  /** See `Terminal.disconnectReader`; whichever tab the reader hangs on. */
  disconnectReader(): Promise<void> {
    return this.call("disconnectReader", []);
  }

  /** See `Terminal.collectInputs`. */
  collectInputs(
    inputs: readonly InputRequest[],
    options: CallOptions = {},
  ): Promise<CollectInputsResult> {
    return this.callWith("collectInputs", [inputs], options);
  }

  /** See `Terminal.setReaderDisplay`. */
  setReaderDisplay(
    cart: DisplayRequest,
    options: CallOptions = {},
  ): Promise<void> {
    return this.callWith("setReaderDisplay", [cart], options);
  }

  /** See `Terminal.readerStatus`. */
  readerStatus(options: CallOptions = {}): Promise<ReaderStatus> {
    return this.callWith("readerStatus", [], options);
  }

  /** See `Terminal.rebootReader`. */
  rebootReader(options: CallOptions = {}): Promise<void> {
    return this.callWith("rebootReader", [], options);
  }

  /** See `Terminal.installReaderUpdate`. */
  installReaderUpdate(options: CallOptions = {}): Promise<void> {
    return this.callWith("installReaderUpdate", [], options);
  }

  /** See `Terminal.refreshConfiguration`. */
  refreshConfiguration(
    options: CallOptions = {},
  ): Promise<CachedLocation | null> {
    return this.callWith("refreshConfiguration", [], options);
  }

  /** See `Terminal.setSimulatedOfflineMode`. */
  setSimulatedOfflineMode(modes: SimulatedOfflineModes): Promise<void> {
    return this.call("setSimulatedOfflineMode", [modes]);
  }

  /** @internal */
  protected override onReaderBytes(
    stream: number,
    bytes: Uint8Array | null,
  ): void {
    const reader = this.#hanging.get(stream);
    if (bytes === null) reader?.transport.close();
    // A reader that is gone says so by its own close.
    else reader?.transport.send(bytes).catch(() => {});
  }

  /** @internal */
  protected override onNewLeader(): void {
    for (const reader of [...this.#hanging.values()]) {
      // One that is being connected is asked for again with its call.
      if (reader.info !== null) void this.#connectAgain(reader);
    }
  }

  /** @internal */
  protected override onOver(): void {
    for (const { transport } of [...this.#hanging.values()]) transport.close();
  }

  async #connect(
    reader: HangingReader,
    options: CallOptions,
    serialNumber: string | null,
  ): Promise<ReaderInfo> {
    const { stream, found, transport } = reader;
    try {
      reader.info = await this.callWith<ReaderInfo>(
        "connectReader",
        [stream, found, serialNumber],
        options,
      );
      return reader.info;
    } catch (error) {
      transport.close();
      throw error;
    }
  }

  async #connectAgain(reader: HangingReader): Promise<void> {
    const { serialNumber } = reader.info!;
    this.#hanging.delete(reader.stream);
    reader.stream = this.nextNumber++;
    reader.info = null;
    this.#hanging.set(reader.stream, reader);
    try {
      await this.#connect(reader, {}, serialNumber);
    } catch (error) {
      const event = { kind: "disconnected", error: error as HoldfastError };
      this.emit("readerEvent", { event });
    }
  }
}

function plainReader(reader: DiscoveredReader): FoundReader {
  const { label, deviceType, serialNumber, connectionType } = reader;
  const { networkStatus, address } = reader;
  return {
    label,
    deviceType,
    serialNumber,
    connectionType,
    networkStatus,
    address,
  };
}
