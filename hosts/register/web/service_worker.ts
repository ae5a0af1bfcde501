/**
 * Keeps the page for the time without a connection.
 *
 * Owns: one cache a version. The page itself comes from the cache first, so that a reload never
 * waits for a network that is gone; settings come from the network first, so that a renewed token
 * arrives. Nothing else is touched: the relay is the engine's business.
 * @see https://w3c.github.io/ServiceWorker/
 * @module
 */

/** Replaced when the page is bundled: a hash of every file. */
declare const PAGE_VERSION: string;
declare const PAGE_FILES: readonly string[];

interface ExtendableEvent extends Event {
  waitUntil(done: Promise<unknown>): void;
}

interface FetchEvent extends ExtendableEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}

/** The part of a service worker's scope that is used. */
interface ServiceWorkerScope {
  addEventListener(
    type: string,
    listener: (event: FetchEvent) => void,
  ): void;
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
  readonly location: Location;
}

const scope = globalThis as unknown as ServiceWorkerScope;
const CACHE = `holdfast-register-${PAGE_VERSION}`;
const SETTINGS = "/register.json";

scope.addEventListener("install", (event) => {
  event.waitUntil(install());
});

scope.addEventListener("activate", (event) => {
  event.waitUntil(dropOthers());
});

scope.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== scope.location.origin) return;
  if (pathname === SETTINGS) event.respondWith(networkFirst(request));
  else if (PAGE_FILES.includes(pathname)) {
    event.respondWith(cacheFirst(pathname, request));
  }
});

async function install(): Promise<void> {
  const cache = await caches.open(CACHE);
  const requests = [...PAGE_FILES, SETTINGS]
    .map((path) => new Request(path, { cache: "no-cache" }));
  await cache.addAll(requests);
  await scope.skipWaiting();
}

async function dropOthers(): Promise<void> {
  for (const name of await caches.keys()) {
    if (name.startsWith("holdfast-register-") && name !== CACHE) {
      await caches.delete(name);
    }
  }
  await scope.clients.claim();
}

async function cacheFirst(path: string, request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  return await cache.match(path) ?? await fetch(request);
}

async function networkFirst(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  try {
    const response = await fetch(request);
    if (response.ok) await cache.put(SETTINGS, response.clone());
    return response;
  } catch (error) {
    const kept = await cache.match(SETTINGS);
    if (kept !== undefined) return kept;
    throw error;
  }
}
