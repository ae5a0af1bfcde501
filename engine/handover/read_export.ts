/**
 * A sealed export, opened and checked before anything of it is stored.
 *
 * Owns: what must hold of a file. It was made for this account and mode, and for a recipient whose
 * gateway this terminal has; what the lines say of a payment is what its sealed header says; and
 * the records follow one another as their chain says.
 * @module
 */
import type { Core, StoredRecordHeader } from "../../bindings/mod.ts";
import { accountHash, isSameBytes } from "../bytes.ts";
import { failure, HoldfastError } from "../errors.ts";
import { formatUuid } from "../uuid.ts";
import {
  damaged,
  type ExportHeader,
  openExport,
  readExportHeader,
} from "./export_file.ts";
import {
  type ChainLine,
  decodeExport,
  type HeadLine,
  type PaymentLine,
} from "./export_lines.ts";
import { parseTransferCode } from "./transfer_code.ts";

/** For whom a file must be. */
export interface ExportReader {
  account: { id: string; isLivemode: boolean };
  recipient: { keyId: Uint8Array };
  deviceId: Uint8Array;
  isOtherRecipientAllowed: boolean;
}

/** One payment of a file, proven to be what its record says. */
export interface ReadPayment {
  line: PaymentLine;
  chain: ChainLine;
  keyId: Uint8Array;
  recordHash: Uint8Array;
}

/** The header of a record with the record's hash. */
interface Sealed {
  header: StoredRecordHeader;
  hash: Uint8Array;
}

/**
 * Opens and checks a file.
 *
 * @throws {HoldfastError} `EXPORT_FILE_DAMAGED`, `EXPORT_CODE_WRONG`; `EXPORT_NOT_FOR_HERE` with
 *   `field` `account`, `livemode` or `recipient`; `EXPORT_OF_THIS_DEVICE`.
 */
export function readExport(
  core: Core,
  file: Uint8Array,
  code: string,
  reader: ExportReader,
): { header: ExportHeader; head: HeadLine; payments: ReadPayment[] } {
  const header = readExportHeader(file);
  checkPlace(core, header, reader);
  const secret = parseTransferCode(code);
  if (secret === null) {
    throw failure("EXPORT_CODE_WRONG", "a code has 26 letters and digits");
  }
  const { head, chains, payments } = decodeExport(
    openExport(core, file, secret),
  );
  if (head.account !== reader.account.id) throw notForHere("account");
  const geneses = chains.map((chain) => checkChain(core, header, chain));
  const read = payments.map(
    (line, i): ReadPayment & { header: StoredRecordHeader } => {
      const chain = chains[line.chain];
      if (chain === undefined) throw damagedPayment(i, "it has no chain");
      const sealed = readSealed(core, line.record, i);
      checkPayment(sealed.header, header, geneses[line.chain].header, line, i);
      const keyId = sealed.header.keyId;
      if (
        !reader.isOtherRecipientAllowed &&
        !isSameBytes(keyId, reader.recipient.keyId)
      ) {
        throw notForHere("recipient");
      }
      return {
        line,
        chain,
        keyId,
        recordHash: sealed.hash,
        header: sealed.header,
      };
    },
  );
  checkLinks(read, geneses);
  return { header, head, payments: read };
}

function checkPlace(
  core: Core,
  header: ExportHeader,
  { account, deviceId }: ExportReader,
): void {
  if (header.isLivemode !== account.isLivemode) throw notForHere("livemode");
  if (!isSameBytes(header.accountHash, accountHash(core.crypto, account.id))) {
    throw notForHere("account");
  }
  if (header.kind === "export" && isSameBytes(header.deviceId, deviceId)) {
    throw failure(
      "EXPORT_OF_THIS_DEVICE",
      "this device itself made the file",
    );
  }
}

function checkChain(
  core: Core,
  file: ExportHeader,
  chain: ChainLine,
): Sealed {
  const sealed = readSealed(core, chain.genesis, -1);
  const { header } = sealed;
  const isRight = header.seq === 0 && header.epoch === chain.epoch &&
    formatUuid(header.deviceId) === chain.device &&
    header.isLivemode === file.isLivemode &&
    isSameBytes(header.accountHash, file.accountHash);
  if (!isRight) {
    throw damaged("a chain is not its genesis record's", null, "chain");
  }
  return sealed;
}

/** The sealed header is proven when the record is opened; whoever changed a line shows here. */
function checkPayment(
  sealed: StoredRecordHeader,
  file: ExportHeader,
  genesis: StoredRecordHeader,
  line: PaymentLine,
  index: number,
): void {
  const facts: Record<string, boolean> = {
    deviceId: isSameBytes(sealed.deviceId, genesis.deviceId),
    epoch: sealed.epoch === genesis.epoch,
    seq: sealed.seq === line.seq,
    localId: isSameBytes(sealed.localId, line.localId),
    amount: sealed.amountMinor === line.amount,
    currency: sealed.currency === line.currency.toUpperCase(),
    livemode: sealed.isLivemode === file.isLivemode,
    account: isSameBytes(sealed.accountHash, file.accountHash),
  };
  for (const [field, isRight] of Object.entries(facts)) {
    if (isRight) continue;
    throw damagedPayment(index, "its record says otherwise", field);
  }
}

/** Records that are neighbours in their chain must follow one another by hash. */
function checkLinks(
  payments: readonly (ReadPayment & { header: StoredRecordHeader })[],
  geneses: readonly Sealed[],
): void {
  const hashes = new Map<string, Uint8Array>();
  geneses.forEach(({ hash }, chain) => hashes.set(`${chain} 0`, hash));
  payments.forEach(({ line, recordHash }, index) => {
    const place = `${line.chain} ${line.seq}`;
    if (hashes.has(place)) throw damagedPayment(index, "its place is taken");
    hashes.set(place, recordHash);
  });
  payments.forEach(({ line, header }, index) => {
    const before = hashes.get(`${line.chain} ${line.seq - 1}`);
    if (before === undefined || isSameBytes(before, header.previousHash)) {
      return;
    }
    throw damagedPayment(index, "it does not follow the record before it");
  });
}

function readSealed(core: Core, record: Uint8Array, index: number): Sealed {
  try {
    const header = core.seal.readHeader(record);
    return { header, hash: core.seal.recordHash(record) };
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    throw damagedPayment(index, "its record has no valid form");
  }
}

function damagedPayment(
  index: number,
  why: string,
  field = "record",
): HoldfastError {
  return damaged(`payment ${index + 1}: ${why}`, null, field);
}

function notForHere(
  field: "account" | "livemode" | "recipient",
): HoldfastError {
  return failure(
    "EXPORT_NOT_FOR_HERE",
    `the export is for another ${field}`,
    { field },
  );
}
