/**
 * The store as the screen shows it, and the payment that is chosen.
 *
 * Owns: reading again when something changed, not more often than an eye can see, and that the
 * choice stays on its payment while others come.
 * @module
 */
import type { Payment } from "../../../engine/payment.ts";
import type { Desk } from "../desk.ts";
import type { Glance } from "../register.ts";

/** How many payments can be scrolled through. */
const LIST_MAX = 500;
/** A long drain changes twenty payments a second; the eye needs fewer pictures. */
const PAUSE_MS = 60;

/** Glance, list and choice. */
export class PaymentList {
  readonly #desk: Desk;
  readonly #onChange: () => void;
  #isReading = false;
  #isStale = false;
  glance: Glance = {
    networkStatus: "unknown",
    waitingCount: 0,
    sums: {},
    oldestAtMs: null,
  };
  payments: readonly Payment[] = [];
  selected = 0;

  /** `onChange` is called after the store was read. */
  constructor(desk: Desk, onChange: () => void) {
    this.#desk = desk;
    this.#onChange = onChange;
  }

  /** The chosen payment, or null when there is none. */
  get chosen(): Payment | null {
    return this.payments[this.selected] ?? null;
  }

  /** Moves the choice; negative is up. */
  move(step: number): void {
    const last = this.payments.length - 1;
    this.selected = Math.max(0, Math.min(last, this.selected + step));
  }

  /** Reads the store; what changes meanwhile is read once more. */
  refresh(): void {
    this.#isStale = true;
    if (!this.#isReading) void this.#read();
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    try {
      while (this.#isStale && !this.#desk.isClosed) {
        this.#isStale = false;
        const glance = await this.#desk.register.glance();
        const payments = await this.#desk.register.payments(LIST_MAX);
        const chosen = this.chosen?.localId;
        // On the newest it stays on the newest.
        const at = this.selected === 0
          ? 0
          : payments.findIndex(({ localId }) => localId === chosen);
        this.glance = glance;
        this.payments = payments;
        this.selected = Math.max(0, at);
        this.#onChange();
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    } finally {
      this.#isReading = false;
    }
  }
}
