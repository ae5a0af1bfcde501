/**
 * Words of the offline decision: what is asked, what is answered.
 *
 * Owns: the vocabularies (brands, codes, outcomes, flags) in the order of their numbers in
 * `core/abi.ts`; a test compares the two, so no word can slip.
 * @module
 */
import type { TlvSource } from "./tlv.ts";

/** Brands by number. `us_common_debit` and what follows are networks of one country. */
export const BRANDS = [
  "unknown",
  "visa",
  "mastercard",
  "amex",
  "discover",
  "jcb",
  "unionpay",
  "maestro",
  "eftpos_au",
  "cartes_bancaires",
  "girocard",
  "interac",
  "us_common_debit",
  "debit_network_alliance",
  "dankort",
  "rupay",
  "mir",
  "verve",
  "meeza",
  "bancomat",
  "bankaxept",
] as const;

/** A card brand or domestic network, told by the AID alone. */
export type Brand = typeof BRANDS[number];

/** Outcomes by number. */
export const OUTCOMES = [
  "refused",
  "deferred",
  "offline_approved",
  "online_only",
] as const;

/**
 * `deferred`: the card asked for its issuer; `offline_approved`: it approved by itself;
 * `online_only`: it may be charged if the issuer is asked now, and must not be stored.
 */
export type Outcome = typeof OUTCOMES[number];

/** Codes by number; all but the first refuse, or say why a payment is `online_only`. */
export const DECISION_CODES = [
  "accepted",
  "emv_malformed",
  "pin_block_present",
  "emv_mismatch",
  "swipe_or_manual",
  "card_declined",
  "cryptogram_unknown",
  "network_not_offline",
  "interac_not_supported",
  "brand_not_allowed",
  "test_card_in_livemode",
  "data_missing",
  "expired",
  "not_effective",
  "service_not_allowed",
  "auth_failed",
  "exception_file",
  "cvm_failed",
  "online_pin",
  "sca_required",
  "iac_denied",
  "iac_default",
] as const;

/** Why a message was refused, or `accepted`. Stable: a code never changes its meaning. */
export type DecisionCode = typeof DECISION_CODES[number];

/** Risk flags by bit. */
export const RISK_FLAGS = [
  "service_code_online",
  "top_level_padding",
  "long_length",
  "no_usage_control",
  "no_cvm_results",
  "online_preferred",
  "clock_behind",
] as const;

/** Worth knowing, never a refusal by itself. */
export type RiskFlag = typeof RISK_FLAGS[number];

/** How the card was read; Stripe's names where Stripe has one. */
export type ReadMethod =
  | "contact_emv"
  | "contactless_emv"
  | "contactless_magstripe_mode"
  | "magnetic_stripe_fallback"
  | "magnetic_stripe_track2"
  | "manual_entry"
  | "unknown";

/** How the cardholder was verified, from CVM Results (9F34). */
export type CvmMethod =
  | "offline_pin"
  | "offline_pin_and_signature"
  | "online_pin"
  | "signature"
  | "biometric"
  | "none"
  | "failure"
  | "no_cvm_performed"
  | "unknown";

/** What the merchant allows; TACs are five bytes each, EMV 4.4 Book 3 §10.7. */
export interface DecisionPolicy {
  /** Brands to accept, or null for every brand that works offline. */
  readonly allowedBrands: readonly Brand[] | null;
  /**
   * Whether default action codes refuse. Null: for offline approvals only, because a deferred
   * payment does reach its issuer.
   */
  readonly respectIacDefault: boolean | null;
  /** Terminal Action Code, Denial. @default five zero bytes */
  readonly tacDenial?: Uint8Array;
  /** Terminal Action Code, Default. @default five zero bytes */
  readonly tacDefault?: Uint8Array;
  /** Terminal Action Code, Online; only raises a flag. @default five zero bytes */
  readonly tacOnline?: Uint8Array;
}

/** What the message is checked against. */
export interface DecisionRequest {
  /** Amount in minor units, 0..999,999,999,999; must be the 9F02 the card signed. */
  readonly amountMinor: number;
  /** ISO 4217 alpha code, any case. */
  readonly currency: string;
  /** Transaction type as in 9C. @default 0x00, a purchase */
  readonly transactionType?: number;
  /** Wall time in epoch milliseconds. */
  readonly nowMs: number;
  /** The latest wall time this device ever saw; the later of the two is trusted. */
  readonly highWaterMs: number;
  /** ISO 3166-1 alpha-2 code of the terminal's country, any case. */
  readonly terminalCountry: string;
  /** True for real money: cards published for tests are refused. */
  readonly isLivemode: boolean;
  /**
   * True when the issuer is asked now: an online PIN, a domestic network in its own country and a
   * tap in the EEA are then `online_only` instead of refused. @default false
   */
  readonly isOnline?: boolean;
  /** 32 secret bytes of this device; the card HMACs depend on it. Not kept. */
  readonly deviceKey: Uint8Array;
  /** What the merchant allows. */
  readonly policy: DecisionPolicy;
  /** Who wrote the message. @default "reader" */
  readonly source?: TlvSource;
}

/** Why, in terms of the message. */
export interface DecisionExplanation {
  /** Number of the rule that decided, 1..12; 5 for a message accepted without reserve. */
  readonly rule: number;
  /** Tag of the object that decided, `9F02`, or null when no object did. */
  readonly tag: string | null;
  /** Offset of that object, or of the field where reading stopped; null when it is missing. */
  readonly offset: number | null;
  /** The bit that decided, such as `byte 2 bit 40: expired`. */
  readonly bit?: string;
  /** What was expected; only for amount, currency, type, country and date. */
  readonly expected?: string;
  /** What the message says instead; only for the same objects. */
  readonly actual?: string;
  /** Status of a message that could not be read, such as `BER_ERR_TAG_TRUNCATED`. */
  readonly status?: string;
  /** Worth knowing, decided nothing. */
  readonly riskFlags: readonly RiskFlag[];
}

/** Objects that EMV puts on a receipt, as upper-case hex; null when the message lacks them. */
export interface ReceiptFacts {
  /** 84. */
  readonly dedicatedFileName: string | null;
  /** 9F26. */
  readonly applicationCryptogram: string | null;
  /** 95. */
  readonly terminalVerificationResults: string | null;
  /** 9B. */
  readonly transactionStatusInformation: string | null;
  /** Kind of the cryptogram, from 9F27. */
  readonly cryptogramType: "aac" | "tc" | "arqc" | "unknown";
}

/** The card without its number. Owned by the caller. */
export interface CardFacts {
  /** Brand of the application that was used. */
  readonly brand: Brand;
  /** Last four digits of the PAN. */
  readonly last4: string;
  /** 1..12. */
  readonly expiryMonth: number;
  /** Four digits. */
  readonly expiryYear: number;
  /** The AID that named the brand, upper-case hex; empty when the message has none. */
  readonly aid: string;
  /** 50, or null. */
  readonly applicationLabel: string | null;
  /** 9F12 in the alphabet 9F11 names, or null. */
  readonly applicationPreferredName: string | null;
  /** Languages of the cardholder, best first, such as `["fr", "en"]`. */
  readonly preferredLocales: string[];
  /** How the card was read. */
  readonly readMethod: ReadMethod;
  /** How the cardholder was verified. */
  readonly cvm: CvmMethod;
  /** 16 bytes: HMAC of PAN and PAN sequence number under a key derived from the device key. */
  readonly cardHmac: Uint8Array;
  /** 16 bytes: HMAC of PAN, sequence number, ATC and cryptogram; the same sale, the same bytes. */
  readonly cardTransactionHmac: Uint8Array;
  /** For the receipt. */
  readonly receipt: ReceiptFacts;
}

/** The answer about one message. Rules 14 (limits) and 15 (seen before) are the engine's. */
export interface Decision {
  /** What to do. */
  readonly decision: Outcome;
  /** Why. */
  readonly code: DecisionCode;
  /** Where. */
  readonly explanation: DecisionExplanation;
  /** The card, when the message has one that can be read; also for most refusals. */
  readonly card: CardFacts | null;
}
