/**
 * A shop's terminal whose clock is elsewhere than Stripe's.
 * @module
 */
import { type Gateway, openTerminal, type Terminal } from "../../engine/mod.ts";
import { isStoreEmpty } from "../../engine/store/schema.ts";
import { FileKeyProvider } from "../../hosts/posix/file_key_provider.ts";
import { HttpNetwork } from "../../hosts/web/http_network.ts";
import { createStripeGateway } from "../../hosts/posix/stripe_gateway.ts";
import { SystemClock } from "../../hosts/web/system_clock.ts";
import { SystemRandom } from "../../hosts/web/system_random.ts";
import { openDatabaseHere } from "./relay.ts";
import type { Shop, TerminalChanges } from "./shop.ts";

/** The system's clock, `aheadMs` ahead in wall time. */
export class ShiftedClock extends SystemClock {
  /** Milliseconds ahead; may be changed at any time. */
  aheadMs: number;

  constructor(aheadMs: number) {
    super();
    this.aheadMs = aheadMs;
  }

  override nowMs(): number {
    return super.nowMs() + this.aheadMs;
  }
}

/** Opens the shop's store with a shifted clock; the caller closes the terminal. */
export async function openShifted(
  shop: Shop,
  clock: ShiftedClock,
  changes: TerminalChanges = {},
): Promise<Terminal> {
  const options = shop.options(changes);
  const { gateway } = options;
  const database = await openDatabaseHere(options.path);
  return await openTerminal({
    core: shop.core,
    database,
    clock,
    random: new SystemRandom(),
    keys: new FileKeyProvider(`${options.path}.key`, isStoreEmpty(database)),
    network: new HttpNetwork(options.probeUrl),
    gateway: "apiKey" in gateway
      ? createStripeGateway(shop.core, gateway)
      : gateway as Gateway,
  }, options);
}
