/**
 * The register as a process on the runtime that runs the test.
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { after } from "node:test";
import { bundleForNode } from "../../scripts/bundle.ts";
import { TerminalPicture } from "./terminal_picture.ts";

const PROGRAM = "deno" in process.versions
  ? ["run", "--quiet", "--no-check", "-A", "hosts/register/main.ts"]
  : [await bundleForNode("hosts/register/main_node.ts")];
/** Far above what a loaded machine needs; a test that waits so long has failed. */
const DEADLINE_MS = 30_000;

// deno-lint-ignore no-explicit-any -- the register's own lines, each checked where it is used
export type Said = any;

/** Waits until `condition` holds; `describe` says what was there instead. */
async function until(
  condition: () => boolean,
  describe: () => string,
): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(describe());
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const places: RegisterPlace[] = [];
after(() => places.forEach((place) => place.close()));

/** A place that is cleared away after the file's last test. */
export function openPlace(): RegisterPlace {
  const place = new RegisterPlace();
  places.push(place);
  return place;
}

/** A folder for registers, and the registers that work in it. */
export class RegisterPlace {
  readonly folder: string = mkdtempSync(join(tmpdir(), "holdfast-register-"));
  readonly #children: ChildProcess[] = [];

  /** Starts a register that is spoken to in lines. */
  start(...args: string[]): LineRegister {
    const child = spawn(process.execPath, [...PROGRAM, ...args], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#children.push(child);
    return new LineRegister(child);
  }

  /** Starts the demo over this place's folder, in lines of JSON. */
  demo(...args: string[]): LineRegister {
    return this.start("--data", this.folder, "--json", ...args);
  }

  /** Starts the demo in a terminal of this size. */
  screen(columns: number, rows: number, env: object = {}): ScreenRegister {
    const command = [process.execPath, ...PROGRAM, "--data", this.folder];
    const size = [String(columns), String(rows)];
    const child = spawn(
      "python3",
      ["tests/support/window.py", ...size, ...command, "--delay-ms", "0"],
      {
        stdio: ["pipe", "pipe", "inherit", "pipe"],
        env: { ...process.env, TERM: "xterm-256color", NO_COLOR: "", ...env },
      },
    );
    this.#children.push(child);
    return new ScreenRegister(child);
  }

  /** Ends what still runs and removes the folder. */
  close(): void {
    for (const child of this.#children) child.kill("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A register spoken to in lines. */
export class LineRegister {
  readonly lines: string[] = [];
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  #errors = "";

  constructor(child: ChildProcess) {
    this.child = child;
    child.stdin!.on("error", () => {}); // Killed while it was written to: part of the tests.
    child.stderr!.on("data", (text) => this.#errors += text);
    createInterface({ input: child.stdout! })
      .on("line", (line) => this.lines.push(line));
    this.ended = new Promise((resolve) =>
      child.once("close", (code) => resolve(code))
    );
  }

  /** What was said so far, parsed; only with `--json`. */
  get said(): Said[] {
    return this.lines.map((line) => JSON.parse(line));
  }

  /** Types lines. */
  type(...lines: string[]): void {
    this.child.stdin!.write(lines.map((line) => `${line}\n`).join(""));
  }

  /** Waits for the `count`th line of a kind, and returns it. */
  async hear(t: string, count = 1): Promise<Said> {
    const heard = (): Said[] => this.said.filter((line) => line.t === t);
    await until(
      () => heard().length >= count,
      () => `no "${t}" in\n${this.lines.join("\n")}\n${this.#errors}`,
    );
    return heard()[count - 1];
  }

  /** Types the lines, ends the input, and returns the exit status. */
  async run(...lines: string[]): Promise<number | null> {
    this.type(...lines);
    this.child.stdin!.end();
    return await this.ended;
  }
}

/** A register in a terminal. */
export class ScreenRegister {
  readonly picture = new TerminalPicture();
  readonly #child: ChildProcess;
  readonly ended: Promise<number | null>;
  #hasEnded = false;

  constructor(child: ChildProcess) {
    this.#child = child;
    let rest = "";
    child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      // A sequence may be cut between two chunks; its beginning waits.
      const all = rest + text;
      // deno-lint-ignore no-control-regex -- they are what is looked for
      rest = /\x1b(\[[?\d;]*)?$/.exec(all)?.[0] ?? "";
      this.picture.take(all.slice(0, all.length - rest.length));
    });
    this.ended = new Promise((resolve) =>
      child.once("close", (code) => {
        this.#hasEnded = true;
        resolve(code);
      })
    );
  }

  /** Presses keys. */
  press(keys: string): void {
    this.#child.stdin!.write(keys);
  }

  /** Changes the size of the window. */
  resize(columns: number, rows: number): void {
    const pipe = this.#child.stdio[3] as unknown as NodeJS.WritableStream;
    pipe.write(`${columns} ${rows}\n`);
  }

  /** Waits until the screen shows this. */
  async see(pattern: RegExp): Promise<RegExpExecArray> {
    await until(
      () => this.#hasEnded || pattern.test(this.picture.text),
      () => `no ${pattern} on the screen\n${this.picture.text}`,
    );
    if (!pattern.test(this.picture.text)) {
      throw new Error(`it ended without ${pattern}\n${this.picture.text}`);
    }
    return pattern.exec(this.picture.text)!;
  }
}
