/**
 * Rows about enabling, connecting and the steps of a sale.
 * @see https://docs.stripe.com/terminal/features/operate-offline/collect-card-payments
 * @see https://docs.stripe.com/terminal/fleet/offline-mode
 * @module
 */
import { differs, missing, type ParitySection, shown } from "./row.ts";

const LOCATION = "hosts/location";
const READERS = "hosts/reader_connection";
const OFFLINE = "hosts/terminal_offline";

/** Enabling, connecting, selling. */
export const FLOW_SECTIONS: readonly ParitySection[] = [
  {
    title: "Enabling offline mode",
    rows: [
      shown(
        "Off until the Location's configuration has `offline.enabled`",
        [
          LOCATION,
          "connectReader() online fetches the Location, whose configuration enables offline mode",
        ],
        [
          LOCATION,
          "offline mode stays off until the Location's configuration enables it and it is fetched",
        ],
      ),
      shown(
        "A change takes effect after reconnecting the reader",
        [
          LOCATION,
          "offline mode stays off until the Location's configuration enables it and it is fetched",
        ],
      ),
      shown(
        "Location and configuration are cached and reused offline",
        [
          LOCATION,
          "openTerminal() without a network uses the Location that was kept",
        ],
      ),
      differs(
        "Only Stripe's configuration enables it",
        "the app may also say so itself; shops without Stripe Locations need that",
        [
          LOCATION,
          "offline.isEnabled of the app decides over the Location's configuration",
        ],
      ),
      differs(
        "The SDK initialises offline, but calls its token provider, which fails",
        "there is no token at all; opening sends nothing",
        [
          LOCATION,
          "openTerminal() needs no network and no token, on a device that was never online",
        ],
      ),
      shown(
        "A listener added late misses nothing that the store still knows",
        [
          OFFLINE,
          "addEventListener() after the outcome still hears of it, once",
        ],
      ),
    ],
  },
  {
    title: "Discovering and connecting",
    rows: [
      shown(
        "Mobile reader offline: one of its type online at this Location within 30 days",
        [
          READERS,
          "connectReader() offline of an unseen mobile reader is allowed when its type was seen here",
        ],
        [
          READERS,
          "connectReader() offline of a mobile reader ends 30 days after the last online connection",
        ],
      ),
      differs(
        "Smart reader offline: 30 days or 24 hours, depending on the page",
        "24 hours and the same reader: the shorter window never lets through what Stripe would refuse; the same local network is not checked, the connection itself shows it",
        [
          READERS,
          "connectReader() offline of a smart reader needs that very reader within 24 hours",
        ],
      ),
      shown(
        "`READER_CONNECTION_NOT_AVAILABLE_OFFLINE`: no online connection of the type",
        [
          READERS,
          "connectReader() offline of a reader type never seen throws READER_CONNECTION_NOT_AVAILABLE_OFFLINE",
        ],
      ),
      shown(
        "`LOCATION_CONNECTION_NOT_AVAILABLE_OFFLINE`: another Location",
        [
          READERS,
          "connectReader() offline at another Location throws LOCATION_CONNECTION_NOT_AVAILABLE_OFFLINE",
        ],
      ),
      shown(
        "`NO_LAST_SEEN_ACCOUNT`: never activated online",
        [
          READERS,
          "connectReader() offline on a device that was never online throws NO_LAST_SEEN_ACCOUNT",
        ],
      ),
      shown(
        "Not connected to the internet while offline mode is off",
        [
          READERS,
          "connectReader() offline while offline mode is off throws STRIPE_API_CONNECTION_ERROR",
        ],
      ),
      shown(
        "An update required for offline refuses an offline connection; an ordinary one does not",
        [
          READERS,
          "connectReader() offline of a reader whose update is required for offline is refused",
        ],
        [
          READERS,
          "connectReader() offline of a reader with an ordinary update goes on",
        ],
      ),
      shown(
        "Pairing unseen readers offline can be switched off (iOS 2873)",
        [
          READERS,
          "connectReader() offline of an unseen reader is refused where unseen readers are not allowed",
        ],
      ),
      shown(
        "`READER_MISSING_ENCRYPTION_KEYS`",
        [
          READERS,
          "connectReader() of a reader without keys throws READER_MISSING_ENCRYPTION_KEYS",
        ],
      ),
      shown(
        "Internet discovery has a timeout and falls back to readers known offline",
        [
          READERS,
          "discoverReaders() lists registered readers online and remembered ones offline",
        ],
        [
          READERS,
          "discoverReaders() ends at its deadline and by its signal, whatever the source does",
        ],
      ),
      shown(
        "A mobile reader reboots after 24 hours of uptime",
        [
          "unit/engine/reader_simulated_device",
          "SimulatedReader restarts a mobile reader after 24 hours of uptime",
        ],
        [
          "unit/engine/reader_life",
          "ReaderClient.reboot() begins the 24 hours anew",
        ],
        [
          "unit/engine/reader_life",
          "SimulatedReader's security restart ends a collect, and the next connection takes the card",
        ],
      ),
      shown(
        "A smart reader stores and forwards by itself",
        [
          "hosts/smart_reader",
          "a smart reader forwards by itself while no point of sale is there",
        ],
      ),
      shown(
        "A smart reader may restart with stored payments, and the point of sale reconnects",
        [
          "hosts/smart_reader",
          "a smart reader killed mid-sale again and again loses and doubles nothing",
        ],
        [
          "hosts/smart_reader",
          "SmartReader.onEvent() tells of outcomes, of the status and of coming back",
        ],
      ),
      missing(
        "Bluetooth, USB and Tap to Pay readers of Stripe's own",
        "their link protocols are not public; simulated readers speak our open protocol",
      ),
    ],
  },
];
