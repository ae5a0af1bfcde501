/** Races durable commits in a dedicated Worker of a real browser and posts the figures. @module */
import { openBrowserDatabase } from "../../hosts/browser/store.ts";
import type { SyncAccessHandle } from "../../hosts/browser/access_handle.ts";
import { type Operation, race } from "./race.ts";
import { INDEX, INSERT, makeRows, PAGE_BYTES, TABLE } from "./rows.ts";

/** A browser's clock moves in steps of 0.1 ms where pages are not isolated. */
const SLICE = 10;
const TURNS = 8;
const ROUNDS = 7;
const BATCH_COUNT = 100;

/** Append and flush through an access handle: what the browser's disk can do at best. */
async function openRaw(): Promise<Operation> {
  const root = await navigator.storage.getDirectory();
  const file = await root.getFileHandle("raw", { create: true });
  const handle = await (file as unknown as {
    createSyncAccessHandle(): Promise<SyncAccessHandle>;
  }).createSyncAccessHandle();
  const page = new Uint8Array(PAGE_BYTES).fill(7);
  let at = 0;
  return () => {
    handle.write(page, { at });
    handle.flush();
    at += page.length;
  };
}

/** One put in a transaction that ends when it is on disk. */
async function openIndexedDb(): Promise<Operation> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open("bench", 1);
    request.onupgradeneeded = (): void => {
      request.result.createObjectStore("payment", { autoIncrement: true })
        .createIndex("local_id", "id", { unique: true });
    };
    request.onsuccess = (): void => resolve(request.result);
    request.onerror = (): void => reject(request.error);
  });
  const next = makeRows();
  return () =>
    new Promise((resolve, reject) => {
      const transaction = database.transaction("payment", "readwrite", {
        durability: "strict",
      });
      const [id, record] = next();
      transaction.objectStore("payment").add({ id, record, state: 0 });
      transaction.oncomplete = (): void => resolve();
      transaction.onabort = (): void => reject(transaction.error);
    });
}

const wasm = await (await fetch("/sqlite3.wasm")).arrayBuffer();
const database = await openBrowserDatabase("bench", new Uint8Array(wasm));
database.execute(TABLE);
database.execute(INDEX);
const next = makeRows();
const insert = (): unknown => database.execute(INSERT, next());
const figures = await race({
  "OPFS append 4 KiB + flush": await openRaw(),
  "commit": () => void database.transaction(insert),
  "commit of 100": () =>
    database.transaction(() => {
      for (let i = 0; i < BATCH_COUNT; i++) insert();
    }),
  "IndexedDB strict": await openIndexedDb(),
}, { rounds: ROUNDS, turns: TURNS, slice: SLICE });
postMessage(figures);
