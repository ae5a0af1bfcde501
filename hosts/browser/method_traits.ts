/**
 * What is known of a terminal's methods when the terminal changes under a call.
 *
 * Owns: which calls may simply be made again, and which a new terminal has to be told of.
 * @module
 */

/** Calls that change no payment: a new leader, or a new Worker, is simply asked again. */
export const REPEATABLE: ReadonlySet<string> = new Set([
  "canOperateOffline",
  "connectedReader",
  "connectReader",
  // What a leader that is gone may have left at Stripe is never confirmed: nobody has its local
  // id, and reconciling cancels it.
  "createPaymentIntent",
  "createSetupIntent",
  "dailyCloses",
  "disconnectReader",
  "discoveryRequest",
  "exportAgain",
  "forwardNow",
  "getPayment",
  "listHandovers",
  "listPayments",
  "listRefunds",
  "location",
  "offlineStatus",
  "pauseForwarding",
  "probeNetwork",
  "readerStatus",
  "readerTotals",
  "receipt",
  "reconciliations",
  "refreshConfiguration",
  "resumeForwarding",
  "setReaderDisplay",
  "setSimulatedOfflineMode",
  "timeline",
  "verifyActivityLog",
]);

/** State that a terminal has in memory only, and that its page tells the next one: method, what. */
export const STICKY: Readonly<Record<string, string>> = {
  pauseForwarding: "forwarding",
  resumeForwarding: "forwarding",
  setSimulatedOfflineMode: "weather",
};
