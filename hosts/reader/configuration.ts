/**
 * The configuration file of a smart reader.
 *
 * Owns: the file's form and what it becomes. Secrets may stay out of it: see each field.
 * @module
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import type { Gateway, OfflineLimits } from "../../engine/mod.ts";
import { DEVICE_TYPES, type DeviceType } from "../../engine/reader/messages.ts";
import type { ServerTerminalOptions } from "../posix/terminal_options.ts";
import { createRelayClient } from "../web/relay_gateway.ts";

/** The configuration file, JSON. */
export interface ReaderConfiguration {
  /** What the reader calls itself when it is paired. @default "Reader" */
  name?: string;
  /** The reader's own database file; its folder must exist. */
  database: string;
  /** Folder of the pairings. @default `<database>.pairings` */
  pairings?: string;
  /** Where points of sale connect; a port of null is not served. @default free local ports */
  listen?: {
    host?: string;
    tcpPort?: number | null;
    webSocketPort?: number | null;
  };
  /** Stripe account whose payments these are. */
  account: { id: string; isLivemode: boolean };
  /** Country whose rules hold, ISO 3166-1 alpha-2. */
  country: string;
  /** To whom payments are sealed: 16 and 64 hex digits, or 130 for a key of P-256. */
  recipient: { keyId: string; publicKey: string };
  /** The relay that forwards. Its token may be in the environment's HOLDFAST_RELAY_TOKEN. */
  relay?: { url: string; token?: string };
  /** Instead of a relay, for a bench without one: Stripe's key and the recipient's own. */
  stripe?: {
    apiKey: string;
    apiBase?: string;
    recipientKeys: Record<string, string>;
  };
  /** Replaces single limits. */
  limits?: Partial<OfflineLimits>;
  /** The card reader in software that stands in for a kernel and its customers. */
  simulated?: {
    device?: DeviceType;
    seed?: string;
    customers?: "mix" | string[];
    customerDelayMs?: number;
  };
}

/** Reads the file; "-" is the standard input. */
export function readConfiguration(path: string): ReaderConfiguration {
  const text = readFileSync(path === "-" ? 0 : path, "utf8");
  const configuration = JSON.parse(text) as ReaderConfiguration;
  const device = configuration.simulated?.device;
  if (device !== undefined && !DEVICE_TYPES.includes(device)) {
    throw new RangeError(`expected a device of ${DEVICE_TYPES.join(", ")}`);
  }
  return configuration;
}

/** What the reader's own terminal is opened with. */
export function terminalOptions(
  configuration: ReaderConfiguration,
): ServerTerminalOptions {
  const { database, account, country, recipient, limits } = configuration;
  return {
    path: database,
    account,
    location: { country },
    recipient: {
      keyId: bytesOf(recipient.keyId),
      publicKey: bytesOf(recipient.publicKey),
    },
    offline: { isEnabled: true, ...(limits ? { limits } : {}) },
    ...farSide(configuration),
  };
}

function farSide(
  { relay, stripe }: ReaderConfiguration,
): Pick<ServerTerminalOptions, "gateway" | "probeUrl"> {
  if (relay) {
    const token = relay.token ?? process.env.HOLDFAST_RELAY_TOKEN;
    if (token === undefined) throw new RangeError("there is no relay token");
    const gateway: Gateway = createRelayClient({ url: relay.url, token });
    return { gateway, probeUrl: relay.url };
  }
  if (!stripe) throw new RangeError("expected a relay, or Stripe's key");
  const { apiKey, apiBase, recipientKeys } = stripe;
  const keys = Object.entries(recipientKeys)
    .map(([id, key]) => [id, bytesOf(key)] as const);
  return {
    probeUrl: apiBase ?? "https://api.stripe.com",
    gateway: {
      apiKey,
      ...(apiBase === undefined ? {} : { apiBase }),
      recipientKeys: new Map(keys),
    },
  };
}

function bytesOf(hex: string): Uint8Array {
  if (!/^([0-9a-f]{2})+$/i.test(hex)) {
    throw new RangeError("expected pairs of hex digits");
  }
  return Uint8Array.from(
    hex.match(/../g)!,
    (digits) => Number.parseInt(digits, 16),
  );
}
