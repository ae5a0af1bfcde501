/**
 * Serves the register page, its settings, and the way to the relay.
 *
 * Owns: that everything the page needs has one origin, so that no other origin may talk to it and
 * no CORS is needed; and what a browser is told to allow. A request that names another host is
 * refused: a page of a stranger whose name was pointed at this machine (DNS rebinding) would
 * otherwise read the settings.
 * @module
 */
import { Buffer } from "node:buffer";
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import {
  RELAY_BODY_BYTES_MAX,
  RELAY_REQUEST_BYTES_MAX,
} from "../../../engine/relay/protocol.ts";
import type { PageFiles } from "./bundle.ts";
import { NETWORK_SWITCH, type PageSettings, RELAY_PREFIX } from "./settings.ts";

/** What is served. */
export interface PageServerOptions {
  files: PageFiles;
  settings: PageSettings;
  /** Base URL of the relay. */
  relayUrl: string;
  /** Host names by which the page is reached, besides this machine's own. @default [] */
  hostNames?: readonly string[];
}

const TYPES: Readonly<Record<string, string>> = {
  "": "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
  wasm: "application/wasm",
  webmanifest: "application/manifest+json",
};

const LOCAL_NAMES = ["localhost", "127.0.0.1", "[::1]"];
/** Longer than the relay's own limit for a call to Stripe. */
const RELAY_DEADLINE_MS = 20_000;

/** The server of one page. */
export class PageServer {
  readonly #options: PageServerOptions;
  readonly #server: Server;
  /** False plays a network that is gone; the page itself can still be reached. */
  isOnline = true;

  /** Prepares the server. */
  constructor(options: PageServerOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => {
        // The relay did not answer: to the page that is a network that is gone.
        request.socket.destroy();
      });
    });
  }

  /** Listens on `port`, 0 for any free one; returns the page's URL. */
  listen(port: number, host = "127.0.0.1"): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, host, () => {
        this.#server.off("error", reject);
        const address = this.#server.address() as AddressInfo;
        // Browsers give OPFS and service workers to this name without TLS.
        const name = host === "127.0.0.1" ? "localhost" : host;
        resolve(`http://${name}:${address.port}/`);
      });
    });
  }

  /** Breaks every connection and stops. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const [path] = (request.url ?? "/").split("?");
    if (!this.#isOurs(request.headers.host ?? "")) {
      return send(response, 421, "text/plain", "this page has another name\n");
    }
    if (path === RELAY_PREFIX || path.startsWith(`${RELAY_PREFIX}/`)) {
      const rest = path.slice(RELAY_PREFIX.length);
      return await this.#relay(request, response, rest);
    }
    if (path === NETWORK_SWITCH && request.method === "POST") {
      return await this.#switch(request, response);
    }
    if (path === "/register.json") {
      const body = JSON.stringify(this.#options.settings);
      return send(response, 200, "application/json", body);
    }
    const file = this.#options.files.get(path);
    if (file === undefined) {
      return send(response, 404, "text/plain", "there is no such file\n");
    }
    const ending = path.slice(1).split(".")[1] ?? "";
    send(response, 200, TYPES[ending] ?? "text/plain", file);
  }

  #isOurs(host: string): boolean {
    const name = host.replace(/:\d+$/, "").toLowerCase();
    const { hostNames = [] } = this.#options;
    return LOCAL_NAMES.includes(name) || hostNames.includes(name);
  }

  /** Passes a request of the engine on, with the device's token and nothing else. */
  async #relay(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
  ): Promise<void> {
    if (!this.isOnline) throw new Error("the network is cut");
    const { method = "GET", headers } = request;
    const body = method === "POST"
      ? await readBody(request, RELAY_REQUEST_BYTES_MAX)
      : null;
    const answer = await fetch(
      this.#options.relayUrl.replace(/\/$/, "") + path,
      {
        method,
        redirect: "manual",
        headers: {
          "content-type": "application/json",
          ...(headers.authorization === undefined
            ? {}
            : { authorization: headers.authorization }),
        },
        ...(body === null ? {} : { body }),
        signal: AbortSignal.timeout(RELAY_DEADLINE_MS),
      },
    );
    const text = await answer.text();
    if (text.length > RELAY_BODY_BYTES_MAX) throw new Error("too long");
    send(response, answer.status, "application/json", text);
  }

  async #switch(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    // A form of another page cannot send this type without asking first.
    const isOurPage = request.headers["content-type"] === "application/json";
    if (!this.#options.settings.isDemo || !isOurPage) {
      return send(response, 404, "text/plain", "there is no switch here\n");
    }
    const text = await readBody(request, 1_000);
    this.isOnline = JSON.parse(text).isOnline === true;
    send(response, 204, "", "");
  }
}

function send(
  response: ServerResponse,
  status: number,
  type: string,
  body: string | Uint8Array,
): void {
  response.writeHead(status, {
    ...(type === "" ? {} : { "content-type": type }),
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy":
      "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; " +
      "connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; " +
      "form-action 'none'; frame-ancestors 'none'",
  });
  response.end(body);
}

async function readBody(
  request: IncomingMessage,
  lengthMax: number,
): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > lengthMax) throw new Error("the request is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
