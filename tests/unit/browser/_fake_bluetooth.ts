// A Web Bluetooth device: one GATT operation at a time, values of 512 bytes at most.
import {
  BLUETOOTH_READER,
  type BluetoothCharacteristic,
  type WebBluetoothDevice,
} from "../../../hosts/browser/web_bluetooth_transport.ts";

/** One of two devices: what is written to one is notified by the other. */
export class FakeBluetooth implements WebBluetoothDevice {
  readonly writeLengths: number[] = [];
  trouble: "none" | "no_service" | "out_of_reach" | "no_answer" = "none";
  #peer!: FakeBluetooth;
  #isConnected = false;
  #isBusy = false;
  #isNotifying = false;
  /** What the peripheral holds back until somebody wants notifications. */
  readonly #held: Uint8Array[] = [];
  #onLeave: () => void = () => undefined;
  #onValue: () => void = () => undefined;
  /** Ends an attempt to connect that nobody answers. */
  #giveUp: () => void = () => undefined;
  readonly #source: BluetoothCharacteristic & { value?: DataView };

  constructor() {
    this.#source = {
      startNotifications: async () => {
        await this.#operate();
        this.#isNotifying = true;
        for (const value of this.#held.splice(0)) this.#notify(value);
      },
      writeValueWithResponse: () =>
        Promise.reject(new DOMException("not writable", "NotSupportedError")),
      addEventListener: (_type, listener) => {
        this.#onValue = listener;
      },
    };
  }

  static pair(): [FakeBluetooth, FakeBluetooth] {
    const [left, right] = [new FakeBluetooth(), new FakeBluetooth()];
    left.#peer = right;
    right.#peer = left;
    return [left, right];
  }

  get gatt(): NonNullable<WebBluetoothDevice["gatt"]> {
    return {
      connect: async () => {
        if (this.trouble === "out_of_reach") {
          throw new DOMException("no longer in range", "NetworkError");
        }
        if (this.trouble === "no_answer") {
          await new Promise<never>((_, reject) =>
            this.#giveUp = () =>
              reject(new DOMException("canceled", "AbortError"))
          );
        }
        this.#isConnected = true;
        await this.#operate();
        return {
          getPrimaryService: (uuid: string) => this.#service(uuid),
        };
      },
      disconnect: () => {
        this.#giveUp();
        if (!this.#isConnected) return;
        this.#isConnected = false;
        this.#peer.leave();
      },
    };
  }

  addEventListener(_type: string, listener: () => void): void {
    this.#onLeave = listener;
  }

  /** The reader is switched off. */
  leave(): void {
    if (!this.#isConnected) return;
    this.#isConnected = false;
    setTimeout(() => this.#onLeave());
  }

  async #service(uuid: string): Promise<{
    getCharacteristic(uuid: string): Promise<BluetoothCharacteristic>;
  }> {
    await this.#operate();
    if (this.trouble === "no_service" || uuid !== BLUETOOTH_READER.service) {
      throw new DOMException("No Services matching", "NotFoundError");
    }
    return {
      getCharacteristic: async (uuid: string) => {
        await this.#operate();
        if (uuid === BLUETOOTH_READER.fromReader) return this.#source;
        return this.#target();
      },
    };
  }

  #target(): BluetoothCharacteristic {
    return {
      startNotifications: () => Promise.reject(new TypeError("no notify")),
      addEventListener: () => undefined,
      writeValueWithResponse: async (value) => {
        if (value.length > 512) {
          throw new DOMException(
            "Value can't exceed 512 bytes.",
            "InvalidModificationError",
          );
        }
        const copy = value.slice();
        await this.#operate();
        this.writeLengths.push(copy.length);
        this.#peer.#arrive(copy);
      },
    };
  }

  /** One operation over the air; a second one meanwhile is refused. */
  async #operate(): Promise<void> {
    if (this.#isBusy) {
      throw new DOMException(
        "GATT operation already in progress.",
        "NetworkError",
      );
    }
    this.#isBusy = true;
    await new Promise((resolve) => setTimeout(resolve));
    this.#isBusy = false;
    if (!this.#isConnected) {
      throw new DOMException("GATT Server is disconnected.", "NetworkError");
    }
  }

  #arrive(value: Uint8Array): void {
    if (this.#isNotifying) this.#notify(value);
    else this.#held.push(value);
  }

  /** Notifications are as long as the ATT's unit allows: 244 bytes here. */
  #notify(value: Uint8Array): void {
    for (let at = 0; at < value.length; at += 244) {
      const part = value.slice(at, at + 244);
      this.#source.value = new DataView(part.buffer);
      this.#onValue();
    }
  }
}
