/**
 * Moving stored payments to another device, and copies of the store.
 *
 * Owns: the part of the terminal's face for the day a device is given up or breaks; the rules are
 * in `handover/`.
 * @module
 */
import { backUp, type BackupSink } from "./backup.ts";
import { failure } from "./errors.ts";
import {
  type ExportOptions,
  type HandoverInfo,
  type ImportOptions,
  type ImportReport,
  type StoredExport,
  Transfer,
} from "./handover/transfer.ts";
import { checkCallOptions } from "./intent_params.ts";
import { type CallOptions, limitedStep } from "./step_limit.ts";
import { TerminalOffice } from "./terminal_office.ts";

/** Export, import, backup; use `openTerminal`. */
export class TerminalTransfer extends TerminalOffice {
  readonly #transfer = new Transfer(this.rooms);

  /**
   * Hands stored payments over: puts them into one sealed file for another device or a server,
   * and marks them `handed_over` in the same commit. This device never forwards them again unless
   * {@link takeBack} is called. A file that got lost is made again by {@link exportAgain}.
   *
   * @returns The file and the code that opens it; null when nothing is stored.
   * @throws {HoldfastError} `PAYMENT_NOT_FOUND`, `PAYMENT_STATE_CONFLICT` for a named payment
   *   that has its outcome; store errors: then nothing was handed over, or it is in
   *   {@link listHandovers} after the store was opened again. `CANCELED`, `REQUEST_TIMED_OUT` while
   *   calls to Stripe under way are waited for: nothing was handed over.
   */
  async exportStored(
    options: ExportOptions & CallOptions = {},
  ): Promise<StoredExport | null> {
    this.assertOpen();
    checkCallOptions(options, ["localIds"]);
    return await limitedStep(
      this.rooms,
      options,
      async (signal) => {
        const made = await this.#transfer.exportStored(options, signal);
        this.onProgress();
        return made;
      },
    );
  }

  /**
   * Makes the file of a hand-over again, under the same code.
   *
   * @throws {HoldfastError} `HANDOVER_NOT_FOUND` when this device made no such file, or took it
   *   back.
   */
  exportAgain(id: string): StoredExport {
    this.assertOpen();
    return this.#transfer.exportAgain(id);
  }

  /**
   * Undoes a hand-over whose file was imported nowhere and is destroyed; the payments are
   * forwarded from here again. Stripe is asked for their PaymentIntents before one is created, so
   * even a file that was imported after all is charged once, unless both devices forward in the
   * same moment.
   *
   * @param confirmation Says that the file was not imported and cannot be any more.
   * @returns Local ids of the payments.
   * @throws {HoldfastError} `HANDOVER_NOT_FOUND`; `INVALID_ARGUMENT` without the confirmation.
   */
  takeBack(
    id: string,
    confirmation: { isFileDestroyed: true },
  ): string[] {
    this.assertOpen();
    require(confirmation, "isFileDestroyed");
    const localIds = this.#transfer.takeBack(id);
    this.onProgress();
    return localIds;
  }

  /**
   * Destroys the sealed records of a hand-over whose file was imported: they are on the other
   * device now, and this one need not keep them any longer. There is no way back.
   *
   * @param confirmation Says that the import was seen, not only that the file was sent.
   * @returns Local ids of the payments.
   * @throws {HoldfastError} `HANDOVER_NOT_FOUND`; `INVALID_ARGUMENT` without the confirmation.
   */
  concludeHandover(
    id: string,
    confirmation: { isImported: true },
  ): string[] {
    this.assertOpen();
    require(confirmation, "isImported");
    const localIds = this.#transfer.conclude(id);
    this.onProgress();
    return localIds;
  }

  /**
   * Takes in the payments of a sealed file, in one commit, and forwards them with the keys of the
   * device that took them. Importing it again changes nothing.
   *
   * @param bytes The file; not kept.
   * @param code  The code that was told with it.
   * @param options `signal` that is aborted already refuses the call; the import itself is one
   *   commit and is not ended.
   * @throws {HoldfastError} `EXPORT_FILE_DAMAGED` with the offset or field, `EXPORT_CODE_WRONG`,
   *   `EXPORT_NOT_FOR_HERE` with field `account`, `livemode` or `recipient`,
   *   `EXPORT_OF_THIS_DEVICE`; nothing was imported.
   */
  async importStored(
    bytes: Uint8Array,
    code: string,
    options: ImportOptions & CallOptions = {},
  ): Promise<ImportReport> {
    this.assertOpen();
    checkCallOptions(options, ["isOtherRecipientAllowed"]);
    return await limitedStep(
      this.rooms,
      options,
      // deno-lint-ignore require-await -- a refusal must reject, not throw
      async () => {
        const report = this.#transfer.importStored(bytes, code, options);
        this.onProgress();
        return report;
      },
    );
  }

  /** Every file that was made or imported here, oldest first. */
  listHandovers(): HandoverInfo[] {
    this.assertOpen();
    return this.#transfer.list();
  }

  /**
   * Copies the store as it is now, while sales go on. Opened in the place of the store, the copy
   * asks Stripe about every payment it still holds for open, and seals new ones in a new epoch.
   *
   * @param sink Gets the bytes in order; it makes them durable. `backupToFile` of the hosts does.
   * @param options `signal` and `deadlineMs`, @default as long as it takes, end the copying.
   * @returns    Bytes copied.
   * @throws {HoldfastError} `BACKUP_INTERRUPTED` when the store had to be opened again meanwhile;
   *   `STORE_FULL`; store errors; `CANCELED`, `REQUEST_TIMED_OUT`: what the sink got is no copy.
   */
  async backup(sink: BackupSink, options: CallOptions = {}): Promise<number> {
    this.assertOpen();
    checkCallOptions(options);
    return await limitedStep(
      this.rooms,
      options,
      (signal) => backUp(this.rooms, sink, signal),
      null,
    );
  }
}

/** What cannot be undone is said in so many words. */
function require<K extends string>(
  confirmation: Readonly<Record<K, true>>,
  field: K,
): void {
  if (confirmation?.[field] === true) return;
  throw failure("INVALID_ARGUMENT", `expected ${field} to be true`, { field });
}
