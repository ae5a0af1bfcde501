/**
 * What the app is told when forwarding fails.
 *
 * Owns: the words of `forwardingFailure`, and that payments of another account are told of once.
 * @module
 */
import { type ErrorCode, failure } from "../errors.ts";
import type { TerminalEventTarget } from "../events.ts";

/** Payments that the credentials are not for. */
interface ForeignLane {
  lane: string;
  count: number;
  code: ErrorCode;
}

/** Tells the app. */
export class ForwardingNews {
  readonly #events: TerminalEventTarget;
  #toldForeign = "";

  constructor(events: TerminalEventTarget) {
    this.#events = events;
  }

  /** Tells of one failure. */
  fail(code: ErrorCode, message: string, cause?: unknown): void {
    const error = failure(code, message, cause === undefined ? {} : { cause });
    this.#events.emit("forwardingFailure", { error });
  }

  /** Another forwarder of this store drains. */
  takenOver(): void {
    const message = "another forwarder holds the lease of this store";
    this.fail("FORWARDING_TAKEN_OVER", message);
  }

  /** The far side refused the credentials, or lacks the recipient's key. */
  unauthorized(code: string): void {
    // A key that is not there is no credential to renew, and Stripe knows nothing of it.
    if (code === "recipient_key_unknown") {
      this.fail(
        "RECIPIENT_KEY_UNKNOWN",
        "who forwards lacks the private key that stored payments are sealed to",
      );
    } else {
      const message = `the credentials are refused: ${code}`;
      this.fail("FORWARDING_UNAUTHORIZED", message);
    }
  }

  /** Payments wait for other credentials than `ours`; said again only when others do. */
  foreign(lanes: readonly ForeignLane[], ours: string): void {
    const told = lanes.map(({ lane }) => lane).join();
    if (told === this.#toldForeign) return; // Said already; the connection only came back.
    this.#toldForeign = told;
    for (const { lane, count, code } of lanes) {
      const whose = `${count} stored payments belong to ${lane}`;
      this.fail(code, `${whose}, the credentials to ${ours}`);
    }
  }

  /** Says so again the next time. */
  forgetForeign(): void {
    this.#toldForeign = "";
  }
}
