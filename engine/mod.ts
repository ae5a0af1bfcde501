/**
 * Holdfast: card payments while the internet is down, forwarded exactly once.
 *
 * This entry is runtime neutral: it takes its store, clock, randomness, keys, network and gateway
 * as ports. Most apps use `/deno`, `/node` or `/browser`, which bring them.
 * @module
 */
export type { DecisionPolicy } from "../bindings/mod.ts";
export { type Core, loadCore } from "../bindings/mod.ts";
export type { Approval, ApprovalRequest, Approver } from "./approval.ts";
export * from "./backend.ts";
export type { BatchResult, Reading } from "./batch.ts";
export { type DailyClose, dailyCloseText } from "./daily_close.ts";
export type { OfflineConnectable } from "./eligibility.ts";
export * from "./errors.ts";
export * from "./events.ts";
export * from "./gateway.ts";
export type * from "./offered_intent.ts";
export { formatAmount, formatTime } from "./format.ts";
export type {
  CreatePaymentIntentParams,
  PaymentIntent,
  UpdatePaymentIntentParams,
} from "./intents.ts";
export {
  type BrandLimits,
  DEFAULT_LIMITS,
  type OfflineLimits,
} from "./limits.ts";
export { createOpener, type Opener, type RecipientKey } from "./opener.ts";
export * from "./payment.ts";
export * from "./ports.ts";
export type { PrivateJwk } from "./private_jwk.ts";
export * from "./reader/mod.ts";
export {
  type ConnectionType,
  type DiscoveredReader,
  type DiscoveryRequest,
  internetReaders,
  type ReaderSource,
} from "./reader_source.ts";
export type { OfflineObstacle, OfflineReadiness } from "./readiness.ts";
export {
  type Receipt,
  type ReceiptField,
  receiptHtml,
  type ReceiptMerchant,
  receiptOf,
  receiptText,
} from "./receipt.ts";
export type { CollectOptions, ConfirmOptions } from "./sales.ts";
export type {
  ExportOptions,
  HandoverInfo,
  ImportOptions,
  ImportReport,
  StoredExport,
} from "./handover/transfer.ts";
export type { BackupSink } from "./backup.ts";
export {
  SealSuite2,
  type Suite2KeyPair,
  type Suite2Recipient,
  type Suite2Recipients,
} from "./seal_suite2.ts";
export type {
  SimulatedOfflineMode,
  SimulatedOfflineModes,
} from "./simulated_offline.ts";
export type { CallOptions, StepOptions } from "./step_limit.ts";
export type { Activity, ActivityCheck } from "./store/activity.ts";
export type { ChainAnchor, CloseTotal } from "./store/day_book.ts";
export type { CachedLocation } from "./store/locations.ts";
export type { CurrencyTotal, PaymentFilter } from "./store/payments.ts";
export type { ReconcileOptions } from "./reconcile/reconcile.ts";
export type { Disagreement, ReconciliationReport } from "./reconcile/report.ts";
export type { RememberedReader } from "./store/reader_history.ts";
export type { OpenTotal, ReaderTotal } from "./store/stored_risk.ts";
export { createCardPresentGateway } from "./stripe/card_present_gateway.ts";
export {
  createReportGateway,
  type PaymentReport,
  type ReportOptions,
  reportPayment,
  type ReportResult,
} from "./stripe/report_gateway.ts";
export {
  createTerminalTestGateway,
  type TerminalTestOptions,
} from "./stripe/terminal_test_gateway.ts";
export { createTerminalBackend } from "./stripe/terminal_backend.ts";
export { openTerminal, Terminal } from "./terminal.ts";
export type { ShownReader } from "./terminal_base.ts";
export type { TerminalConfiguration } from "./terminal_configuration.ts";
export type { TerminalPorts } from "./terminal_ports.ts";
export {
  DEFAULT_RETRY_POLICY,
  type RetryPolicy,
} from "./forward/retry_policy.ts";
export type { ClosingCapture } from "./forward/capture_alarm.ts";
export type { ForwarderOptions } from "./forward/forwarder.ts";
export type { Recipient } from "./vault.ts";
