/**
 * What a reader says by itself, handed to the app.
 *
 * Owns: the shape of reader events and that a listener's bug never breaks the link.
 * @module
 */
import type { HoldfastError } from "../errors.ts";
import type { Frame } from "./frame.ts";
import * as schemas from "./message_schemas.ts";
import {
  MESSAGE,
  type Prompt,
  type ReaderStatus,
  type RebootingEvent,
  type UpdateRequiredEvent,
} from "./messages.ts";
import { decodePayload } from "./payload.ts";
import { STORE_EVENT, type StoreEvent } from "./store_messages.ts";

/** Something a reader says by itself. */
export type ReaderEvent =
  | { kind: "prompt"; prompt: Prompt }
  | { kind: "status"; status: ReaderStatus }
  | { kind: "update_required"; update: UpdateRequiredEvent }
  | { kind: "rebooting"; reason: RebootingEvent["reason"] }
  /** Something changed in the reader's own store. */
  | { kind: "store"; event: StoreEvent }
  /** The reader broke a rule of the protocol; the connection goes on. */
  | { kind: "protocol_error"; error: HoldfastError }
  /** The last event; every later call rejects with this error. */
  | { kind: "disconnected"; error: HoldfastError };

/** Turns event messages into {@link ReaderEvent}s and hands them to the listeners. */
export class ReaderEvents {
  readonly #handlers = new Set<(event: ReaderEvent) => void>();

  /** Calls `handler` from now on; returns a function that stops it. */
  listen(handler: (event: ReaderEvent) => void): () => void {
    this.#handlers.add(handler);
    return () => this.#handlers.delete(handler);
  }

  /** Hands `event` to every listener, in order. */
  emit(event: ReaderEvent): void {
    for (const handler of [...this.#handlers]) {
      try {
        handler(event);
      } catch (error) {
        // As EventTarget does: the app's bug is reported as uncaught, the link goes on.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  /** Decodes an event message and emits it. */
  onFrame(frame: Frame): void {
    try {
      const event = toEvent(frame);
      if (event) this.emit(event);
    } catch (error) {
      this.emit({ kind: "protocol_error", error: error as HoldfastError });
    }
  }
}

function toEvent({ type, payload }: Frame): ReaderEvent | null {
  switch (type) {
    case MESSAGE.PROMPT:
      return {
        kind: "prompt",
        prompt: decodePayload(payload, schemas.PROMPT_EVENT).prompt,
      };
    case MESSAGE.STATUS_CHANGED:
      return {
        kind: "status",
        status: decodePayload(payload, schemas.READER_STATUS),
      };
    case MESSAGE.UPDATE_REQUIRED:
      return {
        kind: "update_required",
        update: decodePayload(payload, schemas.UPDATE_REQUIRED_EVENT),
      };
    case MESSAGE.REBOOTING:
      return {
        kind: "rebooting",
        reason: decodePayload(payload, schemas.REBOOTING_EVENT).reason,
      };
    case MESSAGE.STORE_EVENT:
      return { kind: "store", event: decodePayload(payload, STORE_EVENT) };
    default:
      return null;
  }
}
