/** The register in a pipe, as a process: every command, kills, a second one, wrong beginnings. @module */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { openPlace } from "../support/register_program.ts";

test("register sells offline, tells after a restart, forwards, refunds and closes", async () => {
  const place = openPlace();
  const first = place.demo();
  assert.equal(
    await first.run(
      "network off",
      "card visa:tap",
      "12.50 Two coffees",
      "20+10% eur : cup of tea",
      "1200 jpy",
      "1.250 kwd",
      "tip 10",
      "void",
    ),
    0,
  );
  const sold = first.said.filter(({ t }) => t === "accepted");
  assert.deepEqual(
    sold.map(({ amount, currency, tip, state }) => [
      ...[amount, currency, tip === null, state],
    ]),
    [
      [1250, "usd", true, "stored"],
      [2200, "eur", false, "stored"],
      [1200, "jpy", true, "stored"],
      [1250, "kwd", true, "stored"],
      [sold[4].amount, "usd", false, "stored"],
    ],
  );
  assert.equal(sold[1].note, "cup of tea");
  // The simulated customer chose among those that were offered, or none.
  assert.ok([1000, 1100, 1150, 1200].includes(sold[4].amount));
  assert.deepEqual(first.said.at(-1), {
    t: "end",
    ok: true,
    accepted: 5,
    failed: 0,
    waiting: 4,
    sums: { eur: 2200, jpy: 1200, kwd: 1250, usd: 1250 },
  });

  const second = place.demo();
  assert.equal((await second.hear("ready")).waiting, 4);
  const html = join(place.folder, "receipt.html");
  assert.equal(
    await second.run(
      "forward",
      "list",
      "refund 2 1.50",
      "refund 2",
      `receipt 1 ${html}`,
      "totals",
      "close",
      "closes",
      "books",
      "quit",
    ),
    0,
  );
  const listed = second.said.filter(({ t }) => t === "payment");
  assert.deepEqual(listed.map(({ seq }) => seq), [5, 4, 3, 2, 1]);
  assert.deepEqual(
    listed.map(({ state }) => state),
    ["canceled", "forwarded", "forwarded", "forwarded", "forwarded"],
  );
  const refunds = second.said.filter(({ t }) => t === "refunded");
  assert.deepEqual(refunds.map(({ amount }) => amount), [150, 2050]);
  assert.match(readFileSync(html, "utf8"), /<title>Corner Shop, receipt 1-1-/);
  const { number, refusedCount } = await second.hear("close");
  assert.deepEqual([number, refusedCount], [1, 0]);
  assert.deepEqual(await second.hear("books"), {
    t: "books",
    charges: 4,
    duplicates: 0,
  });
});

test("register holds an amount and captures it later, once", async () => {
  const register = openPlace().demo();
  assert.equal(
    await register.run(
      "card visa",
      "hold 30",
      "capture 1",
      "capture 1",
      "books",
    ),
    0,
  );
  assert.equal((await register.hear("accepted")).state, "forwarded");
  assert.equal((await register.hear("captured", 2)).state, "captured");
  assert.equal((await register.hear("books")).charges, 1);
});

test("register --web serves the page until it is told to stop", async () => {
  const place = openPlace();
  const register = place.start("--web", "--data", place.folder);
  const { url } = await register.hear("listening");
  const page = await fetch(url);
  assert.match(await page.text(), /<title>Register<\/title>/);
  assert.match(
    page.headers.get("content-security-policy") ?? "",
    /default-src 'self'/,
  );
  const settings = await (await fetch(`${url}register.json`)).json();
  assert.doesNotMatch(JSON.stringify(settings), /sk_test|private/i);
  const probe = await fetch(`${url}relay`, { method: "HEAD" });
  assert.equal(probe.status, 204);
  // Not `child.kill`: Deno 2.9 then says "killed" of a process that ended by itself.
  process.kill(register.child.pid!, "SIGTERM");
  assert.equal(await register.ended, 0);
  const real = place.start("--web", "--port", "99999");
  assert.equal(await real.run(), 2);
});

test("register refuses clearly, and its exit status says that something was not done", async () => {
  const place = openPlace();
  const register = place.start("--data", place.folder, "--plain");
  const status = await register.run(
    "network off",
    "card interac",
    "5",
    "card visa",
    "12.345",
    "1,250",
    "9 cup of tea",
    "receipt 7",
    "refund 1",
    "frobnicate",
    "list",
  );
  assert.equal(status, 1);
  const text = register.lines.join("\n");
  for (
    const said of [
      "REFUSED INTERAC_NOT_SUPPORTED_OFFLINE: Interac cards are not taken while offline",
      "  -> use another card, or wait for the connection",
      "REFUSED INVALID_ARGUMENT: USD has 2 digits after the point, got 12.345",
      "CUP is not taken here, only USD, EUR, GBP, JPY, KWD",
      "REFUSED PAYMENT_NOT_FOUND: no payment 7",
      "no command frobnicate; type help",
      "no payments yet",
    ]
  ) assert.ok(text.includes(said), `${said}\nis not in\n${text}`);
  const end = JSON.parse(register.lines.at(-1)!);
  assert.deepEqual([end.ok, end.accepted, end.failed], [false, 0, 7]);
  assert.equal(text.includes("\u001b"), false, "no colours in a pipe");
});

test("register lifts a limit for a manager with the right PIN, and for nobody else", async () => {
  const place = openPlace();
  const register = place.demo();
  assert.equal(
    await register.run(
      "network off",
      "card visa",
      "600",
      "approve Ada 9999",
      "deny",
      "600",
      "approve Ada 1111",
      "approve ada 1234 regular customer",
      "10001",
      "close",
    ),
    1,
  );
  const refused = register.said.filter(({ t }) => t === "refused");
  assert.deepEqual(refused.map(({ code, message }) => [code, message]), [
    [
      "AMOUNT_EXCEEDS_MAX_OFFLINE_AMOUNT",
      "too much for one payment while offline: " +
      "limit 500.00 USD, with this one 600.00 USD",
    ],
    [
      "AMOUNT_EXCEEDS_MAX_OFFLINE_AMOUNT",
      "too much for one payment while offline: " +
      "limit 10000.00 USD, with this one 10001.00 USD",
    ],
  ]);
  assert.equal((await register.hear("accepted")).amount, 60_000);
  assert.equal((await register.hear("close")).approvedCount, 1);
});

test("register killed at any moment keeps every payment it called accepted", async () => {
  const place = openPlace();
  const accepted = new Set<string>();
  for (let kill = 1; kill <= 3; kill++) {
    const register = place.demo();
    await register.hear("ready");
    register.type("network off", "card visa:tap");
    const sales = Array.from({ length: 400 }, (_, i) => `${i + 1}.00`);
    register.type(...sales);
    // Somewhere in the middle of a sale, another one each time.
    await register.hear("accepted", 3 + 4 * kill);
    register.child.kill("SIGKILL");
    await register.ended;
    const heard = register.lines.flatMap((line) => {
      try {
        return [JSON.parse(line)];
      } catch {
        return []; // The last line was cut by the kill: nobody has read it.
      }
    });
    for (const { t, localId } of heard) {
      if (t === "accepted") accepted.add(localId);
    }
  }
  const last = place.demo();
  assert.equal(await last.run("network off", "list 100000"), 0);
  const kept = new Set(last.said.map(({ localId }) => localId));
  assert.ok(accepted.size >= 7 + 11 + 15);
  for (const localId of accepted) assert.ok(kept.has(localId), localId);
});

test("a second register on the same store says who holds it and does nothing", async () => {
  const place = openPlace();
  const holder = place.demo();
  await holder.hear("ready");
  const second = place.start("--data", place.folder, "--plain");
  assert.equal(await second.run("12.50"), 1);
  assert.match(
    second.lines[0],
    new RegExp(
      `STORE_IN_USE: the store is held by process ${holder.child.pid}`,
    ),
  );
  assert.match(second.lines[1], /-> close the other process/);
  assert.equal(JSON.parse(second.lines.at(-1)!).code, "STORE_IN_USE");
  assert.equal(await holder.run("status"), 0);
});

test("register ends with status 2 for what it cannot begin with", async () => {
  const place = openPlace();
  const config = join(place.folder, "register.json");
  const wrong: [args: string[], says: RegExp][] = [
    [["--frob"], /Unknown option '--frob'/],
    [["--device", "toaster"], /--device expects chipper_2x/],
    [["--config", join(place.folder, "none.json")], /cannot be read: ENOENT/],
    [["--config", config], /expected currencies to be a list of ISO 4217/],
  ];
  writeFileSync(
    config,
    JSON.stringify({
      shop: { name: "Shop" },
      database: "till.db",
      account: { id: "acct_1", isLivemode: false },
      country: "US",
      recipient: { keyId: "01".repeat(8), publicKey: "02".repeat(32) },
      reader: { tcp: "127.0.0.1:4242" },
      relay: { url: "http://127.0.0.1:1", token: "till.secret" },
      currencies: ["usd", "quatloos"],
    }),
  );
  await Promise.all(wrong.map(async ([args, says]) => {
    const register = place.start(...args, "--plain");
    assert.equal(await register.run(), 2);
    assert.match(register.lines.join("\n"), says);
  }));
  const manager = place.start("--new-manager", "Zoë");
  assert.equal(await manager.run("4821"), 0);
  const { name, pin } = JSON.parse(manager.lines[0]);
  assert.equal(name, "Zoë");
  assert.match(pin, /^scrypt\$[0-9a-f]{32}\$[0-9a-f]{64}$/);
});

test("register tells a folder that is a file and a port in use by the machine's own words", async () => {
  const place = openPlace();
  const file = join(place.folder, "file");
  writeFileSync(file, "");
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as { port: number };
  const cases: [args: string[], code: RegExp][] = [
    [["--json", "--data", file], /^E(EXIST|NOTDIR)$/],
    [["--web", "--data", place.folder, "--port", `${port}`], /^EADDRINUSE$/],
  ];
  for (const [args, code] of cases) {
    const register = place.start(...args);
    assert.equal(await register.run(), 1);
    const last = JSON.parse(register.lines.at(-1)!);
    assert.match(last.code, code);
    assert.equal(last.ok, false);
    assert.match(register.lines[0], /^The register cannot start\. E/);
    assert.doesNotMatch(register.lines.join("\n"), /bug/);
  }
  taken.close();
});
