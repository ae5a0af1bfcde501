/**
 * The port to what Stripe knows about a shop: Locations, configurations, registered readers.
 *
 * Owns: the verbs and the ways they can end. Nothing here moves money and nothing here is needed
 * to start, to connect a reader or to sell: what was fetched once is kept in the store.
 * @module
 */
import type { GatewayResult, Unavailable } from "./gateway.ts";
import type { DeviceType } from "./reader/mod.ts";

/** Tips a smart reader offers for one currency, as `terminal.configuration` has them. */
export interface TippingConfiguration {
  /** Fixed tips in minor units. */
  fixedAmounts: readonly number[];
  /** Percentages of the amount. */
  percentages: readonly number[];
  /** Below this amount the fixed tips are offered, from it on the percentages; null: percentages. */
  smartTipThreshold: number | null;
}

/** A Location with the configuration that holds there. */
export interface LocationSettings {
  /** `tml_…`. */
  id: string;
  displayName: string;
  /** ISO 3166-1 alpha-2, upper case. */
  country: string;
  /** `tmc_…`, or null when the account has no configuration. */
  configurationId: string | null;
  /** `offline.enabled` of that configuration; false when it does not say. */
  isOfflineEnabled: boolean;
  /** Tips by lower-case currency. */
  tipping: Readonly<Record<string, TippingConfiguration>>;
}

/** A reader registered at Stripe. */
export interface RegisteredReader {
  /** `tmr_…`. */
  id: string;
  label: string;
  serialNumber: string;
  deviceType: DeviceType;
  /** Address in the local network, or null. */
  address: string | null;
  networkStatus: "online" | "offline" | "unknown";
}

/** How one call ended. */
export type BackendResult<T> =
  | { kind: "value"; value: T }
  | Extract<
    GatewayResult,
    { kind: "not_found" | "unauthorized" | "rejected" }
  >
  | Unavailable;

/** Stripe, or a relay, as far as Terminal's own objects are concerned. */
export interface Backend {
  /** Reads a Location and the configuration that holds there. */
  fetchLocation(
    id: string,
    signal: AbortSignal,
  ): Promise<BackendResult<LocationSettings>>;
  /** Lists the readers registered at a Location. */
  listReaders(
    locationId: string,
    signal: AbortSignal,
  ): Promise<BackendResult<readonly RegisteredReader[]>>;
}
