/**
 * Payments that move to another device in a sealed file.
 *
 * Owns: exactly once across devices. Leaving is one transaction: from then on this device
 * forwards none of these payments, whatever becomes of the file, which can be made again at any
 * time. Every key that was sent travels along, and Stripe is asked for a PaymentIntent before a
 * device creates one, so a file that is imported twice, or a file that was imported after all and
 * taken back, comes to the same PaymentIntent. File: docs/formats/hfx1.md.
 * @module
 */
import { accountHash } from "../bytes.ts";
import { failure } from "../errors.ts";
import type { Rooms } from "../rooms.ts";
import type { Handover, HandoverDirection } from "../store/handovers.ts";
import { createUuid, formatUuid, parseUuid } from "../uuid.ts";
import { encodeExport } from "./export_lines.ts";
import { type ExportHeader, sealExport } from "./export_file.ts";
import { readExport, type ReadPayment } from "./read_export.ts";
import { formatTransferCode } from "./transfer_code.ts";

/** A sealed file and what opens it. */
export interface StoredExport {
  /** Names the hand-over, a UUID. */
  id: string;
  /** The file, HFX1. */
  bytes: Uint8Array;
  /** Opens it; tell it to whoever imports, by another way than the file. */
  code: string;
  /** Payments in it. */
  localIds: readonly string[];
}

/** What became of an import. */
export interface ImportReport {
  id: string;
  /** The device that made the file, a UUID. */
  device: string;
  /** Payments that are on this device now and will be forwarded. */
  imported: readonly string[];
  /** Payments this store knew already; nothing was done about them. */
  known: readonly string[];
}

/** A hand-over as the app sees it. */
export interface HandoverInfo {
  id: string;
  direction: HandoverDirection;
  /** The device that made the file, a UUID. */
  device: string;
  count: number;
  atMs: number;
}

/** What to export. */
export interface ExportOptions {
  /** Only these payments. @default every open or failed one of the terminal's account */
  localIds?: readonly string[];
}

/** How to import. */
export interface ImportOptions {
  /** Records sealed to another recipient key than the configured one. @default refused */
  isOtherRecipientAllowed?: boolean;
}

const LABEL_CODE = "holdfast/transfer-code/1";

/** Exports, imports and takes back; documented where the app calls it. */
export class Transfer {
  readonly #rooms: Rooms;

  constructor(rooms: Rooms) {
    this.#rooms = rooms;
  }

  /** See `Terminal.exportStored`. */
  async exportStored(
    options: ExportOptions,
    signal: AbortSignal,
  ): Promise<StoredExport | null> {
    const { forwarder } = this.#rooms;
    const wasPaused = forwarder.isPaused;
    forwarder.pause();
    try {
      await forwarder.calls();
      signal.throwIfAborted();
      const id = this.#leave(options);
      return id === null ? null : this.exportAgain(formatUuid(id));
    } finally {
      if (!wasPaused) forwarder.resume();
    }
  }

  /** See `Terminal.exportAgain`. */
  exportAgain(id: string): StoredExport {
    const handover = this.#require(id);
    const { handovers, accept, ports } = this.#rooms;
    const rows = this.#leftWith(handover).map((rowId) =>
      accept.payments.byRowId(rowId)!
    );
    const epochs = [...new Set(rows.map(({ epoch }) => epoch))];
    const numberOf = (epoch: number): number =>
      rows.find((row) => row.epoch === epoch)!.origin?.epoch ?? epoch;
    const content = encodeExport({
      head: {
        kind: "head",
        account: handover.account,
        exportedAtMs: handover.atMs,
      },
      chains: epochs.map((epoch) => handovers.chain(epoch, numberOf(epoch))),
      payments: rows.map(({ rowId, epoch }) => ({
        ...handovers.line(rowId),
        chain: epochs.indexOf(epoch),
      })),
    });
    const salt = new Uint8Array(16);
    ports.random.fill(salt);
    const code = this.#codeOf(handover.id);
    return {
      id,
      bytes: sealExport(
        ports.core,
        this.#headerOf(handover),
        code,
        salt,
        content,
      ),
      code: formatTransferCode(code),
      localIds: rows.map(({ payment }) => payment.localId),
    };
  }

  /** See `Terminal.takeBack`. */
  takeBack(id: string): string[] {
    const handover = this.#require(id);
    const { accept, handovers, forwarder } = this.#rooms;
    const rowIds = this.#leftWith(handover);
    accept.database.transaction(() => {
      for (const rowId of rowIds) {
        handovers.putBack(rowId);
        accept.activity.add("taken_back", rowId, { handover: id });
      }
      handovers.takeBack(handover.id);
    });
    return rowIds.map((rowId) => {
      const row = accept.payments.byRowId(rowId)!;
      if (row.payment.state !== "failed") forwarder.add(row);
      return row.payment.localId;
    });
  }

  /** See `Terminal.concludeHandover`. */
  conclude(id: string): string[] {
    const handover = this.#require(id);
    const { accept, handovers } = this.#rooms;
    const rowIds = this.#leftWith(handover);
    accept.database.transaction(() => {
      for (const rowId of rowIds) {
        handovers.giveUp(rowId);
        accept.activity.add("given_up", rowId, { handover: id });
      }
    });
    return rowIds.map((rowId) =>
      accept.payments.byRowId(rowId)!.payment.localId
    );
  }

  /** See `Terminal.importStored`. */
  importStored(
    bytes: Uint8Array,
    code: string,
    options: ImportOptions,
  ): ImportReport {
    const { accept, forwarder, handovers, ports, configuration } = this.#rooms;
    const { header, payments } = readExport(ports.core, bytes, code, {
      ...configuration,
      deviceId: accept.vault.deviceId,
      isOtherRecipientAllowed: options.isOtherRecipientAllowed ?? false,
    });
    const { account } = configuration;
    const received: number[] = [];
    const known: string[] = [];
    accept.database.transaction(() => {
      for (const payment of payments) {
        const rowId = this.#receive(header, payment);
        if (rowId === null) known.push(formatUuid(payment.line.localId));
        else received.push(rowId);
      }
      if (handovers.find(header.id) !== null) return;
      handovers.add({
        id: header.id,
        direction: "in",
        deviceId: header.deviceId,
        account: account.id,
        isLivemode: account.isLivemode,
        count: payments.length,
        atMs: ports.clock.nowMs(),
      });
    });
    const rows = received.map((rowId) => accept.payments.byRowId(rowId)!);
    for (const row of rows) {
      if (row.payment.state !== "failed") forwarder.add(row);
    }
    return {
      id: formatUuid(header.id),
      device: formatUuid(header.deviceId),
      imported: rows.map(({ payment }) => payment.localId),
      known,
    };
  }

  /** Every hand-over, oldest first. */
  list(): HandoverInfo[] {
    return this.#rooms.handovers.list().map((handover) => ({
      id: formatUuid(handover.id),
      direction: handover.direction,
      device: formatUuid(handover.deviceId),
      count: handover.count,
      atMs: handover.atMs,
    }));
  }

  /** The transaction of leaving; null when there is nothing to export. */
  #leave({ localIds }: ExportOptions): Uint8Array | null {
    const { accept, handovers, forwarder, ports, configuration } = this.#rooms;
    const { account } = configuration;
    const id = createUuid(ports.clock, ports.random);
    const rowIds = accept.database.transaction(() => {
      const movable = handovers.movable(account.id, account.isLivemode);
      const chosen = localIds === undefined
        ? movable
        : this.#choose(localIds, new Set(movable));
      if (chosen.length === 0) return chosen;
      for (const rowId of chosen) {
        handovers.handOver(rowId, id);
        accept.activity.add("handed_over", rowId, { handover: formatUuid(id) });
      }
      handovers.add({
        id,
        direction: "out",
        deviceId: accept.vault.deviceId,
        account: account.id,
        isLivemode: account.isLivemode,
        count: chosen.length,
        atMs: ports.clock.nowMs(),
      });
      return chosen;
    });
    for (const rowId of rowIds) forwarder.remove(rowId);
    return rowIds.length === 0 ? null : id;
  }

  #choose(
    localIds: readonly string[],
    movable: ReadonlySet<number>,
  ): number[] {
    return [...new Set(localIds)].map((localId) => {
      const bytes = parseUuid(localId);
      const row = bytes && this.#rooms.accept.payments.byLocalId(bytes);
      if (row && movable.has(row.rowId)) return row.rowId;
      throw failure(
        row ? "PAYMENT_STATE_CONFLICT" : "PAYMENT_NOT_FOUND",
        row
          ? `a payment cannot be exported in state ${row.payment.state}`
          : "no stored payment has this local id",
        { field: "localIds" },
      );
    }).sort((a, b) => a - b);
  }

  /** Inserts one payment, or takes one home; null when it is known. */
  #receive(
    header: ExportHeader,
    { line, chain, keyId, recordHash }: ReadPayment,
  ): number | null {
    const { accept, handovers, configuration: { account } } = this.#rooms;
    const owner = { account: account.id, isLivemode: account.isLivemode };
    const mine = accept.payments.byLocalId(line.localId);
    const body = { handover: formatUuid(header.id) };
    if (mine !== null) {
      if (mine.payment.state !== "handed_over") return null;
      handovers.comeHome(mine.rowId, line);
      accept.activity.add("came_home", mine.rowId, body);
      return mine.rowId;
    }
    const epoch = handovers.foreignEpoch(chain, keyId, owner);
    const isHere = epoch === chain.epoch &&
      chain.device === formatUuid(accept.vault.deviceId);
    const rowId = handovers.receive(line, {
      ...owner,
      epoch,
      recordHash,
      handover: header.id,
      origin: isHere ? null : { device: chain.device, epoch: chain.epoch },
    });
    accept.activity.add("imported", rowId, body);
    return rowId;
  }

  #headerOf({ id, deviceId, account, isLivemode }: Handover): ExportHeader {
    const { core } = this.#rooms.ports;
    return {
      kind: "export",
      id,
      deviceId,
      isLivemode,
      accountHash: accountHash(core.crypto, account),
    };
  }

  /** From the device key, so that it need not be kept and the file can be made again. */
  #codeOf(id: Uint8Array): Uint8Array {
    const { ports: { core }, accept: { vault } } = this.#rooms;
    const label = new TextEncoder().encode(LABEL_CODE);
    return core.crypto.hkdfSha256(vault.deviceKey, id, label, 16);
  }

  /** Its payments that have no outcome and were not given up; at least one. */
  #leftWith({ id }: Handover): number[] {
    const rowIds = this.#rooms.handovers.leftWith(id);
    if (rowIds.length > 0) return rowIds;
    throw failure("HANDOVER_NOT_FOUND", "nothing of it is left here");
  }

  #require(id: string): Handover {
    const bytes = parseUuid(id);
    const found = bytes && this.#rooms.handovers.find(bytes);
    if (found?.direction === "out") return found;
    throw failure(
      "HANDOVER_NOT_FOUND",
      found
        ? `this hand-over is ${found.direction}`
        : "no hand-over has this id",
    );
  }
}
