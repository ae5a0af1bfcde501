/** A damaged store in a real browser, from the error to the payments in another store. @module */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import type { Site } from "../../scripts/_browser.ts";
import { openTill, openTillSite, tillScript } from "../crash/browser_kills.ts";
import { openSettings } from "./_site_settings.ts";
import { sell, storedIds } from "./_till_calls.ts";

const SALES = 6;

let site: Site;

before(async () => {
  site = await openTillSite();
});
after(() => site.close());

/** What a page tells of a salvage; bytes as numbers, to come out of the page. */
interface Report {
  files: {
    bytes: number[];
    code: string;
    account: string;
    whole: number;
    bare: number;
  }[];
  chains: Record<"found" | "settled" | "lost" | "missing", number[]>[];
  unnamed: number;
  originals: Record<string, number>;
}

async function salvage(page: Page, name: string): Promise<Report> {
  return await page.evaluate(`till.salvageStore("${name}").then((it) => ({
    ...it,
    files: it.files.map((file) => ({ ...file, bytes: [...file.bytes] })),
    originals: Object.fromEntries(
      it.originals.map(({ name, size }) => [name, size])),
  }))`);
}

/**
 * Overwrites pages of a file of the store `name`; `isHit` is a function of page and number in the
 * page's script. Waits for the Worker of a closed tab to let the file go.
 */
async function damage(
  context: BrowserContext,
  name: string,
  file: string,
  isHit: string,
): Promise<void> {
  const { run } = await openSettings(context, site.url);
  const count = await run(`(async () => {
    const isHit = ${isHit};
    const root = await navigator.storage.getDirectory();
    const parent = await root.getDirectoryHandle("holdfast");
    const folder = await parent.getDirectoryHandle("${name}");
    const handle = await folder.getFileHandle("${file}");
    let writer;
    while (writer === undefined) {
      try {
        writer = await handle.createWritable();
      } catch (error) {
        if (error.name !== "NoModificationAllowedError") throw error;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
    const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
    let count = 0;
    for (let at = 0; at < bytes.length; at += 4096) {
      const page = bytes.subarray(at, at + 4096);
      if (!isHit(page, at / 4096 + 1)) continue;
      page.fill(0xa5);
      count++;
    }
    await writer.write(bytes);
    await writer.close();
    return count;
  })()`) as number;
  assert.ok(count > 0, "nothing was damaged");
}

/**
 * Opens the damaged store, which must be refused; the page stays. `copy` is where the error says
 * that a copy is.
 */
async function refused(
  context: BrowserContext,
  name: string,
): Promise<{ page: Page; copy: string | null }> {
  const page = await context.newPage();
  await page.goto(site.url);
  const { code, remedy, details } = await page.evaluate(
    `${tillScript(name)}.then(() => ({ code: "none" }),
      ({ code, remedy, details }) => ({ code, remedy, details }))`,
  ) as { code: string; remedy: string; details: { quarantine: string | null } };
  assert.equal(code, "STORE_CORRUPT");
  assert.match(remedy, /salvageStore/);
  return { page, copy: details.quarantine };
}

/** Imports everything into a new store, in the same page; returns what was imported. */
async function importAll(
  page: Page,
  name: string,
  { files }: Report,
): Promise<Set<string>> {
  await page.evaluate(tillScript(name));
  const imported = new Set<string>();
  for (const { bytes, code } of files) {
    const report = await page.evaluate(
      `till.terminal().importStored(new Uint8Array(${
        JSON.stringify(bytes)
      }), "${code}")`,
    ) as { imported: string[] };
    for (const id of report.imported) imported.add(id);
  }
  return imported;
}

/** Bytes of all files of a store together, as a hash. */
async function hashOf(page: Page, name: string): Promise<string> {
  return await page.evaluate(`(async () => {
    const { originals } = await till.salvageStore("${name}");
    const bytes = await new Blob(originals).arrayBuffer();
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    return [...hash].join(" ");
  })()`);
}

async function sellSome(page: Page): Promise<Set<string>> {
  const sold = new Set<string>();
  while (sold.size < SALES) sold.add((await sell(page, 100)).localId);
  return sold;
}

test("salvageStore() saves every payment of a store whose root is gone, and another store has them", async () => {
  const context = await site.open();
  const { page: till } = await openTill(site, context, "rootless");
  const sold = await sellSome(till);
  // Closed in order: everything is in the database.
  await till.evaluate("till.terminal().close()");
  await damage(
    context,
    "rootless",
    "main",
    "(page, n) => n === 1 || page[0] === 5 || page[0] === 2",
  );
  const { page } = await refused(context, "rootless");
  const before = await hashOf(page, "rootless");
  const report = await salvage(page, "rootless");
  const [chain] = report.chains;
  assert.deepEqual(
    [chain.found.length, chain.lost, chain.missing, report.unnamed],
    [SALES, [], [], 0],
  );
  assert.deepEqual(
    report.files.map(({ account, whole, bare }) => [account, whole, bare]),
    [["acct_1", SALES, 0]],
  );
  assert.deepEqual(await importAll(page, "rescue", report), sold);
  assert.deepEqual(await storedIds(page), sold);
  assert.equal(await hashOf(page, "rootless"), before, "it was changed");
  await context.close();
});

test("salvageStore() saves from the log alone what a killed tab left there, and refuses a store in use", async () => {
  const context = await site.open();
  const { page: till } = await openTill(site, context, "killed");
  const sold = await sellSome(till);
  await assert.rejects(salvage(till, "killed"), /a tab has the store open/);
  await till.evaluate("till.killWorker()");
  await damage(context, "killed", "main", "() => true");
  const page = await context.newPage();
  await page.goto(site.url);
  const report = await salvage(page, "killed");
  assert.deepEqual(report.chains.map(({ found }) => found.length), [SALES]);
  assert.deepEqual(await importAll(page, "saved", report), sold);
  await assert.rejects(salvage(page, "nobody"), /files of this store/);
  await context.close();
});

/** What each file of the store holds, by name, as a hash; files without a byte are left out. */
async function hashesOf(
  page: Page,
  name: string,
): Promise<Record<string, string>> {
  return await page.evaluate(`(async () => {
    const { originals } = await till.salvageStore("${name}");
    const hashes = {};
    for (const file of originals) {
      const bytes = await file.arrayBuffer();
      const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
      hashes[file.name] = [...hash].join(" ");
    }
    return hashes;
  })()`);
}

test("a store found damaged in a browser is copied aside once, and later damage does not replace the copy", async () => {
  const context = await site.open();
  const { page: till } = await openTill(site, context, "spoiled");
  const sold = await sellSome(till);
  // The log is still there, and a frame in the middle of it is spoiled.
  await till.evaluate("till.killWorker()");
  const settings = await openSettings(context, site.url);
  const logs = await settings.run(`(async () => {
    const root = await navigator.storage.getDirectory();
    const parent = await root.getDirectoryHandle("holdfast");
    const folder = await parent.getDirectoryHandle("spoiled");
    const sizes = [];
    for (const name of ["log-0", "log-1"]) {
      const file = await (await folder.getFileHandle(name)).getFile();
      sizes.push(file.size);
    }
    return sizes;
  })()`) as [number, number];
  const log = logs[0] > logs[1] ? "log-0" : "log-1";
  await damage(context, "spoiled", log, "(page, n) => n === 4");
  const { page, copy } = await refused(context, "spoiled");
  assert.equal(copy, "holdfast/spoiled/aside-*");
  const first = await hashesOf(page, "spoiled");
  assert.equal(first["aside-main"], first.main);
  assert.equal(first["aside-log"], first[log]);
  assert.notEqual(first["aside-made"], undefined);
  assert.equal((await refused(context, "spoiled")).copy, copy);
  // Somebody goes on damaging it: what was found first is kept.
  await damage(context, "spoiled", "main", "() => true");
  assert.equal((await refused(context, "spoiled")).copy, null);
  const later = await hashesOf(page, "spoiled");
  assert.notEqual(later.main, first.main);
  assert.equal(later["aside-main"], first["aside-main"]);
  assert.equal(later["aside-log"], first["aside-log"]);
  const report = await salvage(page, "spoiled");
  assert.deepEqual(await importAll(page, "spoiled2", report), sold);
  await context.close();
});
