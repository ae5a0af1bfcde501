// What every byte transport must do; run by the tests of each of them.
import assert from "node:assert/strict";
import test from "node:test";
import { HoldfastError } from "../../engine/errors.ts";
import type { ByteTransport } from "../../engine/ports.ts";

/** Opens a connected pair. */
export type OpenPair = () => Promise<[ByteTransport, ByteTransport]>;

interface Recorder {
  bytes: number[];
  closeCount: number;
  until(isEnough: () => boolean): Promise<void>;
}

function record(transport: ByteTransport): Recorder {
  const waiting: (() => void)[] = [];
  const recorder: Recorder = {
    bytes: [],
    closeCount: 0,
    async until(isEnough): Promise<void> {
      while (!isEnough()) {
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
  };
  const wake = (): void => waiting.splice(0).forEach((resolve) => resolve());
  transport.receive(
    (bytes) => {
      recorder.bytes.push(...bytes);
      bytes.fill(0); // The receiver owns the chunk.
      wake();
    },
    () => {
      recorder.closeCount++;
      wake();
    },
  );
  return recorder;
}

/** Registers the contract's tests for one transport. */
export function testByteTransport(name: string, open: OpenPair): void {
  test(`${name} delivers bytes in order, both ways`, async () => {
    const [left, right] = await open();
    const atLeft = record(left);
    const atRight = record(right);
    const expected: number[] = [];
    const sending: Promise<void>[] = [];
    for (let i = 0; i < 200; i++) {
      const bytes = new Uint8Array(i).fill(i);
      expected.push(...bytes);
      sending.push(left.send(bytes));
      await right.send(bytes);
    }
    await atLeft.until(() => atLeft.bytes.length >= expected.length);
    await atRight.until(() => atRight.bytes.length >= expected.length);
    // What has arrived may still have to be acknowledged to its sender.
    await Promise.all(sending);
    assert.deepEqual(atLeft.bytes, expected);
    assert.deepEqual(atRight.bytes, expected);
    left.close();
    await atRight.until(() => atRight.closeCount > 0);
  });

  test(`${name} lets the sender wipe its array once send() resolves`, async () => {
    const [left, right] = await open();
    const bytes = Uint8Array.of(1, 2, 3);
    await left.send(bytes);
    bytes.fill(0);
    const atRight = record(right);
    await atRight.until(() => atRight.bytes.length === 3);
    assert.deepEqual(atRight.bytes, [1, 2, 3]);
    left.close();
    right.close();
  });

  test(`${name} keeps bytes that arrive before receive()`, async () => {
    const [left, right] = await open();
    const atLeft = record(left);
    await left.send(Uint8Array.of(1));
    await right.send(Uint8Array.of(9));
    await atLeft.until(() => atLeft.bytes.length === 1);
    const atRight = record(right);
    const sending = left.send(Uint8Array.of(2));
    await atRight.until(() => atRight.bytes.length === 2);
    await sending;
    assert.deepEqual(atRight.bytes, [1, 2]);
    left.close();
  });

  test(`${name} reports the end to both sides, once`, async () => {
    const [left, right] = await open();
    const atLeft = record(left);
    const atRight = record(right);
    left.close();
    left.close();
    await atLeft.until(() => atLeft.closeCount > 0);
    await atRight.until(() => atRight.closeCount > 0);
    right.close();
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual([atLeft.closeCount, atRight.closeCount], [1, 1]);
  });

  test(`${name} ends each side once when both close at once`, async () => {
    const [left, right] = await open();
    const atLeft = record(left);
    const atRight = record(right);
    left.close();
    right.close();
    await atLeft.until(() => atLeft.closeCount > 0);
    await atRight.until(() => atRight.closeCount > 0);
    // A second end would come with what is on its way now.
    await new Promise((resolve) => setTimeout(resolve, 0));
    assert.deepEqual([atLeft.closeCount, atRight.closeCount], [1, 1]);
  });

  test(`${name} rejects send() after the end with READER_DISCONNECTED`, async () => {
    const [left, right] = await open();
    const atLeft = record(left);
    const atRight = record(right);
    right.close();
    await atLeft.until(() => atLeft.closeCount > 0);
    await atRight.until(() => atRight.closeCount > 0);
    for (const end of [left, right]) {
      await assert.rejects(
        end.send(Uint8Array.of(1)),
        (error) =>
          error instanceof HoldfastError &&
          error.code === "READER_DISCONNECTED",
      );
    }
  });
}
