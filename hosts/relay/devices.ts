/**
 * Which device is calling.
 *
 * Owns: the comparison of tokens. A token is `<name>.<secret>`; the relay keeps only SHA-256 of
 * the secret, which is enough for a secret that was drawn at random (the program draws 32
 * bytes). The comparison takes the same time for every wrong secret, and for an unknown name.
 * @module
 */
import { Buffer } from "node:buffer";
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** What the relay keeps of a device. */
export interface Device {
  /** Letters, digits, `-` and `_`, at most 64; shown in reports. */
  name: string;
  /** SHA-256 of the secret, 64 lower-case hex digits. */
  secretHash: string;
  /**
   * Devices whose exported payments this one may forward: those it replaces. A person decides;
   * without it the records of another device's chain are refused. @default none
   */
  takesOverFrom?: readonly string[];
}

const NAME = /^[A-Za-z0-9_-]{1,64}$/;
const NOBODY = Buffer.alloc(32);

/** Draws a token for a new device: `token` for the device, `device` for the relay. */
export function createDevice(name: string): { token: string; device: Device } {
  const secret = randomBytes(32).toString("base64url");
  const device = { name, secretHash: sha256(secret).toString("hex") };
  assertDevice(device);
  return { token: `${name}.${secret}`, device };
}

/** Knows the devices and tells who is calling. */
export class Devices {
  readonly #hashes = new Map<string, Buffer>();
  readonly #predecessors = new Map<string, readonly string[]>();

  /**
   * Keeps `devices`.
   *
   * @throws {RangeError} for a name or hash of another form, or a name given twice.
   */
  constructor(devices: readonly Device[]) {
    for (const device of devices) {
      assertDevice(device);
      if (this.#hashes.has(device.name)) {
        throw new RangeError(`device ${device.name} is listed twice`);
      }
      this.#predecessors.set(device.name, device.takesOverFrom ?? []);
      this.#hashes.set(device.name, Buffer.from(device.secretHash, "hex"));
    }
  }

  /** Whether `device` may forward payments of `owner`. */
  mayActFor(device: string, owner: string): boolean {
    return device === owner ||
      (this.#predecessors.get(device)?.includes(owner) ?? false);
  }

  /** The name of the device that sent this `Authorization` header, or null. */
  authenticate(header: string | undefined): string | null {
    const match = /^Bearer ([A-Za-z0-9_-]{1,64})\.([!-~]{1,256})$/.exec(
      header ?? "",
    );
    const [, name = "", secret = ""] = match ?? [];
    const isRight = timingSafeEqual(
      sha256(secret),
      this.#hashes.get(name) ?? NOBODY,
    );
    return isRight && this.#hashes.has(name) ? name : null;
  }
}

function assertDevice({ name, secretHash }: Device): void {
  if (!NAME.test(name)) {
    throw new RangeError(`a device's name must match ${NAME}, got ${name}`);
  }
  if (!/^[0-9a-f]{64}$/.test(secretHash)) {
    throw new RangeError(`secretHash of ${name} must be 64 hex digits`);
  }
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
