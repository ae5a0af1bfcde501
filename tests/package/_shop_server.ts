/**
 * The web server of a stranger's shop: a folder of files, and the relay beneath `/relay`.
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript",
  json: "application/json",
  wasm: "application/wasm",
};

/** What is served. */
export interface ShopServerOptions {
  folder: string;
  relayUrl: string;
  /** What the page asks for as `/till.json`. */
  till: object;
}

/** A running server. */
export interface ShopServer {
  url: string;
  /** The internet goes, for page, Worker and service worker alike. */
  cut(): Promise<void>;
  /** It is back, at the same address. */
  restore(): Promise<void>;
}

/** Starts it on a free port. */
export async function startShopServer(
  options: ShopServerOptions,
): Promise<ShopServer> {
  const server = createServer((request, response) => {
    answer(options, request, response).catch(() => request.socket.destroy());
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve) => server.listen(port, "localhost", resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}/`,
    cut: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
    restore: () => listen(port),
  };
}

async function answer(
  { folder, relayUrl, till }: ShopServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [path] = (request.url ?? "/").split("?");
  if (path === "/relay" || path.startsWith("/relay/")) {
    const { status, text } = await ask(relayUrl + path.slice(6), request);
    response.writeHead(status, { "content-type": TYPES.json });
    return void response.end(text);
  }
  if (path === "/till.json") {
    response.writeHead(200, { "content-type": TYPES.json });
    return void response.end(JSON.stringify(till));
  }
  const name = path === "/" ? "index.html" : path.slice(1);
  const file = join(folder, name);
  const isThere = !name.includes("..") && existsSync(file);
  response.writeHead(isThere ? 200 : 404, {
    "content-type": TYPES[name.split(".").at(-1)!] ?? "text/plain",
  });
  response.end(isThere ? readFileSync(file) : "");
}

async function ask(
  url: string,
  request: IncomingMessage,
): Promise<{ status: number; text: string }> {
  let body = "";
  for await (const chunk of request) body += chunk;
  const { method = "GET", headers } = request;
  const response = await fetch(url, {
    method,
    headers: {
      "content-type": "application/json",
      authorization: headers.authorization ?? "",
    },
    ...(method === "POST" ? { body } : {}),
  });
  return { status: response.status, text: await response.text() };
}
