/** A card as a row shows it, for worlds in which all cards may look alike. @module */
import type { CardPresentDetails } from "../../../engine/payment.ts";

/** A Visa that was inserted. */
export const PLAIN_CARD: CardPresentDetails = {
  brand: "visa",
  last4: "0000",
  expiryMonth: 12,
  expiryYear: 2030,
  aid: "A0000000031010",
  applicationLabel: "VISA",
  applicationPreferredName: null,
  preferredLocales: [],
  readMethod: "contact_emv",
  cvm: "offline_pin",
  receipt: {
    dedicatedFileName: "A0000000031010",
    applicationCryptogram: null,
    terminalVerificationResults: null,
    transactionStatusInformation: null,
    cryptogramType: "tc",
  },
};
