/** The connection as a person should see it. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { NetworkStatus } from "../../../engine/events.ts";
import { SteadyStatus } from "../../../hosts/register/steady_status.ts";

function steady(): {
  status: SteadyStatus;
  said: NetworkStatus[];
  /** Lets time pass. */
  pass(): void;
} {
  const said: NetworkStatus[] = [];
  const waiting = new Set<() => void>();
  const status = new SteadyStatus((it) => said.push(it), (then) => {
    waiting.add(then);
    return () => waiting.delete(then);
  });
  const pass = (): void => {
    for (const then of [...waiting]) {
      waiting.delete(then);
      then();
    }
  };
  return { status, said, pass };
}

test("SteadyStatus says at once that the connection is there at the start, and that it is gone", () => {
  const { status, said } = steady();
  status.take("online");
  status.take("online");
  status.take("offline");
  assert.deepEqual(said, ["online", "offline"]);
  assert.equal(status.shown, "offline");
});

test("SteadyStatus says that the connection is back once it has lasted", () => {
  const { status, said, pass } = steady();
  status.take("offline");
  status.take("online");
  status.take("online");
  assert.deepEqual(said, ["offline"]);
  pass();
  pass();
  assert.deepEqual(said, ["offline", "online"]);
});

test("SteadyStatus stays offline while a connection only flutters", () => {
  const { status, said, pass } = steady();
  status.take("offline");
  for (let probe = 0; probe < 50; probe++) {
    status.take("online");
    status.take("offline");
  }
  pass();
  assert.deepEqual(said, ["offline"]);
  status.take("online");
  pass();
  assert.equal(status.shown, "online");
});
