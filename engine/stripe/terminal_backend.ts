/**
 * Locations, configurations and readers through the official `stripe` package.
 *
 * Owns: which configuration holds at a Location: its own, else the account's default.
 * @see https://docs.stripe.com/terminal/fleet/configurations-overview
 * @module
 */
import type Stripe from "stripe";
import type {
  Backend,
  BackendResult,
  LocationSettings,
  RegisteredReader,
  TippingConfiguration,
} from "../backend.ts";
import { DEVICE_TYPES, type DeviceType } from "../reader/messages.ts";
import { StripeApi } from "./stripe_api.ts";

interface WireLocation {
  id: string;
  display_name: string;
  address: { country: string | null };
  configuration_overrides?: string | { id: string };
}

interface WireTipping {
  fixed_amounts?: number[] | null;
  percentages?: number[] | null;
  smart_tip_threshold?: number | null;
}

interface WireConfiguration {
  id: string;
  offline?: { enabled: boolean | null } | null;
  tipping?: Record<string, WireTipping> | null;
}

interface WireReader {
  id: string;
  label: string;
  serial_number: string;
  device_type: string;
  ip_address: string | null;
  status: string | null;
}

interface WireList<T> {
  data: T[];
}

/** Stripe's names of a device type → ours. */
const DEVICE_NAMES: Readonly<Record<string, DeviceType>> = {
  bbpos_chipper2x: "chipper_2x",
  bbpos_wisepad3: "wisepad_3",
  bbpos_wisepos_e: "wisepos_e",
};

/** Makes the port over a client of the `stripe` package. */
export function createTerminalBackend(stripe: Stripe): Backend {
  const api = new StripeApi(stripe);
  return {
    fetchLocation: (id, signal) =>
      attempt(api, signal, () => fetchLocation(api, id, signal)),
    listReaders: (locationId, signal) =>
      attempt(api, signal, async () => {
        const query = new URLSearchParams({
          location: locationId,
          limit: "100",
        });
        const path = `/v1/terminal/readers?${query}`;
        const list = await get<WireList<WireReader>>(api, path, "list", signal);
        return list.data.flatMap(readReader);
      }),
  };
}

async function fetchLocation(
  api: StripeApi,
  id: string,
  signal: AbortSignal,
): Promise<LocationSettings> {
  const path = `/v1/terminal/locations/${encodeURIComponent(id)}`;
  const location = await get<WireLocation>(
    api,
    path,
    "terminal.location",
    signal,
  );
  const { configuration_overrides: overrides } = location;
  const configurationId = typeof overrides === "object"
    ? overrides.id
    : overrides;
  const configuration = configurationId === undefined
    ? await defaultConfiguration(api, signal)
    : await get<WireConfiguration>(
      api,
      `/v1/terminal/configurations/${configurationId}`,
      "terminal.configuration",
      signal,
    );
  return {
    id: location.id,
    displayName: location.display_name,
    country: (location.address.country ?? "").toUpperCase(),
    configurationId: configuration?.id ?? null,
    isOfflineEnabled: configuration?.offline?.enabled === true,
    tipping: readTipping(configuration?.tipping ?? {}),
  };
}

async function defaultConfiguration(
  api: StripeApi,
  signal: AbortSignal,
): Promise<WireConfiguration | null> {
  const path = "/v1/terminal/configurations?is_account_default=true&limit=1";
  const list = await get<WireList<WireConfiguration>>(
    api,
    path,
    "list",
    signal,
  );
  return list.data[0] ?? null;
}

function readTipping(
  tipping: Record<string, WireTipping>,
): Record<string, TippingConfiguration> {
  return Object.fromEntries(
    Object.entries(tipping).map(([currency, wire]) => [currency, {
      fixedAmounts: wire.fixed_amounts ?? [],
      percentages: wire.percentages ?? [],
      smartTipThreshold: wire.smart_tip_threshold ?? null,
    }]),
  );
}

/** A reader of a model that takes no offline payments is not ours to show. */
function readReader(wire: WireReader): RegisteredReader[] {
  const name = wire.device_type.replace(/^simulated_/, "");
  const deviceType = DEVICE_NAMES[name] ??
    DEVICE_TYPES.find((type) => type === name);
  if (deviceType === undefined) return [];
  const isKnown = wire.status === "online" || wire.status === "offline";
  return [{
    id: wire.id,
    label: wire.label,
    serialNumber: wire.serial_number,
    deviceType,
    address: wire.ip_address,
    networkStatus: isKnown ? wire.status as "online" | "offline" : "unknown",
  }];
}

function get<T>(
  api: StripeApi,
  path: string,
  object: string,
  signal: AbortSignal,
): Promise<T> {
  const call = { idempotencyKey: null, signal };
  return api.send<T>("GET", path, null, object, call);
}

async function attempt<T>(
  api: StripeApi,
  signal: AbortSignal,
  read: () => Promise<T>,
): Promise<BackendResult<T>> {
  try {
    return { kind: "value", value: await read() };
  } catch (error) {
    const result = api.failure(error, { idempotencyKey: null, signal });
    switch (result.kind) {
      case "unavailable":
      case "unauthorized":
      case "rejected":
      case "not_found":
        return result;
      default:
        return { kind: "rejected", code: result.kind };
    }
  }
}
