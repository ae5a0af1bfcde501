/**
 * The register's configuration file.
 *
 * Owns: the file's form, what it becomes, and refusing it with the field's name. What the register
 * shares with a smart reader (database, account, recipient, relay, limits) has one form for both.
 * @module
 */
import { readFileSync } from "node:fs";
import type { ServerTerminalOptions } from "../posix/terminal_options.ts";
import {
  type ReaderConfiguration,
  terminalOptions,
} from "../reader/configuration.ts";
import { isCurrency } from "./amount.ts";
import type { Manager } from "./managers.ts";
import type { ReaderAddress } from "./reader_address.ts";
import { UsageError } from "./usage_error.ts";

/** What a reader with a screen offers where the shop says nothing. */
export const TIP_PERCENTAGES: readonly number[] = [10, 15, 20];

/** The configuration file, JSON. */
export interface RegisterConfiguration extends
  Pick<
    ReaderConfiguration,
    | "database"
    | "account"
    | "country"
    | "recipient"
    | "relay"
    | "stripe"
    | "limits"
  > {
  /** Stands on receipts and on the screen. */
  shop: { name: string; address?: string[] };
  /** Stripe's Location (`tml_…`), when its configuration shall decide. */
  location?: string;
  /** ISO 4217 codes, the usual one first. */
  currencies: string[];
  reader: ReaderAddress;
  /** Percentages the reader offers when the cashier asks for a tip. @default [10, 15, 20] */
  tipPercentages?: number[];
  /** Who may lift a limit, as `--new-manager` prints them. @default nobody */
  managers?: Manager[];
}

/** Reads and checks the file; throws {@link UsageError}. */
export function readRegisterConfiguration(path: string): RegisterConfiguration {
  let value: RegisterConfiguration;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    throw new UsageError(`${path} cannot be read: ${code ?? message}`);
  }
  const need = (isFine: boolean, field: string, expected: string): void => {
    if (!isFine) {
      throw new UsageError(`${path}: expected ${field} to be ${expected}`);
    }
  };
  const isText = (it: unknown): boolean => typeof it === "string" && it !== "";
  const { shop, currencies, reader, account, recipient } = value;
  need(isText(shop?.name), "shop.name", "a name");
  need(isText(value.database), "database", "the path of a file");
  need(isText(account?.id), "account.id", "an account, acct_…");
  need(
    typeof account?.isLivemode === "boolean",
    "account.isLivemode",
    "true or false",
  );
  need(
    /^[A-Z]{2}$/.test(value.country),
    "country",
    "an ISO 3166-1 code such as US",
  );
  need(
    /^[0-9a-f]{16}$/i.test(recipient?.keyId),
    "recipient.keyId",
    "16 hex digits",
  );
  need(
    /^([0-9a-f]{64}|04[0-9a-f]{128})$/i.test(recipient?.publicKey),
    "recipient.publicKey",
    "64 hex digits, or 130 that begin with 04",
  );
  need(
    Array.isArray(currencies) && currencies.length > 0 &&
      currencies.every(isCurrency),
    "currencies",
    "a list of ISO 4217 codes",
  );
  const ways = [reader?.tcp, reader?.webSocket, reader?.serial].filter(isText);
  need(ways.length === 1, "reader", "one of tcp, webSocket or serial");
  need(
    Boolean(value.relay) !== Boolean(value.stripe),
    "relay",
    "given, or stripe, not both",
  );
  return { ...value, currencies: currencies.map((it) => it.toLowerCase()) };
}

/** What the register's terminal is opened with; throws {@link UsageError}. */
export function registerTerminalOptions(
  configuration: RegisterConfiguration,
): ServerTerminalOptions {
  const { location } = configuration;
  try {
    const options = terminalOptions(configuration);
    return location === undefined
      ? options
      : { ...options, location: { ...options.location, id: location } };
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message);
    throw error;
  }
}
