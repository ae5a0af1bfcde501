import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalForm, decodeForm } from "../../../hosts/sandbox/form.ts";

const plain = (text: string) => JSON.parse(JSON.stringify(decodeForm(text)));

test("decodeForm() builds records and lists of any depth", () => {
  assert.deepEqual(plain("a=1&b[c]=2&b[d][e]=3"), {
    a: "1",
    b: { c: "2", d: { e: "3" } },
  });
  assert.deepEqual(plain("a[0]=x&a[1]=y"), { a: ["x", "y"] });
  assert.deepEqual(plain("a[]=x&a[]=y"), { a: ["x", "y"] });
  assert.deepEqual(plain("a[0][b]=x&a[1][b]=y"), {
    a: [{ b: "x" }, { b: "y" }],
  });
});

test("decodeForm() decodes percent and plus, and keeps what is empty", () => {
  assert.deepEqual(plain("a%5Bb%5D=caf%C3%A9+au+lait&c=&d"), {
    a: { b: "café au lait" },
    c: "",
    d: "",
  });
  assert.deepEqual(plain(""), {});
});

test("decodeForm() keeps records apart from the prototype", () => {
  const form = decodeForm("__proto__[polluted]=1&constructor[prototype][x]=1");
  assert.equal(Object.getPrototypeOf(form), null);
  assert.equal(({} as { polluted?: string }).polluted, undefined);
  assert.deepEqual(Object.keys(form), ["__proto__", "constructor"]);
});

for (
  const [name, text] of [
    ["a broken percent sign", "a=%zz"],
    ["a name that is value and record", "a=1&a[b]=2"],
    ["nine levels", "a[b][c][d][e][f][g][h][i]=1"],
    ["1,001 fields", Array(1001).fill("a=1").join("&")],
  ]
) {
  test(`decodeForm() refuses ${name}`, () => {
    assert.throws(() => decodeForm(text), { status: 400 });
  });
}

test("canonicalForm() is the same for every order of fields", () => {
  const one = canonicalForm(decodeForm("a=1&b[c]=2&b[d]=3"));
  const two = canonicalForm(decodeForm("b[d]=3&a=1&b[c]=2"));
  assert.equal(one, two);
  assert.notEqual(one, canonicalForm(decodeForm("b[d]=2&a=1&b[c]=3")));
  assert.notEqual(
    canonicalForm(decodeForm("a[0]=x&a[1]=y")),
    canonicalForm(decodeForm("a[0]=y&a[1]=x")),
  );
});
