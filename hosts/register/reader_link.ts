/**
 * The register's card reader, connected for as long as the register runs.
 *
 * Owns: connecting again by itself, with growing pauses, whenever the reader goes: a mobile reader
 * restarts once a day, and somebody always pulls a cable.
 * @module
 */
import type { ByteTransport, Terminal } from "../../engine/mod.ts";
import { HoldfastError } from "../../engine/errors.ts";
import type { ReaderEvent } from "../../engine/reader/mod.ts";

const RETRY_MS_MIN = 250;
const RETRY_MS_MAX = 5_000;

/** Opens a way to the reader. */
export type OpenReader = (signal: AbortSignal) => Promise<ByteTransport>;

/** What the screen is told. */
export type ReaderNews =
  | { kind: "connected"; name: string }
  | { kind: "gone"; error: HoldfastError };

/** The link; one per terminal. */
export class ReaderLink {
  readonly #terminal: Terminal;
  readonly #open: OpenReader;
  readonly #onNews: (news: ReaderNews) => void;
  readonly #stop = new AbortController();
  #lastCode = "";

  /** Makes the link; {@link ReaderLink.start} connects. */
  constructor(
    terminal: Terminal,
    open: OpenReader,
    onNews: (news: ReaderNews) => void,
  ) {
    this.#terminal = terminal;
    this.#open = open;
    this.#onNews = onNews;
    terminal.on("readerEvent", ({ event }) => {
      const { kind, error } = event as ReaderEvent & { error?: HoldfastError };
      if (kind !== "disconnected" || this.#stop.signal.aborted) return;
      this.#tellGone(error!);
      void this.#keepTrying();
    });
  }

  /** Tries once; when it fails, goes on trying in the background. */
  async start(): Promise<void> {
    if (!await this.#try()) void this.#keepTrying();
  }

  /** Stops trying. */
  stop(): void {
    this.#stop.abort();
  }

  async #keepTrying(): Promise<void> {
    for (
      let delayMs = RETRY_MS_MIN;;
      delayMs = Math.min(delayMs * 2, RETRY_MS_MAX)
    ) {
      await new Promise((resolve) => setTimeout(resolve, delayMs).unref?.());
      if (this.#stop.signal.aborted || await this.#try()) return;
    }
  }

  async #try(): Promise<boolean> {
    try {
      const transport = await this.#open(this.#stop.signal);
      const info = await this.#terminal.connectReader(transport);
      this.#lastCode = "";
      const name = `${info.deviceType} ${info.serialNumber}`;
      this.#onNews({ kind: "connected", name });
      return true;
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      if (!this.#stop.signal.aborted) this.#tellGone(error);
      return false;
    }
  }

  /** Once for each reason, not once a try. */
  #tellGone(error: HoldfastError): void {
    if (error.code === this.#lastCode) return;
    this.#lastCode = error.code;
    this.#onNews({ kind: "gone", error });
  }
}
