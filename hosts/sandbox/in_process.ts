/**
 * The sandbox as a `fetch` function: the official client without a socket.
 *
 * Owns: the likeness to `fetch`. A broken connection rejects with `TypeError`,
 * silence lasts until the caller's signal ends it.
 * @module
 */
import type { SandboxWorld } from "./world.ts";

/**
 * Returns a function for `Stripe.createFetchHttpClient`, which delivers every
 * request, whatever its host, to `world` through its faults.
 */
export function inProcessFetch(world: SandboxWorld): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    const delivery = await world.deliver({
      method: request.method,
      path: url.pathname,
      query: url.search.slice(1),
      headers: Object.fromEntries(request.headers),
      body: request.method === "GET" ? "" : await request.text(),
    });
    if (delivery === "destroy") throw new TypeError("connection destroyed");
    if (delivery === "hold") return await silence(request.signal);
    const { status, headers, body } = delivery;
    return new Response(body, { status, headers });
  };
}

function silence(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}
