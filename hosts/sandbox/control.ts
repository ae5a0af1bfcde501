/**
 * The control API: faults, time, keys, and what happened, on its own port.
 *
 * Owns: the switches. A port of its own, so that they can be reached while
 * the sandbox's network is cut. Not part of what is simulated; no key needed,
 * so it listens on the loopback interface unless told otherwise.
 * @module
 */
import type { ApiRequest, ApiResponse } from "./api.ts";
import type { FaultKind, FaultRule } from "./faults.ts";
import { renderPage } from "./page.ts";
import { reportOf, summariseIntents } from "./report.ts";
import { accountIdOfKey, type KeyStatus } from "./state.ts";
import type { SandboxParts } from "./parts.ts";
import type { WebhookEndpoint } from "./webhooks.ts";

type Action = (parts: SandboxParts, body: Record<string, unknown>) => unknown;

const KEY_STATUSES: readonly KeyStatus[] = [
  "active",
  "expired",
  "revoked",
  "restricted",
];

const ACTIONS: Readonly<Record<string, Action>> = {
  "GET /faults": (parts) => ({ rules: parts.faults.rules }),
  "POST /faults": addFaults,
  "DELETE /faults": clearFaults,
  "GET /clock": (parts) => clockOf(parts),
  "POST /clock/advance": (parts, body) => {
    parts.clock.advance(numberOf(body, "ms"));
    return clockOf(parts);
  },
  "POST /keys": setKey,
  "POST /connect": connect,
  "GET /state": (parts) => ({ intents: summariseIntents(parts.state) }),
  "GET /requests": (parts) => ({
    total: parts.journal.total,
    requests: parts.journal.entries,
  }),
  "GET /report": (parts) => reportOf(parts.state),
  "GET /webhooks": ({ webhooks }) => ({
    endpoints: webhooks.endpoints,
    deliveries: webhooks.deliveries,
  }),
  "POST /webhooks": (parts, body) =>
    parts.webhooks.add(body as unknown as WebhookEndpoint),
  "DELETE /webhooks": (parts) => {
    parts.webhooks.clear();
    return { endpoints: [] };
  },
  "POST /reset": (parts) => {
    parts.state.reset();
    parts.journal.clear();
    parts.webhooks.clear();
    clearFaults(parts, {});
    return { reset: true };
  },
};

/** Answers one request of the control API. */
export function control(
  parts: SandboxParts,
  request: ApiRequest,
): ApiResponse {
  const { method, path } = request;
  if (method === "GET" && path === "/") {
    const query = new URLSearchParams(request.query).get("q") ?? "";
    return page(renderPage(parts, query.trim()));
  }
  const action = ACTIONS[`${method} ${path}`];
  if (!action) {
    const known = Object.keys(ACTIONS).join(", ");
    return json(404, { error: `no ${method} ${path}; there are ${known}` });
  }
  try {
    return json(200, action(parts, bodyOf(request)));
  } catch (error) {
    if (error instanceof RangeError || error instanceof SyntaxError) {
      return json(400, { error: error.message });
    }
    throw error;
  }
}

function addFaults(
  parts: SandboxParts,
  body: Record<string, unknown>,
): unknown {
  const rules = (body.rules ?? [body]) as FaultRule[];
  if (!Array.isArray(rules)) throw new RangeError("rules must be an array");
  for (const rule of rules) parts.faults.add(rule);
  parts.setOffline(parts.faults.isOffline);
  return { rules: parts.faults.rules };
}

function clearFaults(
  parts: SandboxParts,
  body: Record<string, unknown>,
): unknown {
  parts.faults.clear(body.kind as FaultKind | undefined);
  parts.setOffline(parts.faults.isOffline);
  return { rules: parts.faults.rules };
}

function setKey(parts: SandboxParts, body: Record<string, unknown>): unknown {
  const key = textOf(body, "key");
  const status = KEY_STATUSES.find((known) => known === body.status);
  if (!status) {
    throw new RangeError(`status must be one of ${KEY_STATUSES.join(", ")}`);
  }
  parts.state.keyStatus.set(key, status);
  return { account: accountIdOfKey(key), status };
}

function connect(parts: SandboxParts, body: Record<string, unknown>): unknown {
  const platform = accountIdOfKey(textOf(body, "key"));
  const account = textOf(body, "account");
  const known = parts.state.connected.get(platform) ?? new Set();
  parts.state.connected.set(platform, known.add(account));
  return { platform, connected: [...known] };
}

function clockOf({ clock }: SandboxParts): unknown {
  return { now_ms: clock.nowMs(), is_running: clock.isRunning };
}

function textOf(body: Record<string, unknown>, name: string): string {
  const value = body[name];
  if (typeof value !== "string" || value === "") {
    throw new RangeError(`${name} must be text`);
  }
  return value;
}

function numberOf(body: Record<string, unknown>, name: string): number {
  const value = body[name];
  if (typeof value !== "number") throw new RangeError(`${name} must be given`);
  return value;
}

function bodyOf(request: ApiRequest): Record<string, unknown> {
  if (request.body === "") return {};
  const body = JSON.parse(request.body);
  if (body === null || typeof body !== "object") {
    throw new RangeError("body must be a JSON object");
  }
  return body;
}

function json(status: number, value: unknown): ApiResponse {
  const body = JSON.stringify(value, null, 2);
  return { status, headers: { "content-type": "application/json" }, body };
}

function page(body: string): ApiResponse {
  const headers = { "content-type": "text/html; charset=utf-8" };
  return { status: 200, headers, body };
}
