/**
 * Finding readers.
 *
 * Owns: what a discovered reader is, and the discovery of internet readers, which falls back to
 * the readers this device remembers when Stripe cannot be asked. Bluetooth, USB and serial
 * discovery belong to a host: a source is one function.
 * @module
 */
import type { Backend } from "./backend.ts";
import type { ByteTransport } from "./ports.ts";
import type { DeviceType } from "./reader/mod.ts";
import type { RememberedReader } from "./store/reader_history.ts";

/** How a reader is reached. */
export type ConnectionType =
  | "bluetooth"
  | "usb"
  | "serial"
  | "internet"
  | "in_process";

/** A reader that may be connected. */
export interface DiscoveredReader {
  /** For the list the cashier chooses from. */
  label: string;
  /** Null where only connecting tells. */
  deviceType: DeviceType | null;
  serialNumber: string | null;
  connectionType: ConnectionType;
  /** `unknown` for a reader that is only remembered: it may be switched off or have moved. */
  networkStatus: "online" | "offline" | "unknown";
  /** Address in the local network, or null. */
  address: string | null;
  /** Opens the way to it; used by `connectReader`. */
  open(signal: AbortSignal): Promise<ByteTransport>;
}

/** What a source is told. */
export interface DiscoveryRequest {
  /** The Location whose readers are wanted, or null. */
  locationId: string | null;
  /** Readers this device was connected to online before, the newest first. */
  remembered: readonly RememberedReader[];
  /** Aborts at the deadline or when the app has found what it wants. */
  signal: AbortSignal;
}

/** Looks for readers of one kind. */
export type ReaderSource = (
  request: DiscoveryRequest,
) => Promise<readonly DiscoveredReader[]>;

/**
 * Makes the source of internet readers: those registered at the Location, or, when Stripe cannot
 * be asked, those remembered with an address.
 *
 * @param backend Where registered readers are listed, or null.
 * @param connect Opens a connection to an address of the local network.
 */
export function internetReaders(
  backend: Backend | null,
  connect: (address: string, signal: AbortSignal) => Promise<ByteTransport>,
): ReaderSource {
  return async ({ locationId, remembered, signal }) => {
    const listed = backend === null || locationId === null
      ? null
      : await backend.listReaders(locationId, signal);
    const found = listed?.kind === "value"
      ? listed.value.map((reader) => ({ ...reader }))
      : remembered
        .filter((reader) => reader.locationId === locationId)
        .map((reader) => ({
          ...reader,
          label: reader.serialNumber,
          networkStatus: "unknown" as const,
        }));
    return found.flatMap(({ address, ...reader }) =>
      address === null ? [] : [{
        label: reader.label,
        deviceType: reader.deviceType,
        serialNumber: reader.serialNumber,
        connectionType: "internet" as const,
        networkStatus: reader.networkStatus,
        address,
        open: (openSignal: AbortSignal) => connect(address, openSignal),
      }]
    );
  };
}
