/**
 * Sealing the payments of one commit, before it or in it.
 *
 * Owns: which of them are worth sealing. Suite 1 seals inside the transaction and needs nothing
 * of this; suite 2 seals ahead, a batch in one row of places, and what a limit refuses leaves the
 * row, so that the others are sealed again for the places they then have.
 * @module
 */
import type { AcceptContext, AcceptRequest } from "./accept.ts";
import type { DecidedCard } from "./card_decision.ts";
import type { HoldfastError } from "./errors.ts";
import { createKey } from "./forward/keys.ts";
import type { SealedAhead } from "./sealed_ahead.ts";
import { formatUuid } from "./uuid.ts";
import type { ChainedRecord, SealRequest } from "./vault.ts";

/** The records of one commit. */
export class Sealing {
  readonly #context: AcceptContext;
  readonly #requests: readonly (SealRequest | null)[];
  #leftOut: ReadonlySet<number> = new Set();
  #ahead: SealedAhead | null = null;

  /** Copies the plaintexts where it must wait: the caller's may be wiped meanwhile. */
  constructor(
    context: AcceptContext,
    requests: readonly AcceptRequest[],
    decided: readonly (DecidedCard | HoldfastError)[],
  ) {
    this.#context = context;
    this.#requests = requests.map((request, i) => {
      const card = decided[i];
      return "cardTransactionHmac" in card
        ? sealRequest(context, request, card)
        : null;
    });
  }

  /** Seals what may be stored; only where the vault seals ahead. */
  async sealAhead(): Promise<void> {
    this.#ahead?.wipe();
    this.#ahead = await this.#context.vault.sealAhead(
      this.#requests.filter((request, i) =>
        request !== null && !this.#leftOut.has(i)
      ) as SealRequest[],
    );
  }

  /** The record of one request; call inside the transaction. */
  seal(index: number): ChainedRecord {
    return this.#context.vault.seal(this.#requests[index]!, this.#ahead);
  }

  /** Those that the last transaction would not have stored are not sealed the next time. */
  leaveOut(indexes: ReadonlySet<number>): void {
    this.#leftOut = indexes;
  }

  /** Overwrites what it copied and the secrets it made. */
  wipe(): void {
    this.#ahead?.wipe();
    if (!this.#context.vault.sealsAhead) return;
    for (const request of this.#requests) request?.plaintext.fill(0);
  }
}

function sealRequest(
  { policyVersion, vault }: AcceptContext,
  request: AcceptRequest,
  { cardTransactionHmac }: DecidedCard,
): SealRequest {
  const { localId, amount, currency, createdAtMs, emvData } = request;
  return {
    localId,
    amount,
    currency,
    idempotencyKey: createKey(formatUuid(localId), 0),
    cardTransactionHmac,
    policyVersion,
    createdAtMs,
    plaintext: vault.sealsAhead ? emvData.slice() : emvData,
  };
}
