/** Runs the database contract over OPFS in a dedicated Worker and posts the results. @module */
import { OPFS_FILES } from "../../hosts/browser/opfs_files.ts";
import { openBrowserDatabase } from "../../hosts/browser/store.ts";
import {
  type DatabasePlace,
  testDatabase,
} from "../contract/database_contract.ts";
import { testStoreExamples } from "../contract/store_examples_contract.ts";
import { runCollected } from "./_node_shim.ts";

/** Nobody dies here, so nobody's handles have to be waited for. */
const LINGER_MS = 100;

const wasm = new Uint8Array(
  await (await fetch("/sqlite3.wasm")).arrayBuffer(),
);

/** The files as the browser shows them to anyone of this origin, access handles or not. */
async function rawBytes(name: string): Promise<Uint8Array> {
  const root = await navigator.storage.getDirectory();
  const parent = await root.getDirectoryHandle("holdfast");
  const folder = await parent.getDirectoryHandle(name);
  const parts: ArrayBuffer[] = [];
  for (const file of OPFS_FILES) {
    const handle = await folder.getFileHandle(file);
    parts.push(await (await handle.getFile()).arrayBuffer());
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

/** Puts a database file where the store `name` will look for it. */
async function provide(name: string, file: Uint8Array): Promise<void> {
  const root = await navigator.storage.getDirectory();
  const parent = await root.getDirectoryHandle("holdfast", { create: true });
  const folder = await parent.getDirectoryHandle(name, { create: true });
  const handle = await folder.getFileHandle("main", { create: true });
  const writer = await handle.createWritable();
  await writer.write(new Uint8Array(file));
  await writer.close();
}

function makePlace(name: string = crypto.randomUUID()): DatabasePlace {
  return {
    open: () => openBrowserDatabase(name, wasm, LINGER_MS),
    rawBytes: () => rawBytes(name),
    async remove(): Promise<void> {
      const root = await navigator.storage.getDirectory();
      const parent = await root.getDirectoryHandle("holdfast");
      await parent.removeEntry(name, { recursive: true });
    },
  };
}

testStoreExamples("OPFS", async (file) => {
  const name = crypto.randomUUID();
  if (file !== null) await provide(name, file);
  return makePlace(name);
});

testDatabase("OPFS", () => makePlace(), {
  isDurable: true,
  isPersistent: await navigator.storage.persisted(),
  isSettled: false, // Made a moment ago.
  isThere: true,
});

postMessage(await runCollected());
