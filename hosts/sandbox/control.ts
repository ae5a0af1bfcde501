/**
 * The control API: faults, time, keys, and what happened, on its own port.
 *
 * Owns: the switches. A port of its own, so that they can be reached while
 * the sandbox's network is cut. Not part of what is simulated; no key needed,
 * so it listens on the loopback interface unless told otherwise.
 * @module
 */
import type { ApiRequest, ApiResponse } from "./api.ts";
import { ControlBody } from "./control_body.ts";
import { FAULT_KINDS, FAULT_STATUSES, type FaultRule } from "./faults.ts";
import { renderPage } from "./page.ts";
import { reportOf, summariseIntents } from "./report.ts";
import { accountIdOfKey, type KeyStatus } from "./state.ts";
import type { SandboxParts } from "./parts.ts";

type Action = (parts: SandboxParts, body: ControlBody) => unknown;

/** The last moment a date can name, ECMA-262 21.4.1.1, in epoch ms. */
const LAST_MS = 8.64e15;

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
  "POST /clock/advance": advance,
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
  "POST /webhooks": addWebhook,
  "DELETE /webhooks": (parts, body) => {
    body.done();
    parts.webhooks.clear();
    return { endpoints: [] };
  },
  "POST /reset": (parts, body) => {
    body.done();
    parts.state.reset();
    parts.journal.clear();
    parts.webhooks.clear();
    parts.faults.clear();
    parts.setOffline(false);
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

function advance(parts: SandboxParts, body: ControlBody): unknown {
  const most = LAST_MS - parts.clock.nowMs();
  const ms = body.required("ms", body.integer("ms", 0, most));
  body.done();
  parts.clock.advance(ms);
  return clockOf(parts);
}

function addFaults(parts: SandboxParts, body: ControlBody): unknown {
  const bodies = body.objects("rules") ?? [body];
  // All are read before the first is in force: half a plan is none.
  const rules = bodies.map(readRule);
  body.done();
  for (const rule of rules) parts.faults.add(rule);
  parts.setOffline(parts.faults.isOffline);
  return { rules: parts.faults.rules };
}

function readRule(body: ControlBody): FaultRule {
  const rule = {
    kind: body.required("kind", body.choice("kind", FAULT_KINDS)),
    probability: body.number("probability", 0, 1),
    count: body.integer("count", 1, Number.MAX_SAFE_INTEGER),
    method: body.choice("method", ["GET", "POST", "DELETE"] as const),
    path: body.text("path"),
    delay_ms: body.integer("delay_ms", 0, LAST_MS),
    status: body.choice("status", FAULT_STATUSES),
    is_saved: body.flag("is_saved"),
    is_held: body.flag("is_held"),
  };
  body.done();
  const given = Object.entries(rule).filter(([, v]) => v !== undefined);
  return Object.fromEntries(given) as unknown as FaultRule;
}

function clearFaults(parts: SandboxParts, body: ControlBody): unknown {
  const kind = body.choice("kind", FAULT_KINDS);
  body.done();
  parts.faults.clear(kind);
  parts.setOffline(parts.faults.isOffline);
  return { rules: parts.faults.rules };
}

function setKey(parts: SandboxParts, body: ControlBody): unknown {
  const key = body.required("key", body.text("key"));
  const status = body.required("status", body.choice("status", KEY_STATUSES));
  body.done();
  parts.state.keyStatus.set(key, status);
  return { account: accountIdOfKey(key), status };
}

function connect(parts: SandboxParts, body: ControlBody): unknown {
  const platform = accountIdOfKey(body.required("key", body.text("key")));
  const account = body.required("account", body.text("account"));
  body.done();
  const known = parts.state.connected.get(platform) ?? new Set();
  parts.state.connected.set(platform, known.add(account));
  return { platform, connected: [...known] };
}

function addWebhook(parts: SandboxParts, body: ControlBody): unknown {
  const url = body.required("url", body.text("url"));
  const secret = body.text("secret");
  const types = body.texts("enabled_events");
  const chance = body.number("duplicate_probability", 0, 1);
  body.done();
  return parts.webhooks.add({
    url,
    ...(secret === undefined ? {} : { secret }),
    ...(types === undefined ? {} : { enabled_events: types }),
    ...(chance === undefined ? {} : { duplicate_probability: chance }),
  });
}

function clockOf({ clock }: SandboxParts): unknown {
  return { now_ms: clock.nowMs(), is_running: clock.isRunning };
}

function bodyOf(request: ApiRequest): ControlBody {
  return new ControlBody(request.body === "" ? {} : JSON.parse(request.body));
}

function json(status: number, value: unknown): ApiResponse {
  const body = JSON.stringify(value, null, 2);
  return { status, headers: { "content-type": "application/json" }, body };
}

function page(body: string): ApiResponse {
  const headers = { "content-type": "text/html; charset=utf-8" };
  return { status: 200, headers, body };
}
