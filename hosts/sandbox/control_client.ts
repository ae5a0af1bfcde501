/**
 * The control API as functions, for tests, demos and other processes.
 * @module
 */
import type { ActiveFault, FaultKind, FaultRule } from "./faults.ts";
import type { JournalEntry } from "./journal.ts";
import type { IntentSummary, SandboxReport } from "./report.ts";
import type { KeyStatus } from "./state.ts";
import type { WebhookDelivery, WebhookEndpoint } from "./webhooks.ts";

/** The control API refused, or could not be reached. */
export class SandboxControlError extends Error {
  override name = "SandboxControlError";
}

/** A sandbox's switches, from anywhere. */
export class SandboxControl {
  readonly #url: string;

  /** Talks to the control port at `url`. */
  constructor(url: string) {
    this.#url = url;
  }

  /** Adds fault rules and returns the rules in force. */
  async addFaults(...rules: FaultRule[]): Promise<ActiveFault[]> {
    const answer = await this.#call("POST", "/faults", { rules });
    return (answer as { rules: ActiveFault[] }).rules;
  }

  /** Removes all fault rules, or those of one kind. */
  async clearFaults(kind?: FaultKind): Promise<void> {
    await this.#call("DELETE", "/faults", kind ? { kind } : {});
  }

  /** Cuts the network (every connection breaks) or mends it. */
  async setOffline(isOffline: boolean): Promise<void> {
    await this.clearFaults("offline");
    if (isOffline) await this.addFaults({ kind: "offline" });
  }

  /** Pushes virtual time forward by `ms` and returns it. */
  async advance(ms: number): Promise<number> {
    const answer = await this.#call("POST", "/clock/advance", { ms });
    return (answer as { now_ms: number }).now_ms;
  }

  /** Expires, revokes, restricts or restores a secret key. */
  async setKey(key: string, status: KeyStatus): Promise<void> {
    await this.#call("POST", "/keys", { key, status });
  }

  /** Lets the account of `key` act for `account`. */
  async connect(key: string, account: string): Promise<void> {
    await this.#call("POST", "/connect", { key, account });
  }

  /** Returns every intent of every account. */
  async intents(): Promise<IntentSummary[]> {
    const answer = await this.#call("GET", "/state");
    return (answer as { intents: IntentSummary[] }).intents;
  }

  /** Returns the log of requests, oldest first. */
  async requests(): Promise<JournalEntry[]> {
    const answer = await this.#call("GET", "/requests");
    return (answer as { requests: JournalEntry[] }).requests;
  }

  /** Returns the sandbox's side of the books. */
  async report(): Promise<SandboxReport> {
    return await this.#call("GET", "/report") as SandboxReport;
  }

  /** Sends events to an endpoint; returns it with its signing secret. */
  async addWebhook(
    endpoint: WebhookEndpoint,
  ): Promise<Required<WebhookEndpoint>> {
    const answer = await this.#call("POST", "/webhooks", endpoint);
    return answer as Required<WebhookEndpoint>;
  }

  /** Returns the attempts to deliver events, oldest first. */
  async deliveries(): Promise<WebhookDelivery[]> {
    const answer = await this.#call("GET", "/webhooks");
    return (answer as { deliveries: WebhookDelivery[] }).deliveries;
  }

  /** Forgets everything but the time. */
  async reset(): Promise<void> {
    await this.#call("POST", "/reset", {});
  }

  async #call(method: string, path: string, body?: object): Promise<unknown> {
    let response: Response;
    try {
      response = await fetch(this.#url + path, {
        method,
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
    } catch (cause) {
      throw new SandboxControlError(`no answer from ${this.#url}`, { cause });
    }
    const answer = await response.json();
    if (!response.ok) throw new SandboxControlError(answer.error);
    return answer;
  }
}
