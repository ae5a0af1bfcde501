/**
 * The relay's HTTP side, over `node:http` on Node and Deno.
 *
 * Owns: sockets, body limits, and what a till hears: always a result, with status 401 for an
 * unknown device, 429 when it asks too much at once, 503 when the book cannot be written, else
 * 200. What executed nothing says so. Speak TLS in front of it; the till refuses plain HTTP to another machine.
 * @module
 */
import { Buffer } from "node:buffer";
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { HoldfastError } from "../../engine/errors.ts";
import type { Unavailable } from "../../engine/gateway.ts";
import {
  decodeRequest,
  encodeMessage,
  isRelayVerb,
  RELAY_PATH,
  RELAY_REQUEST_BYTES_MAX,
} from "../../engine/relay/protocol.ts";
import type { Devices } from "./devices.ts";
import type { Relay } from "./relay.ts";

/** What the server needs. */
export interface RelayServerOptions {
  relay: Relay;
  devices: Devices;
  /** Answers `POST /webhooks/stripe`: whether the event was taken, or null without webhooks. */
  onWebhook:
    | ((body: string, signature: string) => Promise<WebhookAnswer>)
    | null;
  /** Requests one device may have under way. */
  concurrencyMax: number;
  /** Told of an error of ours; its name and code are safe to log. */
  onError: (error: unknown) => void;
}

/** 200 taken (or known already), 400 not Stripe's, 503 try again. */
export type WebhookAnswer = 200 | 400 | 503;

/** Longest event Stripe sends is far below; the limit only stops abuse. */
const WEBHOOK_BYTES_MAX = 1 << 20;

/** A relay on a port. */
export class RelayServer {
  readonly #options: RelayServerOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #open = new Set<Promise<void>>();
  readonly #underWay = new Map<string, number>();

  /** Prepares the server; `listen` starts it. */
  constructor(options: RelayServerOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => {
      const answered = this.#serve(request, response).catch((error) => {
        options.onError(error);
        const mayHaveExecuted = true;
        sendResult(response, 503, refusal("relay_failed", { mayHaveExecuted }));
      }).finally(() => this.#open.delete(answered));
      this.#open.add(answered);
    });
    this.#server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    // A till keeps its connection; slower headers than this are an attack.
    this.#server.headersTimeout = 10_000;
    this.#server.requestTimeout = 30_000;
    this.#server.keepAliveTimeout = 65_000;
  }

  /** Starts on `host` and `port` (0 for any); returns the URL. */
  listen(port: number, host: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, host, () => {
        this.#server.off("error", reject);
        const address = this.#server.address() as AddressInfo;
        resolve(`http://${host}:${address.port}`);
      });
    });
  }

  /** Stops; requests under way are answered first, connections that only wait are closed. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) =>
      this.#server.close(() => resolve())
    );
    while (this.#open.size > 0) await Promise.allSettled(this.#open);
    // One more turn for the last answer to leave.
    await new Promise((resolve) => setTimeout(resolve, 10));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #serve(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const [path] = (request.url ?? "/").split("?");
    // The till's probe: any answer means the way is open.
    if (request.method === "HEAD") return send(response, 204, "");
    if (path === "/webhooks/stripe") return this.#webhook(request, response);
    const verb = path.startsWith(RELAY_PATH)
      ? path.slice(RELAY_PATH.length)
      : "";
    if (request.method !== "POST" || !isRelayVerb(verb)) {
      return sendResult(response, 404, rejected("unknown_relay_verb"));
    }
    const { devices } = this.#options;
    const device = devices.authenticate(request.headers.authorization);
    if (device === null) {
      const code = "relay_refuses_device";
      return sendResult(response, 401, { kind: "unauthorized", code });
    }
    const underWay = this.#underWay.get(device) ?? 0;
    if (underWay >= this.#options.concurrencyMax) {
      const retryAfterMs = 1000;
      return sendResult(response, 429, refusal("rate_limit", { retryAfterMs }));
    }
    this.#underWay.set(device, underWay + 1);
    try {
      const body = await readBody(request, RELAY_REQUEST_BYTES_MAX);
      const asked = body === null ? null : decodeRequest(verb, body);
      const result = asked === null
        ? rejected("bad_relay_request")
        : await this.#options.relay.answer(device, verb, asked);
      sendResult(response, 200, result);
    } finally {
      const left = this.#underWay.get(device)! - 1;
      if (left > 0) this.#underWay.set(device, left);
      else this.#underWay.delete(device);
    }
  }

  async #webhook(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { onWebhook } = this.#options;
    if (onWebhook === null || request.method !== "POST") {
      return send(response, 404, "");
    }
    const body = await readBody(request, WEBHOOK_BYTES_MAX);
    const signature = request.headers["stripe-signature"];
    if (body === null || typeof signature !== "string") {
      return send(response, 400, "");
    }
    send(response, await onWebhook(body, signature), "");
  }
}

/** What of an error may be logged: never its message, which may quote what was worked on. */
export function nameOf(error: unknown): string {
  if (error instanceof HoldfastError) return error.code;
  return error instanceof Error ? error.name : typeof error;
}

function rejected(code: string): object {
  return { kind: "rejected", code };
}

/** The relay itself cannot answer now; it keeps nothing for the key. */
function refusal(code: string, facts: Partial<Unavailable>): Unavailable {
  return {
    kind: "unavailable",
    code,
    mayHaveExecuted: false,
    isSaved: false,
    isAnswered: true,
    retryAfterMs: null,
    ...facts,
  };
}

function sendResult(
  response: ServerResponse,
  status: number,
  result: object,
): void {
  send(response, status, encodeMessage(result));
}

function send(response: ServerResponse, status: number, body: string): void {
  if (response.headersSent) return;
  const bytes = Buffer.from(body);
  response.writeHead(status, {
    "cache-control": "no-store",
    ...(status === 204 ? {} : { "content-length": bytes.length }),
    ...(body === "" ? {} : { "content-type": "application/json" }),
  });
  response.end(bytes);
}

/** The body, or null when it is too long; the rest of it is read and dropped. */
function readBody(
  request: IncomingMessage,
  lengthMax: number,
): Promise<string | null> {
  return new Promise((resolve) => {
    let chunks: Buffer[] | null = [];
    let length = 0;
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > lengthMax) chunks = null;
      chunks?.push(chunk);
    });
    request.on(
      "end",
      () => resolve(chunks && Buffer.concat(chunks).toString("utf8")),
    );
    // Whoever hung up reads no answer, so any will do.
    request.on("error", () => resolve(null));
    request.on("close", () => resolve(null));
  });
}
