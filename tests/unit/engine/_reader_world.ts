// Helpers of the reader tests: virtual time, a scripted reader, hex.
import { setImmediate } from "node:timers";
import { loadCore } from "../../../bindings/mod.ts";
import type { ByteTransport, Clock } from "../../../engine/ports.ts";
import {
  encodeFrame,
  type Frame,
  FrameDecoder,
} from "../../../engine/reader/frame.ts";
import { createInProcessPair } from "../../../engine/reader/in_process_transport.ts";
import {
  connectReader,
  type ReaderClient,
} from "../../../engine/reader/reader_client.ts";
import { MESSAGE, type ReaderInfo } from "../../../engine/reader/messages.ts";
import { encodePayload } from "../../../engine/reader/payload.ts";
import {
  SimulatedReader,
  type SimulatedReaderOptions,
} from "../../../engine/reader/simulated_reader.ts";

/** Lets every microtask that is ready, and those they start, run. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Time that stands still until it is told to move. */
export class VirtualClock implements Clock {
  #timeMs = 0;
  #timers: { atMs: number; fire: () => void }[] = [];

  nowMs(): number {
    return Date.UTC(2026, 6, 14, 12, 30, 15) + this.#timeMs;
  }

  monotonicMs(): number {
    return this.#timeMs;
  }

  sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const timer = { atMs: this.#timeMs + delayMs, fire: () => {} };
      const remove = (): void => {
        this.#timers = this.#timers.filter((other) => other !== timer);
        signal.removeEventListener("abort", onAbort);
      };
      const onAbort = (): void => {
        remove();
        reject(signal.reason);
      };
      timer.fire = () => {
        remove();
        resolve();
      };
      this.#timers.push(timer);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Timers that wait now: 0 when nothing can wake up any more. */
  get timerCount(): number {
    return this.#timers.length;
  }

  /** Moves time and fires what is due, in order, letting each consequence happen. */
  async advance(durationMs: number): Promise<void> {
    const untilMs = this.#timeMs + durationMs;
    await settle();
    for (;;) {
      const due = this.#timers
        .filter(({ atMs }) => atMs <= untilMs)
        .sort((left, right) => left.atMs - right.atMs)[0];
      if (!due) break;
      this.#timeMs = due.atMs;
      due.fire();
      await settle();
    }
    this.#timeMs = untilMs;
  }
}

/** Runs `promise` to its end, moving time as far as it takes, one simulated hour at most. */
export async function finish<T>(
  clock: VirtualClock,
  promise: Promise<T>,
): Promise<T> {
  let isDone = false;
  const done = promise.finally(() => isDone = true);
  done.catch(() => undefined);
  await settle();
  for (let step = 0; step < 720 && !isDone; step++) await clock.advance(5_000);
  if (!isDone) throw new Error("the call hangs");
  return done;
}

/** The error a promise rejects with; fails when it does not. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error("expected a rejection");
}

/** What the scripted reader says about itself. */
export const INFO: ReaderInfo = {
  deviceType: "wisepad_3",
  serialNumber: "WPC32000000001",
  softwareVersion: "1",
  batteryPercent: 90,
  hasEncryptionKeys: true,
  country: "US",
  capabilities: {
    canStoreAndForward: false,
    canOfflinePin: true,
    canOnlinePin: true,
    canContactless: true,
    canSwipe: true,
    canTipOnReader: false,
    canCollectInputs: false,
    canDisplay: true,
    canRunApps: false,
  },
};

/** The far end of a link, driven by hand. */
export class ScriptedReader {
  readonly received: Frame[] = [];
  readonly transport: ByteTransport;
  isClosed = false;

  constructor(transport: ByteTransport) {
    this.transport = transport;
    const decoder = new FrameDecoder((event) => {
      if (event.kind === "frame") this.received.push(event);
    });
    transport.receive(
      (bytes) => decoder.push(bytes),
      () => this.isClosed = true,
    );
  }

  /** The last frame of this type. */
  last(type: number): Frame {
    const frame = this.received.findLast((frame) => frame.type === type);
    if (!frame) throw new Error(`expected a frame of type ${type}`);
    return frame;
  }

  async send(
    type: number,
    requestId: number,
    message: object,
    version?: number,
  ): Promise<void> {
    const payload = encodePayload(message);
    await this.sendBytes(encodeFrame({ type, requestId, payload }, version));
  }

  async sendBytes(bytes: Uint8Array): Promise<void> {
    await this.transport.send(bytes);
    await settle();
  }
}

/** A client connected to a scripted reader. */
export async function connectScripted(
  clock: VirtualClock,
): Promise<{ client: ReaderClient; reader: ScriptedReader }> {
  const [near, far] = createInProcessPair();
  const reader = new ScriptedReader(far);
  const connecting = connectReader(near, { clock, deadlineMs: 5_000 });
  await settle();
  const { requestId } = reader.last(MESSAGE.HELLO);
  await reader.send(MESSAGE.HELLO | 0x80, requestId, INFO);
  return { client: await connecting, reader };
}

/** A client connected to a simulated reader. */
export async function connectSimulated(
  options: Partial<SimulatedReaderOptions> = {},
): Promise<
  { client: ReaderClient; reader: SimulatedReader; clock: VirtualClock }
> {
  const clock = new VirtualClock();
  const reader = new SimulatedReader({
    clock,
    seed: "test",
    deviceType: "wisepad_3",
    customers: ["visa"],
    ...options,
  });
  const [near, far] = createInProcessPair();
  void reader.serve(far);
  const client = await connectReader(near, { clock, deadlineMs: 5_000 });
  return { client, reader, clock };
}

/** A collect of 12.50 USD offline. */
export const SALE = {
  amountMinor: 1250,
  currency: "usd",
  isOffline: true,
  terminalCountry: "US",
} as const;

export function hex(text: string): Uint8Array {
  const clean = text.replaceAll(/\s/g, "");
  return Uint8Array.from(
    { length: clean.length / 2 },
    (_, at) => parseInt(clean.slice(2 * at, 2 * at + 2), 16),
  );
}

export function toHex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Tag (upper-case hex) → value (hex) of a reader's answer, as the core reads them. */
export async function objectsOf(
  data: Uint8Array,
): Promise<Map<string, string>> {
  const nodes = (await loadCore()).tlv.parse(data, "reader");
  return new Map(nodes.map((node) => {
    const end = node.valueOffset + node.length;
    const tag = node.tag.toString(16).toUpperCase();
    return [tag, toHex(data.subarray(node.valueOffset, end))];
  }));
}
