/**
 * Everything behind the register's screen: terminal, reader, shop, and in the demo the world.
 *
 * Owns: opening and closing them in order, and the asking of managers. It prints nothing; the
 * screen that is put in front says how a manager is asked.
 * @module
 */
import type {
  Approval,
  ApprovalRequest,
  Database,
  ReceiptMerchant,
  Terminal,
} from "../../engine/mod.ts";
import type { ServerTerminalOptions } from "../posix/terminal_options.ts";
import {
  type RegisterConfiguration,
  registerTerminalOptions,
  TIP_PERCENTAGES,
} from "./configuration.ts";
import { Demo, DEMO_CURRENCIES, DEMO_SHOP, type DemoOptions } from "./demo.ts";
import { type Manager, recognise } from "./managers.ts";
import { type OpenSerial, readerOpener } from "./reader_address.ts";
import { type OpenReader, ReaderLink, type ReaderNews } from "./reader_link.ts";
import { Register } from "./register.ts";
import { localTill } from "./till.ts";

/** What a manager types; null: no. */
export interface Credentials {
  name: string;
  pin: string;
  reason: string;
}

/** Asks for a manager; `attempt` counts from 1. */
export type AskManager = (
  request: ApprovalRequest,
  attempt: number,
) => Promise<Credentials | null>;

/** What the runtime brings. */
export interface Runtime {
  open(options: ServerTerminalOptions): Promise<Terminal>;
  openSerial: OpenSerial;
  openDatabase(path: string): Promise<Database>;
  /** Folder of the page's sources. */
  webSources: string;
}

const ATTEMPTS_MAX = 3;

interface DeskParts {
  options: ServerTerminalOptions;
  openReader: OpenReader;
  shop: ReceiptMerchant;
  currencies: readonly string[];
  tipPercentages: readonly number[];
  managers: readonly Manager[];
  demo: Demo | null;
}

/** A cashier's place; made by {@link openDesk} or {@link openDemoDesk}. */
export class Desk {
  readonly register: Register;
  readonly terminal: Terminal;
  readonly shop: ReceiptMerchant;
  readonly currencies: readonly string[];
  readonly tipPercentages: readonly number[];
  readonly isLivemode: boolean;
  /** The switches of the demo; null in earnest. */
  readonly demo: Demo | null;
  /** Where the store is. */
  readonly path: string;
  readonly #link: ReaderLink;
  readonly #managers: readonly Manager[];
  #askManager: AskManager = () => Promise.resolve(null);
  #onReader: (news: ReaderNews) => void = () => {};
  #reader: string | null = null;
  #isClosed = false;

  private constructor(runtimeTerminal: Terminal, parts: DeskParts) {
    const { options, openReader, demo } = parts;
    this.terminal = runtimeTerminal;
    this.register = new Register(localTill(runtimeTerminal));
    this.shop = parts.shop;
    this.currencies = parts.currencies;
    this.tipPercentages = parts.tipPercentages;
    this.isLivemode = options.account.isLivemode;
    this.path = options.path;
    this.demo = demo;
    this.#managers = parts.managers;
    this.#link = new ReaderLink(runtimeTerminal, openReader, (news) => {
      this.#reader = news.kind === "connected" ? news.name : null;
      this.#onReader(news);
    });
  }

  /** @internal Opens the store; the reader is connected by {@link Desk.start}. */
  static async open(runtime: Runtime, parts: DeskParts): Promise<Desk> {
    // The terminal asks through the desk, which exists only afterwards.
    let desk: Desk | null = null;
    const approve = (request: ApprovalRequest): Promise<Approval | null> =>
      desk!.#approve(request);
    const { options, managers } = parts;
    const terminal = await runtime.open({
      ...options,
      offline: {
        ...options.offline,
        ...(managers.length > 0 ? { approve } : {}),
      },
    });
    desk = new Desk(terminal, parts);
    return desk;
  }

  /** Whether {@link Desk.close} was called. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Name and serial number of the connected reader, or null. */
  get reader(): string | null {
    return this.#reader;
  }

  /** Whether the connected reader can ask the customer for a tip. */
  get canTipOnReader(): boolean {
    return this.terminal.connectedReader?.capabilities.canTipOnReader ?? false;
  }

  /** Connects the reader, or begins to try; then asks the network once. */
  async start(
    askManager: AskManager,
    onReader: (news: ReaderNews) => void,
  ): Promise<void> {
    this.#askManager = askManager;
    this.#onReader = onReader;
    await this.#link.start();
    await this.register.probe();
  }

  /** Closes terminal, store and, in the demo, the world. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#link.stop();
    await this.terminal.close();
    await this.demo?.close();
  }

  async #approve(request: ApprovalRequest): Promise<Approval | null> {
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      const given = await this.#askManager(request, attempt);
      if (given === null || request.signal.aborted) return null;
      const manager = recognise(this.#managers, given.name, given.pin);
      if (manager !== null) return { by: manager.name, reason: given.reason };
    }
    return null;
  }
}

/** Opens the desk of a configuration file. */
export async function openDesk(
  runtime: Runtime,
  configuration: RegisterConfiguration,
): Promise<Desk> {
  const { shop, currencies, reader, database, managers = [] } = configuration;
  return await Desk.open(runtime, {
    options: registerTerminalOptions(configuration),
    openReader: await readerOpener(reader, database, runtime.openSerial),
    shop: { ...shop, utcOffsetMinutes: utcOffsetMinutes() },
    currencies,
    tipPercentages: configuration.tipPercentages ?? TIP_PERCENTAGES,
    managers,
    demo: null,
  });
}

/** Opens the desk of the demo. */
export async function openDemoDesk(
  runtime: Runtime,
  options: DemoOptions,
): Promise<Desk> {
  const demo = await Demo.start(options);
  try {
    return await Desk.open(runtime, {
      options: demo.terminalOptions(),
      openReader: () => demo.openReader(),
      shop: {
        ...DEMO_SHOP,
        utcOffsetMinutes: utcOffsetMinutes(),
      },
      currencies: DEMO_CURRENCIES,
      tipPercentages: TIP_PERCENTAGES,
      managers: demo.managers,
      demo,
    });
  } catch (error) {
    await demo.close();
    throw error;
  }
}

function utcOffsetMinutes(): number {
  return -new Date().getTimezoneOffset();
}
