/**
 * A process of the demo, spoken to in lines of JSON.
 *
 * Owns: spawning on either runtime and reading whole lines, also those that were still in the
 * pipe when the process was killed.
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";
import { bundleForNode } from "../bundle.ts";
import { denoPath } from "../_process.ts";

/** One line of a child, parsed. */
// deno-lint-ignore no-explicit-any -- the demo's own processes, each line checked where it is used
export type Line = any;

/** A program with what comes before its own arguments. */
export type Command = readonly [string, readonly string[]];

/** Makes the command line that runs `entry` on `runtime`; Node gets a bundle. */
export async function commandFor(
  runtime: "deno" | "node",
  entry: string,
): Promise<Command> {
  return runtime === "deno"
    ? [denoPath(), ["run", "-A", "--quiet", entry]]
    : ["node", [await bundleForNode(entry)]];
}

/** A running child. */
export class Child {
  readonly #process: ChildProcess;
  readonly #lines: Line[] = [];
  readonly #waiting: (() => void)[] = [];
  #hasEnded = false;
  #errors = "";
  /** Resolves with `null` after a signal, else with the exit status. */
  readonly ended: Promise<number | null>;

  /** Starts the command. */
  constructor(
    command: Command,
    args: readonly string[] = [],
  ) {
    this.#process = spawn(command[0], [...command[1], ...args], {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1" },
    });
    this.#process.stderr!.setEncoding("utf8").on(
      "data",
      (text) => this.#errors += text,
    );
    // A line may still be on its way when the child is killed: that is the point of the demo.
    this.#process.stdin!.on("error", () => {});
    createInterface({ input: this.#process.stdout! }).on("line", (text) => {
      this.#lines.push(JSON.parse(text));
      this.#wakeAll();
    });
    this.ended = new Promise((resolve) => {
      this.#process.on("close", (code) => {
        this.#hasEnded = true;
        this.#wakeAll();
        resolve(code);
      });
    });
  }

  /** The process id. */
  get pid(): number {
    return this.#process.pid!;
  }

  /** Sends one line. */
  tell(message: object): void {
    this.#process.stdin!.write(`${JSON.stringify(message)}\n`);
  }

  /** The next line, or null after the last one. */
  async next(): Promise<Line | null> {
    while (this.#lines.length === 0) {
      if (this.#hasEnded) return null;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return this.#lines.shift()!;
  }

  /** The next line of type `t`; lines before it go to `onOther`. */
  async expect(
    t: string,
    onOther: (line: Line) => void = () => {},
  ): Promise<Line> {
    for (
      let line = await this.next();
      line !== null;
      line = await this.next()
    ) {
      if (line.t === t) return line;
      onOther(line);
    }
    throw new Error(`a process ended before it said "${t}"\n${this.#errors}`);
  }

  /** SIGKILL: no handler, no flush, no goodbye. */
  kill(): void {
    this.#process.kill("SIGKILL");
  }

  /** Ends it politely by closing its input. */
  async end(): Promise<void> {
    this.#process.stdin!.end();
    await this.ended;
  }

  #wakeAll(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
