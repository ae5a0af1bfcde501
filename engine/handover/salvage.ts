/**
 * What can be saved of a damaged store.
 *
 * Owns: which records count, and what is said about the rest. A record counts when its payment's
 * row names its hash, or a neighbour in its chain does; a row that says the payment has its
 * outcome ends it, however old another image of it is. Of every chain it is told which places
 * were found, are settled, are lost although they were open, or are missing without a trace.
 * @module
 */
import type { Core } from "../../bindings/mod.ts";
import { accountHash } from "../bytes.ts";
import { HoldfastError } from "../errors.ts";
import type { SqlValue } from "../ports.ts";
import { formatUuid, toHex } from "../uuid.ts";
import {
  type ChainLine,
  encodeExport,
  type PaymentLine,
  type StepLine,
} from "./export_lines.ts";
import {
  addBareRow,
  addRecord,
  type ChainFinds,
  type Find,
  highWaterOf,
  placeFacts,
  SEQ_MAX,
} from "./salvaged_chains.ts";
import {
  epochOf,
  type PaymentFacts,
  paymentOf,
  stepOf,
  UNKNOWN_PAYMENT,
} from "./salvaged_rows.ts";

/** What was found in the raw files. */
export interface RawFinds {
  /** Everything that has the form of a sealed record. */
  records: Iterable<Uint8Array>;
  /** Every row of every table, in every image. */
  rows: Iterable<{ rowId: number | null; columns: SqlValue[]; age: number }>;
}

/** One chain of the damaged store. */
export interface SalvagedChain {
  /** Its UUID, or "unknown" where only rows of the chain are left, which do not tell. */
  device: string;
  epoch: number;
  /** The highest place anything speaks of. */
  highWater: number;
  /** Places whose record is in the salvage. */
  found: number[];
  /** Places whose payment has its outcome; nothing is needed of them. */
  settled: number[];
  /** Places whose payment was open and whose record is damaged or gone. */
  lost: number[];
  /** Places of which nothing is left: settled or open, nobody can say. */
  missing: number[];
}

/** What is saved of one account in one mode. */
export interface SalvagedAccount {
  /** The account's id, or null when no row tells it. */
  account: string | null;
  accountHash: Uint8Array;
  isLivemode: boolean;
  deviceId: Uint8Array;
  /** Payments whose row was whole: they can be forwarded as they are. */
  wholeCount: number;
  /** Payments of which only the record is left: a person must look before they are forwarded. */
  bareCount: number;
  /** Totals of both by currency. */
  amounts: Record<string, number>;
  chains: SalvagedChain[];
  /** The lines of a file for `account`. */
  lines: (account: string, exportedAtMs: number) => Uint8Array;
}

/** Of 32; chance makes so many alike once in 2^100. */
const HASH_BYTES_ALIKE = 16;

/** Sorts what was found; never throws for damage. */
export function salvage(core: Core, finds: RawFinds): SalvagedAccount[] {
  const chains = new Map<string, ChainFinds>();
  const accounts = new Map<string, string>();
  const nameAccount = (account: string): void =>
    void accounts.set(toHex(accountHash(core.crypto, account)), account);
  const facts = new Map<string, PaymentFacts>();
  const steps = new Map<number, StepLine[]>();
  const epochs: ReturnType<typeof epochOf>[] = [];
  for (const { rowId, columns, age } of finds.rows) {
    const payment = paymentOf(rowId, columns, age);
    if (payment !== null) {
      const id = toHex(payment.localId);
      facts.set(id, newest(facts.get(id), payment));
      nameAccount(payment.account);
      continue;
    }
    const epoch = epochOf(rowId, columns);
    if (epoch !== null) {
      nameAccount(epoch.account);
      epochs.push(epoch);
      continue;
    }
    const step = stepOf(columns);
    if (step !== null) addStep(steps, step.payment, step.line);
  }
  const records = uniqueRecords(core, finds.records);
  for (const find of records) addRecord(chains, find);
  for (const epoch of epochs) {
    const chain = chains.get(`${toHex(epoch!.deviceId)} ${epoch!.epoch}`);
    if (chain === undefined) continue;
    if (epoch!.nextSeq - 1 <= SEQ_MAX) {
      chain.highWater = Math.max(chain.highWater, epoch!.nextSeq - 1);
    }
    chain.recipientKey = epoch!.recipientKey;
  }
  for (const row of placeFacts(chains, facts)) addBareRow(core, chains, row);
  for (const chain of chains.values()) chain.highWater = highWaterOf(chain);
  return accountsOf(chains, accounts, steps);
}

/** The row that stands: an outcome beats everything, else the newer image. */
function newest(
  known: PaymentFacts | undefined,
  found: PaymentFacts,
): PaymentFacts {
  if (known === undefined) return found;
  const isBetter = known.isSettled === found.isSettled
    ? found.age > known.age
    : found.isSettled;
  const [better, other] = isBetter ? [found, known] : [known, found];
  return { ...better, intentId: better.intentId ?? other.intentId };
}

function addStep(
  steps: Map<number, StepLine[]>,
  payment: number,
  line: StepLine,
): void {
  const known = steps.get(payment) ?? [];
  const same = known.findIndex(({ key }) => key === line.key);
  if (same < 0) known.push(line);
  else if (known[same].attempts < line.attempts) known[same] = line;
  steps.set(payment, known);
}

function uniqueRecords(core: Core, found: Iterable<Uint8Array>): Find[] {
  const finds = new Map<string, Find>();
  for (const bytes of found) {
    try {
      const header = core.seal.readHeader(bytes);
      const hash = toHex(core.seal.recordHash(bytes));
      if (!finds.has(hash)) {
        finds.set(hash, { header, hash, record: bytes.slice() });
      }
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
    }
  }
  return [...finds.values()];
}

function accountsOf(
  chains: ReadonlyMap<string, ChainFinds>,
  accounts: ReadonlyMap<string, string>,
  steps: ReadonlyMap<number, StepLine[]>,
): SalvagedAccount[] {
  const saved = new Map<string, SalvagedAccount & { parts: Part[] }>();
  for (const chain of chains.values()) {
    // A damaged record may name a chain that never was.
    const isReal = chain.geneses.length > 0 || chain.recipientKey !== null ||
      chain.facts.size > 0;
    if (!isReal) continue;
    const { accountHash, isLivemode } = chain.owner;
    const name = `${toHex(accountHash)} ${isLivemode}`;
    let account = saved.get(name);
    if (account === undefined) {
      const parts: Part[] = [];
      account = {
        account: accounts.get(toHex(accountHash)) ?? null,
        accountHash,
        isLivemode,
        // Chains without a record, which do not tell it, come last and need no file.
        deviceId: chain.deviceId ?? new Uint8Array(16),
        wholeCount: 0,
        bareCount: 0,
        amounts: {},
        chains: [],
        parts,
        lines: (id, exportedAtMs) => linesOf(parts, id, exportedAtMs),
      };
      saved.set(name, account);
    }
    const part = partOf(chain, steps);
    account.parts.push(part);
    account.chains.push(part.report);
    for (const { line, isWhole } of part.payments) {
      if (isWhole) account.wholeCount++;
      else account.bareCount++;
      account.amounts[line.currency] = line.amount +
        (account.amounts[line.currency] ?? 0);
    }
  }
  return [...saved.values()].map(({ parts: _, ...account }) => account);
}

/** One chain, ready for a file. */
interface Part {
  chain: ChainLine | null;
  payments: { line: Omit<PaymentLine, "chain">; isWhole: boolean }[];
  report: SalvagedChain;
}

function partOf(
  chain: ChainFinds,
  steps: ReadonlyMap<number, StepLine[]>,
): Part {
  const { deviceId, owner: { epoch } } = chain;
  const report: SalvagedChain = {
    device: deviceId === null ? "unknown" : formatUuid(deviceId),
    epoch,
    highWater: chain.highWater,
    found: [],
    settled: [],
    lost: [],
    missing: [],
  };
  const payments: Part["payments"] = [];
  const [genesis] = chain.geneses;
  for (let seq = 1; seq <= chain.highWater; seq++) {
    const row = chain.facts.get(seq);
    if (row?.isSettled) report.settled.push(seq);
    else {
      const find = proven(chain, seq);
      if (find !== null && genesis !== undefined) {
        report.found.push(seq);
        payments.push(paymentLineOf(find, row, steps));
      } else if (row !== undefined || chain.records.has(seq)) {
        report.lost.push(seq);
      } else report.missing.push(seq);
    }
  }
  return {
    chain: genesis === undefined ? null : {
      kind: "chain",
      device: report.device,
      epoch,
      recipientKey: chain.recipientKey ?? new Uint8Array(32),
      genesis: genesis.record,
    },
    payments,
    report,
  };
}

/**
 * The record of a place that something else vouches for: its row, the record after it, or, where
 * neither is left, that it is the only one and follows what is left of the one before.
 */
function proven(chain: ChainFinds, seq: number): Find | null {
  const finds = chain.records.get(seq) ?? [];
  const row = chain.facts.get(seq);
  if (row !== undefined) {
    return finds.find(({ hash }) => names(row.recordHash, hash)) ?? null;
  }
  const after = chain.records.get(seq + 1) ?? [];
  const vouched = finds.find(({ hash }) =>
    after.some(({ header }) => names(header.previousHash, hash))
  );
  if (vouched !== undefined) return vouched;
  return finds.length === 1 && after.length === 0 ? finds[0] : null;
}

/**
 * Whether `stored` is that hash, or was before it was damaged itself: of a damaged record nearly
 * every byte of the hash differs.
 */
function names(stored: Uint8Array, hash: string): boolean {
  const equal = stored.filter((byte, i) =>
    byte === parseInt(hash.slice(2 * i, 2 * i + 2), 16)
  );
  return equal.length >= HASH_BYTES_ALIKE;
}

function paymentLineOf(
  { header, record }: Find,
  row: PaymentFacts | undefined,
  steps: ReadonlyMap<number, StepLine[]>,
): Part["payments"][number] {
  const sealed = {
    kind: "payment" as const,
    localId: header.localId,
    seq: header.seq,
    amount: header.amountMinor,
    currency: header.currency.toLowerCase(),
    cardTransactionHmac: header.cardTransactionHmac,
    createdAtMs: header.createdAtMs,
    record,
    presentations: [],
  };
  if (row === undefined) {
    const storedAtMs = header.createdAtMs;
    const line = { ...UNKNOWN_PAYMENT, ...sealed, storedAtMs, steps: [] };
    return { line, isWhole: false };
  }
  const known = row.rowId === null ? [] : steps.get(row.rowId) ?? [];
  // A row id may have been another payment's; a key begins with the local id it is about.
  const localId = formatUuid(header.localId);
  const mine = known.filter(({ key }) => key.startsWith(`${localId}:`));
  return { line: { ...row.line, ...sealed, steps: mine }, isWhole: true };
}

function linesOf(
  parts: readonly Part[],
  account: string,
  exportedAtMs: number,
): Uint8Array {
  const whole = parts.filter(({ chain, payments }) =>
    chain !== null && payments.length > 0
  );
  return encodeExport({
    head: { kind: "head", account, exportedAtMs },
    chains: whole.map(({ chain }) => chain!),
    payments: whole.flatMap(({ payments }, chain) =>
      payments.map(({ line }) => ({ ...line, chain }))
    ),
  });
}
