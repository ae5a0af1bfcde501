/** The part of `node:assert/strict` that tests in a browser use. @module */

type Expected = RegExp | object | ((error: unknown) => boolean) | undefined;

function fail(message: string): never {
  throw new Error(message);
}

function show(value: unknown): string {
  return value instanceof Error ? String(value) : JSON.stringify(value) ?? "";
}

function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || !a || !b) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length &&
    keys.every((key) =>
      Object.hasOwn(b, key) &&
      isEqual(Reflect.get(a, key), Reflect.get(b, key))
    );
}

/** Whether a thrown value is the expected one, by Node's rules for `throws`. */
function isExpected(error: unknown, expected: Expected): boolean {
  if (expected === undefined) return true;
  if (expected instanceof RegExp) return expected.test(String(error));
  if (typeof expected === "function") {
    const isClass = expected.prototype instanceof Error;
    return isClass
      ? error instanceof (expected as unknown as typeof Error)
      : (expected as (error: unknown) => boolean)(error) === true;
  }
  return Object.entries(expected).every(([key, value]) =>
    isEqual(Reflect.get(error as object, key), value)
  );
}

const assert = {
  ok(value: unknown, message?: string): void {
    if (!value) fail(message ?? `${show(value)} is not truthy`);
  },
  equal(actual: unknown, expected: unknown, message?: string): void {
    if (Object.is(actual, expected)) return;
    fail(message ?? `${show(actual)} is not ${show(expected)}`);
  },
  notEqual(actual: unknown, other: unknown, message?: string): void {
    if (!Object.is(actual, other)) return;
    fail(message ?? `${show(actual)} is what it must not be`);
  },
  doesNotMatch(text: string, pattern: RegExp): void {
    if (pattern.test(text)) fail(`${show(text)} matches ${pattern}`);
  },
  deepEqual(actual: unknown, expected: unknown): void {
    if (isEqual(actual, expected)) return;
    fail(
      `${show(actual).slice(0, 500)} is not ${show(expected).slice(0, 500)}`,
    );
  },
  throws(body: () => unknown, expected?: Expected, message = ""): void {
    try {
      body();
    } catch (error) {
      if (isExpected(error, expected)) return;
      fail(`threw ${show(error)} ${message}`);
    }
    fail(`threw nothing ${message}`);
  },
  async rejects(promise: Promise<unknown>, expected?: Expected): Promise<void> {
    try {
      await promise;
    } catch (error) {
      if (isExpected(error, expected)) return;
      fail(`rejected with ${show(error)}`);
    }
    fail("did not reject");
  },
};
export default assert;
