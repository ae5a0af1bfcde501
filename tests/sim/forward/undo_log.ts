/**
 * Transactions over plain objects, with SQLite's commit semantics.
 *
 * Owns: that a throw in a transaction undoes all of it, and one after the commit nothing.
 * @module
 */

/** Changes objects and arrays so that they can be put back. */
export class UndoLog {
  /** Called before and after every commit; a throw before it undoes the commit. */
  onCommit: (when: "before" | "after") => void = () => {};
  /** What a rollback puts back: target, key, value, and so on. */
  #undo: unknown[] = [];
  #isInTransaction = false;

  /** Runs `body` as one transaction. */
  transaction<T>(body: () => T): T {
    if (this.#isInTransaction) throw new Error("transaction is not reentrant");
    this.#isInTransaction = true;
    try {
      const value = body();
      this.onCommit("before");
      this.#undo = [];
      this.onCommit("after");
      return value;
    } catch (error) {
      // After the commit nothing is left to undo: what is durable stays.
      this.#rollback();
      throw error;
    } finally {
      this.#isInTransaction = false;
    }
  }

  /** A statement on its own is a transaction of its own. */
  statement<T>(body: () => T): T {
    return this.#isInTransaction ? body() : this.transaction(body);
  }

  /** Puts a value into an object or an array. */
  set<T, K extends keyof T>(target: T, key: K, value: T[K]): void {
    this.#undo.push(target, key, target[key]);
    target[key] = value;
  }

  /** Adds a value to an array. */
  push<T>(list: T[], value: T): void {
    this.#undo.push(list, "length", list.length);
    list.push(value);
  }

  #rollback(): void {
    for (let i = this.#undo.length - 3; i >= 0; i -= 3) {
      const target = this.#undo[i] as Record<PropertyKey, unknown>;
      target[this.#undo[i + 1] as PropertyKey] = this.#undo[i + 2];
    }
    this.#undo = [];
  }
}
