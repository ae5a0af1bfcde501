/** The far side wants to be left alone when it is asked whose money it moves. @module */
import assert from "node:assert/strict";
import test from "node:test";
import { loadCore } from "../../../bindings/mod.ts";
import { type Drainer, DrainWorld } from "./drain_world.ts";

const core = await loadCore();
/** What the world's 429 asks for. */
const PAUSE_MS = 7000;
/** A request is on its way for so long at most before it is answered. */
const LATENCY_MS = 200;

/** A world whose first request to `path` is answered with 429; runs until it was. */
async function told(
  path: string,
): Promise<{ world: DrainWorld; drainer: Drainer; toldAtMs: number }> {
  const world = new DrainWorld(core, 5);
  world.sell();
  let toldAtMs = 0;
  world.fateOf = (request) => {
    if (toldAtMs > 0 || request.path !== path) return "answered";
    toldAtMs = world.nowMs;
    return "rate_limited";
  };
  const drainer = world.start();
  assert.ok(await world.run(() => toldAtMs > 0));
  await world.run(() => false, LATENCY_MS);
  return { world, drainer, toldAtMs };
}

for (const path of ["/v1/account", "/v1/balance"]) {
  test(`a 429 with Retry-After from ${path} is obeyed, whoever asks meanwhile`, async () => {
    const { world, drainer, toldAtMs } = await told(path);
    const asked = world.requests.length;
    assert.equal(drainer.forwarder.networkStatus, "online");
    drainer.forwarder.dueNow("all");
    await world.run(() => false, PAUSE_MS / 2);
    drainer.forwarder.resume();
    const { signal } = new AbortController();
    const answer = await drainer.forwarder.identify(signal);
    assert.ok(answer.kind === "unavailable" && answer.code === "rate_limit");
    assert.ok(answer.retryAfterMs! > 0 && answer.retryAfterMs! < PAUSE_MS / 2);
    await world.run(() => world.requests.length > asked);
    const pauseMs = world.nowMs - toldAtMs;
    assert.ok(pauseMs >= PAUSE_MS, `asked again after ${pauseMs} ms`);
    assert.ok(await world.run(() => world.isDrained));
    assert.deepEqual([...world.charges().values()], [1]);
    assert.deepEqual(drainer.statuses.map(({ status }) => status), ["online"]);
    assert.deepEqual(drainer.failures, []);
  });
}

test("doubt() during a pause is not met by what was said before it", async () => {
  const { world, drainer } = await told("/v1/account");
  const asked = world.requests.length;
  const { forwarder } = drainer;
  void forwarder.doubt();
  await world.run(() => false, LATENCY_MS);
  assert.equal(forwarder.networkStatus, "offline");
  assert.equal(world.requests.length, asked);
  assert.ok(await world.run(() => world.isDrained));
  assert.equal(forwarder.networkStatus, "online");
});

test("a pause of years is not believed", async () => {
  const { world } = await told("/v1/account");
  world.retryAfter = "100000000";
  let isTold = false;
  world.fateOf = () => {
    if (isTold) return "answered";
    isTold = true;
    return "rate_limited";
  };
  assert.ok(await world.run(() => world.isDrained, 2 * 3600_000));
  assert.ok(isTold);
});
