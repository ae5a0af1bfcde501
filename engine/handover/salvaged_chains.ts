/**
 * The chains of a damaged store, put together from records and rows.
 *
 * Owns: which chain and which place a row belongs to, and how far a chain goes. Numbers in a
 * damaged store may say anything.
 * @module
 */
import type { Core, StoredRecordHeader } from "../../bindings/mod.ts";
import { accountHash } from "../bytes.ts";
import { toHex } from "../uuid.ts";
import type { PaymentFacts } from "./salvaged_rows.ts";

/** One record that is whole. */
export interface Find {
  header: StoredRecordHeader;
  hash: string;
  record: Uint8Array;
}

/** Whose chain it is, and which. */
type ChainOwner = Pick<
  StoredRecordHeader,
  "accountHash" | "isLivemode" | "epoch"
>;

/** What is left of one chain. */
export interface ChainFinds {
  owner: ChainOwner;
  /** Null where no record is left that tells it. */
  deviceId: Uint8Array | null;
  geneses: Find[];
  records: Map<number, Find[]>;
  facts: Map<number, PaymentFacts>;
  highWater: number;
  recipientKey: Uint8Array | null;
}

/** A place further than this from all others is a damaged number. */
const GAP_MAX = 1_000;
/** More payments than one device ever takes in an epoch. */
export const SEQ_MAX = 10_000_000;

/** Puts a record into its chain. */
export function addRecord(
  chains: Map<string, ChainFinds>,
  find: Find,
): void {
  const { deviceId, epoch, seq } = find.header;
  const name = `${toHex(deviceId)} ${epoch}`;
  const chain = chains.get(name) ?? newChain(find.header, deviceId);
  chains.set(name, chain);
  if (seq === 0) chain.geneses.push(find);
  else chain.records.set(seq, [...chain.records.get(seq) ?? [], find]);
}

function newChain(owner: ChainOwner, deviceId: Uint8Array | null): ChainFinds {
  return {
    owner,
    deviceId,
    geneses: [],
    records: new Map(),
    facts: new Map(),
    highWater: 0,
    recipientKey: null,
  };
}

/**
 * A chain of which no record is left, not even the first: nothing of it can be saved, but its rows
 * say which payments those were, and the open ones are lost.
 */
export function addBareRow(
  core: Core,
  chains: Map<string, ChainFinds>,
  row: PaymentFacts,
): void {
  const epoch = row.origin?.epoch ?? row.epoch;
  if (row.seq < 1 || row.seq > SEQ_MAX) return;
  const device = row.origin?.device ?? "";
  const name = `${row.account} ${row.isLivemode} ${device} ${epoch}`;
  const { isLivemode } = row;
  const owner = {
    accountHash: accountHash(core.crypto, row.account),
    isLivemode,
    epoch,
  };
  const chain = chains.get(name) ?? newChain(owner, null);
  chains.set(name, chain);
  chain.facts.set(row.seq, row);
  // Where nothing else tells where the chain ends, it is at least here.
  chain.highWater = chain.highWater === 0
    ? row.seq
    : Math.min(chain.highWater, row.seq);
}

/**
 * Puts each row beside its record, by the local id, or where its own columns say. Returns those of
 * chains that no record speaks of.
 */
export function placeFacts(
  chains: ReadonlyMap<string, ChainFinds>,
  facts: ReadonlyMap<string, PaymentFacts>,
): PaymentFacts[] {
  const placed = new Set<string>();
  for (const chain of chains.values()) {
    for (const [seq, finds] of chain.records) {
      for (const { header } of finds) {
        const id = toHex(header.localId);
        const row = facts.get(id);
        if (row === undefined) continue;
        chain.facts.set(seq, row);
        placed.add(id);
      }
    }
  }
  const bare: PaymentFacts[] = [];
  for (const [id, row] of facts) {
    if (placed.has(id)) continue;
    let hasChain = false;
    for (const [name, chain] of chains) {
      const epoch = row.origin?.epoch ?? row.epoch;
      const device = row.origin?.device.replaceAll("-", "");
      const isOfChain = name.endsWith(` ${epoch}`) &&
        (device === undefined || name.startsWith(device));
      if (!isOfChain) continue;
      hasChain = true;
      if (chain.facts.has(row.seq)) continue;
      chain.facts.set(row.seq, row);
      break;
    }
    if (!hasChain) bare.push(row);
  }
  return bare;
}

/**
 * The last place of a chain. The chain's own row tells it; what lies beyond that counts as long as
 * it comes in small steps, for a damaged number may say anything.
 */
export function highWaterOf({ highWater, records, facts }: ChainFinds): number {
  const places = [...records.keys(), ...facts.keys()].sort((a, b) => a - b);
  let last = highWater;
  for (const seq of places) {
    if (seq > last && seq - last <= GAP_MAX) last = seq;
  }
  return last;
}
