/** Sealed exports and a relay: another till forwards them, or the relay by itself. @module */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { StoredExport, Terminal } from "../../engine/mod.ts";
import { toHex } from "../../engine/uuid.ts";
import { createDevice } from "../../hosts/relay/mod.ts";
import { denoPath } from "../../scripts/_process.ts";
import { bundleForNode } from "../../scripts/bundle.ts";
import { RUNTIME } from "./_posix_place.ts";
import { startTestRelay, type TestRelay } from "../support/relay.ts";
import {
  API_KEY,
  openTerminalHere,
  type Shop,
  type TerminalChanges,
  withShop,
} from "../support/shop.ts";

function through(
  relay: TestRelay,
  device: "till" | "other" | "next",
): TerminalChanges {
  return { gateway: relay.gateway(device), probeUrl: relay.running.url };
}

/** A till that forwarded one payment through the relay, so that its chain is known, and exports. */
async function exported(shop: Shop, relay: TestRelay): Promise<StoredExport> {
  const terminal = await shop.openTerminal(through(relay, "till"));
  await shop.sell("visa", 900);
  await shop.drained();
  await shop.sandbox.control.setOffline(true);
  for (let i = 0; i < 3; i++) {
    await shop.sell("visa", 1000 + i, { offlineBehavior: "force_offline" });
  }
  const file = await terminal.exportStored();
  await shop.sandbox.control.setOffline(false);
  return file!;
}

async function importAs(
  shop: Shop,
  relay: TestRelay,
  device: "other" | "next",
  { bytes, code }: StoredExport,
  body: (terminal: Terminal) => Promise<void>,
): Promise<void> {
  const terminal = await openTerminalHere(
    shop.options({
      path: join(shop.folder, `${device}.db`),
      ...through(relay, device),
    }),
  );
  try {
    await terminal.importStored(bytes, code);
    terminal.forwardNow();
    await shop.until(() =>
      terminal.offlineStatus.sdk.offlinePaymentsCount === 0
    );
    await body(terminal);
  } finally {
    await terminal.close();
  }
}

async function paid(shop: Shop): Promise<number[]> {
  return [...(await shop.charges()).values()].filter((times) => times > 0);
}

/** Runs the relay program and returns its exit status and last line. */
async function runRelay(
  ...args: string[]
): Promise<{ status: number; said: Record<string, unknown> }> {
  const [command, ...first] = RUNTIME === "deno"
    ? [denoPath(), "run", "-A", "--no-check", "hosts/relay/main.ts"]
    : ["node", await bundleForNode("hosts/relay/main_node.ts")];
  const child = spawn(command, [...first, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  const status = await new Promise<number>((resolve) =>
    child.on("close", (code) => resolve(code!))
  );
  return { status, said: JSON.parse(text.trim().split("\n").at(-1)!) };
}

test("a device that replaces another one forwards its export through the relay, once", () =>
  withShop(async (shop) => {
    const relay = await startTestRelay(shop);
    try {
      const file = await exported(shop, relay);
      await importAs(shop, relay, "next", file, async (terminal) => {
        const states = terminal.listPayments().map(({ state }) => state);
        assert.deepEqual(states, ["forwarded", "forwarded", "forwarded"]);
        await terminal.reconcile();
      });
      assert.deepEqual(relay.alarms, []);
      assert.deepEqual(await paid(shop), [1, 1, 1, 1]);
      const chain = relay.running.chains().find(({ device }) =>
        device === "till"
      );
      assert.deepEqual([chain!.highWater, chain!.count], [4, 4]);
      // The first device learns of it through the same relay.
      const { recovered } = await shop.terminal.reconcile();
      assert.equal(recovered.length, 3);
    } finally {
      await relay.running.close();
    }
  }));

test("a device that replaces nobody is refused another one's records, and keeps them", () =>
  withShop(async (shop) => {
    const relay = await startTestRelay(shop);
    try {
      const file = await exported(shop, relay);
      await importAs(shop, relay, "other", file, (terminal) => {
        const payments = terminal.listPayments();
        assert.deepEqual(
          payments.map(({ state, error }) => [state, error!.code]),
          new Array(3).fill(["failed", "chain_of_other_device"]),
        );
        return Promise.resolve();
      });
      assert.ok(relay.alarms.every(({ device }) => device === "other"));
      assert.deepEqual(await paid(shop), [1]);
    } finally {
      await relay.running.close();
    }
  }));

test("the relay program forwards a sealed export by itself, and again without a second charge", () =>
  withShop(async (shop) => {
    const relay = await startTestRelay(shop);
    const file = await exported(shop, relay);
    const path = join(shop.folder, "export.hfx");
    writeFileSync(path, file.bytes);
    const keys = [...shop.recipientKeys].map(([id, key]) => [id, toHex(key)]);
    const config = join(shop.folder, "relay.json");
    writeFileSync(
      config,
      JSON.stringify({
        database: join(shop.folder, "relay.db"),
        apiKey: API_KEY,
        apiBase: shop.sandbox.url,
        recipientKeys: Object.fromEntries(keys),
        devices: [createDevice("till").device],
      }),
    );
    const args = ["--config", config, "--forward", path, "--code"];
    const running = await runRelay(...args, file.code);
    assert.deepEqual(
      [running.status, running.said.code],
      [1, "STORE_IN_USE"],
      "two relays must not share a book",
    );
    await relay.running.close();
    const wrong = await runRelay(
      ...args,
      file.code.replace(/^./, (char) => char === "0" ? "1" : "0"),
    );
    assert.deepEqual(
      [wrong.status, wrong.said.code],
      [1, "EXPORT_CODE_WRONG"],
    );
    const noExport = await runRelay(
      ...["--config", config, "--forward", config, "--code", file.code],
    );
    assert.deepEqual([noExport.status, noExport.said.code], [
      1,
      "EXPORT_FILE_DAMAGED",
    ]);
    const unreachable = join(shop.folder, "unreachable.json");
    const { apiBase, ...rest } = JSON.parse(readFileSync(config, "utf8"));
    assert.equal(apiBase, shop.sandbox.url);
    writeFileSync(
      unreachable,
      JSON.stringify({ ...rest, apiBase: "http://127.0.0.1:1" }),
    );
    const silent = await runRelay(
      ...["--config", unreachable, "--forward", path, "--code", file.code],
    );
    assert.deepEqual(
      [silent.status, silent.said.code],
      [1, "STRIPE_API_CONNECTION_ERROR"],
      "an answer that did not come is no refusal",
    );
    for (let i = 0; i < 2; i++) {
      const { status, said } = await runRelay(...args, file.code);
      assert.deepEqual(
        [status, said.ok, said.payments, said.forwarded],
        [0, true, 3, 3],
      );
    }
    assert.deepEqual(await paid(shop), [1, 1, 1, 1]);
  }));
