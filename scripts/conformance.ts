/**
 * The core behind a pipe: one JSON request a line in, one JSON answer a line out.
 *
 *   deno task conformance [--build module|component] [--runtime deno|node]
 *
 * Owns: the streams. Any outside suite can run against a build without knowing its internals; the
 * operations and their shapes are in `docs/formats/conformance.md`. Answers come in the order of
 * the requests. Ends with status 0 at the end of input, 2 for a wrong option.
 * @module
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import {
  readArguments,
  readChoice,
  runCommand,
} from "../hosts/posix/command.ts";
import { bundleForNode } from "./bundle.ts";
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
    // To wait for what is there already would take a turn for each.
    const isWaiting = answers.some((answer) => typeof answer !== "string");
    const texts = isWaiting ? await Promise.all(answers) : answers;
    if (process.stdout.write(texts.join("\n") + "\n")) return;
    await once(process.stdout, "drain");
  };
  for await (const chunk of process.stdin) {
    await answerAll(splitter.push(chunk as Uint8Array));
  }
  await answerAll(splitter.end());
}

const TOO_LONG = '{"id":null,"error":{"code":"REQUEST_TOO_LONG"}}';

/** Hands both streams to the same program under Node; resolves to its status. */
async function serveOnNode(build: string): Promise<number> {
  const bundle = await bundleForNode("scripts/conformance.ts");
  const child = spawn("node", [bundle, "--build", build, "--runtime", "node"], {
    stdio: "inherit",
  });
  const [status] = await once(child, "exit");
  return status ?? 1;
}

const HELP = `Usage: deno task conformance [options]

  --build ${Object.keys(BUILDS).join("|")}   what answers (default module)
  --runtime deno|node        on which runtime (default: this one)`;

await runCommand(async (args) => {
  const values = readArguments(args, HELP, {
    build: { type: "string", default: "module" },
    runtime: { type: "string" },
  });
  if (values === null) return 0;
  const build = readChoice("build", values.build, Object.keys(BUILDS));
  const here = "deno" in process.versions ? "deno" : "node";
  // Node cannot start Deno: it need not be there.
  const runtimes = here === "deno" ? ["deno", "node"] : ["node"];
  const runtime = readChoice("runtime", values.runtime ?? here, runtimes);
  if (runtime !== here) return await serveOnNode(build);
  // The reader has gone: nobody is left to answer.
  process.stdout.on("error", () => process.exit(0));
  await serve(build);
  // What is still on its way out ends the program.
  return null;
});
