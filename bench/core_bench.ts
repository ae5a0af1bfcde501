/**
 * Every bench of the core, one after the other, on Deno and on Node.
 *
 *     deno task bench:core [--write]
 *
 * Each bench compares its candidates within one run, prints what it measured and ends with one line
 * of JSON; the last line here is all of them in one object. `--write` also puts the figures into
 * the core's section of bench/RESULTS.md. Status 0 says that everything was measured and every
 * candidate gave the right answer, not that an aim was met: that is for RESULTS.md to say.
 * @module
 */
import { readArguments, runCommand } from "../hosts/posix/command.ts";
import { denoPath, run } from "../scripts/_process.ts";
import {
  type Aim,
  aimTable,
  type BothRuntimes,
  provenance,
  rowTable,
  writeSection,
} from "./_results.ts";

const BENCHES = ["parse", "crypto", "seal", "order", "component"] as const;

type Rows = Record<string, Record<string, number>>;
/** Rows by runtime. */
type Figures = Record<"deno" | "node", Rows>;

/** Pairs the same row of both runtimes. */
function paired({ deno, node }: Figures): [string, BothRuntimes][] {
  return Object.keys(deno).map((title) => [
    title,
    { deno: deno[title], node: node[title] },
  ]);
}

/** The scheduler's figures turned: one row an operation. */
function orderRows(figures: Figures): Figures {
  const turn = (rows: Rows): Rows => {
    const operations = { fill: "add", cycle: "cycle", replace: "replace" };
    return Object.fromEntries(
      Object.entries(operations).map(([key, name]) => [
        `scheduler, 100,000 records: ${name}`,
        Object.fromEntries(
          Object.entries(rows).map(([who, row]) => [who, row[key]]),
        ),
      ]),
    );
  };
  return { deno: turn(figures.deno), node: turn(figures.node) };
}

/** Time of candidate number `other` of a row over ours. */
function ratio(rows: Rows, title: string, other: number): number {
  const times = Object.values(rows[title]);
  return times[other] / times[0];
}

function aimsOf(all: Record<string, Figures>): Aim[] {
  const aim = (
    name: string,
    least: number,
    bench: string,
    title: string,
    other: number,
  ): Aim => ({
    name,
    least,
    deno: ratio(all[bench].deno, title, other),
    node: ratio(all[bench].node, title, other),
  });
  const batch = "code of a message, batch of 128";
  const seal = "seal a payment of 1,500 bytes";
  const aead = "ChaCha20-Poly1305, 1024 bytes";
  return [
    aim("plain TypeScript over core, parse and decide", 1, "parse", batch, 1),
    aim("@hpke/core over core, seal of 1.5 KB", 10, "seal", seal, 1),
    aim("noble over core, AEAD of 1 KiB", 3, "crypto", aead, 2),
  ];
}

const NOTES = `What the rows do not say:

- @hpke/core does HPKE alone; the core's time has the chain, the hash of the record and the
  derivation of the ephemeral key in it. @hpke/core waits for WebCrypto several times a seal, and on
  Deno that wait is for another thread: its time moved between 300 and 950 µs within an hour, with
  what else the machine did. Ten times faster than the lower figure would be 30 µs, less than the
  two point multiplications of a seal take in WebAssembly, 40 µs.
- Long messages belong to native code: from 1 KiB on node:crypto hashes faster than the core, from
  16 KiB on it also encrypts faster, and its X25519 is faster at any time. What the core seals is
  1 to 4 KiB, synchronously, in every host.
- The build with SIMD is not shipped: a third off a long AEAD is 2 % off a seal.
- The scheduler's baselines order by due time and number and nothing else; the core also keeps
  lanes in turn, card order, deadlines, in-flight limits and the token bucket.
- One message's index alone is faster in plain TypeScript: the copy into the core's memory costs
  what the parse saves. With the decision the core is ahead.`;

/** The core's section of RESULTS.md. */
async function section(all: Record<string, Figures>): Promise<string> {
  const tables = Object.values(all).flatMap((figures) =>
    paired(figures).map(([title, row]) => rowTable(title, row))
  );
  return [
    "## core",
    await provenance("deno task bench:core --write"),
    "Medians, nanoseconds a unit; × is the time over ours, the first row of each table.",
    aimTable(aimsOf(all)),
    NOTES,
    ...tables,
  ].join("\n\n");
}

const HELP = `Usage: deno task bench:core [--write]

  --write   puts the figures into bench/RESULTS.md`;

await runCommand(async (args) => {
  const values = readArguments(args, HELP, {
    write: { type: "boolean", default: false },
  });
  if (values === null) return 0;
  const all: Record<string, Figures> = {};
  for (const name of BENCHES) {
    const { code, stdout, output } = await run(denoPath(), [
      ...["run", "-A", "--no-check"],
      `bench/${name}_bench.ts`,
    ]);
    if (code !== 0) throw new Error(output);
    const lines = stdout.trimEnd().split("\n");
    const { deno, node } = JSON.parse(lines.pop()!);
    console.log(`\n=== ${name}\n${lines.join("\n")}`);
    const figures: Figures = name === "parse"
      ? { deno: deno.rows, node: node.rows }
      : { deno, node };
    all[name] = name === "order" ? orderRows(figures) : figures;
  }
  if (values.write) writeSection("core", await section(all));
  console.log(JSON.stringify({ bench: "core", aims: aimsOf(all), ...all }));
  return 0;
});
