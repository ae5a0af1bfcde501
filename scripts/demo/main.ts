/**
 * The whole of Holdfast in half a minute: take payments offline, be killed, come back, forward.
 *
 * Owns: the story. Sandbox, reader and till are processes of their own; the kill is a real
 * SIGKILL; the exit status is 0 only when nothing was lost and nothing charged twice.
 * @module
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { SeededRandom } from "../../hosts/sandbox/random.ts";
import { runCommand } from "../../hosts/posix/command.ts";
import { green, red, seconds } from "../_terminal.ts";
import type { Child, Line } from "./child.ts";
import { readOptions } from "./options.ts";
import {
  type Acknowledged,
  isKept,
  reconcile,
  type Reconciliation,
  type Stored,
} from "./reconcile.ts";
import {
  note,
  ProgressBar,
  showError,
  showReconciliation,
  step,
} from "./report.ts";
import { Stage } from "./stage.ts";

/** A drain without any outcome for this long has failed: report it instead of hanging. */
const STALL_MS = 60_000;

/** What the tills said, however they ended. */
class Witness {
  readonly acknowledged: Acknowledged[] = [];
  readonly refusals = new Map<string, number>();
  readonly #bar: ProgressBar;
  readonly #goal: number;

  constructor(goal: number) {
    this.#goal = goal;
    this.#bar = new ProgressBar("accepted", goal);
  }

  readonly hear = (line: Line): void => {
    if (line.t === "accepted") this.acknowledged.push(line);
    if (line.t === "refused") {
      const reason = line.reason ?? line.code;
      this.refusals.set(reason, this.refused(reason) + 1);
    }
    this.#bar.show(Math.min(this.acknowledged.length, this.#goal));
  };

  refused(reason: string): number {
    return this.refusals.get(reason) ?? 0;
  }

  pause(): void {
    this.#bar.end();
  }
}

/** Scene 1: the network is gone, sales go on, and the till is killed. */
async function sellUntilKilled(stage: Stage, witness: Witness): Promise<void> {
  const { killAfter, payments, seed } = stage.options;
  await stage.control.setOffline(true);
  step(`The internet is gone. Taking payments; SIGKILL after ${killAfter}`);
  const till = await stage.till();
  await till.expect("ready");
  // More than will be asked for: it must be at work when it is killed.
  till.tell({ do: "take", count: 2 * payments });
  const random = new SeededRandom(seed);
  let isKilled = false;
  for (let line = await till.next(); line !== null; line = await till.next()) {
    witness.hear(line);
    if (isKilled || witness.acknowledged.length < killAfter) continue;
    isKilled = true;
    // Somewhere inside the payment that follows.
    await pause(random.fraction() * 5);
    till.kill();
  }
  witness.pause();
  const count = witness.acknowledged.length;
  note(`killed process ${till.pid} after ${count} acknowledged payments`);
}

/** Scene 2: what must not work does not, and says so; then the rest is sold. */
async function comeBack(stage: Stage, witness: Witness): Promise<void> {
  step("Opening its store with another device key");
  const keyPath = join(stage.folder, "other.key");
  writeFileSync(keyPath, crypto.getRandomValues(new Uint8Array(32)));
  const stranger = await stage.till({ keyPath, readerPort: 0 });
  showError(await stranger.expect("error"));

  step("Starting again from the same file");
  const { payments, seed } = stage.options;
  const said = witness.acknowledged.length;
  const till = await stage.till({ seed: seed + 1 });
  const { open } = await till.expect("ready");
  note(`${open} payments stored; ${open - said} committed but not yet said`);

  step("A second till on the same file");
  const rival = await stage.till({ readerPort: 0 });
  showError(await rival.expect("error"));

  step("Taking the rest, still offline");
  till.tell({ do: "take", count: Math.max(0, payments - open) });
  await till.expect("taken", witness.hear);
  witness.pause();
  await till.end();
}

/** Scene 3: the network is back, but the credentials are another shop's. */
async function forwardToTheWrongShop(stage: Stage): Promise<void> {
  step("Back online, but through the relay of another shop");
  await stage.control.setOffline(false);
  const till = await stage.till({
    relayUrl: stage.otherRelayUrl,
    readerPort: 0,
  });
  showError(await till.expect("failure"));
  await till.end();
  const { length } = await stage.control.intents();
  note(`${length} PaymentIntents were sent to the other shop`);
}

/** Scene 4: a network that loses requests and answers; returns what the store says in the end. */
async function forwardThroughBadWeather(stage: Stage): Promise<Stored[]> {
  step(
    "The right relay, over a network that loses requests and answers",
  );
  await stage.control.addFaults(
    { kind: "drop_request", probability: 0.1 },
    { kind: "drop_response", probability: 0.1 },
    { kind: "error_after", probability: 0.03 },
    { kind: "duplicate_delivery", probability: 0.05 },
  );
  const till = await stage.till({ readerPort: 0 });
  await drain(till, (await till.expect("ready")).open);
  await stage.control.clearFaults();
  till.tell({ do: "list" });
  const { payments } = await till.expect("list");
  await till.end();
  return payments as Stored[];
}

/** Waits until every open payment has its outcome, or nothing has happened for a minute. */
async function drain(till: Child, waiting: number): Promise<void> {
  const bar = new ProgressBar("forwarded", waiting);
  const settled = new Set<string>();
  let stall = setTimeout(() => till.kill(), STALL_MS);
  while (settled.size < waiting) {
    const line = await till.expect("outcome", (other) => {
      if (other.t === "failure") showError(other);
    });
    clearTimeout(stall);
    stall = setTimeout(() => till.kill(), STALL_MS);
    settled.add(line.localId);
    bar.show(settled.size);
  }
  clearTimeout(stall);
  bar.end();
}

async function play(stage: Stage, startedAt: number): Promise<boolean> {
  const witness = new Witness(stage.options.payments);
  await sellUntilKilled(stage, witness);
  await comeBack(stage, witness);
  await forwardToTheWrongShop(stage);
  const stored = await forwardThroughBadWeather(stage);
  const { control } = stage;
  const result = reconcile(
    witness.acknowledged,
    stored,
    await control.intents(),
  );
  const { duplicates } = await control.report();
  showReconciliation(result, witness.refusals);
  const isGood = isKept(result) && duplicates === 0 &&
    result.accepted >= stage.options.payments;
  const elapsedMs = performance.now() - startedAt;
  const { length } = await control.requests();
  note(`${length} requests reached the sandbox; ${seconds(elapsedMs)} in all`);
  console.log(
    isGood ? green("\nThe promise held.") : red("\nThe promise did NOT hold."),
  );
  console.log(JSON.stringify(figures(stage, witness, result, elapsedMs)));
  return isGood;
}

function figures(
  stage: Stage,
  witness: Witness,
  result: Reconciliation,
  elapsedMs: number,
): object {
  const refusals = [...witness.refusals.values()];
  return {
    accepted: result.accepted,
    recovered: result.recovered,
    at_stripe: result.atStripe,
    declined: result.declined,
    refused: refusals.reduce((sum, count) => sum + count, 0),
    lost: result.lost,
    duplicated: result.duplicated,
    mismatched: result.mismatched,
    open: result.open,
    orphans: result.orphans,
    kills: 1,
    runtime: stage.options.runtime,
    seed: stage.options.seed,
    seconds: Number((elapsedMs / 1000).toFixed(1)),
  };
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}

await runCommand(async (args) => {
  const options = readOptions(args);
  if (options === null) return 0;
  const startedAt = performance.now();
  step(`Starting sandbox, relay and simulated reader on ${options.runtime}`);
  const isGood = await Stage.build(options, (stage) => play(stage, startedAt));
  return isGood ? 0 : 1;
});
