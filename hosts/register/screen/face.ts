/**
 * What an action of the cashier may do with the screen.
 * @module
 */
import type { Payment } from "../../../engine/payment.ts";
import type { Desk } from "../desk.ts";
import type { Notice } from "./view.ts";

/** How the next sale is made; back to the usual one after it. */
export interface SaleMode {
  /** The reader asks the customer for a tip. */
  asksTip: boolean;
  /** Authorise now, capture later. */
  isManual: boolean;
}

/** The screen as an action sees it. */
export interface Face {
  readonly desk: Desk;
  /** The chosen payment, or null when there is none. */
  readonly chosen: Payment | null;
  saleMode: SaleMode;
  /** Says what happened. */
  notify(tone: Notice["tone"], ...lines: readonly string[]): void;
  /** Says why not, and rings. */
  refuse(error: unknown): void;
  /** Shows a page in place of the list; null brings the list back. */
  showPage(title: string, text: string): void;
  /** Asks for a line; null when the cashier leaves with Esc. */
  ask(label: string, options?: { isSecret?: boolean }): Promise<string | null>;
  /** Asks yes or no. */
  confirm(question: string): Promise<boolean>;
  /** Runs `work`, which Esc ends; other keys wait. */
  whileBusy(work: (signal: AbortSignal) => Promise<void>): Promise<void>;
  /** Ends the register. */
  quit(): void;
}
