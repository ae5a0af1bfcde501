/**
 * The simulated reader as a program of its own, over TCP.
 *
 * Prints one JSON line `{"port":…,"serialNumber":…}` when it listens, serves reconnects for
 * ever, and ends when its standard input closes or it gets SIGTERM.
 *
 * ```
 * simulated_main.ts [--port 0] [--device wisepad_3] [--seed S] [--cards mix|visa,amex:tap,…]
 *                   [--country US] [--delay-ms 0]
 * ```
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { DEVICE_TYPES, type DeviceType } from "../../engine/reader/messages.ts";
import { SimulatedReader } from "../../engine/reader/simulated_reader.ts";
import { SystemClock } from "../web/system_clock.ts";
import { listenTcp } from "../posix/tcp_transport.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    device: { type: "string", default: "wisepad_3" },
    seed: { type: "string", default: "1" },
    cards: { type: "string", default: "mix" },
    country: { type: "string", default: "US" },
    "delay-ms": { type: "string", default: "0" },
  },
});

const reader = new SimulatedReader({
  clock: new SystemClock(),
  seed: values.seed,
  deviceType: deviceType(values.device),
  country: values.country,
  customers: values.cards === "mix" ? "mix" : values.cards.split(","),
  customerDelayMs: Number(values["delay-ms"]),
});

const listener = await listenTcp(
  { port: Number(values.port) },
  (transport) => void reader.serve(transport),
);
const { port } = listener;
process.stdout.write(
  JSON.stringify({ port, serialNumber: reader.serialNumber }) + "\n",
);

process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
process.on("SIGTERM", () => process.exit(0));

function deviceType(name: string): DeviceType {
  const known = DEVICE_TYPES.find((type) => type === name);
  if (known) return known;
  process.stderr.write(
    `unknown device ${name}; choose one of ${DEVICE_TYPES.join(", ")}\n`,
  );
  process.exit(2);
}
