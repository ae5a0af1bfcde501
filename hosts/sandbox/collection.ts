/**
 * Objects in the order of their creation, listed newest first in pages.
 *
 * Owns: Stripe's cursor pagination and the `created` filter.
 * @see https://docs.stripe.com/api/pagination
 * @module
 */
import { invalidParameter, missingResource } from "./api_error.ts";
import type { ParameterReader } from "./parameters.ts";

/** A page, as Stripe answers it. */
export interface ListPage<T> {
  object: "list";
  url: string;
  has_more: boolean;
  data: T[];
}

/** Which page is asked for. */
export interface PageQuery {
  readonly limit: number;
  readonly after: string | undefined;
  readonly before: string | undefined;
  readonly from: number;
  readonly to: number;
}

// https://docs.stripe.com/api/pagination: 1 to 100, 10 when not said.
const PAGE_DEFAULT = 10;
const PAGE_LIMIT = 100;

/** Reads `limit`, `starting_after`, `ending_before` and `created`. */
export function readPageQuery(parameters: ParameterReader): PageQuery {
  const limit = parameters.integer("limit", 1) ?? PAGE_DEFAULT;
  if (limit > PAGE_LIMIT) {
    throw invalidParameter(
      "limit",
      `This value must be less than or equal to ${PAGE_LIMIT}.`,
    );
  }
  const after = parameters.text("starting_after");
  const before = parameters.text("ending_before");
  if (after !== undefined && before !== undefined) {
    throw invalidParameter("", "Use starting_after or ending_before, not both");
  }
  return { limit, after, before, ...readCreated(parameters) };
}

function readCreated(
  parameters: ParameterReader,
): { from: number; to: number } {
  const raw = parameters.value("created");
  if (raw === undefined || raw === "") return { from: 0, to: Infinity };
  if (typeof raw === "string") {
    const exact = parameters.integer("created")!;
    return { from: exact, to: exact };
  }
  const range = parameters.record("created")!;
  const after = range.integer("gt");
  const before = range.integer("lt");
  const from = range.integer("gte") ?? (after === undefined ? 0 : after + 1);
  const to = range.integer("lte") ??
    (before === undefined ? Infinity : before - 1);
  range.done();
  return { from, to };
}

/** One kind of object of one account in one mode. */
export class Collection<T extends { id: string; created?: number }> {
  readonly #kind: string;
  readonly #url: string;
  readonly #places = new Map<string, number>();
  readonly #objects: (T | null)[] = [];
  #oldest = 0;

  /** Makes an empty collection; `kind` appears in errors, `url` in pages. */
  constructor(kind: string, url: string) {
    this.#kind = kind;
    this.#url = url;
  }

  /** Adds `object` and returns it. */
  add(object: T): T {
    this.#places.set(object.id, this.#objects.length);
    this.#objects.push(object);
    return object;
  }

  /** Returns the object, or undefined. */
  find(id: string): T | undefined {
    const place = this.#places.get(id);
    return place === undefined ? undefined : this.#objects[place]!;
  }

  /** Returns the object. @throws {ApiFailure} 404 when there is none */
  get(id: string): T {
    const object = this.find(id);
    if (!object) throw missingResource(this.#kind, id);
    return object;
  }

  /** Removes the object. @throws {ApiFailure} 404 when there is none */
  remove(id: string): T {
    const object = this.get(id);
    this.#objects[this.#places.get(id)!] = null;
    this.#places.delete(id);
    return object;
  }

  /** Removes the oldest object, if there is one. */
  removeOldest(): void {
    while (this.#oldest < this.#objects.length) {
      const object = this.#objects[this.#oldest++];
      if (object) return void this.remove(object.id);
    }
  }

  /** Objects, oldest first. */
  *[Symbol.iterator](): IterableIterator<T> {
    for (const object of this.#objects) if (object) yield object;
  }

  /** How many objects there are. */
  get size(): number {
    return this.#places.size;
  }

  /** Returns one page, newest first, of the objects that `matches` accepts. */
  page(
    query: PageQuery,
    matches: (object: T) => boolean = () => true,
  ): ListPage<T> {
    const isBackwards = query.before !== undefined;
    const cursor = query.before ?? query.after;
    const step = isBackwards ? 1 : -1;
    let at = cursor === undefined
      ? this.#objects.length - 1
      : this.#place(cursor) + step;
    const data: T[] = [];
    let hasMore = false;
    for (; at >= 0 && at < this.#objects.length; at += step) {
      const object = this.#objects[at];
      if (!object) continue;
      const created = object.created ?? 0;
      // Creation order is time order, so older ones need no look.
      if (!isBackwards && created < query.from) break;
      if (created < query.from || created > query.to) continue;
      if (!matches(object)) continue;
      if (data.length === query.limit) {
        hasMore = true;
        break;
      }
      data.push(object);
    }
    if (isBackwards) data.reverse();
    return { object: "list", url: this.#url, has_more: hasMore, data };
  }

  #place(id: string): number {
    this.get(id);
    return this.#places.get(id)!;
  }
}
