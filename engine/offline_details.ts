/**
 * What Stripe's SDKs call `offlineDetails`, of a payment confirmed offline.
 *
 * Owns: the shape and which fields cannot be known before the issuer was asked. They are null
 * here and stay null: a value that nobody gave is not invented.
 * @see https://docs.stripe.com/terminal/features/operate-offline/collect-card-payments
 * @module
 */
import type { CardPresentDetails } from "./payment.ts";

/** Amounts inside the amount. */
export interface OfflineAmountDetails {
  /** Tip in minor units, part of the amount; null when none was asked for. */
  tip: number | null;
}

/** What EMV and Stripe want on a receipt; names as in Stripe's SDKs. */
export interface OfflineReceiptDetails {
  /** 9F12, else the label 50, else null. */
  applicationPreferredName: string | null;
  /** The AID, 84. */
  dedicatedFileName: string | null;
  /** 9F26. */
  applicationCryptogram: string | null;
  /** 95. */
  terminalVerificationResult: string | null;
  /** 9B. */
  transactionStatusInformation: string | null;
  /** How the cardholder was verified, from 9F34. */
  cvm: string;
  /** Always null: checking, credit or prepaid is the issuer's to say. */
  accountType: null;
  /** Always null: 8A is the issuer's. */
  authorizationResponseCode: null;
  /** Always null: there is no authorisation yet. */
  authorizationCode: null;
}

/** The card, without what nobody may see. */
export interface OfflineCardPresentDetails {
  brand: string;
  last4: string;
  expMonth: number;
  expYear: number;
  readMethod: string;
  preferredLocales: readonly string[];
  /** Always null: the name (5F20) is card data and stays sealed. */
  cardholderName: null;
  receiptDetails: OfflineReceiptDetails;
}

/** Non-null on a payment that was confirmed offline, as in Stripe's SDKs. */
export interface OfflineDetails {
  /** When the payment was committed to this device, epoch milliseconds. */
  storedAtMs: number;
  /** True until Stripe has answered for it. */
  requiresUpload: boolean;
  amountDetails: OfflineAmountDetails;
  cardPresentDetails: OfflineCardPresentDetails;
}

/** Makes the details from what the store keeps in clear. */
export function offlineDetailsOf(
  card: CardPresentDetails,
  facts: { storedAtMs: number; requiresUpload: boolean; tip: number | null },
): OfflineDetails {
  const { receipt } = card;
  return {
    storedAtMs: facts.storedAtMs,
    requiresUpload: facts.requiresUpload,
    amountDetails: { tip: facts.tip },
    cardPresentDetails: {
      brand: card.brand,
      last4: card.last4,
      expMonth: card.expiryMonth,
      expYear: card.expiryYear,
      readMethod: card.readMethod,
      preferredLocales: card.preferredLocales,
      cardholderName: null,
      receiptDetails: {
        applicationPreferredName: card.applicationPreferredName ??
          card.applicationLabel,
        dedicatedFileName: receipt.dedicatedFileName,
        applicationCryptogram: receipt.applicationCryptogram,
        terminalVerificationResult: receipt.terminalVerificationResults,
        transactionStatusInformation: receipt.transactionStatusInformation,
        cvm: card.cvm,
        accountType: null,
        authorizationResponseCode: null,
        authorizationCode: null,
      },
    },
  };
}
