/**
 * A reader in software: one of Stripe's models with all of Stripe's simulated cards.
 *
 * Owns: what a real reader and its customer would do between a COLLECT and its result. It knows
 * nothing of sockets or files; give it a clock, a seed and a byte transport, and the same seed
 * plays the same day on every runtime.
 * @module
 */
import { countryNumeric, currencyNumeric } from "../../bindings/iso_codes.ts";
import { failure } from "../errors.ts";
import type { ByteTransport, Clock } from "../ports.ts";
import {
  type CollectInputsRequest,
  type CollectInputsResult,
  type CollectMessage,
  type CollectPinRequest,
  type CollectPinResult,
  type CollectResult,
  type ConfigureRequest,
  type DeviceType,
  MESSAGE,
  type OnlinePin,
  type ReaderInfo,
  type ReaderStatus,
} from "./messages.ts";
import {
  type Interaction,
  type ReaderHandlers,
  ReaderServer,
} from "./reader_server.ts";
import { SeededRandom } from "./seeded_random.ts";
import {
  drawCard,
  SIMULATED_CARDS,
  type SimulatedCard,
} from "./simulated_cards.ts";
import { answerInputs, chooseTip } from "./simulated_customer.ts";
import {
  SIMULATED_DEVICES,
  type SimulatedDevice,
} from "./simulated_devices.ts";
import { chipData, swipeData, type TerminalData } from "./simulated_emv.ts";
import { SimulatedPinPad } from "./simulated_pin.ts";
import {
  isInEea,
  selectApplication,
  verifyHolder,
} from "./simulated_kernel.ts";
import {
  checkScript,
  type CustomerScript,
  parseScript,
} from "./simulated_script.ts";

/** How the simulated reader behaves. */
export interface SimulatedReaderOptions {
  /** Dates the transactions and times the customers. */
  clock: Clock;
  /** Equal seeds give equal days. */
  seed: string;
  /** Which of Stripe's readers it plays. */
  deviceType: DeviceType;
  /** ISO 3166-1 alpha-2. @default "US" */
  country?: string;
  /** Scripts played in a circle, or the seeded mix of {@link drawCard}. @default "mix" */
  customers?: "mix" | readonly CustomerScript[];
  /** Milliseconds a customer needs to find the card. @default 0 */
  customerDelayMs?: number;
  /** What the reader asks for when it is connected. @default "none" */
  update?: "none" | "required" | "required_for_offline";
  /** False plays a reader that has lost its keys. @default true */
  hasEncryptionKeys?: boolean;
}

/** Mobile readers restart themselves after a day (PCI PTS POI, requirement B1). */
const SECURITY_REBOOT_MS = 24 * 60 * 60 * 1000;

/** One reader; keeps its counters over any number of connections. */
export class SimulatedReader implements ReaderHandlers {
  /** Serial number, from the seed. */
  readonly serialNumber: string;
  readonly #options: SimulatedReaderOptions;
  readonly #device: SimulatedDevice;
  readonly #random: SeededRandom;
  readonly #queue: CustomerScript[] = [];
  readonly #counters = new Map<string, number>();
  readonly #pinPad: SimulatedPinPad;
  #server: ReaderServer | null = null;
  #settings: ConfigureRequest = {};
  #update: NonNullable<SimulatedReaderOptions["update"]>;
  #softwareVersion: string;
  #collectCount = 0;
  #customerCount = 0;
  #bootedAtMs: number;
  /** Who stands at the reader: the card read last, and the PIN its holder would enter. */
  #holder: { pan: string; pin: string | null } | null = null;

  constructor(options: SimulatedReaderOptions) {
    const { seed, deviceType, customers, clock } = options;
    this.#options = options;
    this.#device = SIMULATED_DEVICES[deviceType];
    this.#random = new SeededRandom(seed);
    this.#update = options.update ?? "none";
    this.#softwareVersion = this.#device.softwareVersion;
    this.#bootedAtMs = clock.monotonicMs();
    const digits = String(this.#random.below(1e9)).padStart(9, "0");
    this.serialNumber = this.#device.serialPrefix + digits;
    this.#pinPad = new SimulatedPinPad(this.serialNumber, this.#random);
    if (Array.isArray(customers)) customers.forEach(checkScript);
  }

  /** Puts scripts before whatever {@link SimulatedReaderOptions.customers} says. */
  enqueue(...scripts: CustomerScript[]): void {
    scripts.forEach(checkScript);
    this.#queue.push(...scripts);
  }

  /**
   * Serves a point of sale until the stream ends. A reader has one master: the stream that was
   * served before is closed.
   */
  async serve(transport: ByteTransport): Promise<void> {
    this.#server?.close();
    const server = new ReaderServer(transport, this, this.#options.clock);
    this.#server = server;
    const stop = new AbortController();
    if (!this.#device.capabilities.canStoreAndForward) {
      void this.#rebootDaily(server, stop.signal);
    }
    await server.closed;
    stop.abort();
    if (this.#server === server) this.#server = null;
  }

  /** Answers HELLO. */
  hello(): ReaderInfo {
    this.#announceUpdate();
    const { batteryPercent, hasEncryptionKeys } = this.status();
    return {
      deviceType: this.#options.deviceType,
      serialNumber: this.serialNumber,
      softwareVersion: this.#softwareVersion,
      batteryPercent,
      hasEncryptionKeys,
      country: this.#settings.country ?? this.#options.country ?? "US",
      capabilities: this.#device.capabilities,
    };
  }

  /** Answers CONFIGURE. */
  configure(request: ConfigureRequest): void {
    this.#settings = { ...this.#settings, ...request };
  }

  /** Answers STATUS. */
  status(): ReaderStatus {
    // A full battery lasts about 2,000 sales; a smart reader stands in its dock.
    const isCharging = this.#device.capabilities.canStoreAndForward;
    const spent = isCharging ? 0 : Math.floor(this.#collectCount / 20);
    return {
      batteryPercent: Math.max(5, 100 - spent),
      isCharging,
      uptimeMs: Math.floor(
        this.#options.clock.monotonicMs() - this.#bootedAtMs,
      ),
      hasEncryptionKeys: this.#options.hasEncryptionKeys ?? true,
    };
  }

  /** Answers DISPLAY. */
  display(): void {
    this.#need("canDisplay");
  }

  /** Answers COLLECT_INPUTS. */
  async collectInputs(
    request: CollectInputsRequest,
    { signal }: Interaction,
  ): Promise<CollectInputsResult> {
    this.#need("canCollectInputs");
    await this.#pause(signal);
    return answerInputs(request, this.#random);
  }

  /** Answers COLLECT_PIN: the holder of the card read last enters the PIN, or never does. */
  async collectPin(
    _request: CollectPinRequest,
    { prompt, signal }: Interaction,
  ): Promise<CollectPinResult> {
    this.#need("canOnlinePin");
    prompt("pin");
    await this.#pause(signal);
    return { onlinePin: await this.#enterPin(signal) };
  }

  /** Restarts: counters and settings stay, uptime does not. */
  reboot(): void {
    this.#bootedAtMs = this.#options.clock.monotonicMs();
  }

  /** Installs the update that was asked for, and restarts. */
  update(): void {
    if (this.#update !== "none") this.#softwareVersion += "-updated";
    this.#update = "none";
    this.reboot();
  }

  /** Answers COLLECT. */
  async collect(
    request: CollectMessage,
    interaction: Interaction,
  ): Promise<CollectResult> {
    this.#checkCollect(request);
    const { batteryPercent } = this.status();
    this.#collectCount++;
    if (this.status().batteryPercent !== batteryPercent) {
      this.#server?.sendEvent(MESSAGE.STATUS_CHANGED, this.status());
    }
    const tipMinor = request.tip ? chooseTip(request, this.#random) : undefined;
    if (request.tip) interaction.prompt("tip_selection");
    const total = request.amountMinor + (tipMinor ?? 0);
    const result = await this.#readCard(request, total, interaction);
    interaction.prompt("remove_card");
    return tipMinor === undefined
      ? result
      : { ...result, tipAmountMinor: tipMinor };
  }

  #checkCollect(request: CollectMessage): void {
    if (!(this.#options.hasEncryptionKeys ?? true)) {
      throw failure("READER_MISSING_ENCRYPTION_KEYS", "the reader has no keys");
    }
    if (request.tip) this.#need("canTipOnReader");
    const unknown = currencyNumeric(request.currency) === undefined
      ? "currency"
      : countryNumeric(request.terminalCountry) === undefined
      ? "terminalCountry"
      : null;
    if (unknown) {
      throw failure("READER_BAD_MESSAGE", `unknown ${unknown}`, {
        field: unknown,
      });
    }
  }

  #need(capability: keyof ReaderInfo["capabilities"]): void {
    if (this.#device.capabilities[capability]) return;
    throw failure(
      "FEATURE_NOT_AVAILABLE_ON_CONNECTED_READER",
      `this model has no ${capability}`,
      { field: capability },
    );
  }

  async #readCard(
    request: CollectMessage,
    totalMinor: number,
    interaction: Interaction,
  ): Promise<CollectResult> {
    const { prompt, signal } = interaction;
    const isPinDuty = request.isOffline && isInEea(request.terminalCountry);
    prompt(isPinDuty ? "insert" : "insert_or_tap");
    for (;;) {
      const script = this.#nextScript();
      await this.#pause(signal);
      if (script === "no_card") await never(signal);
      if (script === "removes_early") {
        prompt("card_removed_early");
        throw failure(
          "CARD_REMOVED",
          "the card was removed before it was read",
        );
      }
      const { card, presentation, pin } = parseScript(script);
      this.#holder = { pan: card.pan, pin };
      if (presentation === "swipe") {
        if (request.swipe === "refuse") {
          prompt("swipe_refused");
          continue;
        }
        const terminal = this.#terminalData();
        return {
          emvData: swipeData({ card, totalMinor, request, terminal }),
          readMethod: "magnetic_stripe_track2",
        };
      }
      // In the EEA a tap cannot prove its holder offline, so the reader asks for the chip.
      if (isPinDuty && presentation === "tap") prompt("tap_refused");
      const method = isPinDuty ? "insert" : presentation;
      return await this.#readChip(
        card,
        method,
        request,
        totalMinor,
        interaction,
      );
    }
  }

  async #readChip(
    card: SimulatedCard,
    method: "insert" | "tap",
    request: CollectMessage,
    totalMinor: number,
    { prompt, signal }: Interaction,
  ): Promise<CollectResult> {
    const application = selectApplication(card, request);
    const cvm = verifyHolder(
      card,
      method,
      request,
      this.#device.capabilities,
    );
    if (cvm !== "none") prompt("pin");
    const { atc, panSequence } = this.#nextCounter(card);
    const emvData = chipData({
      card,
      application,
      method,
      cvm,
      totalMinor,
      request,
      atc,
      panSequence,
      unpredictableNumber: this.#unpredictableNumber(),
      terminal: this.#terminalData(),
    });
    const readMethod = method === "insert" ? "contact_emv" : "contactless_emv";
    // Offline nobody could check it, and it may be kept nowhere.
    return cvm === "online_pin" && !request.isOffline
      ? { emvData, readMethod, onlinePin: await this.#enterPin(signal) }
      : { emvData, readMethod };
  }

  async #enterPin(signal: AbortSignal): Promise<OnlinePin> {
    const holder = this.#holder;
    if (holder === null || holder.pin === null) return await never(signal);
    return this.#pinPad.enter(holder.pin, holder.pan);
  }

  /** A chip's counter only ever grows; a worn-out card is reissued with the next sequence. */
  #nextCounter(card: SimulatedCard): { atc: number; panSequence: number } {
    const count = this.#counters.get(card.pan) ?? this.#random.below(500);
    this.#counters.set(card.pan, count + 1);
    return {
      atc: count % 0xffff + 1,
      panSequence: (1 + Math.floor(count / 0xffff)) % 100,
    };
  }

  /** Mixes in the time, so that a restarted reader with the same seed differs from itself. */
  #unpredictableNumber(): Uint8Array {
    const { clock } = this.#options;
    const random = new SeededRandom(
      `${this.#random.next()}/${clock.nowMs()}/${clock.monotonicMs()}`,
    );
    return random.bytes(4);
  }

  #terminalData(): TerminalData {
    return {
      capabilities: this.#device.terminalCapabilities,
      serialNumber: this.serialNumber,
      merchantName: this.#settings.merchantName ?? "HOLDFAST TEST",
      sequenceCounter: this.#collectCount % 1e8,
      timeMs: this.#options.clock.nowMs(),
    };
  }

  #nextScript(): CustomerScript {
    const queued = this.#queue.shift();
    if (queued !== undefined) return queued;
    const customers = this.#options.customers ?? "mix";
    if (customers !== "mix" && customers.length > 0) {
      return customers[this.#customerCount++ % customers.length];
    }
    const name = drawCard((bound) => this.#random.below(bound));
    // Six in ten customers tap.
    const taps = this.#random.below(10) < 6 &&
      SIMULATED_CARDS[name].cvm === "none";
    return taps ? `${name}:tap` : name;
  }

  async #pause(signal: AbortSignal): Promise<void> {
    const { clock, customerDelayMs = 0 } = this.#options;
    if (customerDelayMs > 0) await clock.sleep(customerDelayMs, signal);
    signal.throwIfAborted();
  }

  #announceUpdate(): void {
    if (this.#update === "none") return;
    this.#server?.sendEvent(MESSAGE.UPDATE_REQUIRED, {
      softwareVersion: `${this.#softwareVersion}-updated`,
      isRequiredForOffline: this.#update === "required_for_offline",
    });
  }

  async #rebootDaily(server: ReaderServer, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const uptimeMs = clock.monotonicMs() - this.#bootedAtMs;
    try {
      await clock.sleep(Math.max(0, SECURITY_REBOOT_MS - uptimeMs), signal);
    } catch {
      return; // The connection ended first.
    }
    server.restart("security", () => this.reboot());
  }
}

/** Waits until the interaction is given up. */
function never(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), {
      once: true,
    });
  });
}
