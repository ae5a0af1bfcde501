/** Web Bluetooth in a real browser, with a reader of Chromium's own emulation. @module */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import { bundlePages, openSite, type Site } from "../../scripts/_browser.ts";
import { SimulatedReader } from "../../engine/testing.ts";
import type { ByteTransport } from "../../engine/ports.ts";
import { SystemClock } from "../../hosts/web/system_clock.ts";
import { testByteTransport } from "../contract/byte_transport_contract.ts";
import { EmulatedReader } from "./_emulated_reader.ts";
import { PageTransport } from "./_page_transport.ts";

let site: Site;

before(async () => {
  site = await openSite(
    await bundlePages({ page: "tests/browser/bluetooth_page.ts" }),
    // Web Bluetooth works on Linux, and is off unless one asks for it.
    ["--enable-experimental-web-platform-features"],
  );
});
after(() => site.close());

/**
 * A browser whose user has chosen a reader. A new one each time, because the emulation keeps
 * something of an old connection, which now and then ends the next one.
 */
async function meet(): Promise<{ page: Page; reader: EmulatedReader }> {
  const context = await site.open();
  const page = await context.newPage();
  await page.goto(site.url);
  const cdp = await context.browser()!.newBrowserCDPSession();
  const reader = await EmulatedReader.start(cdp, page);
  await choose(context, page);
  return { page, reader };
}

/** The user of the page clicks, and chooses the only reader there is. */
async function choose(context: BrowserContext, page: Page): Promise<void> {
  const cdp = await context.newCDPSession(page);
  await cdp.send("DeviceAccess.enable");
  // It tells of one prompt more than once; a second answer would be one too many.
  cdp.once("DeviceAccess.deviceRequestPrompted", ({ id, devices }) => {
    void cdp.send("DeviceAccess.selectPrompt", { id, deviceId: devices[0].id });
  });
  await page.mouse.click(10, 10);
  await page.waitForFunction("reader.isChosen()");
}

async function openPair(): Promise<[ByteTransport, ByteTransport]> {
  const { page, reader } = await meet();
  assert.equal(await page.evaluate("reader.connect()"), null);
  const link = reader.link!;
  return [await PageTransport.of(page, () => link.hangUp()), link];
}

testByteTransport("connectWebBluetooth() in Chromium", openPair);

test("connectWebBluetooth() in Chromium carries a sale, in writes of 512 bytes at most", async () => {
  const { page, reader } = await meet();
  await page.exposeFunction("heard", () => undefined);
  await page.exposeFunction("ended", () => undefined);
  assert.equal(await page.evaluate("reader.connect()"), null);
  const link = reader.link!;
  const simulated = new SimulatedReader({
    clock: new SystemClock(),
    seed: "1",
    deviceType: "wisepad_3",
    customers: ["visa"],
  });
  const serving = simulated.serve(link);
  const card = await page.evaluate("reader.collect()") as {
    readMethod: string;
    length: number;
  };
  assert.equal(card.readMethod, "contact_emv");
  assert.ok(card.length > 100, `${card.length} bytes of EMV data`);
  // A reader that does not understand still gets every byte.
  assert.equal(await page.evaluate("reader.sendLong(1300)"), null);
  assert.deepEqual(link.writeLengths.slice(-3), [512, 512, 276]);
  assert.equal(await page.evaluate("reader.isConnected()"), false);
  link.hangUp();
  await serving;
});

for (
  const [what, habit, deadlineMs] of [
    ["that is no reader", { hasService: false }, 30_000],
    ["out of reach", { isThere: "out_of_reach" }, 30_000],
    ["that never answers", { isThere: "silent" }, 200],
  ] as const
) {
  test(`connectWebBluetooth() in Chromium rejects a device ${what}`, async () => {
    const { page, reader } = await meet();
    Object.assign(reader, habit);
    const code = await page.evaluate(`reader.connect(${deadlineMs})`);
    assert.equal(code, "READER_DISCONNECTED");
    assert.equal(await page.evaluate("reader.isConnected()"), false);
  });
}
