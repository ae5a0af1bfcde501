/**
 * Settings of the drain.
 *
 * Owns: every default of the forwarder's loop that an app may change.
 * @module
 */

/** Settings of the drain. */
export interface ForwarderOptions {
  /** Milliseconds between probes while offline, before jitter doubles and caps it. @default 500 */
  probeDelayMsMin: number;
  /** Longest wait between probes. @default 30_000 */
  probeDelayMsMax: number;
  /** Milliseconds a probe may take. @default 5_000 */
  probeDeadlineMs: number;
  /** Calls in a row without any answer after which the connection counts as gone. @default 4 */
  silentCallsMax: number;
  /**
   * After an outage the drain starts at a random moment of this many milliseconds, so that the
   * devices of a region do not start in the same second. @default 5_000
   */
  reconnectSpreadMs: number;
}

/** The settings used where the app gives none. */
export const DEFAULT_FORWARDER_OPTIONS: ForwarderOptions = {
  probeDelayMsMin: 500,
  probeDelayMsMax: 30_000,
  probeDeadlineMs: 5_000,
  silentCallsMax: 4,
  reconnectSpreadMs: 5_000,
};
