/**
 * The rooms of one terminal, built once and in order.
 *
 * Owns: which part gets which. The terminal, its sales and its ledger share these and nothing
 * else; none of them constructs a part by itself.
 * @module
 */
import type { Core } from "../bindings/mod.ts";
import type { AcceptContext } from "./accept.ts";
import { settleCopy } from "./backup.ts";
import { Connection } from "./connection.ts";
import type { TerminalEventTarget } from "./events.ts";
import type { Gateway } from "./gateway.ts";
import type { ForwardContext } from "./forward/forward_payment.ts";
import { CardsAtHand } from "./forward/cards_at_hand.ts";
import { DEFAULT_FORWARDER_OPTIONS, Forwarder } from "./forward/forwarder.ts";
import { DEFAULT_RETRY_POLICY } from "./forward/retry_policy.ts";
import { withDefaults } from "./defaults.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { NetworkWatch } from "./network_watch.ts";
import { Settings } from "./settings.ts";
import { SimulatedOffline } from "./simulated_offline.ts";
import { ActivityLog, type Sign } from "./store/activity.ts";
import { Handovers } from "./store/handovers.ts";
import { Leases } from "./store/lease.ts";
import { Payments } from "./store/payments.ts";
import { ReaderHistory } from "./store/reader_history.ts";
import { Presentations } from "./store/presentations.ts";
import { migrate } from "./store/schema.ts";
import { Steps } from "./store/steps.ts";
import { StoredRisk } from "./store/stored_risk.ts";
import {
  DEFAULT_DEADLINES,
  DEFAULT_POLICY,
  type TerminalConfiguration,
} from "./terminal_configuration.ts";
import type { TerminalPorts } from "./terminal_ports.ts";
import { Vault } from "./vault.ts";

/** What a terminal is made of. */
export interface Rooms {
  ports: TerminalPorts;
  configuration: TerminalConfiguration;
  settings: Settings;
  history: ReaderHistory;
  handovers: Handovers;
  simulatedOffline: SimulatedOffline;
  accept: AcceptContext;
  forward: ForwardContext;
  forwarder: Forwarder;
  watch: NetworkWatch;
  connection: Connection;
}

/** Migrates the store, opens the chain and builds every part; nothing runs yet. */
export function buildRooms(
  ports: TerminalPorts,
  configuration: TerminalConfiguration,
  deviceKey: Uint8Array,
  events: TerminalEventTarget,
  onProgress: () => void,
): Rooms {
  const { core, database, clock, random } = ports;
  const { account } = configuration;
  const simulatedOffline = new SimulatedOffline(
    clock,
    random,
    account.isLivemode,
    configuration.simulatedOffline,
  );
  const gateway = simulatedOffline.gateway(ports.gateway);
  const backend = ports.backend === undefined
    ? null
    : simulatedOffline.backend(ports.backend);
  const shared = openShared(ports, configuration, deviceKey);
  const owner = { account: account.id, isLivemode: account.isLivemode };
  const settings = new Settings(database, clock, backend, configuration);
  const accept = acceptContext(shared, ports, configuration);
  const forward = forwardContext(shared, gateway, configuration);
  const forwarding = withDefaults(
    DEFAULT_FORWARDER_OPTIONS,
    configuration.forwarding,
  );
  const forwarder = new Forwarder(
    forward,
    core,
    simulatedOffline.network(ports.network),
    random,
    events,
    forwarding,
    onProgress,
  );
  return {
    ports: { ...ports, gateway },
    configuration,
    settings,
    history: new ReaderHistory(database, owner),
    handovers: new Handovers(database, shared.payments),
    simulatedOffline,
    accept,
    forward,
    forwarder,
    watch: new NetworkWatch(
      forwarder,
      clock,
      forwarding.probeDelayMsMin,
      forwarding.probeDelayMsMax,
    ),
    connection: new Connection(forwarder, clock, settings),
  };
}

/** What both sides of the store share. */
type Shared = Pick<
  AcceptContext,
  "database" | "clock" | "payments" | "activity" | "vault" | "atHand"
>;

/** Brings the store up to date and opens its chain. */
function openShared(
  { core, database, clock, random }: TerminalPorts,
  { account, recipient }: TerminalConfiguration,
  deviceKey: Uint8Array,
): Shared {
  migrate(database);
  const sign = signerOf(core, deviceKey);
  const activity = new ActivityLog(database, clock, sign);
  settleCopy(database, activity);
  const owner = { account: account.id, isLivemode: account.isLivemode };
  return {
    database,
    clock,
    payments: new Payments(database),
    activity,
    atHand: new CardsAtHand(),
    vault: Vault.open(
      core,
      database,
      clock,
      random,
      recipient,
      owner,
      deviceKey,
    ),
  };
}

function acceptContext(
  shared: Shared,
  { core, database }: TerminalPorts,
  { offline, location }: TerminalConfiguration,
): AcceptContext {
  return {
    ...shared,
    core,
    risk: new StoredRisk(database),
    limits: withDefaults(DEFAULT_LIMITS, offline?.limits),
    policy: withDefaults(DEFAULT_POLICY, offline?.policy),
    policyVersion: offline?.policyVersion ?? 1,
    terminalCountry: location.country,
  };
}

function forwardContext(
  shared: Shared,
  gateway: Gateway,
  { callDeadlineMs, declineRetry }: TerminalConfiguration,
): ForwardContext {
  const { database } = shared;
  return {
    ...shared,
    gateway,
    steps: new Steps(database),
    leases: new Leases(database),
    callDeadlineMs: callDeadlineMs ?? DEFAULT_DEADLINES.callDeadlineMs,
    presentAgain: {
      presentations: new Presentations(database),
      policy: withDefaults(DEFAULT_RETRY_POLICY, declineRetry),
    },
  };
}

/** The activity log's key is of its own, so that no other use of the device key can sign. */
function signerOf(core: Core, deviceKey: Uint8Array): Sign {
  const label = new TextEncoder().encode("holdfast/activity/1");
  const key = core.crypto.hkdfSha256(deviceKey, new Uint8Array(0), label, 32);
  return (message) => core.crypto.hmacSha256(key, message);
}
