/**
 * The relay's configuration file.
 *
 * Owns: the file's form, and refusing it with the field's name. Documented in `docs/relay.md`.
 * @module
 */
import process from "node:process";
import { isObject } from "../../engine/configuration_check.ts";
import { UsageError } from "../posix/command.ts";
import {
  ConfigurationFile,
  isHex,
  isPort,
  isText,
  isUrl,
} from "../posix/configuration_file.ts";
import { type Device, Devices } from "./devices.ts";
import type { RecipientKeyText } from "./recipient_keys.ts";
import { DEFAULT_TURN_LIMITS, type TurnLimits } from "./turns.ts";

/** The configuration file, JSON. */
export interface RelayConfiguration {
  /** Where to listen. @default a free port of 127.0.0.1 */
  listen?: { host?: string; port?: number };
  /** The relay's own database file. */
  database: string;
  /** Stripe's secret key. @default the environment's STRIPE_API_KEY */
  apiKey?: string;
  /** Base URL of a sandbox. @default Stripe's own API */
  apiBase?: string;
  /** Connected account on whose behalf to act. */
  stripeAccount?: string;
  /** Private keys of the recipient by key id (16 hex digits); see {@link RecipientKeyText}. */
  recipientKeys: Record<string, RecipientKeyText>;
  /** Devices, as `--new-device` prints them. */
  devices: Device[];
  /** Signing secret of the webhook endpoint. */
  webhookSecret?: string;
  /** How often Stripe may be asked; less where others use the account too. */
  turns?: Partial<TurnLimits>;
}

const FIELDS: readonly (keyof RelayConfiguration)[] = [
  "listen",
  "database",
  "apiKey",
  "apiBase",
  "stripeAccount",
  "recipientKeys",
  "devices",
  "webhookSecret",
  "turns",
];

/** A configuration whose key was found, in the file or in the environment. */
export type ReadConfiguration = RelayConfiguration & { apiKey: string };

/** Reads and checks the file; "-" is the standard input. Throws {@link UsageError}. */
export function readRelayConfiguration(path: string): ReadConfiguration {
  const file = new ConfigurationFile(path, FIELDS);
  const { apiKey = process.env.STRIPE_API_KEY, ...fields } = file.fields;
  file.need(isText(fields.database), "database", "the path of a file");
  file.need(
    isText(apiKey),
    "apiKey",
    "Stripe's secret key, or to be in STRIPE_API_KEY",
  );
  for (const name of ["stripeAccount", "webhookSecret"]) {
    const value = fields[name];
    file.need(value === undefined || isText(value), name, "a text");
  }
  const { apiBase } = fields;
  file.need(apiBase === undefined || isUrl(apiBase), "apiBase", "a URL");
  checkListen(file);
  checkKeys(file);
  checkDevices(file);
  checkTurns(file);
  return { ...fields, apiKey } as ReadConfiguration;
}

function checkListen(file: ConfigurationFile): void {
  const { host = "localhost", port = 0 } = file.members("listen", [
    "host",
    "port",
  ]);
  file.need(isText(host), "listen.host", "an address");
  file.need(isPort(port), "listen.port", "0..65535");
}

function checkKeys(file: ConfigurationFile): void {
  const { recipientKeys } = file.fields;
  const isFine = isObject(recipientKeys) &&
    Object.keys(recipientKeys).length > 0 &&
    Object.entries(recipientKeys).every(([id, key]) =>
      /^[0-9a-f]{16}$/.test(id) &&
      (isHex(key, 32) || isObject(key))
    );
  file.need(
    isFine,
    "recipientKeys",
    "private keys, 64 hex digits or a JWK, by key ids of 16 in lower case",
  );
}

function checkDevices(file: ConfigurationFile): void {
  const { devices } = file.fields;
  file.need(
    Array.isArray(devices) && devices.length > 0 && devices.every(isObject),
    "devices",
    "a list of what --new-device prints as device",
  );
  try {
    new Devices(devices as Device[]);
  } catch (error) {
    throw new UsageError(`${file.name}: ${(error as Error).message}`);
  }
}

function checkTurns(file: ConfigurationFile): void {
  const { turns } = file.fields;
  if (turns === undefined) return;
  const names = Object.keys(DEFAULT_TURN_LIMITS);
  const isFine = isObject(turns) &&
    Object.entries(turns).every(([name, value]) =>
      names.includes(name) && typeof value === "number" && value > 0
    );
  file.need(isFine, "turns", `positive numbers: ${names.join(", ")}`);
}
