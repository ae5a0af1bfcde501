/**
 * The register without a screen: commands from the standard input, lines to the standard output.
 *
 * Owns: the order of things. One command after the other; a manager, when one is needed, is asked
 * for on the same input; the last line is one JSON object and says whether everything was done.
 * @module
 */
import process from "node:process";
import { createInterface } from "node:readline";
import type { ApprovalRequest } from "../../engine/mod.ts";
import { Commands } from "./commands.ts";
import type { Credentials, Desk } from "./desk.ts";
import type { News } from "./register.ts";
import { LineReport, paymentFacts, paymentLine } from "./report.ts";
import { codeWords, limitWords, waitWords } from "./words.ts";

/** Lines of the standard input, one at a time. */
class Lines {
  readonly #lines: string[] = [];
  readonly #interface = createInterface({ input: process.stdin });
  #hasEnded = false;
  #wake = (): void => {};

  constructor() {
    this.#interface.on("line", (line) => {
      this.#lines.push(line);
      this.#wake();
    });
    this.#interface.on("close", () => {
      this.#hasEnded = true;
      this.#wake();
    });
  }

  /** The next line, or null after the last one or when `signal` aborts. */
  async next(signal: AbortSignal): Promise<string | null> {
    const onAbort = (): void => this.#wake();
    signal.addEventListener("abort", onAbort);
    while (this.#lines.length === 0 && !this.#hasEnded && !signal.aborted) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    signal.removeEventListener("abort", onAbort);
    return signal.aborted ? null : this.#lines.shift() ?? null;
  }

  close(): void {
    this.#interface.close();
    process.stdin.unref?.();
  }
}

/** Runs until `quit`, the input's end, or a signal; returns the exit status. */
export async function runLines(desk: Desk, isJson: boolean): Promise<number> {
  const report = new LineReport(isJson);
  const lines = new Lines();
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.once(name, onSignal);
  }
  desk.register.onNews((news) => tellNews(report, news));
  const ask = (request: ApprovalRequest): Promise<Credentials | null> =>
    askManager(report, lines, request);
  await desk.start(ask, (news) => {
    if (news.kind === "connected") {
      const { name } = news;
      report.say(`reader ${name}`, { t: "reader", name });
    } else report.refuse("failure", news.error);
  });
  const { waitingCount } = await desk.register.glance();
  const { path, shop } = desk;
  report.say(
    `${shop.name}: ready; ${waitWords(waitingCount)} in ${path}`,
    { t: "ready", path, waiting: waitingCount },
  );
  const commands = new Commands(desk, report, stop.signal);
  for (;;) {
    const line = await lines.next(stop.signal);
    if (line === null || !await commands.execute(line)) break;
  }
  lines.close();
  const { waitingCount: left, sums } = await desk.register.glance();
  await desk.close();
  const { acceptedCount: accepted, failedCount: failed } = commands;
  const isOk = failed === 0 && !stop.signal.aborted;
  report.end({ t: "end", ok: isOk, accepted, failed, waiting: left, sums });
  return isOk ? 0 : 1;
}

/** `approve NAME PIN [REASON]` lifts the limit; any other line, or none, does not. */
async function askManager(
  report: LineReport,
  lines: Lines,
  request: ApprovalRequest,
): Promise<Credentials | null> {
  const { signal, localId: _, ...facts } = request;
  report.say(
    `LIMIT ${request.code}: ${codeWords(request.code)}: ` +
      `${limitWords(request)}\n  -> approve NAME PIN [REASON], or deny`,
    { t: "limit", ...facts },
  );
  const line = await lines.next(signal);
  const match = /^approve\s+(\S+)\s+(\d+)\s*([^]*)$/.exec(line?.trim() ?? "");
  if (match === null) return null;
  return { name: match[1], pin: match[2], reason: match[3] };
}

function tellNews(report: LineReport, news: News): void {
  switch (news.kind) {
    case "outcome":
      return report.say(`outcome   ${paymentLine(news.payment)}`, {
        t: "outcome",
        ...paymentFacts(news.payment),
      });
    case "network":
      return report.say(`network ${news.networkStatus}`, {
        t: "network",
        status: news.networkStatus,
      });
    case "failure":
      return report.refuse("failure", news.error);
    case "capture_closing":
      return report.say(
        `capture ${news.localId} soon, or its authorisation lapses`,
        { t: "capture_closing", localId: news.localId },
      );
    case "reader":
    case "changed":
      // Prompts are for the customer, counters for a screen.
  }
}
