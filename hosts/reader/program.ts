/**
 * The smart reader as a program: `--config FILE [--pair]`.
 *
 * Owns: its lines. Prints one line of JSON with serial number and ports when it accepts
 * connections, then one per event of its log. A line `pair` on the standard input (on a device:
 * the menu) shows a pairing code. Runs until it is told to stop; being killed is as good.
 * Configuration: `configuration.ts`.
 * @module
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { loadCore, type Terminal } from "../../engine/mod.ts";
import { SimulatedReader } from "../../engine/reader/simulated_reader.ts";
import { readArguments, runCommand, UsageError } from "../posix/command.ts";
import { PairingFiles } from "../posix/pairing_files.ts";
import { listenTcp } from "../posix/tcp_transport.ts";
import type { ServerTerminalOptions } from "../posix/terminal_options.ts";
import { listenWebSocket } from "../posix/websocket_listener.ts";
import { SystemClock } from "../web/system_clock.ts";
import { SystemRandom } from "../web/system_random.ts";
import {
  readConfiguration,
  type ReaderConfiguration,
  terminalOptions,
} from "./configuration.ts";
import { SmartReaderHost } from "./smart_reader_host.ts";

const HELP = `Usage: reader --config FILE [--pair]

  --config FILE   JSON; "-" reads it from the standard input
  --pair          shows a pairing code at once; later, type "pair"`;

/** Runs the program over the runtime's own way to open a terminal. */
export function runReader(
  open: (options: ServerTerminalOptions) => Promise<Terminal>,
): Promise<void> {
  return runCommand(async (args) => {
    const values = readArguments(args, HELP, {
      config: { type: "string" },
      pair: { type: "boolean", default: false },
    });
    if (values === null) return 0;
    const { config, pair } = values;
    if (config === undefined) throw new UsageError("reader needs --config");
    const configuration = readConfiguration(config);
    const terminal = await open(terminalOptions(configuration));
    const { host, ...address } = await start(configuration, terminal);
    say(address);
    const showCode = (): void => say({ pairingCode: host.openPairing() });
    if (pair) showCode();
    if (config !== "-") {
      createInterface({ input: process.stdin })
        .on("line", (line) => line.trim() === "pair" && showCode());
    }
    const stop = async (): Promise<void> => {
      host.close();
      await terminal.close();
      process.exit(0);
    };
    process.once("SIGTERM", stop);
    process.once("SIGINT", stop);
    return null;
  });
}

async function start(
  configuration: ReaderConfiguration,
  terminal: Terminal,
): Promise<{
  host: SmartReaderHost;
  serialNumber: string;
  tcpPort: number | null;
  webSocketPort: number | null;
}> {
  const { simulated = {}, listen = {}, database } = configuration;
  const clock = new SystemClock();
  const cardReader = new SimulatedReader({
    clock,
    seed: simulated.seed ?? "1",
    deviceType: simulated.device ?? "wisepos_e",
    country: configuration.country,
    customers: simulated.customers ?? "mix",
    customerDelayMs: simulated.customerDelayMs ?? 0,
  });
  const reader = await SmartReaderHost.start({
    core: await loadCore(),
    clock,
    random: new SystemRandom(),
    terminal,
    account: configuration.account,
    cardReader,
    pairings: new PairingFiles(
      configuration.pairings ?? `${database}.pairings`,
    ),
    name: configuration.name ?? "Reader",
    onNews: say,
  });
  const { host = "127.0.0.1", tcpPort = 0, webSocketPort = 0 } = listen;
  const port = async (
    number: number | null,
    open: typeof listenTcp,
  ): Promise<number | null> =>
    number === null ? null : (await open(
      { host, port: number },
      (transport) => void reader.serve(transport),
    )).port;
  return {
    host: reader,
    serialNumber: cardReader.serialNumber,
    tcpPort: await port(tcpPort, listenTcp),
    webSocketPort: await port(webSocketPort, listenWebSocket),
  };
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
