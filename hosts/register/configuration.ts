/**
 * The register's configuration file.
 *
 * Owns: the file's form, what it becomes, and refusing it with the field's name. What the register
 * shares with a smart reader (database, account, recipient, relay, limits) has one form for both.
 * @module
 */
import {
  ConfigurationFile,
  isCount,
  isText,
} from "../posix/configuration_file.ts";
import type { ServerTerminalOptions } from "../posix/terminal_options.ts";
import {
  checkShared,
  type ReaderConfiguration,
  SHARED_FIELDS,
  terminalOptions,
} from "../reader/configuration.ts";
import { isCurrency } from "./amount.ts";
import type { Manager } from "./managers.ts";
import type { ReaderAddress } from "./reader_address.ts";

/** What a reader with a screen offers where the shop says nothing. */
export const TIP_PERCENTAGES: readonly number[] = [10, 15, 20];

/** Choices that fit on a reader's screen; docs/formats/reader-protocol.md §5.3. */
const TIPS_MAX = 4;

/** The configuration file, JSON. */
export interface RegisterConfiguration
  extends Pick<ReaderConfiguration, typeof SHARED_FIELDS[number]> {
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

/** Reads and checks the file; throws `UsageError`. */
export function readRegisterConfiguration(path: string): RegisterConfiguration {
  const file = new ConfigurationFile(path, [
    ...SHARED_FIELDS,
    "shop",
    "location",
    "currencies",
    "reader",
    "tipPercentages",
    "managers",
  ]);
  checkShared(file);
  file.members("shop", ["name", "address"]);
  file.members("reader", [
    "tcp",
    "webSocket",
    "isPlain",
    "serial",
    "baudRate",
  ]);
  const value = file.fields as unknown as RegisterConfiguration;
  const { shop, currencies, reader } = value;
  file.need(isText(shop?.name), "shop.name", "a name");
  file.need(
    Array.isArray(currencies) && currencies.length > 0 &&
      currencies.every(isCurrency),
    "currencies",
    "a list of ISO 4217 codes",
  );
  checkOwnFields(file, value);
  const ways = [reader?.tcp, reader?.webSocket, reader?.serial].filter(isText);
  file.need(ways.length === 1, "reader", "one of tcp, webSocket or serial");
  return { ...value, currencies: currencies.map((it) => it.toLowerCase()) };
}

function checkOwnFields(
  file: ConfigurationFile,
  { location, tipPercentages, managers, shop, reader }: RegisterConfiguration,
): void {
  file.need(
    shop.address === undefined ||
      Array.isArray(shop.address) && shop.address.every(isText),
    "shop.address",
    "a list of lines",
  );
  file.need(
    location === undefined || isText(location),
    "location",
    "a Location's id, tml_…",
  );
  file.need(
    tipPercentages === undefined ||
      Array.isArray(tipPercentages) && tipPercentages.length <= TIPS_MAX &&
        tipPercentages.every((it) => isCount(it) && it <= 100),
    "tipPercentages",
    `at most ${TIPS_MAX} whole numbers, 0..100`,
  );
  file.need(
    managers === undefined ||
      Array.isArray(managers) &&
        managers.every((it) => isText(it?.name) && isText(it?.pin)),
    "managers",
    "a list of what --new-manager printed",
  );
  const baudRate = reader?.baudRate;
  file.need(
    baudRate === undefined || isCount(baudRate) && baudRate > 0,
    "reader.baudRate",
    "bits a second",
  );
}

/** What the register's terminal is opened with. */
export function registerTerminalOptions(
  configuration: RegisterConfiguration,
): ServerTerminalOptions {
  const options = terminalOptions(configuration);
  const { location } = configuration;
  return location === undefined
    ? options
    : { ...options, location: { ...options.location, id: location } };
}
