/** What counts for and against the connection, call by call. @module */
import assert from "node:assert/strict";
import test from "node:test";
import { DEFAULT_FORWARDER_OPTIONS } from "../../../engine/forward/forwarder_options.ts";
import { Identity } from "../../../engine/forward/identity.ts";
import { Reachability } from "../../../engine/forward/reachability.ts";
import type { Gateway } from "../../../engine/gateway.ts";
import type { Clock } from "../../../engine/ports.ts";

const { silentCallsMax } = DEFAULT_FORWARDER_OPTIONS;
const PAUSE_MS = 20_000;
const { signal } = new AbortController();

/** A connection that is there, whose far side answers everything. */
function make(): {
  reachability: Reachability;
  pass: (ms: number) => void;
  asked: () => number;
} {
  let nowMs = 0;
  let asked = 0;
  const clock: Clock = {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    sleep: () => new Promise(() => {}),
  };
  const gateway = {
    identify: () => {
      asked++;
      return Promise.resolve({
        kind: "identity",
        account: "a",
        isLivemode: false,
      });
    },
  } as Partial<Gateway> as Gateway;
  const reachability = new Reachability({
    clock,
    network: { probe: () => Promise.resolve(true) },
    identity: new Identity({ clock, gateway, callDeadlineMs: 1000 }),
    options: DEFAULT_FORWARDER_OPTIONS,
    backoffMs: () => PAUSE_MS,
    onChange: () => {},
  });
  return {
    reachability,
    pass: (ms) => void (nowMs += ms),
    asked: () => asked,
  };
}

function fallSilent(reachability: Reachability, era: number): void {
  for (let i = 0; i < silentCallsMax; i++) reachability.noteSilence(era);
}

test("noteSilence() of calls begun before the last change says nothing about the connection", async () => {
  const { reachability } = make();
  await reachability.probe(signal);
  const { era } = reachability;
  reachability.noteAnswer();
  fallSilent(reachability, era);
  assert.equal(reachability.status, "offline");
  assert.equal(await reachability.probe(signal), "online");
  fallSilent(reachability, era);
  assert.equal(reachability.status, "online");
  fallSilent(reachability, reachability.era);
  assert.equal(reachability.status, "offline");
});

test("noteSilence() counts calls in a row: one that was answered begins the count again", async () => {
  const { reachability } = make();
  await reachability.probe(signal);
  for (let i = 1; i < 3 * silentCallsMax; i++) {
    if (i % silentCallsMax === 0) reachability.noteAnswer();
    else reachability.noteSilence(reachability.era);
  }
  assert.equal(reachability.status, "online");
});

test("probe() is not believed for a while after a false return, unless somebody is in a hurry", async () => {
  const { reachability, pass } = make();
  await reachability.probe(signal);
  // Online by a probe, and no call of a payment was ever answered.
  fallSilent(reachability, reachability.era);
  assert.equal(await reachability.probe(signal), "offline");
  pass(PAUSE_MS - 1);
  assert.equal(await reachability.probe(signal), "offline");
  reachability.hurry();
  assert.equal(await reachability.probe(signal), "online");
  fallSilent(reachability, reachability.era);
  pass(PAUSE_MS);
  assert.equal(await reachability.probe(signal), "online");
});

test("find() ends the doubt: an answer came, so the next probe is believed alone", async () => {
  const { reachability, asked } = make();
  reachability.doubt();
  assert.equal(await reachability.probe(signal), "online");
  assert.equal(asked(), 1);
  reachability.doubt();
  reachability.find();
  assert.equal(await reachability.probe(signal), "online");
  assert.equal(asked(), 1);
});
