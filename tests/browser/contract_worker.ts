/** Runs the database contract over OPFS in a dedicated Worker and posts the results. @module */
import { openBrowserDatabase } from "../../hosts/browser/store.ts";
import { testDatabase } from "../contract/database_contract.ts";
import { collected } from "./_node_shim.ts";

const wasm = new Uint8Array(
  await (await fetch("/sqlite3.wasm")).arrayBuffer(),
);

testDatabase("OPFS", () => {
  const name = crypto.randomUUID();
  return {
    open: () => openBrowserDatabase(name, wasm),
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

const results: { name: string; error: string | null }[] = [];
for (const { name, body } of collected) {
  let error: string | null = null;
  try {
    await body();
  } catch (thrown) {
    error = thrown instanceof Error ? thrown.stack ?? String(thrown) : "threw";
  }
  results.push({ name, error });
}
postMessage(results);
