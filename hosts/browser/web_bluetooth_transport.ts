/**
 * Web Bluetooth as a byte transport: two characteristics of one GATT service.
 *
 * Owns: cutting what is sent into writes, one at a time and in order, because Web Bluetooth
 * refuses a second operation while one runs. The link is only as secure as the operating
 * system's pairing; inside a session (`openSession`) that no longer matters.
 * @see docs/formats/reader-protocol.md §9; https://webbluetoothcg.github.io/web-bluetooth/ §6
 * @module
 */
import { failure } from "../../engine/errors.ts";
import type { ByteTransport } from "../../engine/ports.ts";
import { Delivery, LinkTransport } from "../../engine/reader/delivery.ts";
import type { CallOptions } from "../../engine/step_limit.ts";
import { openWithin } from "../web/opening.ts";
import { Turns } from "./turns.ts";

/** UUIDs of the reader service; pass `service` to `requestDevice` as filter. */
export const BLUETOOTH_READER = {
  service: "9e484652-0001-4b52-8f3a-5d0c6a1e7f20",
  /** Notifies what the reader sends. */
  fromReader: "9e484652-0002-4b52-8f3a-5d0c6a1e7f20",
  /** Takes what the reader shall receive, by write with response. */
  toReader: "9e484652-0003-4b52-8f3a-5d0c6a1e7f20",
} as const;

/** Longest value of a characteristic (Bluetooth Core 5.4 Vol 3 Part F §3.2.9). */
const WRITE_LENGTH_MAX = 512;

/** The part of a `BluetoothRemoteGATTCharacteristic` that is used. */
export interface BluetoothCharacteristic {
  readonly value?: DataView | undefined;
  /** Subscribes. */
  startNotifications(): Promise<unknown>;
  /** Writes at most 512 bytes and waits for the device. */
  writeValueWithResponse(value: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Adds a listener for notifications. */
  addEventListener(
    type: "characteristicvaluechanged",
    listener: () => void,
  ): void;
}

/** The part of a `BluetoothDevice` that is used. */
export interface WebBluetoothDevice {
  readonly gatt?: {
    connect(): Promise<{
      getPrimaryService(uuid: string): Promise<{
        getCharacteristic(uuid: string): Promise<BluetoothCharacteristic>;
      }>;
    }>;
    disconnect(): void;
  } | undefined;
  /** Adds a listener for the end of the connection. */
  addEventListener(
    type: "gattserverdisconnected",
    listener: () => void,
    options: { once: true },
  ): void;
}

/**
 * Connects to a reader the user has chosen with `navigator.bluetooth.requestDevice()`.
 *
 * @param options `signal` and `deadlineMs` give up connecting, which Web Bluetooth by itself may
 *   never do for a reader that is switched off; they have no effect afterwards.
 * @throws {HoldfastError} `READER_DISCONNECTED` when it is out of reach or no reader, or is given
 *   up; `cause` says why.
 */
export async function connectWebBluetooth(
  device: WebBluetoothDevice,
  options: CallOptions = {},
): Promise<ByteTransport> {
  try {
    // Chromium goes on connecting all the same (§6.3.1 would have it stop).
    return await openWithin(
      options,
      () => open(device),
      () => device.gatt?.disconnect(),
    );
  } catch (cause) {
    throw failure("READER_DISCONNECTED", "the Bluetooth reader is not there", {
      cause,
    });
  }
}

async function open(device: WebBluetoothDevice): Promise<ByteTransport> {
  const { gatt } = device;
  if (!gatt) throw new TypeError("the device has no GATT server");
  const delivery = new Delivery();
  device.addEventListener("gattserverdisconnected", () => delivery.end(), {
    once: true,
  });
  const server = await gatt.connect();
  const service = await server.getPrimaryService(BLUETOOTH_READER.service);
  const source = await service.getCharacteristic(BLUETOOTH_READER.fromReader);
  const target = await service.getCharacteristic(BLUETOOTH_READER.toReader);
  source.addEventListener("characteristicvaluechanged", () => {
    if (!source.value) return;
    const { buffer, byteOffset, byteLength } = source.value;
    delivery.bytes(new Uint8Array(buffer, byteOffset, byteLength));
  });
  await source.startNotifications();
  return new WebBluetoothTransport(delivery, target, () => gatt.disconnect());
}

class WebBluetoothTransport extends LinkTransport {
  readonly #target: BluetoothCharacteristic;
  readonly #disconnect: () => void;
  readonly #turns = new Turns();

  constructor(
    delivery: Delivery,
    target: BluetoothCharacteristic,
    disconnect: () => void,
  ) {
    super("the Bluetooth link", delivery);
    this.#target = target;
    this.#disconnect = disconnect;
  }

  send(bytes: Uint8Array): Promise<void> {
    const copy = bytes.slice();
    return this.#turns.take(() => this.#write(copy));
  }

  close(): void {
    if (this.delivery.isEnded) return;
    this.#disconnect();
    // Our own disconnect need not be reported by the platform.
    this.delivery.end();
  }

  async #write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    for (let at = 0;; at += WRITE_LENGTH_MAX) {
      if (this.delivery.isEnded) throw this.closed();
      if (at >= bytes.length) return;
      try {
        await this.#target.writeValueWithResponse(
          bytes.slice(at, at + WRITE_LENGTH_MAX),
        );
      } catch (cause) {
        throw this.closed(cause);
      }
    }
  }
}
