/**
 * Readers: connecting to one and collecting a card.
 * @module
 */
export { createInProcessPair } from "./in_process_transport.ts";
export type {
  CollectInputsResult,
  CollectResult,
  ConfigureRequest,
  DeviceType,
  DisplayLine,
  DisplayRequest,
  InputKind,
  InputRequest,
  InputResult,
  OnlinePin,
  Prompt,
  ReaderCapabilities,
  ReaderInfo,
  ReaderStatus,
  ReadMethod,
  RebootingEvent,
  TipOptions,
  UpdateRequiredEvent,
} from "./messages.ts";
export {
  type CollectRequest,
  connectReader,
  type ConnectReaderOptions,
  ReaderClient,
} from "./reader_client.ts";
export type { ReaderEvent } from "./reader_events.ts";
export {
  decodePairing,
  encodePairing,
  MemoryPairingStore,
  type Pairing,
  type PairingStore,
} from "./pairing.ts";
export { openSession, pairReader, type PairReaderOptions } from "./session.ts";
export {
  type Admission,
  SessionGate,
  type SessionGateOptions,
} from "./session_gate.ts";
export type { SessionPorts } from "./session_handshake.ts";
export {
  type ListOptions,
  type Sale,
  SmartReader,
  type SmartReaderEvent,
  type SmartReaderOptions,
} from "./smart_reader.ts";
export type {
  StoredPayment,
  StoreEvent,
  StoreListResult,
  StoreStatus,
} from "./store_messages.ts";
