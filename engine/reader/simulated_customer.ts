/**
 * What the simulated customer taps on the screen of a smart reader.
 *
 * Owns: seeded choices of tips and answers; every choice is one the screen offered.
 * @module
 */
import type {
  CollectInputsRequest,
  CollectInputsResult,
  CollectMessage,
  InputRequest,
  InputResult,
} from "./messages.ts";
import type { SeededRandom } from "./seeded_random.ts";

/** A tip out of those offered, or none; minor units, rounded half up. */
export function chooseTip(
  { amountMinor, tip }: CollectMessage,
  random: SeededRandom,
): number {
  const percentages = tip?.percentages ?? [];
  return random.pick([
    0,
    ...(tip?.amountsMinor ?? []),
    ...percentages.map((percent) => Math.round(amountMinor * percent / 100)),
  ]);
}

/** Answers every question; skips one in four of those that may be skipped. */
export function answerInputs(
  { inputs }: CollectInputsRequest,
  random: SeededRandom,
): CollectInputsResult {
  return {
    inputs: inputs.map((input) => {
      const isSkipped = !input.isRequired && random.below(4) === 0;
      return isSkipped
        ? { kind: input.kind, isSkipped }
        : answer(input, random);
    }),
  };
}

const SIGNATURE =
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20">` +
  `<path d="M2 12C10 2 14 18 20 10S34 4 38 14" fill="none" stroke="#000"/></svg>`;

function answer(
  { kind, choices = [] }: InputRequest,
  random: SeededRandom,
): InputResult {
  const given = (text: string): InputResult => ({
    kind,
    isSkipped: false,
    text,
  });
  switch (kind) {
    case "signature":
      return {
        kind,
        isSkipped: false,
        image: new TextEncoder().encode(SIGNATURE),
      };
    case "selection":
      return choices.length > 0
        ? given(random.pick(choices))
        : { kind, isSkipped: true };
    case "text":
      return given("Leave it at the door");
    case "numeric":
      return given(String(random.below(1000)));
    case "email":
      return given("customer@example.com");
    case "phone":
      // A number reserved for fiction.
      return given("+12025550123");
  }
}
