/**
 * The choices a kernel makes between a card and a payment.
 *
 * Owns: which application is selected and how the holder is verified; both follow from the card,
 * the reader and the request alone.
 * @see EMV 4.4 Book 1 §12.4 (application selection); Book 3 §10.5 (cardholder verification)
 * @module
 */
import { failure } from "../errors.ts";
import type { CollectMessage, ReaderCapabilities } from "./messages.ts";
import type {
  CardCvm,
  SimulatedApplication,
  SimulatedCard,
} from "./simulated_cards.ts";

/**
 * The European Economic Area: EU 27 with Iceland, Liechtenstein and Norway; not the United
 * Kingdom, not Switzerland.
 */
const EEA = "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL " +
  "PT RO SK SI ES SE IS LI NO";

/** Whether a card must be inserted and its PIN entered when it is read offline. */
export function isInEea(alpha2: string): boolean {
  return EEA.split(" ").includes(alpha2);
}

/**
 * Application selection: the card's order, without what is blocked; offline a co-badged card
 * uses its international scheme, because the cryptogram binds the choice.
 */
export function selectApplication(
  card: SimulatedCard,
  { isOffline, blockedAids = [] }: CollectMessage,
): SimulatedApplication {
  const prefixes = blockedAids.map((aid) =>
    [...aid].map((byte) => byte.toString(16).padStart(2, "0")).join("")
  );
  const candidates = card.applications.filter(({ aid }) =>
    !prefixes.some((prefix) => aid.startsWith(prefix))
  );
  const preferred = isOffline
    ? candidates.find(({ isInternational }) => isInternational)
    : undefined;
  const selected = preferred ?? candidates[0];
  if (selected === undefined) {
    throw failure(
      "READER_NO_COMMON_APPLICATION",
      "every application of the card is blocked",
    );
  }
  return selected;
}

/** What the kernel gets from the CVM list, given what this reader can do. */
export function verifyHolder(
  card: SimulatedCard,
  method: "insert" | "tap",
  request: CollectMessage,
  { canOfflinePin, canOnlinePin }: ReaderCapabilities,
): CardCvm {
  if (method === "tap") return "none";
  // Every European chip card that does not insist on an online PIN has an offline one.
  const wanted = card.cvm === "none" && isInEea(request.terminalCountry)
    ? "offline_pin"
    : card.cvm;
  if (wanted === "offline_pin" && canOfflinePin) return "offline_pin";
  if (wanted === "online_pin" && canOnlinePin) return "online_pin";
  return "none";
}
