/**
 * What each reader model can do, and the terminal data objects that follow from it.
 *
 * Owns: one row per model of Stripe's offline table. The EMV values are those of a terminal with
 * these abilities, not of the vendor's certified kernel.
 * @see https://docs.stripe.com/terminal/features/operate-offline/overview
 * @module
 */
import type { DeviceType, ReaderCapabilities } from "./messages.ts";

/** One reader model. */
export interface SimulatedDevice {
  readonly serialPrefix: string;
  readonly softwareVersion: string;
  readonly capabilities: ReaderCapabilities;
  /** EMV tag 9F33: PIN, "no CVM", SDA, DDA and CDA as the model has them. */
  readonly terminalCapabilities: string;
}

const MOBILE: ReaderCapabilities = {
  canStoreAndForward: false,
  canOfflinePin: false,
  canOnlinePin: false,
  canContactless: true,
  canSwipe: true,
  canTipOnReader: false,
  canCollectInputs: false,
  canDisplay: false,
  canRunApps: false,
};

const SMART: ReaderCapabilities = {
  canStoreAndForward: true,
  canOfflinePin: true,
  canOnlinePin: true,
  canContactless: true,
  canSwipe: true,
  canTipOnReader: true,
  canCollectInputs: true,
  canDisplay: true,
  canRunApps: true,
};

/** EMV 4.4 Book 4 Annex A2: magnetic stripe and contact; no CVM only; SDA, DDA, CDA. */
const WITHOUT_PIN = "6008c8";
/** As above, with plaintext, enciphered and online PIN. */
const WITH_PIN = "60d8c8";

/** Every model the simulator plays. */
export const SIMULATED_DEVICES: Readonly<Record<DeviceType, SimulatedDevice>> =
  {
    chipper_2x: {
      serialPrefix: "CHB20",
      softwareVersion: "1.00.03.34-SZZZ_Generic_v45-30001",
      capabilities: MOBILE,
      terminalCapabilities: WITHOUT_PIN,
    },
    stripe_m2: {
      serialPrefix: "STRM2",
      softwareVersion: "2.01.00.28-M2_v12-30001",
      capabilities: MOBILE,
      terminalCapabilities: WITHOUT_PIN,
    },
    wisepad_3: {
      serialPrefix: "WPC32",
      softwareVersion: "4.01.00.42-WP3_v26-30001",
      capabilities: {
        ...MOBILE,
        canOfflinePin: true,
        canOnlinePin: true,
        canDisplay: true,
      },
      terminalCapabilities: WITH_PIN,
    },
    stripe_s700: {
      serialPrefix: "S7000",
      softwareVersion: "2.31.7.0",
      capabilities: SMART,
      terminalCapabilities: WITH_PIN,
    },
    wisepos_e: {
      serialPrefix: "WSC51",
      softwareVersion: "2.31.7.0",
      capabilities: SMART,
      terminalCapabilities: WITH_PIN,
    },
  };
