/**
 * Several tabs over one store, with the browser's own parts faked: Workers, their locks, and the
 * channel between them. Everything that crosses is cloned, as a browser does.
 * @module
 */
import {
  type Approver,
  createInProcessPair,
  failure,
  type HoldfastError,
  type Terminal,
} from "../../engine/mod.ts";
import type { PageOptions } from "../../hosts/browser/page_options.ts";
import { PageTerminal } from "../../hosts/browser/page_terminal.ts";
import type { Envelope, ToPage } from "../../hosts/browser/protocol.ts";
import { Seat } from "../../hosts/browser/seat.ts";
import type { WorkerLink } from "../../hosts/browser/worker_link.ts";
import type { Shop } from "./shop.ts";

/** Opens the terminal when it is the tab's turn. */
export type Open = (approve: Approver) => Promise<Terminal>;

interface FakeWorker {
  seat: Seat;
  gone: Promise<void>;
  /** The Worker dies: it says and hears nothing any more. */
  die(): void;
}

/** What tabs of one origin share: a broadcast channel and one lock. */
export class Origin {
  readonly workers = new Map<string, FakeWorker>();
  readonly pages = new Map<string, PageTerminal>();
  /** What went over the channel. */
  readonly envelopes: Envelope[] = [];
  /** Tabs that are not played, such as one of another release, with their ends. */
  readonly strangers = new Map<string, Promise<void>>();
  #last: Promise<unknown> = Promise.resolve();

  /** Opens a tab whose page is made with `options`. */
  openTab(tab: string, open: Open, options: PageOptions = {}): PageTerminal {
    const page = new PageTerminal(this.startWorker(tab, open, false), options);
    this.pages.set(tab, page);
    return page;
  }

  /** Starts a Worker; `isAgain`: for a page whose Worker died. */
  startWorker(tab: string, open: Open, isAgain: boolean): WorkerLink {
    let toPage: (message: ToPage) => void = () => {};
    let onDeath: (error: HoldfastError) => void = () => {};
    let onGone = (): void => {};
    const gone = new Promise<void>((resolve) => onGone = resolve);
    const isDead = (): boolean => this.workers.get(tab)?.seat !== seat;
    const seat = new Seat({
      tab,
      open,
      lock: (lead) => {
        const turn = this.#last.then(() => isDead() ? undefined : lead());
        this.#last = turn.catch(() => {});
        return turn;
      },
      whenGone: (other) =>
        this.workers.get(other)?.gone ?? this.strangers.get(other) ??
          Promise.resolve(),
      broadcast: (envelope) => this.broadcast(envelope),
      toPage: (message) => {
        const copy = structuredClone(message);
        queueMicrotask(() => isDead() || toPage(copy));
      },
    }, isAgain);
    const die = (): void => {
      this.workers.delete(tab);
      onGone();
      const error = failure("WORKER_GONE", "the Worker was ended");
      queueMicrotask(() => onDeath(error));
    };
    this.workers.set(tab, { seat, gone, die });
    seat.take().catch(() => {});
    return {
      post: (message) => {
        const copy = structuredClone(message);
        queueMicrotask(() => isDead() || seat.onPage(copy));
      },
      listen: (onMessage, onEnd): void => {
        toPage = onMessage;
        onDeath = onEnd;
      },
      end: async (): Promise<void> => {
        onDeath = (): void => {};
        await seat.leave();
        die();
      },
    };
  }

  /** The tab is closed in order. */
  async close(tab: string): Promise<void> {
    const page = this.pages.get(tab);
    this.pages.delete(tab);
    await page?.close();
  }

  /** The tab's Worker dies without closing anything; only its locks and its store are free. */
  async crash(tab: string): Promise<void> {
    const { seat, die } = this.workers.get(tab)!;
    die();
    await seat.leave();
  }

  /** Posts to every tab but the one it comes from; a dead tab says nothing. */
  broadcast(envelope: Envelope): void {
    if (!this.workers.has(envelope.from)) return;
    this.envelopes.push(structuredClone(envelope));
    for (const [tab, { seat }] of this.workers) {
      if (tab === envelope.from) continue;
      const copy = structuredClone(envelope);
      queueMicrotask(() =>
        this.workers.get(tab)?.seat === seat && seat.onEnvelope(copy)
      );
    }
  }
}

/** Connects the shop's own reader to a page. */
export async function connectShopReader(
  shop: Shop,
  page: PageTerminal,
): Promise<void> {
  const [pos, reader] = createInProcessPair();
  void shop.reader.serve(reader);
  await page.connectReader(pos);
}

/** Sells through a page; returns the local id of what is stored. */
export async function sellAt(
  shop: Shop,
  page: PageTerminal,
  amount: number,
): Promise<string> {
  shop.reader.enqueue("visa");
  const created = await page.createPaymentIntent({ amount, currency: "usd" });
  const collected = await page.collectPaymentMethod(created);
  const { localId } = await page.confirmPaymentIntent(collected);
  return localId;
}
