/**
 * Who may lift a limit, and how they prove it.
 *
 * Owns: the PINs, which are kept as salted scrypt hashes only. A PIN of a few digits is guessed by
 * whoever has the file, so it keeps honest people honest; the signed activity log says who lifted
 * what, and the limits of Stripe and of the disk cannot be lifted by anybody.
 * @module
 */
import { Buffer } from "node:buffer";
import { randomBytes, scryptSync, timingSafeEqual } from "node:crypto";

/** A manager as the configuration has them. */
export interface Manager {
  /** Shown, and written into the activity log; 1..64 characters. */
  name: string;
  /** `scrypt$<salt hex>$<hash hex>`, made by `--new-manager`. */
  pin: string;
}

const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** Makes a manager of a name and a PIN. */
export function createManager(name: string, pin: string): Manager {
  if (name.trim() === "" || name.length > 64) {
    throw new RangeError("a manager's name has 1..64 characters");
  }
  if (!/^\d{4,12}$/.test(pin)) throw new RangeError("a PIN has 4..12 digits");
  const salt = randomBytes(SALT_BYTES);
  const hash = scryptSync(pin, salt, HASH_BYTES);
  const text = `scrypt$${salt.toString("hex")}$${hash.toString("hex")}`;
  return { name: name.trim(), pin: text };
}

/** The manager of this name, any case, whose PIN it is, or null. */
export function recognise(
  managers: readonly Manager[],
  name: string,
  pin: string,
): Manager | null {
  const wanted = name.trim().toLowerCase();
  const manager = managers.find((it) => it.name.toLowerCase() === wanted);
  const [, salt = "", hash = ""] = manager?.pin.split("$") ?? [];
  const known = Buffer.from(hash, "hex");
  if (manager === undefined || known.length !== HASH_BYTES) return null;
  const given = scryptSync(pin, Buffer.from(salt, "hex"), HASH_BYTES);
  return timingSafeEqual(given, known) ? manager : null;
}
