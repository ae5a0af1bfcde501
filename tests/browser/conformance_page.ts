/** Both builds of the core in a page; the test asks and compares. @module */
import { Answerer } from "../../scripts/conformance/answer.ts";
import {
  componentApi,
  fromBase64,
  moduleApi,
} from "../../scripts/conformance/core_builds.ts";
import { operationsOf } from "../../scripts/conformance/operations.ts";

const conformance = {
  /** Answers each line with the plain module. */
  async module(lines: string[]): Promise<string[]> {
    const api = await moduleApi();
    const answerer = new Answerer(() => operationsOf(api()));
    return await Promise.all(lines.map((line) => answerer.answer(line)));
  },
  /** Answers each line with the component around the core module `base64`. */
  component(lines: string[], base64: string): Promise<string[]> {
    const api = componentApi(fromBase64(base64));
    const answerer = new Answerer(() => operationsOf(api()));
    return Promise.all(lines.map((line) => answerer.answer(line)));
  },
};

Object.assign(globalThis, { conformance });
