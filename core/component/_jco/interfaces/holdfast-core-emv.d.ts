/** @module Interface holdfast:core/emv@0.1.0 **/
export function decide(message: Uint8Array, sale: Sale, terminal: Terminal): Decision;
export function decideBatch(offers: Array<Offer>, terminal: Terminal): Array<Decision>;
export function aidBrand(aid: Uint8Array): Brand;
export function networkRefusal(brand: Brand, country: number): DecisionCode | undefined;
export type Source = import('./holdfast-core-tlv.d.ts').Source;
export type TlvError = import('./holdfast-core-tlv.d.ts').TlvError;
/**
 * # Variants
 *
 * ## `"unknown"`
 *
 * ## `"visa"`
 *
 * ## `"mastercard"`
 *
 * ## `"amex"`
 *
 * ## `"discover"`
 *
 * ## `"jcb"`
 *
 * ## `"unionpay"`
 *
 * ## `"maestro"`
 *
 * ## `"eftpos-au"`
 *
 * ## `"cartes-bancaires"`
 *
 * ## `"girocard"`
 *
 * ## `"interac"`
 *
 * ## `"us-common-debit"`
 *
 * ## `"debit-network-alliance"`
 *
 * ## `"dankort"`
 *
 * ## `"rupay"`
 *
 * ## `"mir"`
 *
 * ## `"verve"`
 *
 * ## `"meeza"`
 *
 * ## `"bancomat"`
 *
 * ## `"bankaxept"`
 */
export type Brand = 'unknown' | 'visa' | 'mastercard' | 'amex' | 'discover' | 'jcb' | 'unionpay' | 'maestro' | 'eftpos-au' | 'cartes-bancaires' | 'girocard' | 'interac' | 'us-common-debit' | 'debit-network-alliance' | 'dankort' | 'rupay' | 'mir' | 'verve' | 'meeza' | 'bancomat' | 'bankaxept';
export interface Brands {
  unknown?: boolean,
  visa?: boolean,
  mastercard?: boolean,
  amex?: boolean,
  discover?: boolean,
  jcb?: boolean,
  unionpay?: boolean,
  maestro?: boolean,
  eftposAu?: boolean,
  cartesBancaires?: boolean,
  girocard?: boolean,
  interac?: boolean,
  usCommonDebit?: boolean,
  debitNetworkAlliance?: boolean,
  dankort?: boolean,
  rupay?: boolean,
  mir?: boolean,
  verve?: boolean,
  meeza?: boolean,
  bancomat?: boolean,
  bankaxept?: boolean,
}
/**
 * # Variants
 *
 * ## `"never"`
 *
 * ## `"always"`
 *
 * ## `"approvals"`
 */
export type DefaultCodes = 'never' | 'always' | 'approvals';
export interface Terminal {
  country: number,
  livemode: boolean,
  source: Source,
  deviceKey: Uint8Array,
  allowedBrands?: Brands,
  defaultCodes: DefaultCodes,
  tacDenial: bigint,
  tacDefault: bigint,
  tacOnline: bigint,
}
export interface Sale {
  amountMinor: bigint,
  currency: number,
  transactionType: number,
  online: boolean,
  nowMs: bigint,
  highWaterMs: bigint,
}
export interface Offer {
  message: Uint8Array,
  sale: Sale,
}
/**
 * # Variants
 *
 * ## `"refused"`
 *
 * ## `"deferred"`
 *
 * ## `"offline-approved"`
 *
 * ## `"online-only"`
 */
export type Outcome = 'refused' | 'deferred' | 'offline-approved' | 'online-only';
/**
 * # Variants
 *
 * ## `"accepted"`
 *
 * ## `"emv-malformed"`
 *
 * ## `"pin-block-present"`
 *
 * ## `"emv-mismatch"`
 *
 * ## `"swipe-or-manual"`
 *
 * ## `"card-declined"`
 *
 * ## `"cryptogram-unknown"`
 *
 * ## `"network-not-offline"`
 *
 * ## `"interac-not-supported"`
 *
 * ## `"brand-not-allowed"`
 *
 * ## `"test-card-in-livemode"`
 *
 * ## `"data-missing"`
 *
 * ## `"expired"`
 *
 * ## `"not-effective"`
 *
 * ## `"service-not-allowed"`
 *
 * ## `"auth-failed"`
 *
 * ## `"exception-file"`
 *
 * ## `"cvm-failed"`
 *
 * ## `"online-pin"`
 *
 * ## `"sca-required"`
 *
 * ## `"iac-denied"`
 *
 * ## `"iac-default"`
 */
export type DecisionCode = 'accepted' | 'emv-malformed' | 'pin-block-present' | 'emv-mismatch' | 'swipe-or-manual' | 'card-declined' | 'cryptogram-unknown' | 'network-not-offline' | 'interac-not-supported' | 'brand-not-allowed' | 'test-card-in-livemode' | 'data-missing' | 'expired' | 'not-effective' | 'service-not-allowed' | 'auth-failed' | 'exception-file' | 'cvm-failed' | 'online-pin' | 'sca-required' | 'iac-denied' | 'iac-default';
export interface Risk {
  serviceCodeOnline?: boolean,
  topLevelPadding?: boolean,
  longLength?: boolean,
  noUsageControl?: boolean,
  noCvmResults?: boolean,
  onlinePreferred?: boolean,
  clockBehind?: boolean,
}
export interface Bit {
  byte: number,
  mask: number,
}
export interface Span {
  offset: number,
  length: number,
}
export interface CardHmacs {
  card: Uint8Array,
  transaction: Uint8Array,
}
export interface Card {
  last4: string,
  expiryMonth: number,
  expiryYear: number,
  codeTable: number,
  entryMode?: number,
  cvm?: number,
  cid?: number,
  aid: Span,
  label: Span,
  preferredName: Span,
  languages: Span,
  dfName: Span,
  cryptogram: Span,
  tvr: Span,
  tsi: Span,
  hmacs?: CardHmacs,
}
export interface Decision {
  outcome: Outcome,
  code: DecisionCode,
  rule: number,
  tag?: number,
  offset?: number,
  bit?: Bit,
  status?: TlvError,
  risk: Risk,
  brand: Brand,
  card?: Card,
}
/**
 * # Variants
 *
 * ## `"amount-minor"`
 *
 * ## `"currency"`
 *
 * ## `"country"`
 *
 * ## `"now-ms"`
 *
 * ## `"high-water-ms"`
 *
 * ## `"device-key"`
 *
 * ## `"action-code"`
 */
export type RequestField = 'amount-minor' | 'currency' | 'country' | 'now-ms' | 'high-water-ms' | 'device-key' | 'action-code';
export type DecideError = DecideErrorBadRequest | DecideErrorMessageTooLong;
export interface DecideErrorBadRequest {
  tag: 'bad-request',
  val: RequestField,
}
export interface DecideErrorMessageTooLong {
  tag: 'message-too-long',
}
export interface BatchError {
  index: number,
  error: DecideError,
}
