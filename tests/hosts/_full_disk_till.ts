/**
 * A till on a disk that somebody else fills, in the folder for temporary files; prints what
 * happened.
 * @module
 */
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { withShop } from "../support/shop.ts";

const OTHERS_BYTES = 4096;

/** Writes until there is no room for another byte. */
function fill(path: string): void {
  const file = openSync(path, "a");
  try {
    for (let size = 65_536; size > 0;) {
      try {
        writeSync(file, new Uint8Array(size));
      } catch (error) {
        if ((error as { code?: string }).code !== "ENOSPC") throw error;
        size = size > OTHERS_BYTES ? OTHERS_BYTES : 0;
      }
    }
  } finally {
    closeSync(file);
  }
}

await withShop(async (shop) => {
  const options = {
    offline: {
      isEnabled: true,
      limits: { freeBytesMin: 0, cardCountMax: 1000 },
    },
  };
  /** What a sale ends in: its state, or the code of its refusal. */
  const trySale = async (isOffline: boolean): Promise<unknown> => {
    try {
      const behavior = isOffline
        ? { offlineBehavior: "force_offline" as const }
        : {};
      return (await shop.sell("visa", 1250, behavior)).state;
    } catch (error) {
      return (error as { code?: string }).code;
    }
  };
  const terminal = await shop.openTerminal(options);
  terminal.pauseForwarding();
  const stored: unknown[] = [];
  for (let i = 0; i < 5; i++) stored.push(await trySale(true));
  const others = join(shop.folder, "others");
  fill(others);
  // What already has blocks takes one more sale or two; then it is over.
  let refusedOffline = await trySale(true);
  for (; refusedOffline === "stored"; refusedOffline = await trySale(true)) {
    stored.push("stored");
  }
  const countWhenFull = terminal.listPayments().length;
  const refusedOnline = await trySale(false);
  terminal.resumeForwarding();
  await shop.drained();
  const charges = [...(await shop.charges()).values()];
  const stillRefused = await trySale(true);
  const outcomes = terminal.listPayments({ states: ["forwarded"] }).length;
  rmSync(others);
  const afterwards = await trySale(true);
  console.log(JSON.stringify({
    stored,
    refusedOffline,
    refusedOnline,
    countWhenFull,
    charged: charges.filter((count) => count === 1).length,
    doubled: charges.filter((count) => count > 1).length,
    outcomes,
    stillRefused,
    afterwards,
  }));
});
