// A WebUSB device: endpoints only of a claimed interface, packets, stalls, and transfers that die
// with it. A transfer in ends with as many bytes as it asked for, or with a short packet; the
// device sends no empty ones.
import type {
  WebUsbDevice,
  WebUsbEndpoint,
} from "../../../hosts/browser/web_usb_transport.ts";

/** Bytes of a full packet (full speed). */
const PACKET_SIZE = 64;

/** One of two devices whose bulk endpoints are joined. */
export class FakeUsb implements WebUsbDevice {
  configuration: WebUsbDevice["configuration"] = null;
  readonly cleared: string[] = [];
  /** Most bytes the device takes at a time. */
  writeLengthMax = Infinity;
  /** Whether a cleared endpoint stalls again. */
  isBroken = false;
  #peer!: FakeUsb;
  readonly #type: string;
  #isOpen = false;
  #isClaimed = false;
  #stalled: { in: boolean; out: boolean } = { in: false, out: false };
  readonly #arrived: Uint8Array[] = [];
  #wake: (() => void) | null = null;

  private constructor(type: string) {
    this.#type = type;
  }

  static pair(type = "bulk"): [FakeUsb, FakeUsb] {
    const [left, right] = [new FakeUsb(type), new FakeUsb(type)];
    left.#peer = right;
    right.#peer = left;
    return [left, right];
  }

  // deno-lint-ignore require-await -- as the platform's
  async open(): Promise<void> {
    this.#isOpen = true;
  }

  // deno-lint-ignore require-await -- as the platform's
  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.unplug();
    // The far page's device is taken away with it.
    if (this.#peer.#isOpen) this.#peer.unplug();
  }

  // deno-lint-ignore require-await -- as the platform's
  async selectConfiguration(value: number): Promise<void> {
    if (value !== 1) throw new DOMException("no such one", "NotFoundError");
    const endpoint = (direction: "in" | "out"): WebUsbEndpoint => ({
      endpointNumber: direction === "in" ? 1 : 2,
      direction,
      type: this.#type,
      packetSize: PACKET_SIZE,
    });
    const endpoints = [endpoint("in"), endpoint("out")];
    this.configuration = {
      interfaces: [
        { interfaceNumber: 0, alternate: { endpoints: [] } },
        { interfaceNumber: 1, alternate: { endpoints } },
      ],
    };
  }

  // deno-lint-ignore require-await -- as the platform's
  async claimInterface(interfaceNumber: number): Promise<void> {
    this.#isClaimed = interfaceNumber === 1;
  }

  // deno-lint-ignore require-await -- as the platform's
  async clearHalt(direction: "in" | "out"): Promise<void> {
    this.cleared.push(direction);
    this.#stalled[direction] = this.isBroken;
  }

  async transferIn(
    endpointNumber: number,
    length: number,
  ): Promise<{ status: string; data?: DataView }> {
    this.#check(endpointNumber, 1);
    const bytes: number[] = [];
    for (;;) {
      if (this.#stalled.in) return { status: "stall" };
      const packet = this.#arrived.shift();
      if (packet === undefined) {
        await new Promise<void>((resolve) => this.#wake = resolve);
        if (!this.#isOpen) throw lost();
        continue;
      }
      bytes.push(...packet);
      if (bytes.length > length) return { status: "babble" };
      if (bytes.length === length || packet.length < PACKET_SIZE) break;
    }
    // A view with an offset, as the platform may give.
    const buffer = new ArrayBuffer(bytes.length + 4);
    new Uint8Array(buffer, 4).set(bytes);
    return { status: "ok", data: new DataView(buffer, 4) };
  }

  async transferOut(
    endpointNumber: number,
    data: Uint8Array,
  ): Promise<{ status: string; bytesWritten: number }> {
    this.#check(endpointNumber, 2);
    if (this.#stalled.out) return { status: "stall", bytesWritten: 0 };
    // As long as the transfer runs, the rest of a send waits, and so must another send.
    await new Promise((resolve) => setTimeout(resolve));
    if (!this.#isOpen) throw lost();
    const bytesWritten = Math.min(data.length, this.writeLengthMax);
    for (let at = 0; at < bytesWritten; at += PACKET_SIZE) {
      const end = Math.min(at + PACKET_SIZE, bytesWritten);
      this.#peer.#arrived.push(data.slice(at, end));
    }
    this.#peer.#rouse();
    return { status: "ok", bytesWritten };
  }

  stallNext(direction: "in" | "out"): void {
    this.#stalled[direction] = true;
    this.#rouse();
  }

  /** The cable is pulled: every transfer fails. */
  unplug(): void {
    this.#isOpen = false;
    this.#rouse();
  }

  #rouse(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }

  #check(given: number, expected: number): void {
    if (!this.#isOpen) throw lost();
    if (!this.#isClaimed || given !== expected) {
      throw new DOMException("not claimed", "NotFoundError");
    }
  }
}

function lost(): DOMException {
  return new DOMException("The device was disconnected.", "NotFoundError");
}
