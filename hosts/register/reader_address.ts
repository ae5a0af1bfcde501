/**
 * The way to the configured card reader.
 *
 * Owns: that card data crosses no network in clear. A reader on a network is paired once, and then
 * spoken to in a session; without one only this machine's own addresses are allowed, unless the
 * configuration says in so many words that the network is to be trusted.
 * @see docs/adr/0009-noise-between-pos-and-reader.md
 * @module
 */
import { loadCore } from "../../bindings/mod.ts";
import {
  type ByteTransport,
  openSession,
  pairReader,
  type SessionPorts,
} from "../../engine/mod.ts";
import { UsageError } from "../posix/command.ts";
import { PairingFiles } from "../posix/pairing_files.ts";
import { connectTcp } from "../posix/tcp_transport.ts";
import { connectWebSocket } from "../posix/websocket_listener.ts";
import { SystemClock } from "../web/system_clock.ts";
import { SystemRandom } from "../web/system_random.ts";
import type { OpenReader } from "./reader_link.ts";

/** Where the card reader is; one of these. */
export interface ReaderAddress {
  /** `host:port`. */
  tcp?: string;
  /** `ws://…` or `wss://…`. */
  webSocket?: string;
  /** Path of a serial port; on Node only, with the package `serialport` installed. */
  serial?: string;
  /** @default 115_200 */
  baudRate?: number;
  /** Speaks to a reader on the network without a session: card data in clear. @default false */
  isPlain?: boolean;
}

/** Opens a serial port; null where the runtime has none. */
export type OpenSerial =
  | ((path: string, baudRate: number) => Promise<ByteTransport>)
  | null;

/** Whether a host is this machine. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[?::1\]?)$/i.test(host);
}

/** The folder of a register's pairings with its reader. */
function pairingsOf(database: string): PairingFiles {
  return new PairingFiles(`${database}.reader`);
}

/**
 * The way to the configured reader, through a session when it was paired.
 *
 * @param database The register's database file; the pairing is kept beside it.
 * @throws {UsageError} for an address that cannot be, or may not be without pairing.
 */
export async function readerOpener(
  address: ReaderAddress,
  database: string,
  openSerial: OpenSerial,
): Promise<OpenReader> {
  if (address.serial !== undefined) return serialOpener(address, openSerial);
  const { host, open } = networkAddress(address);
  const pairing = (await pairingsOf(database).list()).at(-1);
  if (pairing !== undefined) {
    const ports = await sessionPorts();
    return async (signal) => openSession(await open(signal), pairing, ports);
  }
  if (!isLoopback(host) && address.isPlain !== true) {
    throw new UsageError(
      `a reader on the network is paired first: let it show its code, then --pair CODE`,
    );
  }
  return open;
}

/**
 * Pairs with the configured reader, which shows `code`; earlier pairings are forgotten.
 *
 * @returns What the reader calls itself.
 * @throws {HoldfastError} as `pairReader`; {@link UsageError} for a serial reader.
 */
export async function pairWithReader(
  address: ReaderAddress,
  database: string,
  name: string,
  code: string,
): Promise<string> {
  if (address.serial !== undefined) {
    throw new UsageError("a reader on a cable needs no pairing");
  }
  const { open } = networkAddress(address);
  const transport = await open(new AbortController().signal);
  const ports = await sessionPorts();
  const pairing = await pairReader(transport, { ...ports, code, name });
  const store = pairingsOf(database);
  const former = await store.list();
  await store.save(pairing);
  for (const { id } of former) await store.remove(id);
  return pairing.peerName;
}

function networkAddress(
  { tcp, webSocket }: ReaderAddress,
): { host: string; open: OpenReader } {
  if (webSocket !== undefined) {
    if (!URL.canParse(webSocket)) {
      throw new UsageError(`reader.webSocket is no URL: ${webSocket}`);
    }
    return {
      host: new URL(webSocket).hostname,
      open: (signal) => connectWebSocket(webSocket, { signal }),
    };
  }
  const match = /^(.+):(\d{1,5})$/.exec(tcp ?? "");
  if (match === null) {
    throw new UsageError(`reader.tcp is host:port, got ${tcp}`);
  }
  const [, host, port] = match;
  const open: OpenReader = (signal) =>
    connectTcp({ host, port: Number(port) }, { signal });
  return { host, open };
}

function serialOpener(
  { serial, baudRate = 115_200 }: ReaderAddress,
  openSerial: OpenSerial,
): OpenReader {
  if (openSerial === null) {
    throw new UsageError(
      "a serial reader needs Node and the package serialport, or put the reader on TCP",
    );
  }
  return () => openSerial(serial!, baudRate);
}

async function sessionPorts(): Promise<SessionPorts> {
  return {
    core: await loadCore(),
    clock: new SystemClock(),
    random: new SystemRandom(),
  };
}
