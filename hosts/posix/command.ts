/**
 * What every program does with its arguments and its exit status.
 *
 * Owns: that a wrong argument is one line and status 2, that help is status 0, and that what the
 * machine or the engine refuses is one line and status 1. Any other error is a bug and keeps its
 * stack. Status 1 is otherwise left to the program: its promise did not hold.
 * @module
 */
import process from "node:process";
import { parseArgs, type ParseArgsConfig } from "node:util";
import { HoldfastError } from "../../engine/errors.ts";

/** The command line, or a file it names, asks for something that does not exist. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** What {@link readArguments} takes: options as of `parseArgs`. */
type OptionTable = NonNullable<ParseArgsConfig["options"]>;

/** The values of `parseArgs` for one table of options. */
type Values<T extends OptionTable> = ReturnType<
  typeof parseArgs<{ options: T }>
>["values"];

/**
 * Reads options; whatever is not in the table is a {@link UsageError}.
 *
 * @returns Null when `--help` was asked for: the text has been printed.
 */
export function readArguments<const T extends OptionTable>(
  args: readonly string[],
  help: string,
  options: T,
): Values<T> | null {
  return readWithPaths(args, help, options, false)?.values ?? null;
}

/** As {@link readArguments}, where the command line also names files or folders. */
export function readWithPaths<const T extends OptionTable>(
  args: readonly string[],
  help: string,
  options: T,
  allowPositionals = true,
): { values: Values<T>; paths: string[] } | null {
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(`${help.trimEnd()}\n`);
    return null;
  }
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options,
      allowPositionals,
    });
    return { values, paths: positionals };
  } catch (error) {
    throw new UsageError(faultOf((error as Error).message));
  }
}

/** What `parseArgs` says, in one line and without its advice to programmers. */
function faultOf(message: string): string {
  const option = /^Option '(\S+?)' argument is ambiguous/.exec(message)?.[1];
  return option === undefined
    ? message.replace(/\.\s.*/s, "")
    : `${option} expects a value; one with a dash is written ${option}=-…`;
}

/** A whole number of `min`..`max`; {@link UsageError} for anything else. */
export function readInteger(
  name: string,
  text: string,
  min = 0,
  max = Number.MAX_SAFE_INTEGER,
): number {
  const value = text.trim() === "" ? NaN : Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  const bound = max === Number.MAX_SAFE_INTEGER ? "" : `..${max}`;
  throw new UsageError(
    `--${name} expects an integer of ${min}${bound || " or more"}, got ${text}`,
  );
}

/** As {@link readInteger}; what was left out stays so. */
export function readOptionalInteger(
  name: string,
  text: string | undefined,
  min?: number,
  max?: number,
): number | undefined {
  return text === undefined ? undefined : readInteger(name, text, min, max);
}

/** One of `choices`; {@link UsageError} for anything else. */
export function readChoice<const T extends string>(
  name: string,
  text: string,
  choices: readonly T[],
): T {
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw new UsageError(
    `--${name} expects ${choices.join(" or ")}, got ${text}`,
  );
}

/**
 * Runs `main` over the arguments of this process and ends it with the status `main` returns; with
 * null the program goes on, as a server does.
 */
export async function runCommand(
  main: (args: string[]) => Promise<number | null> | number | null,
): Promise<void> {
  try {
    const status = await main(process.argv.slice(2));
    if (status !== null) process.exit(status);
  } catch (error) {
    const line = lineOf(error);
    if (line === null) throw error;
    process.stderr.write(`${line}\n`);
    process.exit(error instanceof UsageError ? 2 : 1);
  }
}

/** What a person is told; null for what is no fault of theirs. */
function lineOf(error: unknown): string | null {
  if (error instanceof UsageError) return `${error.message}; try --help`;
  if (error instanceof HoldfastError) {
    return `${error.code}: ${error.message}; ${error.remedy}`;
  }
  return systemFault(error)?.message ?? null;
}

/** EADDRINUSE, ENOENT and their kind: the machine's own words say it best. Null for another. */
export function systemFault(
  error: unknown,
): { code: string; message: string } | null {
  const { code, message } = error as { code?: unknown; message?: string };
  return typeof code === "string" && /^E[A-Z]+$/.test(code)
    ? { code, message: message! }
    : null;
}
