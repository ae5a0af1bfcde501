/**
 * WebUSB as a byte transport: the two bulk endpoints of one interface.
 *
 * Owns: finding them, and one transfer under way in each direction. A transfer in asks for one
 * packet: one that asks for more ends only with a short packet, which a reader whose frame is a
 * multiple of the packet length would have to send empty, and not every firmware does. Chromium
 * keeps serial (CDC) interfaces of class 02 and 0A on some systems for itself; WebSerial reaches
 * those.
 * @see https://wicg.github.io/webusb/ §4, §7; USB 2.0 §5.8.3
 * @module
 */
import { failure } from "../../engine/errors.ts";
import type { ByteTransport } from "../../engine/ports.ts";
import { LinkTransport } from "../../engine/reader/delivery.ts";
import type { CallOptions } from "../../engine/step_limit.ts";
import { openWithin } from "../web/opening.ts";
import { Turns } from "./turns.ts";

/** One endpoint of an interface. */
export interface WebUsbEndpoint {
  readonly endpointNumber: number;
  readonly direction: "in" | "out";
  readonly type: string;
  readonly packetSize: number;
}

/** The part of a `USBDevice` that is used. */
export interface WebUsbDevice {
  readonly configuration: {
    readonly interfaces: readonly {
      readonly interfaceNumber: number;
      readonly alternate: { readonly endpoints: readonly WebUsbEndpoint[] };
    }[];
  } | null;
  /** Starts a session with the device. */
  open(): Promise<void>;
  /** Ends it, with every transfer. */
  close(): Promise<void>;
  /** Selects a configuration. */
  selectConfiguration(value: number): Promise<void>;
  /** Takes an interface for this page. */
  claimInterface(interfaceNumber: number): Promise<void>;
  /** Ends the stall of an endpoint. */
  clearHalt(direction: "in" | "out", endpointNumber: number): Promise<void>;
  /** Reads at most `length` bytes. */
  transferIn(
    endpointNumber: number,
    length: number,
  ): Promise<
    {
      readonly status?: string | undefined;
      readonly data?: DataView | null | undefined;
    }
  >;
  /** Writes; the device may take less. */
  transferOut(
    endpointNumber: number,
    data: Uint8Array<ArrayBuffer>,
  ): Promise<
    { readonly status?: string | undefined; readonly bytesWritten: number }
  >;
}

/** Stalls in a row without a byte in between: a device that does no better is out of order. */
const STALLS_MAX = 3;

/**
 * Opens a device the user has chosen with `navigator.usb.requestDevice()` and claims the first
 * interface that has a bulk endpoint in each direction.
 *
 * @param options `signal` and `deadlineMs` give up opening and have no effect afterwards.
 * @throws {HoldfastError} `READER_DISCONNECTED` when it cannot be opened, has none or is given up;
 *   `cause` says why.
 */
export async function connectWebUsb(
  device: WebUsbDevice,
  options: CallOptions = {},
): Promise<ByteTransport> {
  try {
    return await openWithin(
      options,
      () => open(device),
      // One that was opened in vain must not stay open, or nobody else can have it.
      () => void device.close().catch(() => undefined),
    );
  } catch (cause) {
    throw failure("READER_DISCONNECTED", "the USB device cannot be opened", {
      cause,
    });
  }
}

async function open(device: WebUsbDevice): Promise<ByteTransport> {
  await device.open();
  if (device.configuration === null) await device.selectConfiguration(1);
  for (
    const { interfaceNumber, alternate } of device.configuration
      ?.interfaces ?? []
  ) {
    const find = (direction: "in" | "out"): WebUsbEndpoint | undefined =>
      alternate.endpoints.find((endpoint) =>
        endpoint.direction === direction && endpoint.type === "bulk"
      );
    const [input, output] = [find("in"), find("out")];
    if (input === undefined || output === undefined) continue;
    await device.claimInterface(interfaceNumber);
    return new WebUsbTransport(device, input, output);
  }
  throw new TypeError("the device has no interface with bulk endpoints");
}

class WebUsbTransport extends LinkTransport {
  readonly #device: WebUsbDevice;
  readonly #input: WebUsbEndpoint;
  readonly #output: WebUsbEndpoint;
  readonly #turns = new Turns();
  #isClosing = false;

  constructor(
    device: WebUsbDevice,
    input: WebUsbEndpoint,
    output: WebUsbEndpoint,
  ) {
    super("the USB device");
    this.#device = device;
    this.#input = input;
    this.#output = output;
    void this.#run();
  }

  send(bytes: Uint8Array): Promise<void> {
    // A copy now: what waits must not change.
    const copy = bytes.slice();
    return this.#turns.take(() => this.#write(copy));
  }

  close(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    // Aborts the transfer under way (§4.6), which ends the loop.
    this.#device.close().catch(() => undefined);
  }

  /** Writes all of `bytes`, which the device may take in parts. */
  async #write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    let rest = bytes;
    let stallCount = 0;
    for (;;) {
      if (this.#isClosing || this.delivery.isEnded) throw this.closed();
      if (rest.length === 0) return;
      try {
        const { status, bytesWritten } = await this.#device.transferOut(
          this.#output.endpointNumber,
          rest,
        );
        if (bytesWritten > 0) stallCount = 0;
        rest = rest.slice(bytesWritten);
        if (status === "stall") await this.#clear(this.#output, ++stallCount);
      } catch (cause) {
        throw this.closed(cause);
      }
    }
  }

  async #run(): Promise<void> {
    let reason: Error | undefined;
    try {
      await this.#read();
    } catch (cause) {
      if (!this.#isClosing) reason = this.closed(cause);
    }
    this.close();
    this.delivery.end(reason);
  }

  async #read(): Promise<void> {
    let stallCount = 0;
    while (!this.#isClosing) {
      const { status, data } = await this.#device.transferIn(
        this.#input.endpointNumber,
        this.#input.packetSize,
      );
      if (status === "stall") await this.#clear(this.#input, ++stallCount);
      else if (data && data.byteLength > 0) {
        stallCount = 0;
        const { buffer, byteOffset, byteLength } = data;
        this.delivery.bytes(new Uint8Array(buffer, byteOffset, byteLength));
      }
    }
  }

  async #clear(
    { direction, endpointNumber }: WebUsbEndpoint,
    stallCount: number,
  ): Promise<void> {
    if (stallCount > STALLS_MAX) {
      throw new TypeError(`the ${direction} endpoint stalls again and again`);
    }
    await this.#device.clearHalt(direction, endpointNumber);
  }
}
