/** A page with a Bluetooth reader: the transport as an app uses it, for the test to drive. @module */
import {
  BLUETOOTH_READER,
  connectReader,
  connectWebBluetooth,
  SystemClock,
  type WebBluetoothDevice,
} from "../../hosts/browser/mod.ts";
import type { ByteTransport } from "../../engine/ports.ts";

/** The part of the platform's object that is used here. */
interface PlatformDevice extends WebBluetoothDevice {
  gatt: NonNullable<WebBluetoothDevice["gatt"]> & { connected: boolean };
}

declare const navigator: {
  bluetooth: { requestDevice(filter: unknown): Promise<PlatformDevice> };
};
/** Put there by the test. */
declare function heard(bytes: number[]): void;
declare function ended(reason: string | null): void;

let device: PlatformDevice | undefined;
let transport: ByteTransport;
let source: { readValue(): Promise<unknown> };

/** What the test calls. */
const reader = {
  /** Asks the user; needs a gesture. */
  async choose(): Promise<void> {
    device = await navigator.bluetooth.requestDevice({
      filters: [{ services: [BLUETOOTH_READER.service] }],
    });
  },
  isChosen: (): boolean => device !== undefined,
  /** Connects; returns the code of the error it fails with. */
  async connect(deadlineMs = 30_000): Promise<string | null> {
    const { gatt } = device!;
    try {
      transport = await connectWebBluetooth(device!, {
        signal: AbortSignal.timeout(deadlineMs),
      });
    } catch (error) {
      return (error as { code: string }).code;
    }
    const server = await gatt.connect() as unknown as {
      getPrimaryService(uuid: string): Promise<{
        getCharacteristic(uuid: string): Promise<typeof source>;
      }>;
    };
    const service = await server.getPrimaryService(BLUETOOTH_READER.service);
    source = await service.getCharacteristic(BLUETOOTH_READER.fromReader);
    return null;
  },
  receive(): void {
    transport.receive(
      (bytes) => {
        heard([...bytes]);
        // The receiver owns the chunk.
        bytes.fill(0);
      },
      (reason) => ended(reason ? String(reason) : null),
    );
  },
  async send(bytes: number[]): Promise<string | null> {
    const own = Uint8Array.from(bytes);
    try {
      await transport.send(own);
      return null;
    } catch (error) {
      return (error as { code: string }).code;
    } finally {
      own.fill(0);
    }
  },
  close: (): void => transport.close(),
  isConnected: (): boolean => device!.gatt.connected,
  /** The emulation cannot notify; a read raises the same event with the value that it got. */
  async pull(): Promise<void> {
    await source.readValue();
  },
  /** Sends `length` bytes at once and hangs up. */
  async sendLong(length: number): Promise<string | null> {
    const code = await reader.send(new Array(length).fill(1));
    transport.close();
    return code;
  },
  /** Takes a card; returns what arrived of it. */
  async collect(): Promise<{ readMethod: string; length: number }> {
    const client = await connectReader(transport, {
      clock: new SystemClock(),
      deadlineMs: 30_000,
    });
    const { readMethod, emvData } = await client.collect({
      amountMinor: 1250,
      currency: "usd",
      isOffline: true,
      terminalCountry: "US",
    });
    return { readMethod, length: emvData.length };
  },
};
Object.assign(globalThis, { reader });
addEventListener("click", () => void reader.choose());
