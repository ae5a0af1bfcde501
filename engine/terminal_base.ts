/**
 * What every part of the terminal's face stands on.
 *
 * Owns: the rooms of one terminal, whether it is open, and telling the app what changed. An
 * outcome is told until it was heard: a crash in between tells it again, never loses it.
 * @module
 */
import { failure } from "./errors.ts";
import { type OfflineStatus, TerminalEventTarget } from "./events.ts";
import { Ledger } from "./ledger.ts";
import { Readers } from "./readers.ts";
import type { SmartReader } from "./reader/mod.ts";
import { Scrubber } from "./store/scrub.ts";
import { buildRooms, type Rooms } from "./rooms.ts";
import type { TerminalConfiguration } from "./terminal_configuration.ts";
import type { TerminalPorts } from "./terminal_ports.ts";

/** The part of a smart reader that is shown. */
export type ShownReader = Pick<SmartReader, "offlineStatus" | "onEvent">;

/** Outcomes read at a time; nobody may have listened for a long while. */
const OUTCOMES_MAX = 500;

/** The ground of a terminal; use `openTerminal`. */
export class TerminalBase extends TerminalEventTarget {
  /** @internal */
  protected readonly rooms: Rooms;
  /** @internal */
  protected readonly readers: Readers;
  /** @internal */
  protected readonly ledger: Ledger;
  /** @internal */
  protected isClosed = false;
  /** @internal A reader whose own counters are shown. */
  protected smartReader: ShownReader | null = null;
  readonly #scrubber: Scrubber;
  /** @internal A probe may still be answered when nothing can be read any more. */
  protected isStoreClosed = false;

  /** Builds the rooms; nothing runs yet. */
  constructor(
    ports: TerminalPorts,
    configuration: TerminalConfiguration,
    deviceKey: Uint8Array,
  ) {
    super();
    this.rooms = buildRooms(
      ports,
      configuration,
      deviceKey,
      this,
      () => this.onProgress(),
    );
    this.readers = new Readers(
      this.rooms,
      (event) => this.emit("readerEvent", { event }),
    );
    this.ledger = new Ledger(this.rooms);
    const { database, payments } = this.rooms.accept;
    this.#scrubber = new Scrubber(database, payments);
  }

  /** Count, sums and network status, read from the store now. */
  get offlineStatus(): OfflineStatus {
    this.assertOpen();
    return this.#status();
  }

  #status(): OfflineStatus {
    const reader = this.smartReader?.offlineStatus ?? null;
    return { ...this.ledger.status(), reader };
  }

  /** @internal */
  protected override onFirstListener(type: string): void {
    if (type === "paymentForwarded" && !this.isClosed) this.#tellOutcomes();
  }

  /** @internal Something in the store changed. */
  protected onProgress(): void {
    if (this.isStoreClosed) return;
    this.rooms.watch.look();
    const status = this.#status();
    this.emit("offlineStatusChange", status);
    if (this.isHeard("paymentForwarded")) this.#tellOutcomes();
    const { networkStatus, allAccounts } = status.sdk;
    this.#scrubber.look(networkStatus !== "online" || allAccounts.length === 0);
  }

  /** @internal */
  protected assertOpen(): void {
    if (this.isClosed) {
      throw failure("TERMINAL_CLOSED", "the terminal is closed");
    }
  }

  #tellOutcomes(): void {
    const { payments, database } = this.rooms.accept;
    for (let count = OUTCOMES_MAX; count === OUTCOMES_MAX;) {
      const rows = payments.unnotified(OUTCOMES_MAX);
      count = rows.length;
      for (const { payment } of rows) {
        this.emit("paymentForwarded", { payment, error: payment.error });
      }
      if (count === 0) return;
      database.transaction(() => {
        for (const row of rows) payments.markNotified(row.rowId);
      });
    }
  }
}
