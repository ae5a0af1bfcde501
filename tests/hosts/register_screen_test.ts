/** The cashier's screen in a real terminal: python3 holds the other end of it. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openPlace } from "../support/register_program.ts";

const ESCAPE = "\x1b";
const UP = "\x1b[A";
const DOWN = "\x1b[B";
test("a cashier sells, voids, is refused, forwards and leaves by keyboard alone", async () => {
  const register = openPlace().screen(80, 24);
  await register.see(/● ONLINE/);
  await register.see(/wisepos_e WSC51/);
  register.press("m"); // The next customer taps a Visa.
  await register.see(/next card: visa:tap/);
  register.press("n");
  await register.see(/○ OFFLINE/);
  register.press("12.50 抹茶ラテ\r");
  await register.see(/✓ #1 {2}12\.50 USD {2}visa •4242 tap/);
  await register.see(/Accepted offline\. Not authorised yet/);
  await register.see(
    /▸ 1 +\d\d:\d\d +12\.50 USD {2}visa •4242 tap +waits +抹茶ラテ$/m,
  );
  register.press("1200 jpy Crème brûlée\r");
  await register.see(/▸ 2 .*1200 JPY .*Crème brûlée$/m);
  await register.see(/2 wait {2}1200 JPY, 12\.50 USD {2}oldest \d+ s/);
  register.press(`${DOWN}v`);
  await register.see(/Void #1, 12\.50 USD\? {2}y \/ n/);
  register.press("y");
  await register.see(/12\.50 USD voided/);
  register.press("600\r");
  await register.see(/Manager needed: too much for one payment while offline/);
  register.press("Ada\r1234");
  await register.see(/PIN: ••••/);
  register.press(ESCAPE);
  await register.see(/✗ Too much for one payment while offline/);
  await register.see(/Amount USD: 600/); // To be corrected.
  register.press(ESCAPE);
  await register.see(/Amount USD:$/m);
  register.press("n");
  await register.see(/● ONLINE/);
  register.press("f");
  await register.see(/Nothing wait/);
  // Until the drain has ended, keys other than Esc do nothing; it may have been there already.
  await register.see(/All 1 forwarded|✓ Nothing waits/);
  register.press(`${UP}${UP}r`);
  await register.see(/Receipt of #2/);
  await register.see(/TOTAL +1200 JPY/);
  register.press(ESCAPE);
  await register.see(/State +Note/);
  assert.ok(register.picture.isAlternate);
  assert.ok(register.picture.width <= 80);
  assert.ok(register.picture.bells > 0);
  register.press("q");
  assert.equal(await register.ended, 0);
  assert.equal(register.picture.isAlternate, false);
  assert.equal(register.picture.isCursorShown, true);
  assert.match(
    register.picture.text,
    /Good bye\. Nothing waits\.\n\{"t":"end"/,
  );
});

test("the screen follows the window's size and shows no colours under NO_COLOR", async () => {
  const register = openPlace().screen(100, 30, { NO_COLOR: "1" });
  await register.see(/● ONLINE/);
  for (const [columns, rows] of [[60, 20], [44, 15], [130, 40]]) {
    register.resize(columns, rows);
    await register.see(new RegExp(`^─{${columns}}$`, "m"));
    assert.ok(register.picture.width <= columns);
    assert.ok(register.picture.lines.length <= rows);
  }
  register.resize(30, 10);
  await register.see(/The window needs/);
  const colours = [...register.picture.styles]
    .filter((style) => /(^|;)(3|4)\d/.test(style));
  assert.deepEqual(colours, []);
  register.press("\x03");
  assert.equal(await register.ended, 0);
});
