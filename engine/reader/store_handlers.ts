/**
 * The store messages, on the reader's side of the link.
 *
 * Owns: which message asks for what, and which of them concern a customer. What they do is the
 * store's business (`reader_store.ts`).
 * @module
 */
import { MESSAGE } from "./messages.ts";
import { decodePayload } from "./payload.ts";
import type { Interaction } from "./reader_server.ts";
import * as store from "./store_messages.ts";

/** A smart reader's store, as its link uses it. */
export interface StoreHandlers {
  status(): store.StoreStatus;
  forwardNow(request: store.ForwardNowRequest): void;
  list(request: store.StoreListRequest): store.StoreListResult;
  sale(
    request: store.SaleMessage,
    interaction: Interaction,
  ): Promise<store.StoredPayment>;
  find(request: store.FindRequest): Promise<store.FindResult>;
  /** Calls `onEvent` for every change until the returned function is called. */
  subscribe(onEvent: (event: store.StoreEvent) => void): () => void;
}

/** What a store message asks for. */
export type StoreRequest =
  /** Answered at once. */
  | { kind: "call"; run(): object }
  /** Answered when it is done; other requests go on meanwhile. */
  | { kind: "wait"; run(): Promise<object> }
  /** A customer is involved: one at a time, with a deadline. */
  | {
    kind: "interact";
    deadlineMs: number;
    run(use: Interaction): Promise<object>;
  }
  /** Events wanted, or no longer. */
  | { kind: "subscribe"; isOn: boolean };

/**
 * Reads a store message; null when `type` is none.
 *
 * @throws {HoldfastError} `READER_BAD_MESSAGE`.
 */
export function readStoreRequest(
  type: number,
  payload: Uint8Array,
  handlers: StoreHandlers,
): StoreRequest | null {
  switch (type) {
    case MESSAGE.STORE_STATUS:
      decodePayload(payload, store.NO_FIELDS);
      return { kind: "call", run: () => handlers.status() };
    case MESSAGE.STORE_FORWARD_NOW: {
      const request = decodePayload(payload, store.FORWARD_NOW_REQUEST);
      const run = (): object => {
        handlers.forwardNow(request);
        return {};
      };
      return { kind: "call", run };
    }
    case MESSAGE.STORE_LIST: {
      const request = decodePayload(payload, store.STORE_LIST_REQUEST);
      return { kind: "call", run: () => handlers.list(request) };
    }
    case MESSAGE.STORE_SUBSCRIBE: {
      const { isOn } = decodePayload(payload, store.SUBSCRIBE_REQUEST);
      return { kind: "subscribe", isOn };
    }
    case MESSAGE.STORE_SALE: {
      const request = decodePayload(payload, store.SALE_REQUEST);
      const { deadlineMs } = request;
      return {
        kind: "interact",
        deadlineMs,
        run: (use) => handlers.sale(request, use),
      };
    }
    case MESSAGE.STORE_FIND: {
      const request = decodePayload(payload, store.FIND_REQUEST);
      return { kind: "wait", run: () => handlers.find(request) };
    }
    default:
      return null;
  }
}
