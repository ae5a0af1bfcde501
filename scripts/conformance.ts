/**
 * The core behind a pipe: one JSON request a line in, one JSON answer a line out.
 *
 *   deno task conformance [--build module]
 *
 * Owns: the streams. Any outside suite can run against a build without knowing its internals; the
 * operations and their shapes are in `docs/formats/conformance.md`. Answers come in the order of
 * the requests. Ends with status 0 at the end of input, 2 for a wrong option. Runs on Node too,
 * when bundled.
 * @module
 */
import { once } from "node:events";
import process from "node:process";
import { Answerer } from "./conformance/answer.ts";
import { BUILDS } from "./conformance/builds.ts";
import { LineSplitter } from "./conformance/lines.ts";

/** Answers all of standard input with the named build. */
async function serve(build: string): Promise<void> {
  const load = await BUILDS[build]();
  const answerer = new Answerer(load);
  const splitter = new LineSplitter();
  const answerAll = async (lines: (string | null)[]): Promise<void> => {
    if (lines.length === 0) return;
    const answers = lines.map((line) => {
      // One write for all lines of a chunk: a write a line would halve the rate.
      return line === null ? TOO_LONG : answerer.answer(line);
    });
    if (process.stdout.write(answers.join("\n") + "\n")) return;
    await once(process.stdout, "drain");
  };
  for await (const chunk of process.stdin) {
    await answerAll(splitter.push(chunk as Uint8Array));
  }
  await answerAll(splitter.end());
}

const TOO_LONG = '{"id":null,"error":{"code":"REQUEST_TOO_LONG"}}';

function buildOption(args: readonly string[]): string | null {
  if (args.length === 0) return "module";
  const isKnown = args.length === 2 && args[0] === "--build" &&
    Object.hasOwn(BUILDS, args[1]);
  return isKnown ? args[1] : null;
}

const build = buildOption(process.argv.slice(2));
if (build === null) {
  const known = Object.keys(BUILDS).join(" or ");
  console.error(`usage: conformance [--build ${known}]`);
  process.exitCode = 2;
} else {
  // The reader has gone: nobody is left to answer.
  process.stdout.on("error", () => process.exit(0));
  await serve(build);
}
