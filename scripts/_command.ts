/**
 * What every command does with its arguments and its exit status.
 *
 * Owns: that a wrong argument is one line and status 2, and that help is status 0. Status 1 is
 * left to the command: its promise did not hold, or it broke.
 * @module
 */
import process from "node:process";
import { parseArgs, type ParseArgsConfig } from "node:util";

/** The command line asks for something that does not exist. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** What {@link readArguments} takes: options as of `parseArgs`, none positional. */
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
  if (args.includes("--help") || args.includes("-h")) {
    console.log(help);
    return null;
  }
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
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

/** Runs `main` over the arguments of this process and ends it with the status `main` returns. */
export async function runCommand(
  main: (args: string[]) => Promise<number>,
): Promise<never> {
  try {
    return process.exit(await main(process.argv.slice(2)));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\ntry --help`);
    return process.exit(2);
  }
}
