/**
 * The forwarder in many worlds, and the simulator against forwarders that are broken.
 *
 * Of 100,000 worlds Deno plays the first 70 % and Node, whose events are slower, the rest.
 * HOLDFAST_SOAK=1 makes it ten million.
 * @module
 */
import assert from "node:assert/strict";
import process from "node:process";
import test from "node:test";
import { BUGS } from "./bugs.ts";
import { HAPPENINGS, missing } from "./coverage.ts";
import { planWorld } from "./plan.ts";
import { replayCommand, shrink, simulate, tell } from "./simulate.ts";
import { playWorld } from "./world.ts";

const ALL_WORLDS = process.env.HOLDFAST_SOAK ? 10_000_000 : 100_000;
const IS_DENO = "deno" in process.versions;
const WORLDS = ALL_WORLDS / 10 * (IS_DENO ? 7 : 3);
const FIRST_SEED = 1 + (IS_DENO ? 0 : ALL_WORLDS / 10 * 7);
/** Worlds within which every bug must show. */
const CATCH_WITHIN = 10_000;

test(`forwardPayment() in ${WORLDS} worlds loses nothing and doubles nothing`, async () => {
  const report = await simulate({ worlds: WORLDS, seed: FIRST_SEED });
  const [failure] = report.failures;
  if (failure !== undefined) {
    const [{ kind }] = failure.violations;
    const { detail, events } = await shrink(failure.seed, kind);
    const story = [`${kind}: ${detail}`, ...tell(events)].join("\n");
    assert.fail(`${story}\nreplay: ${replayCommand(failure.seed)}`);
  }
  assert.deepEqual(report.findings, {});
  assert.equal(report.worlds, WORLDS);
  // The worlds are worth something only if much happens in them.
  assert.ok(report.payments > 1.5 * WORLDS);
  assert.ok(report.requests > 4.5 * WORLDS);
  // Every kind of trouble in at least one of 500 worlds.
  assert.deepEqual(missing(report.coverage, WORLDS / 500), []);
});

test("missing() names a kind of trouble that never occurred", async () => {
  const { coverage } = await simulate({ worlds: 1, seed: 1 });
  const absent = missing(coverage, 1);
  assert.ok(absent.length > 0 && absent.length < HAPPENINGS.length);
  for (const name of absent) assert.equal(coverage[name], 0);
  assert.equal(missing(coverage, 0).length, 0);
});

for (const [name, { shows }] of Object.entries(BUGS)) {
  test(`simulate() with the bug ${name} finds and shrinks it: ${shows}`, async () => {
    const report = await simulate({
      worlds: CATCH_WITHIN,
      seed: 1,
      bug: name,
      stopsEarly: true,
    });
    const [failure] = report.failures;
    assert.ok(failure, `not found in ${report.worlds} worlds`);
    const { events, kind } = await shrink(failure.seed, shows, name);
    assert.equal(kind, shows);
    assert.ok(events.length < planWorld(failure.seed).length);
    // The same events without the bug are harmless: it is the bug that was found.
    const { violations } = await playWorld(events);
    assert.deepEqual(violations, []);
  });
}

test("playWorld() of the same events twice comes to the same", async () => {
  for (let seed = 1; seed <= 50; seed++) {
    const first = await playWorld(planWorld(seed));
    assert.deepEqual(await playWorld(planWorld(seed)), first);
  }
});
