/**
 * The simulated reader as a program of its own, over TCP.
 *
 * Prints one JSON line `{"port":…,"serialNumber":…}` when it listens, serves one
 * connection after the other, and ends on SIGTERM, or when its standard input is a pipe that closes.
 * @module
 */
import { fstatSync } from "node:fs";
import process from "node:process";
import { DEVICE_TYPES } from "../../engine/reader/messages.ts";
import { SimulatedReader } from "../../engine/reader/simulated_reader.ts";
import {
  readArguments,
  readChoice,
  readInteger,
  runCommand,
} from "../posix/command.ts";
import { listenTcp } from "../posix/tcp_transport.ts";
import { SystemClock } from "../web/system_clock.ts";

/** Whether a program waits at the other end; a terminal or /dev/null is nobody to end with. */
function isPipe(descriptor: number): boolean {
  try {
    const stat = fstatSync(descriptor);
    return stat.isFIFO() || stat.isSocket();
  } catch {
    return false; // Closed: some service managers start programs so.
  }
}

const HELP = `Usage: simulated-reader [options]

  --port N          any free one when left out
  --device TYPE     ${DEVICE_TYPES.join(", ")} (default wisepad_3)
  --seed TEXT       seed of the customers (default 1)
  --cards CARDS     mix, or cards in their order: visa,amex:tap,… (default mix)
  --country CODE    of the shop, ISO 3166-1 alpha-2 (default US)
  --delay-ms N      how long customers look for their card (default 0)`;

await runCommand(async (args) => {
  const values = readArguments(args, HELP, {
    "port": { type: "string", default: "0" },
    "device": { type: "string", default: "wisepad_3" },
    "seed": { type: "string", default: "1" },
    "cards": { type: "string", default: "mix" },
    "country": { type: "string", default: "US" },
    "delay-ms": { type: "string", default: "0" },
  });
  if (values === null) return 0;
  const { device, seed, cards, country } = values;
  const reader = new SimulatedReader({
    clock: new SystemClock(),
    seed,
    deviceType: readChoice("device", device, DEVICE_TYPES),
    country,
    customers: cards === "mix" ? "mix" : cards.split(","),
    customerDelayMs: readInteger("delay-ms", values["delay-ms"]),
  });
  const { port } = await listenTcp(
    { port: readInteger("port", values.port, 0, 65_535) },
    (transport) => void reader.serve(transport),
  );
  const { serialNumber } = reader;
  process.stdout.write(`${JSON.stringify({ port, serialNumber })}\n`);
  if (isPipe(0)) {
    process.stdin.resume();
    process.stdin.on("end", () => process.exit(0));
  }
  process.on("SIGTERM", () => process.exit(0));
  return null;
});
