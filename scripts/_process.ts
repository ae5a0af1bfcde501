/**
 * Runs one command and collects what it printed.
 *
 * Owns: no terminal and no standard input for children, colours off, and a deadline that ends
 * the whole process group, so a hanging grandchild cannot outlive the gate.
 * @module
 */
import { spawn } from "node:child_process";
import process from "node:process";

/** What a finished command left behind. */
export interface Finished {
  /** Exit status; 128 + 9 after the deadline, 127 when the command could not start. */
  code: number;
  /** Standard output and standard error in the order they arrived. */
  output: string;
  /** Standard output alone. */
  stdout: string;
  /** Wall time. */
  durationMs: number;
  /** True when the deadline ended it. */
  isTimedOut: boolean;
}

/** Options of {@link run}. */
export interface RunOptions {
  /** Working directory. @default the current one */
  cwd?: string;
  /** Environment besides the inherited one. @default none */
  env?: Record<string, string>;
  /** Deadline in milliseconds; 0 means none. @default 0 */
  timeoutMs?: number;
  /** Called with every piece of output as it arrives. @default nothing */
  onOutput?: (text: string) => void;
}

/** The Deno executable: this one, or the one that started this process. */
export function denoPath(): string {
  if (process.env.HOLDFAST_DENO) return process.env.HOLDFAST_DENO;
  return "deno" in process.versions ? process.execPath : "deno";
}

/** Runs `command` to its end; a failure to start is a result, not an exception. */
export function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  const { cwd, env = {}, timeoutMs = 0, onOutput } = options;
  const startedAt = performance.now();
  const childEnv: Record<string, string | undefined> = {
    ...process.env,
    HOLDFAST_DENO: denoPath(),
    NO_COLOR: "1",
    ...env,
  };
  delete childEnv.FORCE_COLOR;
  return new Promise((resolve) => {
    const child = spawn(command, [...args], {
      ...(cwd === undefined ? {} : { cwd }),
      env: childEnv as NodeJS.ProcessEnv,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let output = "";
    let stdout = "";
    let isTimedOut = false;
    const timer = timeoutMs > 0
      ? setTimeout(() => {
        isTimedOut = true;
        endGroup(child.pid);
      }, timeoutMs)
      : undefined;
    const finish = (code: number): void => {
      clearTimeout(timer);
      const durationMs = performance.now() - startedAt;
      resolve({ code, output, stdout, durationMs, isTimedOut });
    };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      output += text;
      onOutput?.(text);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      onOutput?.(text);
    });
    child.on("error", (error) => {
      output += `${command}: ${error.message}\n`;
      finish(127);
    });
    child.on("close", (code) => finish(code ?? 137));
  });
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    // ESRCH: it ended between the deadline and this line.
    if ((error as { code?: string }).code !== "ESRCH") throw error;
  }
}
