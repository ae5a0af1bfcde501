/**
 * The relay, reached over HTTP.
 *
 * Owns: that a device's token never crosses a network in clear, and follows no redirect.
 * @module
 */
import { failure } from "../../engine/errors.ts";
import type { Gateway } from "../../engine/gateway.ts";
import { RELAY_BODY_BYTES_MAX } from "../../engine/relay/protocol.ts";
import {
  createRelayGateway,
  type Exchange,
} from "../../engine/relay/relay_gateway.ts";

/** Where the relay is and who this device is there. */
export interface RelayOptions {
  /** Base URL; `https:`, or `http:` on this machine. */
  url: string;
  /** This device's token, `<name>.<secret>`; see `hosts/relay`. */
  token: string;
}

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Makes the gateway of a till that forwards through a relay. It holds no Stripe key and can open
 * no record; use the relay's URL as `probeUrl` too.
 *
 * @throws {HoldfastError} `INVALID_ARGUMENT` for plain HTTP to another machine, and for no URL.
 */
export function createRelayClient(options: RelayOptions): Gateway {
  return createRelayGateway(createRelayExchange(options));
}

/**
 * Makes the way to the relay alone, for whoever puts something in between.
 *
 * @throws {HoldfastError} as {@link createRelayClient}.
 */
export function createRelayExchange(options: RelayOptions): Exchange {
  if (!URL.canParse(options.url)) {
    throw failure("INVALID_ARGUMENT", "the relay's url is none", {
      field: "url",
    });
  }
  const url = new URL(options.url);
  const isSafe = url.protocol === "https:" ||
    (url.protocol === "http:" && LOOPBACK.has(url.hostname));
  if (!isSafe) {
    throw failure("INVALID_ARGUMENT", "a relay needs https", { field: "url" });
  }
  const base = url.href.replace(/\/$/, "");
  return async (path, body, signal) => {
    const response = await fetch(base + path, {
      method: "POST",
      redirect: "manual",
      headers: {
        "authorization": `Bearer ${options.token}`,
        "content-type": "application/json",
      },
      body,
      signal,
    });
    return await readBody(response);
  };
}

/** The body, or nothing when it is longer than any answer of a relay. */
async function readBody(response: Response): Promise<string> {
  if (response.body === null) return "";
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  for await (const chunk of response.body) {
    length += chunk.length;
    if (length > RELAY_BODY_BYTES_MAX) return ""; // Leaving the loop cancels the stream.
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
