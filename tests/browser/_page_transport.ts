/**
 * A transport that lives in a page, for tests that run outside of it.
 * @module
 */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { failure } from "../../engine/errors.ts";
import type { ByteTransport } from "../../engine/ports.ts";
import { Delivery } from "../../engine/reader/delivery.ts";

/** The page's end of the link. */
export class PageTransport implements ByteTransport {
  readonly #page: Page;
  readonly #delivery = new Delivery();

  private constructor(page: Page) {
    this.#page = page;
  }

  /** Takes over a page whose script calls `heard` and `ended`; `onEnd` is told of the end too. */
  static async of(page: Page, onEnd: () => void): Promise<PageTransport> {
    const transport = new PageTransport(page);
    const delivery = transport.#delivery;
    await page.exposeFunction(
      "heard",
      (bytes: number[]) => delivery.bytes(Uint8Array.from(bytes)),
    );
    await page.exposeFunction("ended", () => {
      delivery.end();
      onEnd();
    });
    return transport;
  }

  /** @inheritdoc */
  async send(bytes: Uint8Array): Promise<void> {
    const code = await this.#page.evaluate(`reader.send([${bytes.join()}])`);
    if (code === null) return;
    assert.equal(code, "READER_DISCONNECTED");
    throw failure("READER_DISCONNECTED", "the page's transport says so");
  }

  /** @inheritdoc */
  receive(
    onBytes: (bytes: Uint8Array) => void,
    onClose: (reason?: Error) => void,
  ): void {
    this.#delivery.receive(onBytes, onClose);
    void this.#page.evaluate("reader.receive()");
  }

  /** @inheritdoc */
  close(): void {
    this.#page.evaluate("reader.close()").catch(() => {
      // The browser of a finished test is closed.
    });
  }
}
