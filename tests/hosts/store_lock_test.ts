/** One writer: between processes, between runtimes, and only as long as the owner lives. @module */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import {
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import process from "node:process";
import test from "node:test";
import { denoPath } from "../../scripts/_process.ts";
import { bundleForNode } from "../../scripts/bundle.ts";
import { assertCode } from "../contract/database_contract.ts";
import { makePlace, RUNTIME } from "./_posix_place.ts";

const PROGRAM = "tests/hosts/_second_process.ts";
const COMMANDS: Readonly<Record<"deno" | "node", readonly string[]>> = {
  deno: [denoPath(), "run", "-A", "--no-check", PROGRAM],
  node: ["node", await bundleForNode(PROGRAM)],
};

/** Starts a process of `runtime` on `path` and returns it with the first line it prints. */
async function start(
  runtime: "deno" | "node",
  path: string,
): Promise<{ child: ChildProcess; line: string }> {
  const [command, ...args] = COMMANDS[runtime];
  const child = spawn(command, [...args, path], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const line = await new Promise<string>((resolve) => {
    let text = "";
    child.stdout!.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      if (text.includes("\n")) resolve(text.split("\n")[0]);
    }).on("end", () => resolve(text));
  });
  return { child, line };
}

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once("exit", () => resolve());
  });

for (const other of ["deno", "node"] as const) {
  test(`a store held by a ${other} process is STORE_IN_USE here and names it`, async () => {
    const place = makePlace();
    const { child, line } = await start(other, place.path);
    try {
      assert.equal(line, "open");
      await assert.rejects(place.open(), {
        code: "STORE_IN_USE",
        message: new RegExp(`process ${child.pid} \\(${other}\\)`),
        details: { pid: child.pid, runtime: other },
      });
      // The lock dies with its owner, however it dies.
      child.kill("SIGKILL");
      await ended(child);
      (await place.open()).close();
    } finally {
      child.kill("SIGKILL");
      place.remove();
    }
  });

  test(`a store held here is STORE_IN_USE to a ${other} process`, async () => {
    const place = makePlace();
    const database = await place.open();
    try {
      const refused = await start(other, place.path);
      assert.deepEqual(JSON.parse(refused.line), {
        code: "STORE_IN_USE",
        details: { pid: process.pid, runtime: RUNTIME },
      });
      database.close();
      const { child, line } = await start(other, place.path);
      assert.equal(line, "open");
      child.stdin!.end();
      await ended(child);
    } finally {
      database.close();
      place.remove();
    }
  });
}

test("openPosixDatabase() sees through a link to the held file", async () => {
  const place = makePlace();
  const link = makePlace();
  const database = await place.open();
  try {
    symlinkSync(place.path, link.path);
    await assert.rejects(link.open(), { code: "STORE_IN_USE" });
  } finally {
    database.close();
    place.remove();
    link.remove();
  }
});

test("openPosixDatabase() believes no stale note in the lock file", async () => {
  const place = makePlace();
  writeFileSync(`${place.path}.lock`, `${process.pid} node\n`);
  (await place.open()).close();
  place.remove();
});

test("openPosixDatabase() without the folder is STORE_NOT_ACCESSIBLE", async () => {
  const place = makePlace();
  place.remove();
  await assert.rejects(place.open(), {
    code: "STORE_NOT_ACCESSIBLE",
    details: { code: "ENOENT" },
  });
});

test("openPosixDatabase() on another program's database changes nothing", async () => {
  const place = makePlace();
  // An empty table of a rollback-journal database, made by SQLite itself.
  const database = await place.open();
  database.execute("CREATE TABLE theirs(a)");
  database.close();
  const bytes = readFileSync(place.path);
  bytes[18] = bytes[19] = 1; // Header: not write-ahead logging.
  writeFileSync(place.path, bytes);
  await assert.rejects(place.open(), { code: "STORE_NOT_HOLDFAST" });
  assert.deepEqual(readFileSync(place.path), bytes);
  place.remove();
});

test("openPosixDatabase() on a file that is no database changes nothing", async () => {
  const place = makePlace();
  writeFileSync(place.path, "name,amount\n".repeat(1000));
  const bytes = readFileSync(place.path);
  await assert.rejects(place.open(), { code: "STORE_CORRUPT" });
  assert.deepEqual(readFileSync(place.path), bytes);
  assert.equal(existsSync(`${place.path}-wal`), false);
  place.remove();
});

const INTRUSIONS: Readonly<Record<string, (path: string) => void>> = {
  "another SQLite has the file open": (path) => {
    writeFileSync(`${path}-shm`, "");
  },
  "the log was removed": (path) => rmSync(`${path}-wal`),
  "the database file was replaced": (path) => {
    writeFileSync(`${path}.copy`, readFileSync(path));
    renameSync(`${path}.copy`, path);
  },
};

for (const [name, intrude] of Object.entries(INTRUSIONS)) {
  test(`transaction() acknowledges nothing once ${name}`, async () => {
    const place = makePlace();
    const database = await place.open();
    database.execute("CREATE TABLE t(a)");
    intrude(place.path);
    const insert = (): unknown =>
      database.transaction(() => database.execute("INSERT INTO t VALUES(1)"));
    assertCode(insert, "STORE_COMMIT_UNKNOWN");
    assertCode(insert, "STORE_POISONED");
    database.close();
    place.remove();
  });
}

test("openPosixDatabase() beside a -shm file is STORE_FOREIGN_ACCESS", async () => {
  const place = makePlace();
  (await place.open()).close();
  writeFileSync(`${place.path}-shm`, "");
  await assert.rejects(place.open(), { code: "STORE_FOREIGN_ACCESS" });
  rmSync(`${place.path}-shm`);
  (await place.open()).close();
  place.remove();
});

test("close() leaves the database file and the lock file only", async () => {
  const place = makePlace();
  const database = await place.open();
  database.execute("CREATE TABLE t(a)");
  assert.equal(existsSync(`${place.path}-wal`), true);
  database.close();
  for (const suffix of ["-wal", "-journal", "-shm", "-wal.new"]) {
    assert.equal(existsSync(place.path + suffix), false, suffix);
  }
  place.remove();
});
