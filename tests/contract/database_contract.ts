/**
 * What every `Database` must do, whatever disk is under it.
 *
 * `testDatabase` registers the tests; a host's own test file calls it with its way to open.
 * @module
 */
import assert from "node:assert/strict";
import test from "node:test";
import type { Database, DatabaseCapabilities } from "../../engine/ports.ts";

/** One place where a database can be opened, closed and opened again. */
export interface DatabasePlace {
  /** Opens the place's one file. */
  open(): Promise<Database>;
  /** Every byte of every file of the place, while it is open or after. */
  rawBytes(): Promise<Uint8Array> | Uint8Array;
  /** Removes whatever is left. */
  remove(): Promise<void> | void;
}

/** Asserts that `body` throws a `HoldfastError` with `code` and returns it. */
export function assertCode(
  body: () => unknown,
  code: string,
): { details: Record<string, unknown>; retry: string; message: string } {
  let caught: unknown = null;
  try {
    body();
  } catch (error) {
    caught = error;
  }
  const error = caught as { code?: string; name?: string } | null;
  assert.equal(error?.name, "HoldfastError", `threw ${caught}`);
  assert.equal(error?.code, code);
  return caught as ReturnType<typeof assertCode>;
}

const TABLE = `CREATE TABLE item(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  amount INTEGER NOT NULL CHECK(amount > 0),
  body BLOB
) STRICT`;
const INSERT = "INSERT INTO item(name, amount, body) VALUES(?, ?, ?)";

/** Registers the contract under `label`; `makePlace` makes an empty place. */
export function testDatabase(
  label: string,
  makePlace: () => Promise<DatabasePlace> | DatabasePlace,
  capabilities: DatabaseCapabilities,
): void {
  const check = (
    name: string,
    body: (database: Database, place: DatabasePlace) => Promise<void> | void,
  ): void => {
    test(`${label}: ${name}`, async () => {
      const place = await makePlace();
      const database = await place.open();
      try {
        await body(database, place);
      } finally {
        database.close();
        await place.remove();
      }
    });
  };
  check("capabilities are what the platform promises", (database) => {
    assert.deepEqual(database.capabilities, capabilities);
  });
  checkStatements(check);
  checkValues(check);
  checkTransactions(check);
  checkPurge(check);
  checkLife(check);
}

type Check = (
  name: string,
  body: (database: Database, place: DatabasePlace) => Promise<void> | void,
) => void;

function checkStatements(check: Check): void {
  check("execute() returns the number of changed rows", (database) => {
    assert.equal(database.execute(TABLE), 0);
    assert.equal(database.execute(INSERT, ["a", 1, null]), 1);
    assert.equal(database.execute(INSERT, ["b", 2, null]), 1);
    assert.equal(database.execute("UPDATE item SET amount = 9"), 2);
    assert.equal(
      database.execute("UPDATE item SET amount = 9 WHERE id = 7"),
      0,
    );
    assert.equal(database.execute("PRAGMA user_version = 3"), 0);
    assert.equal(database.execute("CREATE INDEX amounts ON item(amount)"), 0);
    assert.equal(database.execute("DELETE FROM item"), 2);
  });

  check("query() returns the rows of statements and of pragmas", (database) => {
    database.execute(TABLE);
    database.execute(INSERT, ["a", 1, null]);
    const rows = database.query("SELECT name, amount FROM item");
    assert.deepEqual(rows, [["a", 1]]);
    assert.deepEqual(database.query("SELECT 1 WHERE 0"), []);
    const returned = database.query(`${INSERT} RETURNING id`, ["b", 5, null]);
    assert.deepEqual(returned, [[2]]);
    database.execute("PRAGMA user_version = 4");
    assert.deepEqual(database.query("PRAGMA user_version"), [[4]]);
  });

  check(
    "every connection has the settings that durability needs",
    (database) => {
      for (const isReopened of [false, true]) {
        if (isReopened) database.reopen();
        const read = (name: string): unknown =>
          database.query(`PRAGMA ${name}`)[0][0];
        assert.equal(read("journal_mode"), "wal");
        assert.equal(read("locking_mode"), "exclusive");
        assert.equal(read("synchronous"), 2);
        assert.equal(read("page_size"), 4096);
        assert.equal(read("secure_delete"), 1);
        assert.equal(read("foreign_keys"), 1);
      }
    },
  );

  check(
    "a row that breaks the schema is STORE_CONSTRAINT with its name",
    (database) => {
      database.execute(TABLE);
      database.execute(INSERT, ["a", 1, null]);
      const unique = assertCode(
        () => database.execute(INSERT, ["a", 1, null]),
        "STORE_CONSTRAINT",
      );
      assert.equal(unique.details.constraint, "item.name");
      const checked = assertCode(
        () => database.execute(INSERT, ["b", 0, null]),
        "STORE_CONSTRAINT",
      );
      assert.equal(checked.details.constraint, "amount > 0");
      assertCode(
        () => database.execute(INSERT, ["c", "many", null]),
        "STORE_CONSTRAINT",
      );
      assertCode(
        () => database.execute(INSERT, [null, 1, null]),
        "STORE_CONSTRAINT",
      );
      database.execute(INSERT, ["b", 2, null]);
      assert.deepEqual(database.query("SELECT count(*) FROM item"), [[2]]);
    },
  );

  check("a wrong statement is a bug, not an error of the world", (database) => {
    database.execute(TABLE);
    const wrong: [string, ...(string | number)[]][] = [
      ["SELEKT 1"],
      ["SELECT * FROM nothing"],
      ["SELECT 1; SELECT 2"],
      [" -- no statement"],
      ["SELECT ?"],
      ["SELECT ?", 1, 2],
    ];
    for (const [sql, ...parameters] of wrong) {
      assert.throws(
        () => database.query(sql, parameters),
        (error: Error) => error.name !== "HoldfastError",
        sql,
      );
    }
    assert.deepEqual(database.query("SELECT 1"), [[1]]);
  });

  check("no error carries a value", (database) => {
    database.execute(TABLE);
    const secret = "4242424242424242";
    database.execute(INSERT, [secret, 1, null]);
    const causes = [
      (): unknown => database.execute(INSERT, [secret, 1, null]),
      (): unknown => database.execute(INSERT, [null, secret, null]),
      (): unknown => database.query("SELECT json(?)", [secret + "{"]),
      (): unknown => database.query("SELECT abs(?), nothing", [secret]),
    ];
    for (const cause of causes) {
      assert.throws(cause, (error: Error) => {
        const inner = error.cause as Error | undefined;
        const text = JSON.stringify(error) + error.message + error.stack +
          inner?.message;
        return !text.includes(secret);
      });
    }
  });
}

function checkValues(check: Check): void {
  check("values come back as they were given", (database) => {
    database.execute(
      "CREATE TABLE cell(id INTEGER PRIMARY KEY, value ANY) STRICT",
    );
    const big = new Uint8Array(300_000).map((_, i) => i * 7);
    const values = [
      null,
      0,
      1,
      -1,
      2 ** 31 - 1,
      2 ** 31,
      -(2 ** 31),
      -(2 ** 31) - 1,
      Number.MAX_SAFE_INTEGER,
      Number.MIN_SAFE_INTEGER,
      0.5,
      -1.5e-300,
      "",
      "é€😀",
      "a\0b",
      "x".repeat(70_000),
      new Uint8Array(0),
      new Uint8Array([0, 255]),
      big,
    ];
    for (const [i, value] of values.entries()) {
      database.execute("INSERT INTO cell VALUES(?, ?)", [i, value]);
    }
    const rows = database.query("SELECT value FROM cell ORDER BY id");
    assert.deepEqual(rows.map(([value]) => value), values);
  });

  check("returned bytes are owned copies", (database) => {
    const [[first]] = database.query("SELECT x'0102'");
    database.query("SELECT ?", [new Uint8Array(1000).fill(9)]);
    database.query("SELECT zeroblob(5000000)");
    assert.deepEqual(first, new Uint8Array([1, 2]));
  });

  check(
    "numbers that are no safe integers are refused both ways",
    (database) => {
      for (const value of [2 ** 53, -(2 ** 53), NaN, Infinity]) {
        assert.throws(() => database.query("SELECT ?", [value]), RangeError);
      }
      assert.throws(
        () => database.query("SELECT 9007199254740992"),
        RangeError,
      );
      assert.throws(
        () => database.query("SELECT 9007199254740993"),
        RangeError,
      );
      assert.throws(
        () => database.query("SELECT ?", [true as unknown as number]),
        TypeError,
      );
      assert.deepEqual(database.query("SELECT 9007199254740991"), [[
        Number.MAX_SAFE_INTEGER,
      ]]);
    },
  );
}

function checkTransactions(check: Check): void {
  check(
    "transaction() returns the body's value and keeps its rows",
    (database) => {
      database.execute(TABLE);
      const value = database.transaction(() => {
        database.execute(INSERT, ["a", 1, null]);
        return database.query("SELECT count(*) FROM item")[0][0];
      });
      assert.equal(value, 1);
      database.reopen();
      assert.deepEqual(database.query("SELECT name FROM item"), [["a"]]);
    },
  );

  check("a throw in the body rolls back and is rethrown", (database) => {
    database.execute(TABLE);
    const reason = new Error("no");
    assert.throws(() =>
      database.transaction(() => {
        database.execute(INSERT, ["a", 1, null]);
        throw reason;
      }), (error) => error === reason);
    assert.deepEqual(database.query("SELECT * FROM item"), []);
    database.transaction(() => database.execute(INSERT, ["a", 1, null]));
  });

  check("transaction() refuses to nest, to wait and to reopen", (database) => {
    database.execute(TABLE);
    const nested = (): void =>
      database.transaction(() => {
        database.execute(INSERT, ["a", 1, null]);
        database.transaction(() => {});
      });
    assert.throws(nested, /reentrant/);
    assert.throws(
      () => database.transaction(() => Promise.resolve(1)),
      TypeError,
    );
    assert.throws(() => database.transaction(() => database.reopen()));
    assert.deepEqual(database.query("SELECT * FROM item"), []);
  });

  check(
    "a deferred constraint fails the commit and nothing else",
    (database) => {
      database.execute(TABLE);
      database.execute(
        `CREATE TABLE part(id INTEGER PRIMARY KEY, item INTEGER
         REFERENCES item(id) DEFERRABLE INITIALLY DEFERRED) STRICT`,
      );
      assertCode(
        () =>
          database.transaction(() =>
            database.execute("INSERT INTO part(item) VALUES(1)")
          ),
        "STORE_CONSTRAINT",
      );
      assert.deepEqual(database.query("SELECT * FROM part"), []);
    },
  );
}

/** Bytes that nothing else contains; odd lengths end up in cells and in overflow pages. */
function canaries(): Uint8Array[] {
  return [24, 3_000, 9_000].map((length, i) =>
    Uint8Array.from({ length }, (_, at) => 151 + i * 31 + at * 89 & 255)
  );
}

function contains(haystack: Uint8Array, needle: Uint8Array): boolean {
  // Not all of a body lies in one piece, but its first bytes do.
  const part = needle.subarray(0, 20);
  for (let at = haystack.indexOf(part[0]); at >= 0;) {
    if (part.every((byte, i) => haystack[at + i] === byte)) return true;
    at = haystack.indexOf(part[0], at + 1);
  }
  return false;
}

function checkPurge(check: Check): void {
  check(
    "purge() leaves nothing of deleted bytes in any file",
    async (database, place) => {
      database.execute(TABLE);
      const bodies = canaries();
      for (const [i, body] of bodies.entries()) {
        database.execute(INSERT, [
          `kept ${i}`,
          1,
          new Uint8Array(5000).fill(i),
        ]);
        database.execute(INSERT, [`secret ${i}`, 1, body]);
      }
      const count = async (): Promise<number> => {
        const raw = await place.rawBytes();
        return bodies.filter((body) => contains(raw, body)).length;
      };
      assert.equal(await count(), bodies.length, "the search must work");
      assert.equal(database.purge(), true);
      assert.equal(await count(), bodies.length, "the file holds them now");
      database.execute("DELETE FROM item WHERE name LIKE 'secret%'");
      assert.equal(database.purge(), true);
      assert.equal(await count(), 0);
      assert.equal(
        database.query("SELECT count(*) FROM item")[0][0],
        bodies.length,
      );
      database.close();
      assert.equal(await count(), 0);
    },
  );

  check("purge() refuses to run inside a transaction", (database) => {
    assert.throws(() => database.transaction(() => database.purge()));
  });
}

function checkLife(check: Check): void {
  check("check() passes a whole file, outside a transaction", (database) => {
    database.execute(TABLE);
    database.execute(INSERT, ["a", 1, new Uint8Array(10_000)]);
    database.check();
    assert.throws(() => database.transaction(() => database.check()));
    assert.equal(database.query("SELECT count(*) FROM item")[0][0], 1);
  });

  check(
    "rows survive close and open, and one file remains",
    async (database, place) => {
      database.execute(TABLE);
      database.execute(INSERT, ["a", 1, new Uint8Array([7])]);
      database.close();
      database.close();
      const again = await place.open();
      try {
        assert.deepEqual(again.query("SELECT name, amount, body FROM item"), [
          ["a", 1, new Uint8Array([7])],
        ]);
      } finally {
        again.close();
      }
    },
  );

  check("a closed database answers STORE_CLOSED", (database) => {
    database.close();
    assertCode(() => database.query("SELECT 1"), "STORE_CLOSED");
    assertCode(() => database.execute("SELECT 1"), "STORE_CLOSED");
    assertCode(() => database.transaction(() => 1), "STORE_CLOSED");
    assertCode(() => database.reopen(), "STORE_CLOSED");
    assertCode(() => database.purge(), "STORE_CLOSED");
  });

  check(
    "a second opening is STORE_IN_USE until the first is closed",
    async (database, place) => {
      database.execute(TABLE);
      await assert.rejects(place.open(), {
        code: "STORE_IN_USE",
        retry: "safe",
      });
      database.execute(INSERT, ["a", 1, null]);
      database.close();
      (await place.open()).close();
    },
  );

  check("freeBytes() is a plausible number or null", (database) => {
    const free = database.freeBytes();
    assert.ok(free === null || Number.isSafeInteger(free) && free > 0);
  });

  check("hundreds of different statements run", (database) => {
    for (let i = 0; i < 300; i++) {
      assert.deepEqual(database.query(`SELECT ${i} + ?`, [1]), [[i + 1]]);
    }
  });
}
