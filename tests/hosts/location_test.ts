/** Configuration and Location: fetched online, kept for the time without a connection. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withShop } from "../support/shop.ts";

test("connectReader() online fetches the Location, whose configuration enables offline mode", () =>
  withShop(async (shop) => {
    const { location } = await shop.makeLocation();
    const changes = { location: { country: "US", id: location }, offline: {} };
    const terminal = await shop.openTerminal(changes);
    assert.equal(terminal.location!.isOfflineEnabled, true);
    assert.equal(terminal.location!.displayName, "Shop");
    assert.equal(terminal.canOperateOffline().isReady, true);
    await shop.sandbox.control.setOffline(true);
    await terminal.probeNetwork();
    assert.equal((await shop.sell("visa")).state, "stored");
  }));

test("openTerminal() without a network uses the Location that was kept", () =>
  withShop(async (shop) => {
    const { location } = await shop.makeLocation();
    const changes = { location: { country: "US", id: location }, offline: {} };
    await shop.openTerminal(changes);
    await shop.sandbox.control.setOffline(true);
    const terminal = await shop.openTerminal(changes);
    assert.equal(terminal.location!.id, location);
    assert.equal((await shop.sell("visa")).state, "stored");
  }));

test("openTerminal() needs no network and no token, on a device that was never online", () =>
  withShop(async (shop) => {
    await shop.sandbox.control.setOffline(true);
    await shop.openTerminal();
    assert.equal((await shop.sell("visa")).state, "stored");
    // The one request is the shop's own question for its account's id.
    const paths = (await shop.sandbox.control.requests()).map((it) => it.path);
    assert.deepEqual(paths, ["/v1/account"]);
  }));

test("offline mode stays off until the Location's configuration enables it and it is fetched", () =>
  withShop(async (shop) => {
    const { location, configuration } = await shop.makeLocation({
      "offline[enabled]": "false",
    });
    const changes = { location: { country: "US", id: location }, offline: {} };
    const terminal = await shop.openTerminal(changes);
    const before = terminal.canOperateOffline();
    assert.equal(
      before.obstacles[0].code,
      "FORCE_OFFLINE_WITH_FEATURE_DISABLED",
    );
    assert.equal(before.obstacles[0].atMs, terminal.location!.fetchedAtMs);
    await assert.rejects(
      shop.sell("visa", 500, { offlineBehavior: "force_offline" }),
      { code: "FORCE_OFFLINE_WITH_FEATURE_DISABLED" },
    );
    await shop.api(`/v1/terminal/configurations/${configuration}`, {
      "offline[enabled]": "true",
    });
    assert.equal(terminal.canOperateOffline().isReady, false);
    await terminal.connectReader(shop.wire());
    assert.equal(terminal.canOperateOffline().isReady, true);
    const sold = await shop.sell("visa", 500, {
      offlineBehavior: "force_offline",
    });
    assert.equal(sold.state, "stored");
  }));

test("offline.isEnabled of the app decides over the Location's configuration", () =>
  withShop(async (shop) => {
    const { location } = await shop.makeLocation();
    const terminal = await shop.openTerminal({
      location: { country: "US", id: location },
      offline: { isEnabled: false },
    });
    assert.equal(terminal.location!.isOfflineEnabled, true);
    assert.equal(terminal.canOperateOffline().isReady, false);
  }));

test("refreshConfiguration() takes a change over, and keeps what it had when nobody answers", () =>
  withShop(async (shop) => {
    const { location, configuration } = await shop.makeLocation();
    const terminal = await shop.openTerminal({
      location: { country: "US", id: location },
      offline: {},
      callDeadlineMs: 1_500,
    });
    await shop.api(`/v1/terminal/configurations/${configuration}`, {
      "offline[enabled]": "false",
    });
    assert.equal(
      (await terminal.refreshConfiguration())!.isOfflineEnabled,
      false,
    );
    await shop.sandbox.control.setOffline(true);
    assert.equal(await terminal.refreshConfiguration(), null);
    assert.equal(terminal.location!.isOfflineEnabled, false);
  }));

test("refreshConfiguration() of a Location there is not throws LOCATION_NOT_FOUND", () =>
  withShop(async (shop) => {
    const terminal = await shop.openTerminal();
    await terminal.close();
    await assert.rejects(
      shop.openTerminal({ location: { country: "US", id: "tml_nowhere" } }),
      { code: "LOCATION_NOT_FOUND" },
    );
    await assert.rejects(shop.terminal.refreshConfiguration(), {
      code: "LOCATION_NOT_FOUND",
    });
  }));

test("canOperateOffline() says that the Location is in another country than the app says", () =>
  withShop(async (shop) => {
    const { location } = await shop.makeLocation();
    const terminal = await shop.openTerminal({
      location: { country: "CA", id: location },
      offline: {},
    });
    assert.deepEqual(
      terminal.canOperateOffline().obstacles.map(({ code }) => code),
      ["LOCATION_COUNTRY_MISMATCH"],
    );
  }));
