/**
 * Online or offline, for one payment, now.
 *
 * Owns: what the three offline behaviours mean. It trusts no cached "online" longer than the first
 * unanswered call, and believes a failed probe only for a moment.
 * @module
 */
import { failure } from "./errors.ts";
import type { Forwarder } from "./forward/forwarder.ts";
import type { OfflineBehavior } from "./payment.ts";
import type { Clock } from "./ports.ts";
import type { Settings } from "./settings.ts";

/** How long a failed probe is believed before a sale asks again. */
const OFFLINE_BELIEF_MS = 5_000;

/** The connection as a sale sees it. */
export class Connection {
  readonly #forwarder: Forwarder;
  readonly #clock: Clock;
  readonly #settings: Pick<Settings, "isOfflineEnabled" | "storeRefusal">;
  #offlineSinceMs = Number.NEGATIVE_INFINITY;

  constructor(
    forwarder: Forwarder,
    clock: Clock,
    settings: Pick<Settings, "isOfflineEnabled" | "storeRefusal">,
  ) {
    this.#forwarder = forwarder;
    this.#clock = clock;
    this.#settings = settings;
  }

  /**
   * Returns true to go online, false to store.
   *
   * @throws {HoldfastError} `FORCE_OFFLINE_WITH_FEATURE_DISABLED`,
   *   `NOT_CONNECTED_TO_INTERNET_AND_REQUIRE_ONLINE_SET`, `STRIPE_API_CONNECTION_ERROR`,
   *   `STORE_NOT_PERSISTENT`, `STORE_NOT_DURABLE`.
   */
  async isOnlineFor(behavior: OfflineBehavior): Promise<boolean> {
    if (behavior === "force_offline") {
      if (this.#settings.isOfflineEnabled) return this.#offline();
      throw failure(
        "FORCE_OFFLINE_WITH_FEATURE_DISABLED",
        "offline mode is not enabled",
      );
    }
    if (await this.#isOnline(behavior === "require_online")) return true;
    if (behavior === "require_online") {
      throw failure(
        "NOT_CONNECTED_TO_INTERNET_AND_REQUIRE_ONLINE_SET",
        "there is no connection and the payment requires one",
      );
    }
    if (this.#settings.isOfflineEnabled) return this.#offline();
    throw failure(
      "STRIPE_API_CONNECTION_ERROR",
      "there is no connection and offline mode is off",
    );
  }

  /** Whether Stripe can be reached now; a cached `offline` is not believed. */
  isReachable(): Promise<boolean> {
    return this.#isOnline(true);
  }

  /** A call got no answer: asks again, whatever the network said before. */
  async doubt(): Promise<void> {
    if (await this.#forwarder.doubt() !== "online") this.#noteOffline();
  }

  #offline(): false {
    const refusal = this.#settings.storeRefusal;
    if (refusal !== null) throw refusal;
    return false;
  }

  async #isOnline(mustAsk: boolean): Promise<boolean> {
    if (this.#forwarder.networkStatus === "online") return true;
    const sinceMs = this.#clock.monotonicMs() - this.#offlineSinceMs;
    if (sinceMs < OFFLINE_BELIEF_MS && !mustAsk) return false;
    const isOnline = await this.#forwarder.probe() === "online";
    if (!isOnline) this.#noteOffline();
    return isOnline;
  }

  #noteOffline(): void {
    this.#offlineSinceMs = this.#clock.monotonicMs();
  }
}
