/**
 * Takes one request from the network to the API and back, through its faults.
 *
 * Owns: the order in which faults apply, and the log. A request may be
 * executed never, once, twice, or long after its client gave up.
 * @module
 */
import type { ApiRequest, ApiResponse, SandboxApi } from "./api.ts";
import type { SandboxClock } from "./clock.ts";
import type { FaultKind, FaultPlan, FaultRule } from "./faults.ts";
import type { Journal } from "./journal.ts";
import { accountIdOfKey } from "./state.ts";

/** What the client gets: an answer, a broken connection, or silence. */
export type Delivery = ApiResponse | "destroy" | "hold";

const DEFAULT_DELAY_MS = 1000;

/** The way between the sockets and the API. */
export class Courier {
  readonly #api: SandboxApi;
  readonly #clock: SandboxClock;
  readonly #journal: Journal;

  /** Delivers to `api` and writes to `journal`. */
  constructor(api: SandboxApi, clock: SandboxClock, journal: Journal) {
    this.#api = api;
    this.#clock = clock;
    this.#journal = journal;
  }

  /** Delivers `request` as `plan` has it. */
  async deliver(request: ApiRequest, plan: FaultPlan): Promise<Delivery> {
    if (plan.size === 0) return this.#executeNow(request);
    const faults = [...plan.keys()];
    if (plan.has("offline") || plan.has("drop_request")) {
      this.#note(request, faults, null);
      return "destroy";
    }
    const zombie = plan.get("zombie");
    if (zombie) {
      this.#note(request, faults, null);
      const run = () => void this.#execute(request, plan, ["zombie"]);
      this.#clock.after(delayOf(zombie), run);
      return zombie.is_held ? "hold" : "destroy";
    }
    const delay = plan.get("delay");
    if (delay) await this.#pause(delayOf(delay));
    let response = await this.#execute(request, plan, faults);
    if (plan.has("duplicate_delivery")) {
      response = await this.#execute(request, plan, faults);
    }
    return plan.has("drop_response") ? "destroy" : response;
  }

  #executeNow(request: ApiRequest): ApiResponse {
    const response = this.#api.handle(request);
    this.#note(request, [], response);
    return response;
  }

  async #execute(
    request: ApiRequest,
    plan: FaultPlan,
    faults: readonly FaultKind[],
  ): Promise<ApiResponse> {
    const started = this.#api.start(request);
    let response: ApiResponse;
    if ("status" in started) {
      response = started;
    } else {
      const slow = plan.get("slow");
      // The key is claimed: a repetition meanwhile is a conflict.
      if (slow) await this.#pause(delayOf(slow));
      const before = plan.get("error_before");
      const after = plan.get("error_after");
      if (before) {
        response = started.fail(before.status ?? 500, before.is_saved ?? false);
      } else if (after) {
        response = started.runAndFail(after.status ?? 500);
      } else {
        response = started.run();
      }
    }
    this.#note(request, faults, response);
    return response;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#clock.after(ms, resolve));
  }

  #note(
    request: ApiRequest,
    faults: readonly FaultKind[],
    response: ApiResponse | null,
  ): void {
    const { method, path, headers } = request;
    const key = /^bearer (\S+)$/i.exec(headers.authorization ?? "")?.[1];
    this.#journal.add({
      at_ms: this.#clock.nowMs(),
      method,
      path,
      account: headers["stripe-account"] ?? (key ? accountIdOfKey(key) : null),
      idempotency_key: headers["idempotency-key"] ?? null,
      replayed: response?.headers["idempotent-replayed"] === "true",
      faults: [...faults],
      status: response?.status ?? null,
      request_id: response?.headers["request-id"] ?? null,
      object: objectOf(response),
    });
  }
}

function delayOf(rule: FaultRule): number {
  return rule.delay_ms ?? DEFAULT_DELAY_MS;
}

/** The answer's own id is its first member; no need to parse the rest. */
function objectOf(response: ApiResponse | null): string | null {
  return /^\{"id":"([^"]+)"/.exec(response?.body ?? "")?.[1] ?? null;
}
