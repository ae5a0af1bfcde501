/**
 * The Noise Protocol Framework, revision 34, for the two handshakes a reader link needs:
 * `XXpsk3` and `KKpsk0`, both over 25519, ChaChaPoly and SHA256.
 *
 * Owns: the state machines of the specification, named as there. It moves no bytes and keeps no
 * time; `session.ts` does. A message that is not authentic throws `CRYPTO_OPEN` (or
 * `CRYPTO_SHARED_SECRET` for a point of small order) and the handshake is over.
 * @see https://noiseprotocol.org/noise.html (revision 34, 2018-07-11)
 * @module
 */
import type { CryptoCore } from "../../bindings/mod.ts";
import {
  type CipherState,
  concat,
  KEY_LENGTH,
  NOISE_TAG_LENGTH,
  SymmetricState,
} from "./noise_symmetric.ts";

/** An X25519 key pair; 32 bytes each. */
export interface NoiseKeyPair {
  privateKey: Uint8Array;
  publicKey: Uint8Array;
}

/** Keys of one party in one handshake. */
export interface NoiseKeys {
  /** Long-lived key pair, `s`. */
  staticKey: NoiseKeyPair;
  /** Fresh key pair, `e`; wiped by the handshake. Never use one twice. */
  ephemeralKey: NoiseKeyPair;
  /** The other party's static key where the pattern knows it beforehand, `rs`. */
  remoteStatic?: Uint8Array;
  /** Pre-shared key, 32 bytes. */
  psk: Uint8Array;
}

/** Noise §5.3: what a message does, in order. */
type Token = "e" | "s" | "ee" | "es" | "se" | "ss" | "psk";

interface Pattern {
  readonly name: string;
  /** Whether both static keys are known beforehand (`-> s`, `<- s`, then `...`). */
  readonly knowsStatics: boolean;
  /** Message patterns; the initiator writes the first, third, … one. */
  readonly messages: readonly (readonly Token[])[];
}

/** Noise §7.5 (XX, KK) with the modifiers of §9.4. */
const PATTERNS = {
  XXpsk3: {
    name: "Noise_XXpsk3_25519_ChaChaPoly_SHA256",
    knowsStatics: false,
    messages: [["e"], ["e", "ee", "s", "es"], ["s", "se", "psk"]],
  },
  KKpsk0: {
    name: "Noise_KKpsk0_25519_ChaChaPoly_SHA256",
    knowsStatics: true,
    messages: [["psk", "e", "es", "ss"], ["e", "ee", "se"]],
  },
} as const satisfies Record<string, Pattern>;

/** Name of a handshake. */
export type NoisePattern = keyof typeof PATTERNS;

const NOTHING = new Uint8Array(0);

/** What both sides bring to a handshake. */
export interface NoiseHandshakeOptions {
  pattern: NoisePattern;
  isInitiator: boolean;
  /** What both must have seen alike, or the handshake fails (§6). */
  prologue: Uint8Array;
  keys: NoiseKeys;
}

/** Noise §5.3, for one party. Reads and writes alternate, the initiator writing first. */
export class NoiseHandshake {
  readonly #primitives: CryptoCore;
  readonly #isInitiator: boolean;
  readonly #keys: NoiseKeys;
  readonly #symmetric: SymmetricState;
  readonly #messages: readonly (readonly Token[])[];
  #messageIndex = 0;
  #remoteStatic: Uint8Array | null;
  #remoteEphemeral: Uint8Array = NOTHING;

  constructor(primitives: CryptoCore, options: NoiseHandshakeOptions) {
    const { isInitiator, keys, prologue } = options;
    const pattern: Pattern = PATTERNS[options.pattern];
    this.#primitives = primitives;
    this.#isInitiator = isInitiator;
    this.#keys = keys;
    this.#messages = pattern.messages;
    this.#remoteStatic = keys.remoteStatic ?? null;
    this.#symmetric = new SymmetricState(primitives, pattern.name);
    this.#symmetric.mixHash(prologue);
    if (!pattern.knowsStatics) return;
    const ours = keys.staticKey.publicKey;
    const theirs = require(this.#remoteStatic);
    this.#symmetric.mixHash(isInitiator ? ours : theirs);
    this.#symmetric.mixHash(isInitiator ? theirs : ours);
  }

  /** Whether every message has been written and read. */
  get isComplete(): boolean {
    return this.#messageIndex === this.#messages.length;
  }

  /** The other party's static key, known once its message has been read. */
  get remoteStatic(): Uint8Array {
    return require(this.#remoteStatic);
  }

  /** Writes the next message around `payload`. */
  write(payload: Uint8Array): Uint8Array {
    const parts: Uint8Array[] = [];
    for (const token of this.#nextMessage()) {
      if (token === "e") {
        parts.push(this.#keys.ephemeralKey.publicKey);
        this.#mixEphemeral(this.#keys.ephemeralKey.publicKey);
      } else if (token === "s") {
        const { publicKey } = this.#keys.staticKey;
        parts.push(this.#symmetric.encryptAndHash(publicKey));
      } else this.#mix(token);
    }
    parts.push(this.#symmetric.encryptAndHash(payload));
    return concat(...parts);
  }

  /**
   * Reads the next message and returns its payload.
   *
   * @throws {HoldfastError} `CRYPTO_OPEN` or `CRYPTO_SHARED_SECRET`.
   */
  read(message: Uint8Array): Uint8Array {
    let at = 0;
    const take = (length: number): Uint8Array =>
      message.slice(at, at = Math.min(at + length, message.length));
    for (const token of this.#nextMessage()) {
      if (token === "e") {
        this.#remoteEphemeral = wholeKey(take(KEY_LENGTH));
        this.#mixEphemeral(this.#remoteEphemeral);
      } else if (token === "s") {
        this.#remoteStatic = this.#symmetric.decryptAndHash(
          take(KEY_LENGTH + NOISE_TAG_LENGTH),
        );
      } else this.#mix(token);
    }
    return this.#symmetric.decryptAndHash(message.slice(at));
  }

  /** The ciphers of the session; call it once, when {@link isComplete}. */
  split(): { send: CipherState; receive: CipherState } {
    const [initiator, responder] = this.#symmetric.split();
    this.#keys.ephemeralKey.privateKey.fill(0);
    return this.#isInitiator
      ? { send: initiator, receive: responder }
      : { send: responder, receive: initiator };
  }

  /** Forgets every key of an unfinished handshake. */
  wipe(): void {
    this.#symmetric.wipe();
    this.#keys.ephemeralKey.privateKey.fill(0);
  }

  #nextMessage(): readonly Token[] {
    return this.#messages[this.#messageIndex++];
  }

  /** §9.2: with a pre-shared key, ephemeral keys feed the chaining key too. */
  #mixEphemeral(publicKey: Uint8Array): void {
    this.#symmetric.mixHash(publicKey);
    this.#symmetric.mixKey(publicKey);
  }

  #mix(token: Token): void {
    if (token === "psk") return this.#symmetric.mixKeyAndHash(this.#keys.psk);
    // The first letter is the initiator's key, the second the responder's (§5.3).
    const [ours, theirs] = this.#isInitiator
      ? [token[0], token[1]]
      : [token[1], token[0]];
    const { staticKey, ephemeralKey } = this.#keys;
    const { privateKey } = ours === "s" ? staticKey : ephemeralKey;
    const publicKey = theirs === "s"
      ? this.remoteStatic
      : this.#remoteEphemeral;
    const shared = this.#primitives.x25519(privateKey, publicKey);
    this.#symmetric.mixKey(shared);
    shared.fill(0);
  }
}

/** A key that was cut short becomes one of 32 bytes that nothing authentic can follow. */
function wholeKey(bytes: Uint8Array): Uint8Array {
  if (bytes.length === KEY_LENGTH) return bytes;
  const key = new Uint8Array(KEY_LENGTH);
  key.set(bytes);
  return key;
}

function require<T>(value: T | null): T {
  if (value === null) throw new RangeError("expected the remote static key");
  return value;
}
