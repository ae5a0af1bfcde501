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
