/**
 * The whole of Holdfast in half a minute: take payments offline, be killed, come back, forward.
 *
 * Owns: the story. Sandbox, reader and till are processes of their own; the kill is a real
 * SIGKILL; the exit status is 0 only when nothing was lost and nothing charged twice.
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { loadCore } from "../../bindings/mod.ts";
import { SandboxControl } from "../../hosts/sandbox/control_client.ts";
import { SeededRandom } from "../../hosts/sandbox/random.ts";
import { green, red, seconds } from "../_terminal.ts";
import { Child, type Command, commandFor, type Line } from "./child.ts";
import { type DemoOptions, HELP, readOptions } from "./options.ts";
import {
  type Acknowledged,
  isKept,
  reconcile,
  type Stored,
} from "./reconcile.ts";
import {
  note,
  ProgressBar,
  showError,
  showReconciliation,
  step,
} from "./report.ts";
import type { TillSettings } from "./till.ts";

const API_KEY = "sk_test_holdfast_demo";
const OTHER_API_KEY = "sk_test_another_shop";

/** What the till said, however it ended. */
class Witness {
  readonly acknowledged: Acknowledged[] = [];
  readonly refusals = new Map<string, number>();

  hear(line: Line): void {
    if (line.t === "accepted") this.acknowledged.push(line);
    if (line.t === "refused") {
      const reason = line.reason ?? line.code;
      this.refusals.set(reason, (this.refusals.get(reason) ?? 0) + 1);
    }
  }
}

async function demo(options: DemoOptions): Promise<boolean> {
  const startedAt = performance.now();
  const folder = mkdtempSync(join(tmpdir(), "holdfast-demo-"));
  const children: Child[] = [];
  const commands = new Map<string, Command>();
  const start = async (
    entry: string,
    args: readonly string[] = [],
  ): Promise<Child> => {
    const command = commands.get(entry) ??
      await commandFor(options.runtime, entry);
    commands.set(entry, command);
    const child = new Child(command, args);
    children.push(child);
    return child;
  };
  try {
    step(`Starting the sandbox and a simulated reader on ${options.runtime}`);
    const seed = String(options.seed);
    const sandbox = await start("hosts/sandbox/main.ts", ["--seed", seed]);
    const { url, controlUrl } = await sandbox.next();
    const reader = await start("hosts/reader/simulated_main.ts", [
      ...["--port", "0", "--seed", seed, "--device", "wisepad_3"],
      ...["--cards", "mix", "--country", "US"],
    ]);
    const { port: readerPort } = await reader.next();
    const control = new SandboxControl(controlUrl);
    const settings = await settingsFor(options, folder, url, readerPort);
    const startTill = async (
      changes: Partial<TillSettings> = {},
    ): Promise<Child> => {
      const till = await start(`scripts/demo/till_${options.runtime}.ts`);
      till.tell({ ...settings, ...changes });
      return till;
    };
    const witness = new Witness();

    await control.setOffline(true);
    step(
      `The internet is gone. Taking payments; SIGKILL after ${options.killAfter}`,
    );
    const bar = new ProgressBar("accepted", options.payments);
    const onLine = (line: Line): void => {
      witness.hear(line);
      bar.show(Math.min(witness.acknowledged.length, options.payments));
    };
    const first = await startTill();
    await first.expect("ready");
    first.tell({ do: "take", count: options.payments });
    await killAfter(first, options, witness, onLine);
    const beforeKill = witness.acknowledged.length;
    bar.end();
    note(
      `killed process ${first.pid} after ${beforeKill} acknowledged payments`,
    );

    step("Opening its store with another device key");
    const stranger = await startTill({
      keyPath: join(folder, "other.key"),
      readerPort: 0,
    });
    showError(await stranger.expect("error"));

    step("Starting again from the same file");
    const second = await startTill({ seed: options.seed + 1 });
    const ready = await second.expect("ready");
    note(
      `${ready.open} payments stored; ${
        ready.open - beforeKill
      } committed but not yet said`,
    );
    step("A second till on the same file");
    const rival = await startTill({ readerPort: 0 });
    showError(await rival.expect("error"));
    step("Taking the rest, still offline");
    second.tell({
      do: "take",
      count: Math.max(0, options.payments - ready.open),
    });
    await second.expect("taken", onLine);
    bar.end();
    await second.end();

    step("Back online, but with another shop's credentials");
    await control.setOffline(false);
    const misled = await startTill({ apiKey: OTHER_API_KEY, readerPort: 0 });
    showError(await misled.expect("failure"));
    await misled.end();
    note(
      `${
        (await control.intents()).length
      } PaymentIntents were sent to the other shop`,
    );

    step(
      "The right credentials, over a network that loses requests and answers",
    );
    await control.addFaults(
      { kind: "drop_request", probability: 0.1 },
      { kind: "drop_response", probability: 0.1 },
      { kind: "error_after", probability: 0.03 },
      { kind: "duplicate_delivery", probability: 0.05 },
    );
    const third = await startTill({ readerPort: 0 });
    const waiting = (await third.expect("ready", onLine)).open as number;
    await drain(third, waiting);
    await control.clearFaults();
    third.tell({ do: "list" });
    const stored = (await third.expect("list")).payments as Stored[];
    await third.end();

    const result = reconcile(
      witness.acknowledged,
      stored,
      await control.intents(),
    );
    const report = await control.report();
    showReconciliation(result, witness.refusals);
    const isGood = isKept(result) && report.duplicates === 0 &&
      result.accepted >= options.payments;
    const requests = await control.requests();
    note(
      `${requests.length} requests reached the sandbox in ${
        seconds(performance.now() - startedAt)
      } of demo`,
    );
    console.log(
      isGood
        ? green("\nThe promise held.")
        : red("\nThe promise did NOT hold."),
    );
    console.log(JSON.stringify({
      accepted: result.accepted,
      recovered: result.recovered,
      at_stripe: result.atStripe,
      declined: result.declined,
      refused: [...witness.refusals.values()].reduce(
        (sum, count) => sum + count,
        0,
      ),
      lost: result.lost,
      duplicated: result.duplicated,
      mismatched: result.mismatched,
      open: result.open,
      orphans: result.orphans,
      kills: 1,
      runtime: options.runtime,
      seed: options.seed,
      seconds: Number(((performance.now() - startedAt) / 1000).toFixed(1)),
    }));
    return isGood;
  } finally {
    for (const child of children) child.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function settingsFor(
  options: DemoOptions,
  folder: string,
  apiBase: string,
  readerPort: number,
): Promise<TillSettings> {
  const response = await fetch(`${apiBase}/v1/account`, {
    headers: { authorization: `Bearer ${API_KEY}` },
  });
  const { id } = await response.json() as { id: string };
  const core = await loadCore();
  const pair = core.seal.generateKeyPair(
    crypto.getRandomValues(new Uint8Array(32)),
  );
  return {
    path: join(folder, "till.db"),
    keyPath: join(folder, "till.db.key"),
    country: "US",
    apiKey: API_KEY,
    apiBase,
    account: id,
    readerPort,
    recipientKeyId: "0000000000000001",
    recipientPublicKey: hex(pair.publicKey),
    recipientPrivateKey: hex(pair.privateKey),
    seed: options.seed,
  };
}

/** Kills the till somewhere inside the payment after the `killAfter`-th acknowledgement. */
async function killAfter(
  till: Child,
  options: DemoOptions,
  witness: Witness,
  onLine: (line: Line) => void,
): Promise<void> {
  const random = new SeededRandom(options.seed);
  let isKilled = false;
  for (let line = await till.next(); line !== null; line = await till.next()) {
    onLine(line);
    if (line.t === "taken") {
      throw new Error("the till was done before it could be killed");
    }
    if (isKilled || witness.acknowledged.length < options.killAfter) continue;
    isKilled = true;
    await new Promise((resolve) => setTimeout(resolve, random.fraction() * 5));
    till.kill();
  }
}

/** Waits until every open payment has its outcome. */
async function drain(till: Child, waiting: number): Promise<void> {
  const bar = new ProgressBar("forwarded", waiting);
  const settled = new Set<string>();
  while (settled.size < waiting) {
    const line = await till.expect("outcome", (other) => {
      if (other.t === "failure") showError(other);
    });
    settled.add(line.localId);
    bar.show(settled.size);
  }
  bar.end();
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
}

const options = readOptions(process.argv.slice(2));
if (options === null) console.log(HELP);
else process.exit(await demo(options) ? 0 : 1);
