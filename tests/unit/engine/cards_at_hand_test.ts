/** What is at hand for one payment: sent in copies, wiped when nobody needs it. @module */
import assert from "node:assert/strict";
import test from "node:test";
import { CardsAtHand } from "../../../engine/forward/cards_at_hand.ts";
import type { OnlinePin } from "../../../engine/reader/messages.ts";

const BLOCK = [1, 2, 3, 4, 5, 6, 7, 8];
const WIPED = [0, 0, 0, 0, 0, 0, 0, 0];

function pin(): OnlinePin {
  return { block: Uint8Array.from(BLOCK), keySerial: Uint8Array.of(9) };
}

function withPin(entered: OnlinePin): CardsAtHand {
  const cards = new CardsAtHand();
  cards.put(1, { record: null, pin: entered, mayAskPin: true });
  return cards;
}

test("drop() wipes the PIN, and is safe to repeat", () => {
  const entered = pin();
  const cards = withPin(entered);
  const sent = cards.sendPin(1)!;
  cards.drop(1);
  cards.drop(1);
  assert.deepEqual([...entered.block], WIPED);
  // What is on its way is a copy, and the sender's to wipe.
  assert.deepEqual([...sent.block], BLOCK);
  assert.equal(cards.get(1), null);
  assert.equal(cards.sendPin(1), null);
});

test("answerPin() that comes when the card has left wipes what was entered", () => {
  const cards = withPin(pin());
  cards.drop(1);
  const late = pin();
  cards.answerPin(1, late);
  assert.deepEqual([...late.block], WIPED);
  assert.equal(cards.get(1), null);
});

test("isPinFresh() holds until the PIN was sent once", () => {
  const cards = withPin(pin());
  assert.ok(cards.isPinFresh(1));
  cards.sendPin(1);
  assert.ok(!cards.isPinFresh(1));
  assert.ok(!cards.isPinFresh(2));
});
