/**
 * The rooms of one terminal, built once and in order.
 *
 * Owns: which part gets which. The terminal, its sales and its ledger share these and nothing
 * else; none of them constructs a part by itself.
 * @module
 */
import type { AcceptContext } from "./accept.ts";
import { Connection } from "./connection.ts";
import type { TerminalEventTarget } from "./events.ts";
import type { ForwardContext } from "./forward/forward_payment.ts";
import { DEFAULT_FORWARDER_OPTIONS, Forwarder } from "./forward/forwarder.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { ActivityLog } from "./store/activity.ts";
import { Leases } from "./store/lease.ts";
import { Payments } from "./store/payments.ts";
import { migrate } from "./store/schema.ts";
import { Steps } from "./store/steps.ts";
import {
  DEFAULT_POLICY,
  type TerminalConfiguration,
} from "./terminal_configuration.ts";
import type { TerminalPorts } from "./terminal_ports.ts";
import { Vault } from "./vault.ts";

/** What a terminal is made of. */
export interface Rooms {
  ports: TerminalPorts;
  configuration: TerminalConfiguration;
  isOfflineEnabled: boolean;
  accept: AcceptContext;
  forward: ForwardContext;
  forwarder: Forwarder;
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
  const { core, database, clock, random, gateway } = ports;
  const { offline, recipient, location, account } = configuration;
  migrate(database);
  const owner = { account: account.id, isLivemode: account.isLivemode };
  const shared = {
    database,
    clock,
    payments: new Payments(database),
    activity: new ActivityLog(database, clock),
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
  const accept: AcceptContext = {
    ...shared,
    core,
    limits: { ...DEFAULT_LIMITS, ...offline?.limits },
    policy: { ...DEFAULT_POLICY, ...offline?.policy },
    policyVersion: offline?.policyVersion ?? 1,
    terminalCountry: location.country,
  };
  const forward: ForwardContext = {
    ...shared,
    gateway,
    steps: new Steps(database),
    leases: new Leases(database),
    callDeadlineMs: configuration.callDeadlineMs ?? 15_000,
  };
  const forwarder = new Forwarder(
    forward,
    core,
    ports.network,
    random,
    events,
    { ...DEFAULT_FORWARDER_OPTIONS, ...configuration.forwarding },
    onProgress,
  );
  const isOfflineEnabled = offline?.isEnabled ?? false;
  const connection = new Connection(forwarder, clock, isOfflineEnabled);
  return {
    ports,
    configuration,
    isOfflineEnabled,
    accept,
    forward,
    forwarder,
    connection,
  };
}
