/**
 * What holds at this till: the app's configuration over what Stripe says about the Location.
 *
 * Owns: whether offline mode is on. It is off until the Location's configuration enables it,
 * unless the app says so itself; a change at Stripe takes effect when it was fetched, which is at
 * every online connection of a reader and whenever the app asks.
 * @module
 */
import type { Backend, LocationSettings } from "./backend.ts";
import { failure, type HoldfastError } from "./errors.ts";
import { withDeadline } from "./forward/deadline.ts";
import type { Clock, Database } from "./ports.ts";
import { storeRefusals } from "./safe_store.ts";
import type { TipOptions } from "./reader/mod.ts";
import { type CachedLocation, Locations } from "./store/locations.ts";
import type { TerminalConfiguration } from "./terminal_configuration.ts";

/** Settings of one terminal. */
export class Settings {
  readonly #configuration: TerminalConfiguration;
  readonly #backend: Backend | null;
  readonly #locations: Locations;
  readonly #clock: Clock;
  readonly #database: Database;
  #location: CachedLocation | null = null;

  constructor(
    database: Database,
    clock: Clock,
    backend: Backend | null,
    configuration: TerminalConfiguration,
  ) {
    const { account, location } = configuration;
    this.#configuration = configuration;
    this.#database = database;
    this.#backend = backend;
    this.#clock = clock;
    this.#locations = new Locations(database, {
      account: account.id,
      isLivemode: account.isLivemode,
    });
    if (location.id !== undefined) {
      this.#location = this.#locations.get(location.id);
    }
  }

  /** Id of the Location, or null when the app works without Stripe's Locations. */
  get locationId(): string | null {
    return this.#configuration.location.id ?? null;
  }

  /** What Stripe said about the Location last, or null. */
  get location(): CachedLocation | null {
    return this.#location;
  }

  /** Whether payments may be stored. */
  get isOfflineEnabled(): boolean {
    const { offline } = this.#configuration;
    return offline?.isEnabled ?? this.#location?.isOfflineEnabled ?? false;
  }

  /** Why nothing may wait in this store; empty when it may. */
  get storeRefusals(): HoldfastError[] {
    const { offline } = this.#configuration;
    const isEvictableAllowed = offline?.isEvictableStoreAllowed ?? false;
    const { capabilities } = this.#database; // They change while the store is open.
    return storeRefusals(capabilities, isEvictableAllowed);
  }

  /** The first of {@link storeRefusals}, or null. */
  get storeRefusal(): HoldfastError | null {
    return this.storeRefusals[0] ?? null;
  }

  /** The tips the Location's configuration offers for an amount, or null. */
  tipOptions(amount: number, currency: string): TipOptions | null {
    const tipping = this.#location?.tipping[currency];
    if (tipping === undefined) return null;
    const { fixedAmounts, percentages, smartTipThreshold } = tipping;
    const isFixed = percentages.length === 0 ||
      (smartTipThreshold !== null && amount < smartTipThreshold);
    const options = isFixed
      ? { amountsMinor: fixedAmounts.slice(0, 4) }
      : { percentages: percentages.slice(0, 4) };
    const count = isFixed ? fixedAmounts.length : percentages.length;
    return count === 0 ? null : options;
  }

  /**
   * Fetches the Location and keeps it.
   *
   * @returns What holds now; null when there is nothing to fetch it with, or nobody answered.
   * @throws {HoldfastError} `LOCATION_NOT_FOUND`; `FORWARDING_UNAUTHORIZED` when Stripe refuses
   *   the credentials. What was kept stays.
   */
  async refresh(
    deadlineMs: number,
    signal: AbortSignal,
  ): Promise<CachedLocation | null> {
    const backend = this.#backend;
    const { locationId } = this;
    if (backend === null || locationId === null) return null;
    const result = await withDeadline(
      this.#clock,
      deadlineMs,
      signal,
      (callSignal) => backend.fetchLocation(locationId, callSignal),
    );
    switch (result.kind) {
      case "value":
        return this.#keep(result.value);
      case "unavailable":
        return null;
      case "unauthorized":
        throw failure(
          "FORWARDING_UNAUTHORIZED",
          `Stripe refuses to show the Location: ${result.code}`,
        );
      case "not_found":
      case "rejected":
        throw failure(
          "LOCATION_NOT_FOUND",
          "Stripe knows no Location with this id",
          { details: { locationId } },
        );
    }
  }

  #keep(value: LocationSettings): CachedLocation {
    const fetchedAtMs = this.#clock.nowMs();
    this.#locations.put(value, fetchedAtMs);
    this.#location = { ...value, fetchedAtMs };
    return this.#location;
  }
}
