/**
 * A Bluetooth reader that Chromium believes in.
 *
 * Owns: the peripheral's side of Chromium's own emulation (DevTools domain `BluetoothEmulation`):
 * it answers connections, discovery, subscriptions and writes as a device would. The emulation
 * has no notifications; what the reader sends is read by the page, which raises the same event
 * `characteristicvaluechanged`, on the same object, with the same value. Nor does it tell the
 * reader that the page has hung up.
 * @see https://chromedevtools.github.io/devtools-protocol/tot/BluetoothEmulation/
 * @module
 */
import { Buffer } from "node:buffer";
import type { CDPSession, Page } from "playwright-core";
import { BLUETOOTH_READER } from "../../hosts/browser/mod.ts";
import { Turns } from "../../hosts/browser/turns.ts";
import { LinkTransport } from "../../engine/reader/delivery.ts";

/** What a link with an ATT_MTU of 247 can notify at once. */
const VALUE_LENGTH_MAX = 244;
/** HCI "connection failed to be established" (Core Vol 1 Part F §2.63). */
const CONNECTION_FAILED = 0x3e;
const ADDRESS = "09:09:09:09:09:09";

/** One connection, seen from the reader. */
export class ReaderLink extends LinkTransport {
  /** Lengths of the writes the page made. */
  readonly writeLengths: number[] = [];
  /** What is sent and not read yet. */
  readonly outgoing: Uint8Array[] = [];
  readonly #cdp: CDPSession;
  readonly #page: Page;
  readonly #turns = new Turns();
  readonly #subscribed: Promise<void>;
  /** The page has asked for notifications. */
  onSubscribed!: () => void;

  /** One connection of `page`. */
  constructor(cdp: CDPSession, page: Page) {
    super("the emulated link");
    this.#cdp = cdp;
    this.#page = page;
    this.#subscribed = new Promise((resolve) => this.onSubscribed = resolve);
  }

  /** @inheritdoc */
  send(bytes: Uint8Array): Promise<void> {
    const copy = bytes.slice();
    return this.#turns.take(async () => {
      if (this.delivery.isEnded) throw this.closed();
      await this.#subscribed;
      for (let at = 0; at < copy.length; at += VALUE_LENGTH_MAX) {
        this.outgoing.push(copy.subarray(at, at + VALUE_LENGTH_MAX));
        await this.#page.evaluate("reader.pull()").catch(() => {
          throw this.closed();
        });
      }
    });
  }

  /** The reader is switched off. */
  close(): void {
    if (this.delivery.isEnded) return;
    this.delivery.end();
    this.#cdp.send("BluetoothEmulation.simulateGATTDisconnection", {
      address: ADDRESS,
    }).catch(() => {
      // The browser of a finished test is closed.
    });
  }

  /** The page has written. */
  onWrite(bytes: Uint8Array): void {
    this.writeLengths.push(bytes.length);
    this.delivery.bytes(bytes);
  }

  /** The page has hung up. */
  hangUp(): void {
    this.delivery.end();
  }
}

/** The device. */
export class EmulatedReader {
  isThere: "yes" | "out_of_reach" | "silent" = "yes";
  hasService = true;
  /** The latest connection. */
  link: ReaderLink | null = null;
  readonly #cdp: CDPSession;
  readonly #page: Page;

  private constructor(cdp: CDPSession, page: Page) {
    this.#cdp = cdp;
    this.#page = page;
  }

  /** Puts a reader within reach; `cdp` is a session of the browser, `page` the one it talks to. */
  static async start(cdp: CDPSession, page: Page): Promise<EmulatedReader> {
    const reader = new EmulatedReader(cdp, page);
    cdp.on(
      "BluetoothEmulation.gattOperationReceived",
      ({ type }) => void reader.#onGatt(type),
    );
    cdp.on(
      "BluetoothEmulation.characteristicOperationReceived",
      (operation) => void reader.#onOperation(operation),
    );
    await cdp.send("BluetoothEmulation.enable", {
      state: "powered-on",
      leSupported: true,
    });
    await cdp.send("BluetoothEmulation.simulatePreconnectedPeripheral", {
      address: ADDRESS,
      name: "holdfast reader",
      manufacturerData: [],
      knownServiceUuids: [BLUETOOTH_READER.service],
    });
    return reader;
  }

  async #onGatt(type: "connection" | "discovery"): Promise<void> {
    if (this.isThere === "silent") return;
    if (type === "connection" && this.isThere === "yes") {
      this.link = new ReaderLink(this.#cdp, this.#page);
      if (this.hasService) await this.#addService();
    }
    await this.#cdp.send("BluetoothEmulation.simulateGATTOperationResponse", {
      address: ADDRESS,
      type,
      code: this.isThere === "yes" ? 0 : CONNECTION_FAILED,
    });
  }

  async #addService(): Promise<void> {
    const { serviceId } = await this.#cdp.send(
      "BluetoothEmulation.addService",
      { address: ADDRESS, serviceUuid: BLUETOOTH_READER.service },
    );
    const { characteristicId } = await this.#cdp.send(
      "BluetoothEmulation.addCharacteristic",
      {
        serviceId,
        characteristicUuid: BLUETOOTH_READER.fromReader,
        properties: { notify: true, read: true },
      },
    );
    // Client Characteristic Configuration (Core Vol 3 Part G §3.3.3.3): where it subscribes.
    await this.#cdp.send("BluetoothEmulation.addDescriptor", {
      characteristicId,
      descriptorUuid: "00002902-0000-1000-8000-00805f9b34fb",
    });
    await this.#cdp.send("BluetoothEmulation.addCharacteristic", {
      serviceId,
      characteristicUuid: BLUETOOTH_READER.toReader,
      properties: { write: true },
    });
  }

  async #onOperation({ characteristicId, type, data }: {
    characteristicId: string;
    type:
      | "read"
      | "write"
      | "subscribe-to-notifications"
      | "unsubscribe-from-notifications";
    data?: string;
  }): Promise<void> {
    const link = this.link!;
    const value = type === "read" ? link.outgoing.shift() : undefined;
    if (type === "write") {
      link.onWrite(new Uint8Array(Buffer.from(data ?? "", "base64")));
    }
    await this.#cdp.send(
      "BluetoothEmulation.simulateCharacteristicOperationResponse",
      {
        characteristicId,
        type,
        code: 0,
        ...(value && { data: Buffer.from(value).toString("base64") }),
      },
    ).catch(() => {
      // The page has hung up meanwhile.
    });
    if (type === "subscribe-to-notifications") link.onSubscribed();
  }
}
