/** Runs the database contract over OPFS in a dedicated Worker and posts the results. @module */
import { OPFS_FILES } from "../../hosts/browser/opfs_disk.ts";
import { openBrowserDatabase } from "../../hosts/browser/store.ts";
import { testDatabase } from "../contract/database_contract.ts";
import { runCollected } from "./_node_shim.ts";

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

testDatabase("OPFS", () => {
  const name = crypto.randomUUID();
  return {
    open: () => openBrowserDatabase(name, wasm),
    rawBytes: () => rawBytes(name),
    async remove(): Promise<void> {
      const root = await navigator.storage.getDirectory();
      const parent = await root.getDirectoryHandle("holdfast");
      await parent.removeEntry(name, { recursive: true });
    },
  };
}, {
  isDurable: true,
  isPersistent: await navigator.storage.persisted(),
});

postMessage(await runCollected());
