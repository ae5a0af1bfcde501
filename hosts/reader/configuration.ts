/**
 * The configuration file of a smart reader.
 *
 * Owns: the file's form, refusing it with the field's name, and what it becomes. Secrets may stay
 * out of it: see each field.
 * @module
 */
import process from "node:process";
import type { Gateway, OfflineLimits } from "../../engine/mod.ts";
import { countryNumeric } from "../../bindings/iso_codes.ts";
import { HoldfastError } from "../../engine/errors.ts";
import { checkLimits, isObject } from "../../engine/configuration_check.ts";
import { DEVICE_TYPES, type DeviceType } from "../../engine/reader/messages.ts";
import { checkScript } from "../../engine/reader/simulated_script.ts";
import { fromHex } from "../../engine/uuid.ts";
import { UsageError } from "../posix/command.ts";
import {
  ConfigurationFile,
  isCount,
  isHex,
  isPort,
  isText,
  isUrl,
} from "../posix/configuration_file.ts";
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
  /** Milliseconds of the drain; see `ForwarderOptions`. @default as the engine has them */
  forwarding?: {
    probeDelayMsMin?: number;
    probeDelayMsMax?: number;
    reconnectSpreadMs?: number;
  };
  /** The card reader in software that stands in for a kernel and its customers. */
  simulated?: {
    device?: DeviceType;
    seed?: string;
    customers?: "mix" | string[];
    customerDelayMs?: number;
  };
}

/** Fields of the file that a till's has too. */
export const SHARED_FIELDS = [
  "database",
  "account",
  "country",
  "recipient",
  "relay",
  "stripe",
  "limits",
] as const satisfies readonly (keyof ReaderConfiguration)[];

const FORWARDING_FIELDS: readonly string[] = [
  "probeDelayMsMin",
  "probeDelayMsMax",
  "reconnectSpreadMs",
];

/** Reads and checks the file; "-" is the standard input. Throws `UsageError`. */
export function readConfiguration(path: string): ReaderConfiguration {
  const file = new ConfigurationFile(path, [
    ...SHARED_FIELDS,
    "name",
    "pairings",
    "listen",
    "forwarding",
    "simulated",
  ]);
  checkShared(file);
  const configuration = file.fields as unknown as ReaderConfiguration;
  const forwarding = file.members("forwarding", FORWARDING_FIELDS);
  for (const [field, value] of Object.entries(forwarding)) {
    file.need(isCount(value), `forwarding.${field}`, "whole milliseconds");
  }
  const { name, pairings } = configuration;
  const isName = name === undefined || isText(name) && name.length <= 64;
  file.need(isName, "name", "a text of at most 64 characters");
  file.need(
    pairings === undefined || isText(pairings),
    "pairings",
    "the path of a folder",
  );
  checkListen(file);
  checkSimulated(file);
  return configuration;
}

function checkListen(file: ConfigurationFile): void {
  const { host, ...ports } = file.members("listen", [
    "host",
    "tcpPort",
    "webSocketPort",
  ]);
  file.need(host === undefined || isText(host), "listen.host", "an address");
  for (const [name, port] of Object.entries(ports)) {
    file.need(
      port === null || isPort(port),
      `listen.${name}`,
      "0..65535 or null",
    );
  }
}

function checkSimulated(file: ConfigurationFile): void {
  const { device, seed, customers, customerDelayMs } = file.members(
    "simulated",
    ["device", "seed", "customers", "customerDelayMs"],
  );
  file.need(
    device === undefined || DEVICE_TYPES.includes(device as DeviceType),
    "simulated.device",
    `one of ${DEVICE_TYPES.join(", ")}`,
  );
  file.need(seed === undefined || isText(seed), "simulated.seed", "a text");
  const isDay = customers === undefined || customers === "mix" ||
    Array.isArray(customers) && customers.every(isScript);
  file.need(
    isDay,
    "simulated.customers",
    "mix, or a list of simulated cards such as visa:tap",
  );
  file.need(
    customerDelayMs === undefined || isCount(customerDelayMs),
    "simulated.customerDelayMs",
    "whole milliseconds",
  );
}

function isScript(script: unknown): boolean {
  try {
    checkScript(script as string);
    return isText(script);
  } catch {
    return false;
  }
}

/** Checks {@link SHARED_FIELDS}; throws `UsageError`. */
export function checkShared(file: ConfigurationFile): void {
  file.members("account", ["id", "isLivemode"]);
  file.members("recipient", ["keyId", "publicKey"]);
  file.members("relay", ["url", "token"]);
  file.members("stripe", ["apiKey", "apiBase", "recipientKeys"]);
  const { database, account, country, recipient, relay, stripe } = file
    .fields as Partial<ReaderConfiguration>;
  file.need(isText(database), "database", "the path of a file");
  file.need(isText(account?.id), "account.id", "an account, acct_…");
  file.need(
    typeof account?.isLivemode === "boolean",
    "account.isLivemode",
    "true or false",
  );
  file.need(
    isText(country) && /^[A-Z]{2}$/.test(country) &&
      countryNumeric(country) !== undefined,
    "country",
    "an ISO 3166-1 code such as US",
  );
  file.need(isHex(recipient?.keyId, 8), "recipient.keyId", "16 hex digits");
  const publicKey = recipient?.publicKey;
  file.need(
    isText(publicKey) && /^([0-9a-f]{64}|04[0-9a-f]{128})$/i.test(publicKey),
    "recipient.publicKey",
    "64 hex digits, or 130 that begin with 04",
  );
  file.need(
    Boolean(relay) !== Boolean(stripe),
    "relay",
    "given, or stripe, not both",
  );
  const token = relay?.token ?? process.env.HOLDFAST_RELAY_TOKEN;
  file.need(!relay || isUrl(relay.url), "relay.url", "a URL");
  file.need(
    !relay || isText(token),
    "relay.token",
    "what the relay's --new-device printed, or to be in HOLDFAST_RELAY_TOKEN",
  );
  file.need(!stripe || isText(stripe.apiKey), "stripe.apiKey", "Stripe's key");
  const apiBase = stripe?.apiBase;
  file.need(apiBase === undefined || isUrl(apiBase), "stripe.apiBase", "a URL");
  file.need(
    !stripe ||
      isObject(stripe.recipientKeys) &&
        Object.entries(stripe.recipientKeys).every(([id, key]) =>
          isHex(id, 8) && isHex(key, 32)
        ),
    "stripe.recipientKeys",
    "private keys of 64 hex digits by key ids of 16",
  );
  checkFileLimits(file);
}

/** The engine's own check, with the file's name. */
function checkFileLimits(file: ConfigurationFile): void {
  try {
    checkLimits(file.fields.limits, "limits");
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    throw new UsageError(`${file.name}: ${error.message}`);
  }
}

/** What the reader's own terminal is opened with. */
export function terminalOptions(
  configuration: ReaderConfiguration,
): ServerTerminalOptions {
  const { database, account, country, recipient, limits, forwarding } =
    configuration;
  return {
    path: database,
    account,
    location: { country },
    recipient: {
      keyId: bytesOf(recipient.keyId),
      publicKey: bytesOf(recipient.publicKey),
    },
    offline: { isEnabled: true, ...(limits ? { limits } : {}) },
    ...(forwarding ? { forwarding } : {}),
    ...farSide(configuration),
  };
}

function farSide(
  { relay, stripe }: ReaderConfiguration,
): Pick<ServerTerminalOptions, "gateway" | "probeUrl"> {
  if (relay) {
    const token = relay.token ?? process.env.HOLDFAST_RELAY_TOKEN ?? "";
    const gateway: Gateway = createRelayClient({ url: relay.url, token });
    return { gateway, probeUrl: relay.url };
  }
  const { apiKey, apiBase, recipientKeys } = stripe!;
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

/** Of hex digits that were checked. */
function bytesOf(hex: string): Uint8Array {
  return fromHex(hex.toLowerCase())!;
}
