/**
 * What a page asks of its reader, of the Location and of the network.
 *
 * Owns: these verbs; see `TerminalReaders` for what they promise.
 * @module
 */
import type {
  CachedLocation,
  CallOptions,
  CollectInputsResult,
  DisplayRequest,
  InputRequest,
  OfflineReadiness,
  ReaderStatus,
  SimulatedOfflineModes,
} from "../../engine/mod.ts";
import { PageCalls } from "./page_calls.ts";

/** The part of a page's terminal that is about readers. */
export class PageReaders extends PageCalls {
  /** See `Terminal.canOperateOffline`. */
  canOperateOffline(): Promise<OfflineReadiness> {
    return this.call("canOperateOffline", []);
  }

  /** See `Terminal.collectInputs`. */
  collectInputs(
    inputs: readonly InputRequest[],
    options: CallOptions = {},
  ): Promise<CollectInputsResult> {
    return this.callWith("collectInputs", [inputs], options);
  }

  /** See `Terminal.setReaderDisplay`. */
  setReaderDisplay(cart: DisplayRequest): Promise<void> {
    return this.call("setReaderDisplay", [cart]);
  }

  /** See `Terminal.readerStatus`. */
  readerStatus(): Promise<ReaderStatus> {
    return this.call("readerStatus", []);
  }

  /** See `Terminal.rebootReader`. */
  rebootReader(): Promise<void> {
    return this.call("rebootReader", []);
  }

  /** See `Terminal.installReaderUpdate`. */
  installReaderUpdate(): Promise<void> {
    return this.call("installReaderUpdate", []);
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
}
